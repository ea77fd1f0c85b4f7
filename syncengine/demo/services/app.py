"""The demo services as a Starlette application: the routes of docs/services-api.md, and /demo/… for tests."""

from __future__ import annotations

import asyncio
import hmac
import math
import uuid
from dataclasses import dataclass, field

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncengine.demo.services import faults, schemas
from syncengine.demo.services.connections import read_body, reset_connection
from syncengine.demo.services.holdings import Holdings, LoggedRequest
from syncengine.demo.services.intake import RefusedError
from syncengine.demo.services.misbehaving import SPOILED, answer_instead, spoil, throttled
from syncengine.demo.services.optimizer.app import OptimizerApi
from syncengine.demo.services.optimizer.tokens import OptimizerConfig
from syncengine.demo.services.receiving import Arrival, BatchLimits, receive_batch
from syncengine.demo.services.storefront import shopper_view

MAX_PAGE_ITEMS = 5000


@dataclass(slots=True, kw_only=True)
class ServicesConfig:
    """How one process behaves; PUT /demo/faults changes `plan` and `rate` while it runs."""

    api_key: str = "demo-key"
    environment_ids: tuple[str, ...] = ("demo-env",)
    plan: faults.FaultPlan = field(default_factory=faults.FaultPlan)
    rate: faults.RateLimit = field(default_factory=faults.RateLimit)
    limits: BatchLimits = field(default_factory=BatchLimits)
    slow_seconds: float = 2.0
    retry_after_seconds: int = 1
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)


def build_app(holdings: Holdings, config: ServicesConfig) -> Starlette:
    """The application over one state."""
    services = _Services(holdings, config)
    routes = [
        Route("/health", services.health),
        Route("/feeds/{feed}", services.post_feed, methods=["POST"]),
        Route("/feeds/{feed}/count", services.count),
        Route("/feeds/{feed}/items", services.items),
        Route("/products/{sku:path}", services.product),
        Route("/demo/requests", services.requests),
        Route("/demo/faults", services.show_faults),
        Route("/demo/faults", services.set_faults, methods=["PUT"]),
        *OptimizerApi(holdings, config).routes(),
    ]
    return Starlette(routes=routes, exception_handlers={RefusedError: services.refuse, 404: services.nothing_here})


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


