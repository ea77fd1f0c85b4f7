"""How a request is written down in the queue, and read again: by a program that may be another version of this one."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from syncengine.catalog import Touched
from syncengine.changes.plan import Selection
from syncengine.errors import SettingsError
from syncengine.feeds.registry import get_feeds
from syncengine.pipeline import SyncOptions

FORM_VERSION = 1
MAX_VALUES = 50_000
_Text = Annotated[str, Field(max_length=1000)]


class _Touched(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    skus: list[_Text] = Field([], max_length=MAX_VALUES)
    ids: list[int] = Field([], max_length=MAX_VALUES)
    prices: bool = False


class _Form(BaseModel):
    """What a request of this version may say. A key that is not here was written by a newer program."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: int = 1
    feeds: list[_Text] = Field([], max_length=100)
    resync: bool = False
    by: Literal["all", "sku", "productId", "retries", "dead_letters", "refused", "continued"] = "all"
    values: list[_Text] = Field([], max_length=MAX_VALUES)
    since: _Text | None = None
    tombstones: bool = False
    catalog_snapshot: int | None = None
    batch_items: int | None = None
    connections: int | None = None
    no_reindex: bool = False
    full: bool = False
    dry_run: bool = False
    force: bool = False
    destination: _Text | None = None
    touched: _Touched | None = None
    trigger: Annotated[str, Field(max_length=16)] = "resync"


def request_json(options: SyncOptions) -> dict[str, Any]:
    """`options` as the queue keeps them, but for who asks. Raises: UnknownFeedError, SettingsError when too long."""
    values = [*options.selection.values]
    touched = options.touched
    if max(len(values), *((len(touched.skus), len(touched.ids)) if touched else (0, 0))) > MAX_VALUES:
        raise SettingsError(
            f"A request may name {MAX_VALUES:,} products at most.", hint="Ask for the whole feed instead."
        )
    return {
        "version": FORM_VERSION,
        "feeds": [feed.name for feed in get_feeds(options.feeds)] if options.feeds else [],
        "resync": options.selection.resync,
        "by": options.selection.by,
        "values": values,
        "since": options.selection.since.isoformat() if options.selection.since else None,
        "tombstones": options.selection.tombstones,
        "catalog_snapshot": options.selection.catalog_snapshot,
        "batch_items": options.batch_items,
        "connections": options.connections,
        "no_reindex": options.no_reindex,
        "full": options.full,
        "dry_run": options.dry_run,
        "destination": options.destination,
        "force": options.force,
        "touched": None
        if touched is None
        else {"skus": list(touched.skus), "ids": list(touched.ids), "prices": touched.prices},
        "trigger": options.trigger,
    }


def request_fingerprint(asked: dict[str, Any]) -> str:
    """The same for requests that ask for the same."""
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def options_of(asked: dict[str, Any], *, requested_by: str) -> SyncOptions:
    """What a run is asked to do by what the queue keeps. Raises: SettingsError with the reason when it cannot be."""
    version = asked.get("version", FORM_VERSION)
    if isinstance(version, int) and version > FORM_VERSION:
        raise SettingsError(
            f"The request was written by a newer version of Catalog Sync (form {version}).",
            hint="Let the engine be as new as the app.",
        )
    try:
        form = _Form.model_validate(asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The request is malformed: `{place}`: {first['msg']}.", hint="Ask again.") from None
    try:
        since = datetime.fromisoformat(form.since) if form.since else None
    except ValueError:
        raise SettingsError("The request is malformed: `since` is no time.", hint="Ask again.") from None
    return SyncOptions(
        feeds=tuple(feed.name for feed in get_feeds(form.feeds)) if form.feeds else (),
        selection=Selection(
            resync=form.resync,
            by=form.by,
            values=tuple(form.values),
            since=since,
            tombstones=form.tombstones,
            catalog_snapshot=form.catalog_snapshot,
        ),
        no_reindex=form.no_reindex,
        full=form.full,
        dry_run=form.dry_run,
        force=form.force,
        destination=form.destination,
        batch_items=form.batch_items,
        connections=form.connections,
        touched=None
        if form.touched is None
        else Touched(skus=tuple(form.touched.skus), ids=tuple(form.touched.ids), prices=form.touched.prices),
        trigger=form.trigger,
        requested_by=requested_by,
    )
