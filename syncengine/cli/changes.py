"""`catalog-sync changes`: what changed between two runs, times or snapshots, with counts per field."""

from __future__ import annotations

from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json
from syncengine.cli.products import DestinationOption
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.errors import SettingsError
from syncengine.inspection.changes import Changes, Side, changes_between
from syncengine.inspection.noise_preview import noise_preview
from syncengine.inspection.restless import flapping_fields, hot_fields
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
    hot: Annotated[bool, typer.Option("--hot-fields", help="which fields cause the sends of the last 24 runs")] = False,
    flapping: Annotated[
        bool, typer.Option("--flapping", help="fields that change and come back in the last 24 runs")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="a field of --feed: what leaving it out would have saved; may be repeated"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, max=100_000, help="how many items are listed per feed")] = 20,
    destination: DestinationOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what changed between two moments: items added, changed and removed, and in how many each field changed.

    Example: catalog-sync changes --from previous --to last --feed products
    """
    view = CatalogView(current_settings())
    if without:
        _preview(view, tuple(feed or ()), tuple(without), destination, as_json)
        return
    if hot or flapping:
        show = _hot_fields if hot else _flapping
        show(view, tuple(feed or ()), destination, limit, as_json)
        return
    side: Side = "exported" if exported else "catalog"
    found = changes_between(
        view,
        before=before,
        after=after,
        side=side,
        feeds=tuple(feed or ()),
        destination=destination,
        limit=limit,
    )
    if as_json:
        print_json(found.as_json())
    else:
        _print_changes(found)


def _print_changes(found: Changes) -> None:
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


def _preview(
    view: CatalogView, feeds: tuple[str, ...], fields: tuple[str, ...], destination: str | None, as_json: bool
) -> None:
    if len(feeds) != 1:
        raise SettingsError("Of which feed are these fields?", hint="Name one: `--feed products --without metaTitle`.")
    found = noise_preview(view, feeds[0], fields, destination=destination)
    if as_json:
        print_json(found.as_json())
        return
    names = ", ".join(f'"{name}"' for name in (*found.already, *found.fields))
    print_lines(
        found.sentence,
        f"To leave them out: `feeds.noise = {{ {found.feed} = [{names}] }}` in the settings. The next sync compiles the"
        " feed anew and sends nothing for the setting's sake; `catalog-sync estimate` says what it would send.",
    )


def _hot_fields(view: CatalogView, feeds: tuple[str, ...], destination: str | None, limit: int, as_json: bool) -> None:
    found = hot_fields(view, feeds=feeds, destination=destination)[:limit]
    if as_json:
        print_json({"hot_fields": [one.as_json() for one in found]})
        return
    counted = ("Sends", "Alone", "Items")
    print_table(
        ("Feed", "Field", *counted, "Last"),
        [(one.feed, one.field, one.sends, one.alone, one.items, one.last_at) for one in found],
        numbers=counted,
    )
    print_lines("Alone: sends that nothing else caused; so many would be saved if the field were left out.")


def _flapping(view: CatalogView, feeds: tuple[str, ...], destination: str | None, limit: int, as_json: bool) -> None:
    found = flapping_fields(view, feeds=feeds, destination=destination)[:limit]
    if as_json:
        print_json({"flapping": [one.as_json() for one in found]})
        return
    print_table(
        ("Feed", "Item", "Field", "Changes", "Values"),
        [(one.feed, one.item, one.field, one.changes, " → ".join(map(str, one.values))) for one in found],
        numbers=("Changes",),
    )
    if not found:
        print_lines("No field changed and came back at least three times in the last 24 runs.")
