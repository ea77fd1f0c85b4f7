"""Reconciling against a destination that holds something else than we remember, and what a repair leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from support.items import PRODUCTS, Row, product
from support.lakes import NOW, Stand, open_stand

from syncengine.export.destinations.base import HeldCounts, HeldPage
from syncengine.export.reconcile import Reconciliation, reconcile_feed, repair_feed


@dataclass(slots=True)
class Holding:
    """A destination that can be asked, two items a page."""

    items: list[str] = field(default_factory=list)

    def count(self, feed: str) -> HeldCounts:
        """How many."""
        return HeldCounts(live=len(self.items), deleted=0)

    def fetch(self, feed: str, *, after: str | None = None, limit: int = 1000) -> HeldPage:
        """Two of them."""
        first = int(after or 0)
        following = str(first + 2) if first + 2 < len(self.items) else None
        return HeldPage(items=tuple(self.items[first : first + 2]), next=following)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """Five products, all acknowledged by `d`."""
    made = open_stand(tmp_path)
    made.merge(PRODUCTS, _catalog())
    made.deliver()
    yield made
    made.writer.close()


def _catalog() -> list[Row]:
    return [product(f"s-{n}") for n in range(5)]


def _held(stand: Stand, **changed: str | None) -> Holding:
    """What was sent, with the items of some SKUs changed or gone."""
    held = Holding()
    for row in stand.rows("exported"):
        payload = changed.get(row["sku"].replace("-", "_"), row["payload"])
        if payload is not None:
            held.items.append(payload)
    return held


def _reconcile(stand: Stand, held: Holding) -> Reconciliation:
    return reconcile_feed(stand.writer.connection, PRODUCTS, held, "d")


def _repair(stand: Stand, held: Holding) -> None:
    _reconcile(stand, held)
    with stand.writer.commit("reconcile", run_id=None):
        repair_feed(stand.writer, PRODUCTS, "d", at=NOW)


def test_a_true_memory_is_found_true(stand: Stand) -> None:
    found = _reconcile(stand, _held(stand))
    assert found.is_true
    assert (found.remembered, found.held) == (5, 5)


def test_another_form_of_the_same_content_is_no_difference(stand: Stand) -> None:
    payload = orjson.loads(stand.by_sku("exported")["s-1"]["payload"])
    turned = dict(reversed(list(payload.items()))) | {"modifiedAt": "2030-01-01T00:00:00+00:00", "price": 10.0}
    assert _reconcile(stand, _held(stand, s_1=orjson.dumps(turned, option=orjson.OPT_INDENT_2).decode())).is_true


def test_missing_extra_and_different_items_are_told_apart(stand: Stand) -> None:
    other = orjson.dumps(orjson.loads(stand.by_sku("exported")["s-1"]["payload"]) | {"name": "Other"}).decode()
    held = _held(stand, s_1=other, s_2=None)
    held.items.append(product("foreign")["payload"])
    found = _reconcile(stand, held)
    assert (found.missing, found.extra, found.different, found.is_true) == (1, 1, 1, False)
    assert found.samples == {
        "missing": ("s-2 / default",), "extra": ("foreign / default",), "different": ("s-1 / default",)
    }  # fmt: skip


def test_what_is_held_as_deleted_is_missing(stand: Stand) -> None:
    gone = orjson.dumps(orjson.loads(stand.by_sku("exported")["s-1"]["payload"]) | {"deleted": True}).decode()
    assert _reconcile(stand, _held(stand, s_1=gone)).missing == 1


def test_a_repair_lets_the_next_plan_send_what_is_needed_and_nothing_else(stand: Stand) -> None:
    other = orjson.dumps(orjson.loads(stand.by_sku("exported")["s-1"]["payload"]) | {"name": "Other"}).decode()
    held = _held(stand, s_1=other, s_2=None)
    held.items.append(product("foreign")["payload"])
    _repair(stand, held)
    plan = stand.plan()
    assert (plan.added, plan.changed, plan.removed, plan.unchanged) == (1, 1, 1, 3)
    assert _reconcile(stand, held).is_true


def test_a_repair_forgets_why_an_item_was_left_alone(stand: Stand) -> None:
    stand.merge(PRODUCTS, [*_catalog()[:4], product("s-4", name="New")])
    stand.deliver("rejected")
    assert stand.plan().sent == 0
    _repair(stand, _held(stand, s_4=None))
    assert stand.plan().added == 1


def test_an_item_that_another_destination_holds_is_of_no_account(stand: Stand) -> None:
    stand.deliver(destination="other")
    found = _reconcile(stand, _held(stand))
    # two destinations' rows were put into the holding twice: each item counts once
    assert (found.remembered, found.held, found.is_true) == (5, 5, True)


def test_repairing_what_is_true_changes_nothing(stand: Stand) -> None:
    before = stand.rows("exported")
    _repair(stand, _held(stand))
    assert stand.rows("exported") == before
