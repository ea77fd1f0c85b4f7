"""Where the engine listens: events from a store or an importer, and what probes and Prometheus ask for.

One thread of the engine's process; an event is kept in the control store, so nothing here touches a run.
"""

from __future__ import annotations

import hmac
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from syncengine.access.pace import TooOftenError, WritePace
from syncengine.commands import touch
from syncengine.commands.request_form import MAX_VALUES
from syncengine.control.store import ControlStore
from syncengine.errors import CatalogSyncError, SettingsError, StorageError
from syncengine.settings import EngineSettings, secret_value

MAX_BODY_BYTES = 4 * 2**20
ACTOR = "events API"
_START_SECONDS = 10.0


class _Events(BaseModel):
    """The body of an event."""

    model_config = ConfigDict(extra="forbid", strict=True)

    skus: Annotated[list[str], Field(max_length=MAX_VALUES)] = []
    ids: Annotated[list[int], Field(max_length=MAX_VALUES)] = []
    entities: Annotated[list[str], Field(max_length=1000)] = []
    everything: bool = False


def events_token(settings: EngineSettings) -> str | None:
    """The token that events must bring; None when none is set, so that none are taken."""
    return secret_value(settings.events_token, settings.events_token_file, "engine.events_token_file") or None


def events_route(control: ControlStore, token: str | None, *, per_minute: int = 0) -> Route:
    """`POST /api/events`: 202 once the event is durable; at most `per_minute` with the token, and as many without it
    from one address (0: no limit)."""
    pace = WritePace()

    async def take(request: Request) -> Response:
        if token is None:
            return _refusal(403, "No token is set: `engine.events_token`.")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
        host = request.client.host if request.client else "unknown"
        try:
            pace.take("token" if known else f"address {host}", per_minute=per_minute)
        except TooOftenError as error:
            return _refusal(429, f"{error.message} {error.hint}", {"Retry-After": str(error.retry_after)})
        if not known:
            return _refusal(401, "The token is wrong or missing.", {"WWW-Authenticate": "Bearer"})
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                return _refusal(413, f"An event is {MAX_BODY_BYTES // 2**20} MB at most; say everything instead.")
        return await run_in_threadpool(_taken, control, bytes(body))

    return Route("/api/events", take, methods=["POST"])


def _taken(control: ControlStore, body: bytes) -> Response:
    try:
        event = _Events.model_validate(orjson.loads(body))
        receipt = touch(
            control,
            skus=event.skus,
            ids=event.ids,
            entities=event.entities,
            everything=event.everything,
            actor=ACTOR,
        )
    except orjson.JSONDecodeError:
        return _refusal(422, "The event is no JSON.")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "event"
        return _refusal(422, f"`{place}`: {first['msg']}.")
    except StorageError as error:
        return _refusal(503, error.message, {"Retry-After": "30"})
    except SettingsError as error:
        return _refusal(422, f"{error.message} {error.hint}".strip())
    return _json(
        202,
        {
            "named": receipt.named,
            "collected_since": receipt.collected_since.isoformat(),
            "paused": receipt.paused,
        },
    )


@contextmanager
def listening(address: str, routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Serve `routes` at `address` (host:port, port 0: any) in a thread; yields the address in use.

    Raises: SettingsError when nobody can listen there.
    """
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host.strip("[]"), int(port)))
    except OSError as error:
        place.close()
        raise SettingsError(
            f"The engine cannot listen at `{address}`: {error.strerror or error}.", hint="Set another `engine.listen`."
        ) from None
    app = Starlette(routes=list(routes))
    server = _Server(
        uvicorn.Config(app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, name="listener", daemon=True)
    thread.start()
    try:
        if not server.came_up.wait(_START_SECONDS):
            raise CatalogSyncError(f"The engine's listener did not come up at `{address}`.")
        yield "{}:{}".format(*place.getsockname()[:2])
    finally:
        server.should_exit = True
        thread.join()
        place.close()


class _Server(uvicorn.Server):
    """Says when it is up, and leaves the signals to the engine."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.came_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.came_up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json(status, {"error": {"message": message}}, headers)


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )
