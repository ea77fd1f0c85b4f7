"""A request is read as it was written; what another version or a fault has written is refused with the reason."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from syncengine.catalog import Touched
from syncengine.changes.plan import Selection
from syncengine.commands.request_form import FORM_VERSION, MAX_VALUES, options_of, request_json
from syncengine.errors import SettingsError
from syncengine.pipeline import SyncOptions

FULL_OF_VALUES = SyncOptions(
    feeds=("products", "prices"),
    selection=Selection(
        resync=True, by="sku", values=("A", "é,b"), since=datetime(2026, 1, 2, tzinfo=UTC), tombstones=True,
        catalog_snapshot=7,
    ),
    no_reindex=True, full=True, dry_run=True, destination="main", batch_items=3, connections=4, force=True,
    touched=Touched(skus=("A",), ids=(1,), prices=True), trigger="event", requested_by="ann",
)  # fmt: skip
NOT_KEPT = {"end_at"}  # said by the schedule, never by who asks


@pytest.mark.parametrize("options", [SyncOptions(trigger="resync", requested_by="ann"), FULL_OF_VALUES])
def test_a_request_is_read_as_it_was_written(options: SyncOptions) -> None:
    asked = orjson.loads(orjson.dumps(request_json(options)))

    assert options_of(asked, requested_by="ann") == options


def test_every_option_is_tried_above() -> None:
    plain = SyncOptions()
    same = {one.name for one in fields(SyncOptions) if getattr(plain, one.name) == getattr(FULL_OF_VALUES, one.name)}

    assert same == NOT_KEPT


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"version": FORM_VERSION + 1}, "newer version"),
        ({"wishes": []}, "wishes"),
        ({"feeds": "products"}, "feeds"),
        ({"feeds": ["nonsense"]}, "nonsense"),
        ({"by": "colour"}, "by"),
        ({"values": [1]}, "values"),
        ({"values": ["x" * 2000]}, "values"),
        ({"values": ["x"] * (MAX_VALUES + 1)}, "values"),
        ({"since": "yesterday"}, "since"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"version": "two"}, "version"),
        ({"touched": {"skus": None}}, "touched"),
        ({"trigger": "x" * 17}, "trigger"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        options_of(asked, requested_by="ann")


def test_too_many_products_are_refused_before_they_are_queued() -> None:
    with pytest.raises(SettingsError, match="50,000"):
        request_json(SyncOptions(selection=Selection(resync=True, by="sku", values=("A",) * (MAX_VALUES + 1))))
