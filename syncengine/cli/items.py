"""`catalog-sync items search|show`: the items of any feed, products or not."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json
from syncengine.cli.files import FileFormatOption, OutputOption, write_download
from syncengine.cli.payloads import print_story_item
from syncengine.cli.products import AsOfOption, DestinationOption
from syncengine.cli.tables import print_lines, print_table
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import find_moment
from syncengine.inspection.item_search import ITEM_SORTS, ItemSearch, ItemSide, item_stories, search_items
from syncengine.inspection.states import STATES
from syncengine.inspection.takeaway import feed_download
from syncengine.inspection.view import CatalogView

items_app = typer.Typer(
    name="items",
    help="Search the items of any feed, and see one from every side.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FeedOption = Annotated[str, typer.Option("--feed", help="the feed, as `catalog-sync feeds` lists them")]


@items_app.command("search")
def search(
    feed: FeedOption,
    text: Annotated[str, typer.Argument(metavar="Q", help="part of an identity value")] = "",
    side: Annotated[str, typer.Option("--side", help="any, catalog or exported: who holds it")] = "any",
    state: Annotated[list[str] | None, typer.Option("--state", help=f"{', '.join(STATES)}; may be repeated")] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", help="as the column says it; may be repeated")] = None,
    json_text: Annotated[str | None, typer.Option("--json-text", help="anywhere in the item's JSON")] = None,
    sort: Annotated[
        str, typer.Option("--sort", help=f"{', '.join(ITEM_SORTS)}, or a column of its identity; - turns it round")
    ] = "item",
    limit: Annotated[int, typer.Option("--limit", help="how many")] = 50,
    offset: Annotated[int, typer.Option("--offset", help="after how many")] = 0,
    destination: DestinationOption = None,
    as_of: AsOfOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Search the items of a feed; exact matches of an identity value come first.

    Example: catalog-sync items search --feed categories men --state rejected
    """
    view = CatalogView(current_settings())
    found = search_items(
        view,
        ItemSearch(
            feed=feed,
            text=text,
            side=cast(ItemSide, side),
            destination=destination,
            states=tuple(state or ()),
            scopes=tuple(scope or ()),
            json_text=json_text,
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            limit=limit,
            offset=offset,
            snapshot=find_moment(view, as_of).snapshot_id if as_of else None,
        ),
    )
    if as_json:
        print_json(found.as_json())
        return
    print_table(
        ("Item", "Name", "Scope", "State", "Last Exported", "Last Modified"),
        [
            (
                row["item"],
                row["name"],
                row["scope"],
                row["state"],
                row["last_exported"] or "Never",
                row["last_modified"],
            )
            for row in found.rows.iter_rows(named=True)
        ],
    )
    if not found.total:
        print_lines("No item matches.")
        return
    states = ", ".join(f"{name} {items:,}" for name, items in found.facets["state"].items())
    print_lines(f"{offset + 1:,}-{offset + len(found.rows):,} of {found.total:,} ({states})")


@items_app.command("show")
def show(
    feed: FeedOption,
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="its identity values in order, or its feed_id")],
    destination: DestinationOption = None,
    as_of: AsOfOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show an item of a feed: both sides, how they differ, the one reason, and what was sent of it.

    Example: catalog-sync items show --feed categories men/tops-men default
    """
    view = CatalogView(current_settings())
    snapshot = find_moment(view, as_of).snapshot_id if as_of else None
    found = item_stories(view, feed, names, destination=destination, snapshot=snapshot)
    if as_json:
        print_json([story.as_json() for story in found])
        return
    for story in found:
        item = story.item
        print_lines(" / ".join(item.identity.values()), f"{story.reason.code.value}: {story.reason.sentence}")
        if story.reason.next_step:
            print_lines(f"→ {story.reason.next_step}")
        print_story_item(item)
        print_table(
            ("At", "Run", "Sent as", "Fields", "Outcome", "Message", "Request"),
            [
                (entry.at, entry.run_id, entry.operation, ", ".join(edit.path for edit in entry.differences),
                 entry.outcome, entry.message, entry.request_id)
                for entry in story.timeline
            ],
        )  # fmt: skip


@items_app.command("download")
def download(
    feed: FeedOption,
    side: Annotated[str, typer.Option("--side", help="catalog or exported")] = "catalog",
    file_format: FileFormatOption = "csv",
    to: OutputOption = None,
    destination: DestinationOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Write every item of a feed with its payload as a file, however many there are.

    Example: catalog-sync items download --feed prices --format parquet --output prices.parquet
    """
    view = CatalogView(current_settings())
    get_feed(feed)
    snapshot = find_moment(view, as_of).snapshot_id if as_of else None
    chosen = cast(Any, side)
    write_download(feed_download(view, feed, side=chosen, destination=destination, snapshot=snapshot), file_format, to)
