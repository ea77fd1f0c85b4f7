"""One batch from its bytes to its answer: checked, held once per idempotency key, logged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from syncengine.demo.services import faults, schemas
from syncengine.demo.services.holdings import HeldItem, Holdings, LoggedRequest, StoredAnswer
from syncengine.demo.services.intake import (
    RefusedError,
    SentItem,
    decode_body,
    max_items,
    read_headers,
    split_items,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A POST of a feed as it came in."""

    space_id: int
    feed: str
    request_id: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """Narrower limits than the contract's, to try a sender's splitting. None: the contract's."""

    max_items: int | None = None
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An item named as failed in a 200 answer."""

    index: int
    code: str
    message: str

    def as_json(self) -> dict[str, int | str]:
        """Its form on the wire."""
        return {"index": self.index, "code": self.code, "message": self.message}


def receive_batch(
    holdings: Holdings,
    arrival: Arrival,
    *,
    plan: faults.FaultPlan,
    fault: faults.Fault | None,
    limits: BatchLimits,
) -> bytes:
    """The body of the 200 answer; each way out leaves a line in the log.

    Raises: RefusedError for every other status of the contract.
    """
    entry: dict[str, Any] = {
        "space_id": arrival.space_id,
        "feed": arrival.feed,
        "request_id": arrival.request_id,
        "fault": None if fault is None else fault.name,
        "idempotency_key": arrival.headers.get("idempotency-key"),
    }
    try:
        headers = read_headers(arrival.headers)
        encoding = arrival.headers.get("content-encoding", "").strip().lower()
        body = decode_body(arrival.body, encoding, **({"max_bytes": limits.max_bytes} if limits.max_bytes else {}))
        entry |= {"body_sha256": hashlib.sha256(body).hexdigest(), "body_bytes": len(body)}
        entry |= {"run_sequence": headers.run_sequence}
        repeated = _repeated_answer(holdings, arrival, headers.idempotency_key, str(entry["body_sha256"]))
        if repeated is not None:
            holdings.log(LoggedRequest(**entry, outcome="repeated", http_status=200))
            return repeated
        items = split_items(body, limit=max_items(arrival.feed, limits.max_items))
        entry |= {"items": len(items)}
        held, rejections = _check(arrival.feed, items, plan=plan, fault=fault)
    except RefusedError as error:
        holdings.log(LoggedRequest(**entry, outcome="refused", http_status=error.status))
        raise
    answer = orjson.dumps(
        {
            "accepted": len(held),
            "rejected": [r.as_json() for r in rejections],
            "requestId": arrival.request_id,
        }
    )
    stored = StoredAnswer(feed=arrival.feed, body_sha256=str(entry["body_sha256"]), answer=answer)
    with holdings.transaction():
        repeated = _repeated_answer(holdings, arrival, headers.idempotency_key, stored.body_sha256)
        if repeated is not None:
            holdings.log(LoggedRequest(**entry, outcome="repeated", http_status=200))
            return repeated
        ignored = holdings.apply(arrival.space_id, arrival.feed, headers.run_sequence, held)
        holdings.remember_answer(arrival.space_id, headers.idempotency_key, stored)
        entry |= {"accepted": len(held), "rejected": len(rejections), "ignored": ignored}
        holdings.log(LoggedRequest(**entry, outcome="applied", http_status=200))
    return answer


def _repeated_answer(holdings: Holdings, arrival: Arrival, key: str, body_sha256: str) -> bytes | None:
    stored = holdings.answer_for(arrival.space_id, key)
    if stored is None:
        return None
    if (stored.feed, stored.body_sha256) != (arrival.feed, body_sha256):
        raise RefusedError(409, "key_reused", "this Idempotency-Key was used with other bytes")
    return stored.answer


def _check(
    feed: str, items: Sequence[SentItem], *, plan: faults.FaultPlan, fault: faults.Fault | None
) -> tuple[list[HeldItem], list[Rejection]]:
    """The items to hold and the ones to name, in the batch's order."""
    identity_fields = schemas.identity_of(feed) or ()
    reject_all = fault is not None and fault.name == "reject-all"
    reject_first = fault is not None and fault.name == "reject-one"
    by_item = any(f.name in faults.BY_ITEM for f in plan.faults)
    held: list[HeldItem] = []
    rejections: list[Rejection] = []
    for item in items:
        wrong = schemas.find_fault(feed, item.value)
        if wrong is None and (reject_all or (reject_first and item.index == 0)):
            wrong = schemas.Fault(code="fault", message="rejected on purpose")
        identity = "" if wrong else schemas.identity_text(identity_fields, item.value)
        if by_item and wrong is None:
            if plan.marks("poison-item", identity):
                raise RefusedError(400, "bad_item", "the batch holds an item that cannot be taken")
            if plan.marks("reject-item", identity):
                wrong = schemas.Fault(code="fault", message="rejected on purpose")
        if wrong is None:
            held.append(HeldItem(identity=identity, deleted=item.value["deleted"], payload=item.raw))
        else:
            rejections.append(Rejection(index=item.index, code=wrong.code, message=wrong.message))
    return held, rejections
