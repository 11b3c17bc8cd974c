"""The application: the page's files, and the few questions that the page asks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.core.labelling import Item, LabelSchema
from ownproof.core.report import plain
from ownproof.errors import OwnproofError
from ownproof.project.labelling.access import LEAD
from ownproof.project.labelling.desk import Desk, Desks
from ownproof.project.labelling.overview import Watch
from ownproof.web.labelling.access import GUARDS, Hosts, Refusal, cookie, token_of

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PAGE = Path(__file__).parent / "page"
MEDIA = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
BODY_MOST = 4 * 1024 * 1024
ITEMS_MOST = 100
ANSWERS_MOST = 500
SEAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
CHARS_MOST = 2_000_000
"""Characters of items in one answer to the page; the first item always comes whole."""


class Guarded:
    """What every request passes: hosts and origins before, the browser's rules after."""

    def __init__(self, app: Any, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told = dict.fromkeys(k.lower() for k, _ in message["headers"])
                more = [(k.encode(), v.encode()) for k, v in GUARDS.items()]
                if b"cache-control" not in told:
                    more.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        try:
            self._hosts.check(headers, method=scope["method"])
        except Refusal as why:
            await _told(why.status, {"error": why.words})(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes share. clock: seconds since 1970; secure: the page is reached by https (a proxy's)."""

    desks: Desks
    clock: Callable[[], float]
    watch: Watch
    secure: bool = False

    # ------------------------------------------------------------ who asks
    async def enter(self, request: Request) -> Response:
        """A token becomes a cookie; the page is told whose it is."""
        token = (await _body(request)).get("token")
        await asyncio.to_thread(self.desks.refresh)
        who = self.desks.access.who(token) if isinstance(token, str) else None
        if not isinstance(token, str) or who is None:
            raise Refusal(401, "this link is not known here; ask whoever sent it for a new one")
        if who == LEAD:
            answer, path = {"rater": None, "page": "/overview"}, "/api/lead"
        else:
            answer, path = {"rater": who, "page": f"/as/{seat(who)}"}, f"/api/as/{seat(who)}"
        response = _told(200, answer)
        response.headers["set-cookie"] = cookie(token, path, secure=self.secure)
        return response

    async def _desk(self, request: Request) -> Desk:
        """The desk of a request. Raises Refusal (401) without the token of the rater whose seat is asked for."""
        await asyncio.to_thread(self.desks.refresh)
        who = self.desks.access.who(token_of(request.headers))
        if who is None or who == LEAD or seat(who) != request.path_params["seat"]:
            raise Refusal(401, "open the link that you were sent")
        return await asyncio.to_thread(self.desks.desk, who)

    # ------------------------------------------------------------ what a rater sees
    async def desk(self, request: Request) -> Response:
        """All that the page needs to begin: the schema, the guide, and the state of every place in the queue."""
        desk = await self._desk(request)
        desks = self.desks
        root = str(desks.folder.root.resolve())
        answer = {
            "rater": desk.rater, "name": desks.folder.root.resolve().name,
            "folder": hashlib.sha256(root.encode("utf-8", "replace")).hexdigest()[:12],
            "schema": shown_schema(desks.schema), "guide": desks.guide, "states": desk.states(), "recent": desk.recent(),
            **self._pulse(desk),
        }  # fmt: skip
        return _told(200, answer)

    async def items(self, request: Request) -> Response:
        """Some items by their places, `?at=4,5,9`, with the answers that this rater gave them."""
        desk = await self._desk(request)
        said = request.query_params.get("at", "")
        if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", said):
            raise Refusal(422, "places were expected: ?at=0,1,2")
        places = [int(p) for p in said.split(",")[:ITEMS_MOST] if int(p) < len(desk.queue)]
        shown: list[dict[str, Any]] = []
        chars = 0
        for at in places:
            told = self._item(desk, at)
            chars += len(told["text"] or "") + sum(len(str(v)) for v in told["fields"].values())
            if shown and chars > CHARS_MOST:
                break
            shown.append(told)
        return _told(200, {"items": shown})

    def _item(self, desk: Desk, at: int) -> dict[str, Any]:
        item = self.desks.items[desk.queue[at]]
        told = {"at": at, **shown_item(item, self.desks.schema)}
        given = desk.given.get(item.item)
        if given is not None and not given.undo:
            told["given"] = {"skip": given.skip} if given.skip is not None else {"value": given.value}
            told["given"]["note"] = given.note
        return told

    async def answers(self, request: Request) -> Response:
        """Answers are thanked for when they are on the disk."""
        desk = await self._desk(request)
        sent = (await _body(request)).get("answers")
        if not isinstance(sent, list) or len(sent) > ANSWERS_MOST:
            raise Refusal(422, f"a list of at most {ANSWERS_MOST} answers was expected")
        taken = await asyncio.to_thread(self.desks.take, desk.rater, sent, now=self.clock())
        refused = [{"id": name, "why": why} for name, why in taken.refused]
        return _told(200, {"taken": taken.taken, "refused": refused, **self._pulse(desk)})

    async def overview(self, request: Request) -> Response:
        """Where everybody stands, for the lead."""
        await asyncio.to_thread(self.desks.refresh)
        if self.desks.access.who(token_of(request.headers)) != LEAD:
            raise Refusal(401, "open the link of the lead")
        told = await asyncio.to_thread(self.watch.told)
        answer = {"name": self.desks.folder.root.resolve().name, "question": self.desks.schema.question, **told}
        return _told(200, {**answer, "now": self.clock()})

    async def pulse(self, request: Request) -> Response:
        """Whether anything changed."""
        return _told(200, self._pulse(await self._desk(request)))

    def _pulse(self, desk: Desk) -> dict[str, Any]:
        states = desk.states()
        return {
            "total": len(desk.queue),
            "answered": states.count("a"),
            "skipped": states.count("s"),
            "guide_hash": self.desks.guide_hash,
            "schema_hash": hashlib.sha256(repr(self.desks.schema).encode("utf-8", "replace")).hexdigest()[:12],
        }


def seat(rater: str) -> str:
    """What stands for a rater in an address: the name where it can, else a part of its hash.

    >>> seat("anna"), seat("Anna Østby")
    ('anna', '~615ca2f458ae')
    """
    if SEAT.fullmatch(rater):
        return rater
    return "~" + hashlib.sha256(rater.encode("utf-8", "replace")).hexdigest()[:12]


def shown_schema(schema: LabelSchema) -> dict[str, Any]:
    """The schema as the page needs it."""
    return dict(plain(asdict(schema)))


def shown_item(item: Item, schema: LabelSchema) -> dict[str, Any]:
    """What a rater sees of an item: not how it was drawn, nor what an import knew of it."""
    fields = {k: v for k, v in item.fields.items() if k not in (schema.text, schema.id) or item.text is None}
    return {"item": item.item, "text": item.text, "fields": plain(fields)}


def application(service: Service, hosts: Hosts) -> Guarded:
    """The whole application."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.routing import Route

    async def refused(_: Request, why: Exception) -> Response:
        if isinstance(why, Refusal):
            return _told(why.status, {"error": why.words})
        if isinstance(why, HTTPException):
            return _told(why.status_code, {"error": "nothing is here"})
        if isinstance(why, OwnproofError):
            return _told(503, {"error": "the answers cannot be written just now"})
        return _told(500, {"error": "the server made a mistake; the answers wait in your browser"})

    files = {path.name: _file(path) for path in sorted(PAGE.iterdir()) if path.suffix in MEDIA}
    at = "/api/as/{seat:str}"
    routes = [
        Route("/", files["index.html"]),
        Route("/as/{seat:str}", files["index.html"]),
        *(Route(f"/page/{name}", file) for name, file in files.items()),
        Route("/overview", files["overview.html"]),
        Route("/api/lead/overview", service.overview),
        Route("/livez", _alive),
        Route("/api/enter", service.enter, methods=["POST"]),
        Route(f"{at}/desk", service.desk),
        Route(f"{at}/items", service.items),
        Route(f"{at}/pulse", service.pulse),
        Route(f"{at}/answers", service.answers, methods=["POST"]),
    ]
    handlers: dict[Any, Any] = dict.fromkeys((Refusal, HTTPException, OwnproofError, Exception), refused)
    app: Starlette = Starlette(routes=routes, exception_handlers=handlers)
    return Guarded(app, hosts)


async def _alive(_: Request) -> Response:
    return _told(200, {"alive": True})


def _file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    """A file of the page; a browser that has it asks whether it changed."""
    content = path.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}

    async def file(request: Request) -> Response:
        from starlette.responses import Response

        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=MEDIA[path.suffix], headers=headers)

    return file


def _told(status: int, answer: Mapping[str, Any]) -> Response:
    """An answer in JSON, in ASCII: any text of an item passes, half a surrogate pair too."""
    from starlette.responses import Response

    text = json.dumps(answer, allow_nan=False, separators=(",", ":"))
    return Response(text.encode(), status, media_type="application/json")


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises Refusal: 413, 400."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_MOST:
            raise Refusal(413, "the request is too long")
    try:
        data = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise Refusal(400, "no JSON") from None
    if not isinstance(data, dict):
        raise Refusal(400, "a JSON object was expected")
    return data
