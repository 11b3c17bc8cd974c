"""The application: a FastAPI app whose hot route is plain ASGI in front of everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from ownproof.runtime.rest.openapi import document
from ownproof.runtime.rest.problem import MEDIA, Refused, body
from ownproof.runtime.rest.service import Exchange, Service

if TYPE_CHECKING:
    from fastapi import FastAPI

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
JSON = b"application/json"


class Gate:
    """What every request passes: limits and keys first, then the hot routes at once, the rest through the app."""

    def __init__(self, app: Any, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope["headers"], self._service.steady(), path=scope["path"], method=scope["method"])
        media = JSON
        try:
            answer = await self._service.answer(exchange, receive)
            if answer is None:
                await self._app(scope, receive, send)
                return
            status, content, headers = answer
        except Refused as refused:
            status, headers, media = refused.status, [*refused.headers.items()], MEDIA
            content = self._service.refused(exchange, refused)
        except Exception as why:  # noqa: BLE001 - a bug is one answer's fault, not the server's
            status, headers, media = 500, [], MEDIA
            content = self._service.broken(exchange, why)
        about = [(b"content-type", media), (b"content-length", b"%d" % len(content)), *headers]
        if exchange.request_id:
            about.append((b"x-request-id", exchange.request_id.encode("latin-1", "replace")))
        await send({"type": "http.response.start", "status": status, "headers": about})
        await send({"type": "http.response.body", "body": content})
        self._service.done(exchange, status)


def application(service: Service) -> FastAPI:
    """The app with its gate as a middleware; it may be given routes of your own before it is run."""
    app = pages(service)
    app.add_middleware(Gate, service=service)
    return app


def gated(service: Service) -> Gate:
    """The same with the gate in front of the app: hot routes never enter it."""
    return Gate(pages(service), service)


def pages(service: Service) -> FastAPI:
    """What is answered behind the gate."""
    from fastapi import FastAPI, Request, Response
    from starlette.exceptions import HTTPException

    app = FastAPI(title="ownproof", openapi_url=None, docs_url=None, redoc_url=None)
    app.openapi = lambda: document(service.model)  # type: ignore[method-assign]

    async def refuse(request: Request, why: Exception) -> Response:
        assert isinstance(why, HTTPException)  # noqa: S101 - it is registered for nothing else
        path = request.scope["path"]
        told = {404: "nothing is here; see /openapi.json", 405: f"{request.method[:16]} is not answered here"}
        content = body(why.status_code, told.get(why.status_code, str(path)[:64]))
        headers = {"allow": why.headers["Allow"]} if why.headers and "Allow" in why.headers else None
        return Response(content, why.status_code, headers, media_type=MEDIA.decode())

    app.add_exception_handler(HTTPException, refuse)
    for path, make in service.pages().items():
        app.add_route(path, _page(make), methods=["GET"], include_in_schema=False)
    return app


def _page(make: Callable[[], tuple[int, bytes, str]]) -> Any:
    from fastapi import Request, Response

    async def page(_: Request) -> Response:
        status, content, media = make()
        return Response(content, status, media_type=media)

    return page
