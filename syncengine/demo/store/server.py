"""The store as a Starlette application on loopback, and the process that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as WebRoute

from syncengine.demo.store.calls import Call, render
from syncengine.demo.store.changes import ChangeRequestError, apply_changes, parse_change
from syncengine.demo.store.content import CatalogContent, fill_state
from syncengine.demo.store.criteria import nest
from syncengine.demo.store.errors import ApiError, internal, unauthorized
from syncengine.demo.store.fault_answers import DELAY_SECONDS, CutResponse, TrickleResponse, fault_answer
from syncengine.demo.store.faults import Fault, Faults
from syncengine.demo.store.generator.catalog import GeneratedCatalog
from syncengine.demo.store.loading import RecordedCatalog
from syncengine.demo.store.process import end_on_signals, listen, make_server, print_ready, run_server
from syncengine.demo.store.quirks import quirky_answer, refused_at_the_edge
from syncengine.demo.store.routing import find_target
from syncengine.demo.store.state import StoreState, open_state
from syncengine.demo.store.wire import to_json

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Expires": "Thu, 19 Nov 1981 08:52:00 GMT",
    "X-Frame-Options": "SAMEORIGIN",
}
_GZIP_FROM_BYTES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """How a demo store is started."""

    port: int = 8601
    token: str = "demo-token"  # noqa: S105  (the demo's own, known to everybody)
    products: int = 600
    seed: int = 7
    catalog: Path | None = None
    latency_ms: int = 0
    faults: tuple[Fault, ...] = ()
    state: Path | None = None


def open_store(options: StoreOptions) -> StoreState:
    """The store's state: kept from the last start, or built now. Raises: RecordsError."""
    if options.catalog is not None:
        recorded = RecordedCatalog(options.catalog)
        content: CatalogContent = recorded
        identity = recorded.identity()
    else:
        generated = GeneratedCatalog(products=options.products, seed=options.seed)
        content, identity = generated, generated.identity()
    return open_state(options.state, identity, lambda connection: fill_state(connection, content))


