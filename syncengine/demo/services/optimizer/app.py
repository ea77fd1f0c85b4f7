"""The routes: the token, the five resources with their deletes, and /demo/optimizer/… for tests."""

from __future__ import annotations

import asyncio
import hashlib
import math
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncengine.demo.services import faults
from syncengine.demo.services.connections import read_body, reset_connection
from syncengine.demo.services.holdings import Holdings, LoggedRequest
from syncengine.demo.services.intake import RefusedError, decode_body
from syncengine.demo.services.misbehaving import SPOILED, answer_instead, spoil, throttled
from syncengine.demo.services.optimizer.checking import MAX_RECORDS, SCHEMAS, Fault, find_fault
from syncengine.demo.services.optimizer.keeping import Keeper, identity
from syncengine.demo.services.optimizer.tokens import Tokens

if TYPE_CHECKING:
    from syncengine.demo.services.app import ServicesConfig

SPACE = "commerce-optimizer"
MAX_PAGE = 5000
_KINDS = {"POST": 0, "PATCH": 1, "DELETE": 2}
_SHAPES = {
    401: {"title": "ErrInvalidOauthToken", "error_code": "401013", "message": "Oauth token is not valid"},
    403: {"title": "ErrMissingOauthToken", "error_code": "403010", "message": "Oauth token is missing"},
}


@dataclass(slots=True, kw_only=True)
class _Arrival:
    """One request as it came in."""

    resource: str
    kind: str
    space_id: int
    entry: LoggedRequest
    fault: faults.Fault | None = None
    records: list[Any] = field(default_factory=list)


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json", headers={"x-request-id": _new_id()})


def _new_id() -> str:
    return uuid.uuid4().hex


def _shaped(status: int) -> Response:
    shape = _SHAPES.get(status, {"title": "Error", "error_code": f"{status}000", "message": "on purpose"})
    return _json({**shape, "status": str(status)}, status)


def _failed(message: str, errors: list[dict[str, Any]] | None = None) -> Response:
    return _json({"status": "FAILED", "message": message, "errors": errors or []}, 400)


