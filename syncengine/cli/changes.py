"""`catalog-sync changes`: what changed between two runs, times or snapshots, with counts per field."""

from __future__ import annotations

from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json
from syncengine.cli.products import DestinationOption
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.inspection.changes import Side, changes_between
from syncengine.inspection.view import CatalogView

_FIELDS_SHOWN = 20


def changes(
    before: Annotated[
        str, typer.Option("--from", help="a run id, a time, `last`, `previous`, or a snapshot number")
    ] = "previous",
    after: Annotated[str, typer.Option("--to", help="as --from")] = "last",
    feed: Annotated[list[str] | None, typer.Option("--feed", help="one feed; may be repeated")] = None,
    exported: Annotated[
        bool, typer.Option("--exported", help="what the destination acknowledged, instead of the catalog")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, max=100_000, help="how many items are listed per feed")] = 20,
    destination: DestinationOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what changed between two moments: items added, changed and removed, and in how many each field changed.

    Example: catalog-sync changes --from previous --to last --feed products
    """
    side: Side = "exported" if exported else "catalog"
    found = changes_between(
        CatalogView(current_settings()),
        before=before,
        after=after,
        side=side,
        feeds=tuple(feed or ()),
        destination=destination,
        limit=limit,
    )
    if as_json:
        print_json(found.as_json())
        return
    print_lines(f"From {shown(found.before.taken_at)} to {shown(found.after.taken_at)}:")
    counted = ("Before", "Added", "Changed", "Removed", "After")
    print_table(
        ("Feed", *counted),
        [(one.feed, one.before, one.added, one.changed, one.removed, one.after) for one in found.feeds],
        numbers=counted,
    )
    fields = [(one.feed, field, items) for one in found.feeds for field, items in one.fields.items()]
    if fields:
        print_table(("Feed", "Field", "Items"), fields[:_FIELDS_SHOWN], numbers=("Items",))
    items = [(one.feed, item.change, item.item, ", ".join(item.fields)) for one in found.feeds for item in one.items]
    if items:
        print_table(("Feed", "Change", "Item", "Fields"), items)
    else:
        print_lines("Nothing changed.")
