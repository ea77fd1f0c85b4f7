"""`catalog-sync diff`: where the destinations disagree with the catalog, for one SKU or for everything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, output, print_json, say
from syncengine.cli.products import AsOfOption, DestinationOption
from syncengine.cli.tables import print_lines, print_table, safe, shown
from syncengine.errors import SettingsError, storage_error
from syncengine.inspection.as_of import find_moment
from syncengine.inspection.discrepancies import (
    AGES,
    FORMULA,
    DiscrepancyReport,
    discrepancy_report,
    discrepancy_rows,
)
from syncengine.inspection.download import FORMATS, file_bytes
from syncengine.inspection.products import ItemDiff, product_diff
from syncengine.inspection.view import CatalogView

_LONGEST_VALUE = 160
_LONGEST_EXAMPLE = 40


def diff(
    sku: Annotated[str | None, typer.Argument(metavar="[SKU]", help="after `--` it may begin with -")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="count the discrepancies of all feeds")] = False,
    feed: Annotated[str | None, typer.Option("--feed", help="the discrepancies of one feed, item by item")] = None,
    file_format: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "csv",
    to: Annotated[Path | None, typer.Option("--output", help="into this file, instead of stdout")] = None,
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
    view = CatalogView(current_settings())
    snapshot = find_moment(view, as_of).snapshot_id if as_of else None
    if sku is not None:
        exit_with(_one(view, sku, destination, snapshot, as_json=as_json))
    if summary:
        feeds = () if feed is None else (feed,)
        report = discrepancy_report(view, feeds=feeds, destination=destination, snapshot=snapshot)
        if as_json:
            print_json(report.as_json())
        else:
            _print_report(report, view)
        exit_with(1 if report.total("discrepancies") + report.total("waiting") else 0)
    exit_with(_items(view, str(feed), destination, "json" if as_json else file_format, to, snapshot))


def _one(view: CatalogView, sku: str, destination: str | None, snapshot: int | None, *, as_json: bool) -> int:
    found = product_diff(view, sku, destination=destination, snapshot=snapshot)
    if as_json:
        print_json(found.as_json())
    else:
        names = view.destinations
        for item in found.items:
            _print_diff(item, names[item.destination])
        print_lines(f"{found.sku}: " + ("the exported data equals the catalog." if found.equal else "they differ."))
    return 0 if found.equal else 1


def _items(
    view: CatalogView, feed: str, destination: str | None, kind: str, to: Path | None, snapshot: int | None
) -> int:
    """Write the discrepancies of a feed as a file, to `to` or to stdout."""
    if kind not in FORMATS:
        raise SettingsError(f"There is no format `{kind}`.", hint=f"There are: {', '.join(FORMATS)}.")
    found = discrepancy_rows(view, feed, destination=destination, snapshot=snapshot)
    content = file_bytes(found, kind)
    if to is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        try:
            to.write_bytes(content)
        except OSError as error:
            raise storage_error(error) from error
        say(f"{len(found):,} items written to {to}")
    return 1 if len(found) else 0


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
             _short(item.example["catalog"], _LONGEST_EXAMPLE), _short(item.example["exported"], _LONGEST_EXAMPLE),
             item.first_seen)
            for item in report.fields
        ],
        numbers=("Items", "Waiting", "Share"),
    )  # fmt: skip
    print_table(("Reason", "Items", "Waiting"), [(c, t.items, t.waiting) for c, t in report.causes.items()])
    print_table(("Age", "Items", "Waiting"), [(AGES[age], t.items, t.waiting) for age, t in report.ages.items()])


def _print_diff(item: ItemDiff, destination: str) -> None:
    word = item.kind.replace("_", " ")
    print_lines(f"{item.feed} {item.scope} at {destination}: {word}, {item.state}")
    console = output()
    for edit in item.differences:
        mark = {"added": "+", "removed": "-"}.get(edit.change, "~")
        console.print(f"  {mark} {safe(edit.path)}", style="bold")
        if edit.change != "added":
            console.print(f"      exported {_short(edit.before)}", style="red")
        if edit.change != "removed":
            console.print(f"      catalog  {_short(edit.after)}", style="green")


def _short(value: object, longest: int = _LONGEST_VALUE) -> str:
    text = safe(orjson.dumps(value).decode())
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"