class StoreServer:
    """Answers requests from a state."""

    def __init__(self, state: StoreState, *, token: str, faults: Faults, latency_ms: int = 0) -> None:
        self._state = state
        self._token = token
        self._faults = faults
        self._latency_seconds = latency_ms / 1000

    def app(self) -> Starlette:
        """The ASGI application: the REST API, and the demo's own editing path."""
        return Starlette(
            routes=[
                WebRoute("/demo/change", self._change, methods=["POST"]),
                WebRoute("/{path:path}", self._rest, methods=METHODS),
            ],
            exception_handlers={Exception: _server_error},
        )

    def _is_authorized(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and secrets.compare_digest(token.encode(), self._token.encode())

    async def _rest(self, request: Request) -> Response:
        body = await request.body()
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        if not _is_json_accepted(request.headers.get("accept", "*/*")):
            return fault_answer("unacceptable") or Response(status_code=500)
        fault = self._faults.strike()
        if fault is not None and (broken := fault_answer(fault)) is not None:
            return broken
        if fault == "delay":
            await asyncio.sleep(DELAY_SECONDS)
        quirks = self._faults.quirks()
        refusal = refused_at_the_edge(quirks, request) if quirks else None
        if refusal is not None and (page := fault_answer(refusal)) is not None:
            return page
        status, text = await run_in_threadpool(self._answer, request, body, fault, quirks)
        return self._response(request, status, text, fault)

    def _answer(self, request: Request, body: bytes, fault: str | None, quirks: dict[str, int]) -> tuple[int, str]:
        try:
            return 200, self._result(request, body, fault, quirks)
        except ApiError as error:
            return error.status, to_json(error.as_json())

    def _result(self, request: Request, body: bytes, fault: str | None, quirks: dict[str, int]) -> str:
        if request.method in ("PATCH", "HEAD", "OPTIONS"):
            raise ApiError(405, f"The {request.method} HTTP method is not supported.")
        raw_path = request.scope["raw_path"].decode("ascii").partition("?")[0]
        target = find_target(self._state, request.method, raw_path)
        if fault == "status-401" and target.route.resource is not None:
            raise unauthorized(target.route.resource)
        if target.route.resource is not None and not self._is_authorized(request):
            raise unauthorized(target.route.resource)
        query = request.scope["query_string"].decode("latin-1")
        call = Call(
            state=self._state,
            faults=self._faults,
            token=self._token,
            scope=target.scope,
            arguments=target.arguments,
            query=nest(parse_qsl(query, keep_blank_values=True)),
            content_type=request.headers.get("content-type", ""),
            body=body,
        )
        if fault == "empty" and target.route.pattern == ("products",):
            echo = to_json(call.criteria().as_json())
            return f'{{"items":[],"search_criteria":{echo},"total_count":0}}'
        if quirks or self._faults.leave_records_out:
            return quirky_answer(call, target.route, quirks)
        return render(call, target.route.handler(call))

    def _response(self, request: Request, status: int, text: str, fault: str | None) -> Response:
        body = text.encode("ascii")
        if fault == "bad-json":
            body = body[: max(1, len(body) // 2)]
        headers = dict(_HEADERS)
        if fault == "gzip-cut" or _is_compressed(request, body):
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
            body = packer.compress(body) + packer.flush()
            if fault == "gzip-cut":
                body = body[: len(body) // 2]
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if fault == "gzip-garbage":
            return Response(b"\x1f\x8b" + body[2:][::-1], status, {**headers, "Content-Encoding": "gzip"})
        if fault == "cut":
            return CutResponse(body, status, headers)
        if fault == "slow":
            return TrickleResponse(body, status, headers)
        return Response(b"" if request.method == "HEAD" else body, status, headers)

    async def _change(self, request: Request) -> Response:
        """POST /demo/change: edits the catalog as a merchant would; the same token as the API's."""
        if not self._is_authorized(request):
            error = unauthorized("CatalogSync_Demo::change")
            return Response(to_json(error.as_json()), error.status, _HEADERS)
        try:
            asked = parse_change(await request.body())
        except ChangeRequestError as error:
            return Response(to_json({"message": str(error)}), 400, _HEADERS)
        touched = await run_in_threadpool(apply_changes, self._state, asked)
        return Response(to_json(touched), 200, _HEADERS)


def _is_compressed(request: Request, body: bytes) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "") and len(body) >= _GZIP_FROM_BYTES


def _is_json_accepted(accept: str) -> bool:
    """Whether the client takes JSON; the real store ends in an HTML page when no renderer fits."""
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(kinds & {"", "*/*", "application/*", "application/json", "application/xml", "text/xml"})


async def _server_error(request: Request, error: Exception) -> Response:
    return Response(to_json(internal(1).as_json()), 500, _HEADERS)


@contextlib.contextmanager
def running(options: StoreOptions) -> Iterator[str]:
    """Serves on a thread of this process, for tests and benchmarks; yields the address. The port is any."""
    state = open_store(options)
    listening = listen(0)
    ready = threading.Event()
    store = StoreServer(state, token=options.token, faults=Faults(options.faults), latency_ms=options.latency_ms)
    server = make_server(store.app(), lambda port: ready.set())
    thread = threading.Thread(target=run_server, args=(server, listening), name="demo-store")
    thread.start()
    try:
        ready.wait(30)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        state.close()


def serve(options: StoreOptions) -> None:
    """Serves until stopped; prints the ready line once it listens.

    Raises: OSError when the port is taken; RecordsError when the directory is not one of records.
    """
    end_on_signals()
    with listen(options.port) as listening:
        state = open_store(options)
        store = StoreServer(state, token=options.token, faults=Faults(options.faults), latency_ms=options.latency_ms)
        try:
            run_server(make_server(store.app(), print_ready), listening)
        finally:
            state.close()