class _Services:
    def __init__(self, holdings: Holdings, config: ServicesConfig) -> None:
        self._holdings = holdings
        self._config = config

    async def post_feed(self, request: Request) -> Response:
        """POST /feeds/{feed}."""
        feed = request.path_params["feed"]
        request.state.request_id = uuid.uuid4().hex
        try:
            space_id = self._space_id(request)
            self._feed(request)
        except RefusedError as error:
            await read_body(request)
            self._log_unread(request, None, "refused", error.status)
            raise
        fault = self._config.plan.choose()
        if fault is not None and fault.name in faults.BEFORE_READING:
            self._log_unread(request, space_id, f"fault {fault.name}", None)
            return await reset_connection(request)
        body = await read_body(request)
        wait_seconds = self._config.rate.wait_seconds()
        if wait_seconds > 0:
            self._log_unread(request, space_id, "over rate", 429)
            return throttled(429, math.ceil(wait_seconds))
        if fault is not None and (fault.name in faults.INSTEAD or fault.status is not None):
            self._log_unread(request, space_id, f"fault {fault.name}", fault.status)
            return await self._answer_instead(request, fault)
        if fault is not None and fault.name in faults.DELAYING:
            await asyncio.sleep(self._config.slow_seconds)
        arrival = Arrival(
            space_id=space_id,
            feed=feed,
            request_id=request.state.request_id,
            headers=request.headers,
            body=body,
        )
        config = self._config
        answer = await run_in_threadpool(
            receive_batch, self._holdings, arrival, plan=config.plan, fault=fault, limits=config.limits
        )
        if fault is not None and fault.name in faults.AFTER_APPLYING:
            return await self._spoil(request, fault, answer)
        return Response(answer, media_type="application/json")

    def _log_unread(self, request: Request, space_id: int | None, outcome: str, status: int | None) -> None:
        key = request.headers.get("idempotency-key")
        entry = LoggedRequest(
            space_id=space_id,
            feed=request.path_params["feed"],
            outcome=outcome,
            request_id=request.state.request_id,
            http_status=status,
            idempotency_key=key,
        )
        self._holdings.log(entry)

    async def _answer_instead(self, request: Request, fault: faults.Fault) -> Response:
        """What comes in place of an answer by a fault, with nothing applied."""
        answer = await answer_instead(request, fault, retry_after_seconds=self._config.retry_after_seconds)
        if answer is not None:
            return answer
        status = 401 if fault.name == "expired-token" else fault.status or 500
        raise RefusedError(status, "fault", f"status {status} on purpose")

    async def _spoil(self, request: Request, fault: faults.Fault, answer: bytes) -> Response:
        """What becomes of a true answer by a fault, after the batch was applied."""
        if fault.name in SPOILED:
            return await spoil(request, fault, answer, slow_seconds=self._config.slow_seconds)
        value = orjson.loads(answer)
        if fault.name == "wrong-count":
            value["accepted"] += 1
        else:
            value["accepted"] -= 1
            index = 10_000 if fault.name == "unknown-index" else 0
            value["rejected"].append({"index": index, "code": "fault", "message": "on purpose"})
            if fault.name == "duplicate-index":
                value["accepted"] -= 1
                value["rejected"].append({"index": 0, "code": "fault", "message": "on purpose"})
        return _json(value)

    async def health(self, request: Request) -> Response:
        """GET /health."""
        return _json({"status": "ok"})

    async def count(self, request: Request) -> Response:
        """GET /feeds/{feed}/count."""
        live, deleted = self._holdings.count(self._space_id(request), self._feed(request))
        return _json({"live": live, "deleted": deleted})

    async def items(self, request: Request) -> Response:
        """GET /feeds/{feed}/items: the bytes as they were sent."""
        space_id, feed = self._space_id(request), self._feed(request)
        limit = _whole_number(request, "limit", 1000, lowest=1, highest=MAX_PAGE_ITEMS)
        after = _whole_number(request, "after", 0, lowest=0, highest=2**62)
        choice = request.query_params.get("deleted")
        if choice not in (None, "true", "false"):
            raise RefusedError(400, "parameter", "deleted must be true or false")
        deleted = None if choice is None else choice == "true"
        rows = await run_in_threadpool(
            self._holdings.page, space_id, feed, after=after, limit=limit + 1, deleted=deleted
        )
        following = rows[limit - 1][0] if len(rows) > limit else None
        payloads = b",".join(payload for _, payload in rows[:limit])
        cursor = orjson.dumps(None if following is None else str(following))
        body = b'{"items":[' + payloads + b'],"next":' + cursor + b"}"
        return Response(body, media_type="application/json")

    async def product(self, request: Request) -> Response:
        """GET /products/{sku}."""
        view = shopper_view(
            self._holdings,
            self._space_id(request),
            request.path_params["sku"],
            store_view=request.query_params.get("storeView"),
            customer_group=request.query_params.get("customerGroup"),
        )
        if view is None:
            raise RefusedError(404, "not_displayable", "no such product is displayable here")
        return _json(view)

    async def requests(self, request: Request) -> Response:
        """GET /demo/requests: what arrived, oldest first."""
        rows = self._holdings.requests(
            self._space_id(request),
            feed=request.query_params.get("feed"),
            after=_whole_number(request, "after", 0, lowest=0, highest=2**62),
            limit=_whole_number(request, "limit", 10_000, lowest=1, highest=1_000_000),
        )
        return _json({"requests": rows})

    async def show_faults(self, request: Request) -> Response:
        """GET /demo/faults."""
        self._check_key(request)
        config = self._config
        shown = {"faults": [str(fault) for fault in config.plan.faults], "rate": config.rate.per_second}
        return _json({**shown, "slow_seconds": config.slow_seconds})

    async def set_faults(self, request: Request) -> Response:
        """PUT /demo/faults: {"faults": ["status-500=0.3"], "rate": 5 or null, "slow_seconds": 2}."""
        self._check_key(request)
        try:
            wanted = orjson.loads(await request.body())
            plan = faults.FaultPlan([faults.parse_fault(text) for text in wanted.get("faults", [])])
            rate = wanted.get("rate")
            limit = faults.RateLimit(None if rate is None else float(rate))
            slow_seconds = float(wanted.get("slow_seconds", self._config.slow_seconds))
        except (ValueError, AttributeError, TypeError) as error:
            raise RefusedError(400, "fault", str(error)) from None
        self._config.plan, self._config.rate, self._config.slow_seconds = plan, limit, slow_seconds
        return await self.show_faults(request)

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("x-api-key", "").encode()
        if not hmac.compare_digest(given, self._config.api_key.encode()):
            raise RefusedError(401, "api_key", "x-api-key is missing or not known")

    def _space_id(self, request: Request) -> int:
        self._check_key(request)
        environment_id = request.headers.get("x-environment-id", "")
        if environment_id not in self._config.environment_ids:
            raise RefusedError(403, "environment", "x-environment-id is missing or not open to this key")
        data_space_id = request.headers.get("x-data-space-id", "")
        if not 1 <= len(data_space_id) <= 64:
            raise RefusedError(403, "data_space", "x-data-space-id is missing")
        return self._holdings.space_id(environment_id, data_space_id)

    def _feed(self, request: Request) -> str:
        feed: str = request.path_params["feed"]
        if schemas.identity_of(feed) is None:
            raise RefusedError(404, "unknown_feed", f"there is no feed `{feed[:64]}`")
        return feed

    async def refuse(self, request: Request, error: Exception) -> Response:
        """Any refusal as the contract's error body."""
        assert isinstance(error, RefusedError)
        request_id = getattr(request.state, "request_id", None) or uuid.uuid4().hex
        return Response(error.as_body(request_id), error.status, media_type="application/json")

    async def nothing_here(self, request: Request, error: Exception) -> Response:
        """An address that is no route: a wrong base address."""
        return await self.refuse(request, RefusedError(404, "not_found", "there is nothing at this address"))


def _whole_number(request: Request, name: str, default: int, *, lowest: int, highest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and lowest <= int(text) <= highest):
        raise RefusedError(400, "parameter", f"{name} must be a whole number from {lowest} to {highest}")
    return int(text)