class OptimizerApi:
    """Answers as the published schema says."""

    def __init__(self, holdings: Holdings, config: ServicesConfig) -> None:
        self._holdings = holdings
        self._config = config
        self._tokens = Tokens(config.optimizer)

    def routes(self) -> list[Route]:
        """What the application adds to its own."""
        return [
            Route("/ims/token/v3", self.token, methods=["POST"]),
            Route("/demo/optimizer/{tenant}/requests", self.requests),
            Route("/demo/optimizer/{tenant}/items/{resource:path}", self.items),
            Route("/{tenant}/v1/catalog/{resource:path}", self.receive, methods=["POST", "PATCH"]),
        ]

    async def token(self, request: Request) -> Response:
        """POST /ims/token/v3, a form."""
        body = await read_body(request)
        status, answer = self._tokens.grant(dict(parse_qsl(body.decode("latin-1"))))
        return _json(answer, status)

    async def receive(self, request: Request) -> Response:
        """POST or PATCH of records."""
        path = request.path_params["resource"]
        is_delete = path.endswith("/delete") and request.method == "POST"
        resource = path.removesuffix("/delete") if is_delete else path
        if resource not in SCHEMAS or request.path_params["tenant"] not in self._config.optimizer.tenants:
            await read_body(request)
            return _shaped(404)
        kind = "DELETE" if is_delete else request.method
        space_id = self._holdings.space_id(SPACE, request.path_params["tenant"])
        entry = LoggedRequest(space_id=space_id, feed=f"{kind} {resource}", outcome="", request_id=_new_id())
        arrival = _Arrival(resource=resource, kind=kind, space_id=space_id, entry=entry)
        arrival.fault = self._config.plan.choose()
        if arrival.fault is not None and arrival.fault.name in faults.BEFORE_READING:
            self._log(arrival, f"fault {arrival.fault.name}", None)
            return await reset_connection(request)
        body = await read_body(request)
        refusal = await self._before_reading_it(request, arrival)
        if refusal is not None:
            return refusal
        answer = await run_in_threadpool(self._take, request.headers.get("content-encoding", ""), body, arrival)
        if arrival.fault is not None and arrival.fault.name in SPOILED and answer.status_code == 200:
            return await spoil(request, arrival.fault, bytes(answer.body), slow_seconds=self._config.slow_seconds)
        return answer

    async def _before_reading_it(self, request: Request, arrival: _Arrival) -> Response | None:
        """The answer of a request that is not looked into, None for one that is."""
        fault = arrival.fault
        if fault is not None and fault.name == "expired-token":
            self._tokens.end_all()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return self._turned_away(arrival, "refused", _shaped(403))
        if not self._tokens.is_good(token):
            return self._turned_away(arrival, "refused", _shaped(401))
        wait_seconds = self._config.rate.wait_seconds()
        if wait_seconds > 0:
            return self._turned_away(arrival, "over rate", throttled(429, math.ceil(wait_seconds)))
        if fault is not None and (fault.name in faults.INSTEAD or fault.status is not None):
            outcome = f"fault {fault.name}"
            self._log(arrival, outcome, fault.status)
            answer = await answer_instead(request, fault, retry_after_seconds=self._config.retry_after_seconds)
            return answer or _shaped(fault.status or 500)
        if fault is not None and fault.name in faults.DELAYING:
            await asyncio.sleep(self._config.slow_seconds)
        return None

    def _turned_away(self, arrival: _Arrival, outcome: str, answer: Response) -> Response:
        self._log(arrival, outcome, answer.status_code)
        return answer

    def _take(self, encoding: str, body: bytes, arrival: _Arrival) -> Response:
        """Check, apply and answer."""
        try:
            decoded = decode_body(body, encoding.strip().lower())
            arrival.records = orjson.loads(decoded)
        except RefusedError as error:
            return self._turned_away(arrival, "refused", _failed(error.message))
        except orjson.JSONDecodeError as error:
            return self._turned_away(arrival, "refused", _failed(f"the body is not JSON: {error}"))
        limit = MAX_RECORDS.get(arrival.resource, 100)
        if not isinstance(arrival.records, list) or len(arrival.records) > limit:
            return self._turned_away(arrival, "refused", _failed(f"the body must be a list of up to {limit} records"))
        arrival.entry = replace(
            arrival.entry,
            items=len(arrival.records),
            body_sha256=hashlib.sha256(decoded).hexdigest(),
            body_bytes=len(decoded),
        )
        refusal = self._refusal(arrival)
        if refusal is not None:
            return self._turned_away(arrival, "refused", refusal)
        keeper = Keeper(self._holdings, arrival.space_id)
        apply = {"POST": keeper.replace, "PATCH": keeper.merge, "DELETE": keeper.delete}[arrival.kind]
        with self._holdings.transaction():
            ignored = apply(arrival.resource, arrival.records)
            self._log(arrival, "applied", 200, accepted=len(arrival.records), ignored=ignored)
        count = len(arrival.records) + (1 if arrival.fault is not None and arrival.fault.name == "wrong-count" else 0)
        return _json({"status": "ACCEPTED", "acceptedCount": count})

    def _refusal(self, arrival: _Arrival) -> Response | None:
        """The 400 of a request with bad records, None when all are good."""
        name = arrival.fault.name if arrival.fault is not None else ""
        if name in ("unknown-index", "duplicate-index"):
            index = 10_000 if name == "unknown-index" else 0
            on_purpose = Fault(code="fault", message="on purpose").as_json(index)
            return _failed("Items validation failed", [on_purpose] * (2 if name == "duplicate-index" else 1))
        schema = SCHEMAS[arrival.resource][_KINDS[arrival.kind]]
        errors = []
        for index, record in enumerate(arrival.records):
            fault = find_fault(schema, record)
            if fault is None:
                text = orjson.dumps(identity(arrival.resource, record)).decode()
                if self._config.plan.marks("poison-item", text):
                    return _failed("Items validation failed")
                if name == "reject-all" or (name == "reject-one" and index == 0):
                    fault = Fault(code="fault", message="refused on purpose")
                if self._config.plan.marks("reject-item", text):
                    fault = Fault(code="fault", message="refused on purpose")
            if fault is not None:
                errors.append(fault.as_json(index))
        return _failed(f"Items validation failed for {len(errors)} items", errors) if errors else None

    def _log(self, arrival: _Arrival, outcome: str, status: int | None, **counts: Any) -> None:
        fault = None if arrival.fault is None else arrival.fault.name
        self._holdings.log(replace(arrival.entry, outcome=outcome, http_status=status, fault=fault, **counts))

    async def items(self, request: Request) -> Response:
        """GET /demo/optimizer/{tenant}/items/{resource}: what is held, deleted records left out, by pages."""
        resource = request.path_params["resource"]
        if resource not in SCHEMAS:
            return _shaped(404)
        space_id = self._holdings.space_id(SPACE, request.path_params["tenant"])
        cursor = request.query_params.get("after", "0")
        after = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 20 else 0
        rows = await run_in_threadpool(
            self._holdings.page, space_id, resource, after=after, limit=MAX_PAGE, deleted=False
        )
        payloads = b",".join(payload for _, payload in rows)
        following = str(rows[-1][0]) if len(rows) == MAX_PAGE else None
        body = b'{"items":[' + payloads + b'],"next":' + orjson.dumps(following) + b"}"
        return Response(body, media_type="application/json")

    async def requests(self, request: Request) -> Response:
        """GET /demo/optimizer/{tenant}/requests: what arrived, oldest first, and how many tokens were given."""
        space_id = self._holdings.space_id(SPACE, request.path_params["tenant"])
        rows = self._holdings.requests(space_id, feed=None, after=0, limit=1_000_000)
        return _json({"requests": rows, "tokens": self._tokens.given})
