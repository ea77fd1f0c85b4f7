"""`catalog-sync diff`: where the destinations disagree with the catalog, for one SKU or for everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, print_json
from syncengine.cli.files import FileFormatOption, OutputOption, write_download
from syncengine.cli.payloads import FORMS, print_edits, print_side_by_side, print_unified, short
from syncengine.cli.products import AsOfOption, DestinationOption
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.control.schema import utc_now
from syncengine.errors import SettingsError
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import find_moment
from syncengine.inspection.discrepancies import AGES, FORMULA, DiscrepancyReport, discrepancy_report
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.products import product_diff, product_story
from syncengine.inspection.takeaway import discrepancies_download
from syncengine.inspection.view import CatalogView

_LONGEST_EXAMPLE = 40


def diff(
    sku: Annotated[str | None, typer.Argument(metavar="[SKU]", help="after `--` it may begin with -")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="count the discrepancies of all feeds")] = False,
    feed: Annotated[str | None, typer.Option("--feed", help="the discrepancies of one feed, item by item")] = None,
    form: Annotated[str, typer.Option("--form", help=f"of a SKU's differences: {', '.join(FORMS)}")] = "fields",
    file_format: FileFormatOption = "csv",
    to: OutputOption = None,
    destination: DestinationOption = None,
    as_of: AsOfOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Compare what the catalog says with what was exported: a SKU field by field, or all feeds counted with --summary,
    or one feed item by item with --feed. Exit code 1 when they differ.

    Example: catalog-sync diff 24-MB01
    """
    if sku is None and not summary and feed is None:
        raise SettingsError("What is to be compared?", hint="Name a SKU, or give `--summary` or `--feed F`.")
    if form not in FORMS:
        raise SettingsError(f"There is no form `{form}`.", hint=f"There are: {', '.join(FORMS)}.")
    view = CatalogView(current_settings())
    snapshot = find_moment(view, as_of).snapshot_id if as_of else None
    if sku is not None:
        exit_with(_one(view, sku, destination, snapshot, form=form, as_json=as_json))
    if summary:
        feeds = () if feed is None else (feed,)
        report = discrepancy_report(view, feeds=feeds, destination=destination, snapshot=snapshot)
        if as_json:
            print_json(report.as_json())
        else:
            _print_report(report, view)
        exit_with(1 if report.total("discrepancies") + report.total("waiting") else 0)
    exit_with(_items(view, str(feed), destination, "json" if as_json else file_format, to, snapshot))


def _one(
    view: CatalogView, sku: str, destination: str | None, snapshot: int | None, *, form: str, as_json: bool
) -> int:
    found = product_diff(view, sku, destination=destination, snapshot=snapshot)
    if as_json:
        print_json(found.as_json())
        return 0 if found.equal else 1
    names = view.destinations
    for place, items in groupby(found.items, key=lambda item: item.destination):
        story = None if form == "fields" else product_story(view, sku, destination=place, snapshot=snapshot)
        for item in items:
            word = item.kind.replace("_", " ")
            print_lines(f"{item.feed} {item.scope} at {names[place]}: {word}, {item.state}")
            if story is None:
                print_edits(item)
            elif item.kind != "equal":
                own = next(one for one in story.of_feed(item.feed) if one.feed_id == item.feed_id)
                show = print_unified if form == "unified" else print_side_by_side
                show(own.exported, own.catalog, view.contract(get_feed(item.feed)))
    print_lines(f"{found.sku}: " + ("the exported data equals the catalog." if found.equal else "they differ."))
    return 0 if found.equal else 1


def _items(
    view: CatalogView, feed: str, destination: str | None, kind: str, to: Path | None, snapshot: int | None
) -> int:
    """Write the discrepancies of a feed as a file, to `to` or to stdout."""
    query = DiscrepancyQuery(feeds=(feed,), destination=destination, snapshot=snapshot, now=utc_now())
    download = discrepancies_download(view, query)
    counted = _Counted(download.frames)
    write_download(replace(download, frames=counted), kind, to)
    return 1 if counted.rows else 0


class _Counted:
    """Frames, and how many rows they had by now."""

    def __init__(self, frames: Iterable[pl.DataFrame]) -> None:
        self._frames, self.rows = frames, 0

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for frame in self._frames:
            self.rows += len(frame)
            yield frame


def _print_report(report: DiscrepancyReport, view: CatalogView) -> None:
    score = report.match_score
    print_lines(
        f"Catalog as of {shown(report.catalog_at)}, export as of {shown(report.exported_at)}.",
        f"Only in your catalog {report.total('only_catalog'):,}, only in the export {report.total('only_exported'):,},"
        f" different values {report.total('different'):,}; waiting {report.total('waiting'):,}"
        f" (younger than {report.window_minutes} minutes, the next sync sends them).",
        "Nothing to compare yet." if score is None else f"Match score {score:.2%} = {FORMULA}"
        f" = {report.total('equal'):,} / {report.total('total'):,}",
    )  # fmt: skip
    counted = ("Equal", "Only catalog", "Only export", "Different", "Waiting")
    print_table(
        ("Feed", "Destination", *counted),
        [
            (item.feed, item.destination_name, *(
                ("off",) * 5 if item.is_off
                else (item.equal, item.only_catalog, item.only_exported, item.different, item.waiting)
            ))
            for item in report.feeds
        ],
        numbers=counted,
    )  # fmt: skip
    print_table(
        ("Field", "Feed", "Items", "Waiting", "Share", "Example", "In the catalog", "Exported", "First seen"),
        [
            (item.field, item.feed, item.items, item.waiting, f"{report.share_of(item):.1%}", item.example["item"],
             short(item.example["catalog"], _LONGEST_EXAMPLE), short(item.example["exported"], _LONGEST_EXAMPLE),
             item.first_seen)
            for item in report.fields
        ],
        numbers=("Items", "Waiting", "Share"),
    )  # fmt: skip
    print_table(("Reason", "Items", "Waiting"), [(c, t.items, t.waiting) for c, t in report.causes.items()])
    print_table(("Age", "Items", "Waiting"), [(AGES[age], t.items, t.waiting) for age, t in report.ages.items()])
