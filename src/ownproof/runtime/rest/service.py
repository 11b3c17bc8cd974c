"""What the server does with a request, whatever carries it: check, read, answer, log, count."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

import msgspec

from ownproof.runtime.journal.records import prediction_id
from ownproof.runtime.rest import open_inference
from ownproof.runtime.rest.again import Answers
from ownproof.runtime.rest.chance import chance
from ownproof.runtime.rest.feedback import read_feedback
from ownproof.runtime.rest.inference import Inference
from ownproof.runtime.rest.keys import Keys
from ownproof.runtime.rest.late import Late
from ownproof.runtime.rest.log import Log
from ownproof.runtime.rest.metrics import SECONDS, Counters, Histogram, exposition
from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.one import Made
from ownproof.runtime.rest.openapi import document
from ownproof.runtime.rest.problem import Refused, body
from ownproof.runtime.rest.request import Asked
from ownproof.runtime.rest.settings import Settings
from ownproof.runtime.rest.tally import Tally

Answer = tuple[int, bytes, list[tuple[bytes, bytes]]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
JSON, METRICS = "application/json", "text/plain; version=0.0.4; charset=utf-8"
ID_MOST = 128
PREDICT, FEEDBACK = "/v1/predict", "/v1/feedback"
INFER = "/v2/infer"
"""Of any name: metrics are counted by it."""
ROUTES = {PREDICT: "predict", FEEDBACK: "feedback"}
"""The hot routes, and the scope that a key needs for each."""
LOOP_BYTES = 64 << 10
"""A larger body takes milliseconds: it goes to the thread of inference."""
STREAK = 20
"""Slow answers, less the quick ones among them, after which a model counts as slow: a busy machine makes a few."""
OPEN_ROUTES = ("/livez", "/readyz")
KNOWN_ROUTES = (*ROUTES, *OPEN_ROUTES, "/v1/schema", "/openapi.json", "/metrics", "/v2", INFER)
LOGGED_STATUSES = (400, 408, 413, 422, 503, 504)
"""Refusals that tell something of the data or the load; strangers without a key may not fill the disk."""
REASONS = {
    400: "malformed", 401: "key", 403: "scope", 405: "method", 408: "slow-body", 413: "size", 422: "invalid", 429: "rate",
    503: "busy", 504: "deadline",
}  # fmt: skip
_encode = msgspec.json.Encoder().encode


class Exchange:
    """One request on its way: what its head says, and when it came."""

    __slots__ = ("again", "counted", "json_bytes", "length", "method", "path", "request_id", "secret", "started")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]], started: float, *, path: str, method: str) -> None:
        self.started = started
        self.path, self.method = path, method
        self.request_id = self.secret = self.again = ""
        self.length = self.json_bytes = -1
        self.counted = False
        for name, value in headers:
            if name == b"content-length":
                self.length = int(value) if value.isdigit() else -1
            elif name == b"x-request-id":
                self.request_id = value.decode("latin-1")[:ID_MOST]
            elif name == b"idempotency-key":
                self.again = hashlib.sha256(value).hexdigest() if value else ""
            elif name == b"authorization":
                scheme, _, rest = value.decode("latin-1").partition(" ")
                self.secret = rest.strip() if scheme.lower() == "bearer" else self.secret
            elif name == b"inference-header-content-length":
                self.json_bytes = int(value) if value.isdigit() else -1
            elif name == b"x-api-key":
                self.secret = value.decode("latin-1")

    def once_more(self, started: float) -> Exchange:
        """A request with the same head that came later."""
        made = Exchange((), started, path=self.path, method=self.method)
        made.request_id, made.secret, made.again = self.request_id, self.secret, self.again
        made.length, made.json_bytes = self.length, self.json_bytes
        return made


class Service:
    """One worker's share of the server. `model` may be replaced between two requests."""

    def __init__(
        self,
        model: Model,
        settings: Settings,
        *,
        counters: Counters,
        summed: Callable[[], Mapping[str, float]],
        log: Log,
        keys: Keys | None = None,
        clock: Callable[[], int] = time.time_ns,
        steady: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.settings = settings
        self.ready = True
        self.counters = counters
        self._summed = summed
        self._log = log
        self._keys = keys
        self._clock, self.steady = clock, steady
        self._late = Late(settings.deadline_ms / 1000)
        self._in_flight = 0
        self._places: dict[tuple[str, int], int] = {}
        self._gauge = counters.place("ownproof_in_flight")
        self._seconds = Histogram(counters, "ownproof_request_seconds", SECONDS)
        # A worker that went before this one left its counters here; those that the journal keeps start at zero again.
        self._before = {n: v for n, v in counters.items() if n.startswith("ownproof_journal_") and n.endswith("_total")}
        counters.reset_gauges()
        self._inference = Inference(settings, counters)
        self._answers = Answers(settings.idempotency_s, settings.idempotency_most, steady)
        self.take(model)

    def take(self, model: Model) -> None:
        """Answer with this model from the next request on."""
        self.model = model
        self.slow = model.row_us > self.settings.slow_us
        self._streak = 0
        self._tally = Tally(model, self.counters)
        self._pages: dict[str, bytes] = {}

    # ------------------------------------------------------------ one request
    async def answer(self, exchange: Exchange, receive: Receive) -> Answer | None:
        """The answer of a hot route; None for one that the application answers. Raises Refused."""
        route = ROUTES.get(exchange.path)
        if route is None and exchange.path.startswith("/v2"):
            found = self._open_inference(exchange)
            if found is not None:
                return found
            route = "infer"
        if route is None:
            if self._keys is not None and exchange.path not in OPEN_ROUTES:
                self._keys.check(exchange.secret, "", self.steady())
            return None
        if exchange.method != "POST":
            raise Refused(405, f"{exchange.method[:16]} is not answered here", headers={b"allow": b"POST"})
        if self._in_flight >= self.settings.in_flight:
            raise Refused(503, "too many requests at a time", headers={b"retry-after": b"1"})
        self._in_flight += 1
        self.counters.values[self._gauge] = self._in_flight
        exchange.counted = True
        if self._keys is not None:
            self._keys.check(exchange.secret, "predict" if route == "infer" else route, self.steady())
        raw = await self._body(exchange, receive)
        if route == "feedback":
            return await self._feedback(raw)
        if route == "infer":
            return await self._infer(exchange, raw)
        if exchange.again:
            return await self._once(exchange, raw)
        return await self._predict(exchange, raw)

    def _open_inference(self, exchange: Exchange) -> Answer | None:
        """What is only read at the addresses of the Open Inference Protocol; None for its `infer`. Raises Refused."""
        parts = exchange.path.strip("/").split("/")
        if self._keys is not None and parts[1:2] != ["health"] and parts[-1] != "infer":
            self._keys.check(exchange.secret, "", self.steady())
        match parts[1:]:
            case []:
                found: dict[str, Any] = open_inference.server()
            case ["health", "live"]:
                found = {"live": True}
            case ["health", "ready"]:
                found = {"ready": self.ready}
            case ["models", name, *rest] if name == self.settings.name and rest[:1] != ["versions"]:
                if rest == ["infer"]:
                    exchange.path = INFER
                    return None
                found = (
                    {"name": name, "ready": self.ready}
                    if rest == ["ready"]
                    else open_inference.metadata(self.model, name)
                )
                if rest not in ([], ["ready"]):
                    raise Refused(404, "nothing is here; see /openapi.json")
            case _:
                raise Refused(404, f"nothing is here; the model is called {self.settings.name!r}")
        exchange.path = "/v2"
        if exchange.method != "GET":
            raise Refused(405, f"{exchange.method[:16]} is not answered here", headers={b"allow": b"GET"})
        return (200 if found.get("ready", True) else 503), _encode(found), []

    async def _body(self, exchange: Exchange, receive: Receive) -> bytes:
        """The whole body. One that says that it is too large is never read; one that does not say so, up to there."""
        most = self.settings.body_bytes
        if exchange.length > most:
            raise _too_large(most)
        parts: list[bytes] = []
        size = 0
        self._late.watch(exchange)
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refused(400, "the connection was closed before the body was there")
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise _too_large(most)
                if not message.get("more_body"):
                    return part if not parts else b"".join((*parts, part))
                parts.append(part)
        except asyncio.CancelledError:
            if self._late.forgiven(exchange):
                raise Refused(408, f"the body did not come within {self.settings.deadline_ms} ms") from None
            raise
        finally:
            self._late.done(exchange)

    async def _once(self, exchange: Exchange, raw: bytes) -> Answer:
        """The answer that this key and body got before, for a while; the first of two at a time answers for both."""
        kept = self._answers.find(exchange.again, raw)
        if kept is not None:
            again: Answer = await kept
            return again
        with self._answers.making(exchange.again, raw) as made:
            answer = await self._predict(exchange, raw)
            made.set_result(answer)
            return answer

    async def _predict(self, exchange: Exchange, raw: bytes) -> Answer:
        asked, told = await self._decided(exchange, raw)
        return 200, _encode(told[0] if asked.one else {"predictions": told}), []

    async def _infer(self, exchange: Exchange, raw: bytes) -> Answer:
        """A prediction in the words of the Open Inference Protocol."""
        model, name = self.model, self.settings.name
        body_, request = open_inference.rows_of(raw, json_bytes=exchange.json_bytes, depth=self.settings.depth)
        _, told = await self._decided(exchange, body_)
        return 200, _encode(open_inference.response(told, request, model, name)), []

    async def _decided(self, exchange: Exchange, raw: bytes) -> tuple[Asked, list[dict[str, Any]]]:
        """What is asked and what is told; slow answers are made in the thread of inference."""
        model = self.model
        if self.slow or len(raw) > LOOP_BYTES:
            left = self.settings.deadline_ms / 1000 - (self.steady() - exchange.started)
            asked, answers = await self._inference.answered(model, raw, seconds=left)
        else:
            asked = model.reader.read(raw)
            answers = model.answers(asked)
        told = self._kept(model, asked, answers, exchange)
        await self._log.lasting()
        return asked, told

    def _kept(
        self, model: Model, asked: Asked, answers: list[dict[str, Any]], exchange: Exchange, *, hold: bool = False
    ) -> list[dict[str, Any]]:
        """Some answers, after each was given an id, put into the journal and counted."""
        at = self._clock()
        told = [{"prediction_id": prediction_id(at, chance()), **answer, "model": model.hash} for answer in answers]
        self._log.decisions(model, asked, told, at=at, started=exchange.started, request=exchange.request_id, hold=hold)
        self._tally.count(answers)
        return told

    def _kept_one(self, model: Model, made: Made, exchange: Exchange) -> bytes:
        """The same of one answer in its short form."""
        at = self._clock()
        named = prediction_id(at, chance())
        logged = msgspec.Raw(made.logged)
        self._log.decision(
            model.hash, made.sent, logged, made.flags,
            id=named, at=at, started=exchange.started, request=exchange.request_id, hold=True,
        )  # fmt: skip
        self._tally.count_one(made.answer, made.flags)
        return b'{"prediction_id":"%b",%b' % (named.encode(), made.told)

    # ------------------------------------------------------------ without waiting
    @property
    def at_once(self) -> bool:
        """Whether a small request can be answered without waiting for anything: no slow model, no disk to wait for."""
        return not self._log.waits and not self.slow

    def answer_at_once(self, exchange: Exchange, raw: bytes) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """The whole answer to a prediction: status, body, and headers that say more; never raises.

        It may go out after `write_decisions`, which a few answers can share.
        """
        status, headers = 200, []
        try:
            if self._keys is not None:
                self._keys.check(exchange.secret, "predict", self.steady())
            model = self.model
            made = model.one and model.one.answer(raw)
            if made:
                content = self._kept_one(model, made, exchange)
            else:
                asked = model.reader.read(raw)
                told = self._kept(model, asked, model.answers(asked), exchange, hold=True)
                content = _encode(told[0] if asked.one else {"predictions": told})
        except Refused as why:
            status, headers = why.status, [*why.headers.items()]
            content = self.refused(exchange, why)
        except Exception as why:  # noqa: BLE001 - a bug is one answer's fault, not the server's
            status, content = 500, self.broken(exchange, why)
        self._pace(self.done(exchange, status))
        return status, content, headers

    def write_decisions(self) -> None:
        """Put into the journal what was answered at once."""
        self._log.write_held()

    def _pace(self, took: float) -> None:
        """Learn that a model is slow on what it is really asked, such as texts longer than the one it was warmed with."""
        if took * 1e6 > self.settings.slow_us:
            self._streak += 1
            self.slow = self.slow or self._streak >= STREAK
        elif self._streak:
            self._streak -= 1

    async def _feedback(self, raw: bytes) -> Answer:
        outcome = read_feedback(raw, at=self._clock() / 1e9, depth=self.settings.depth)
        self._log.outcome(outcome)
        await self._log.lasting()
        return 202, _encode({"noted": 1}), []

    # ------------------------------------------------------------ afterwards
    def refused(self, exchange: Exchange, why: Refused) -> bytes:
        """The body of a refusal; it is counted, and logged where it tells something of the data."""
        self.counters.add(f'ownproof_refused_total{{reason="{REASONS.get(why.status, "other")}"}}')
        if exchange.path in (PREDICT, INFER) and why.status in LOGGED_STATUSES:
            self._log.refusal(self.model, why, at=self._clock() / 1e9, request=exchange.request_id)
        most, v2 = self.settings.problems, exchange.path.startswith("/v2")
        return body(why.status, why.detail, why.faults, most=most, request=exchange.request_id, error=v2)

    def broken(self, exchange: Exchange, why: BaseException) -> bytes:
        """The body of a bug's answer. Where it lies is told where the process's errors go, without what was sent."""
        place = "".join(traceback.format_tb(why.__traceback__))
        logging.getLogger("ownproof.serve").error("bug while answering: %s\n%s", type(why).__name__, place)
        return body(500, "this is a bug of the server; nothing was decided", request=exchange.request_id)

    def done(self, exchange: Exchange, status: int) -> float:
        """Count a request that was answered; how long it took, in seconds."""
        if exchange.counted:
            self._in_flight -= 1
            self.counters.values[self._gauge] = self._in_flight
        place = self._places.get((exchange.path, status))
        self.counters.values[self._place(exchange.path, status) if place is None else place] += 1
        took = self.steady() - exchange.started
        self._seconds.observe(took)
        return took

    def _place(self, path: str, status: int) -> int:
        """Where requests of a route and status are counted; addresses that nobody knows are one."""
        route = path if path in KNOWN_ROUTES else "other"
        place = self.counters.place(f'ownproof_requests_total{{route="{route}",status="{status}"}}')
        if route == path:
            self._places[path, status] = place
        return place

    # ------------------------------------------------------------ cold pages
    def pages(self) -> Mapping[str, Callable[[], tuple[int, bytes, str]]]:
        """What stands at the addresses that are only read."""
        return {
            "/livez": lambda: (200, b'{"status":"alive"}', JSON),
            "/readyz": self._readyz,
            "/v1/schema": lambda: (200, self._page("schema", self.model.schema), JSON),
            "/openapi.json": lambda: (200, self._page("openapi", lambda: document(self.model)), JSON),
            "/metrics": self._metrics,
        }

    def _page(self, name: str, make: Callable[[], Any]) -> bytes:
        if name not in self._pages:
            self._pages[name] = _encode(make())
        return self._pages[name]

    def _readyz(self) -> tuple[int, bytes, str]:
        told = {"status": "ready" if self.ready else "draining", "model": self.model.hash, **self._log.state()}
        return (200 if self.ready else 503), _encode(told), JSON

    def _metrics(self) -> tuple[int, bytes, str]:
        self.refresh()
        return 200, (exposition(self._summed()) + self._log.monitored()).encode(), METRICS

    def refresh(self) -> None:
        """Put into the shared counters what is kept elsewhere in this process."""
        self.counters.set("ownproof_workers", 1.0)
        before = [series for series, _ in self.counters.items() if series.startswith("ownproof_model_info{")]
        for series in before:
            self.counters.set(series, 0.0)
        self.counters.set(f'ownproof_model_info{{model="{self.model.hash}"}}', 1.0)
        for name, value in self._log.figures().items():
            self.counters.set(name, value + self._before.get(name, 0.0))


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most} bytes")
