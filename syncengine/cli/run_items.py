"""`catalog-sync runs items` and `runs timeline`: the items of one run, and what happened around the runs."""

from __future__ import annotations

from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json
from syncengine.cli.files import OutputOption, write_download
from syncengine.cli.products import DestinationOption
from syncengine.cli.runs import RunArgument, runs_app
from syncengine.cli.tables import print_lines, print_table
from syncengine.inspection.download import FORMATS
from syncengine.inspection.run_items import RUN_LISTS, RunItemsQuery, run_items
from syncengine.inspection.run_list import timeline
from syncengine.inspection.takeaway import run_items_download
from syncengine.inspection.view import CatalogView


@runs_app.command("items")
def items(
    run_id: RunArgument,
    which: Annotated[str, typer.Option("--list", help=", ".join(RUN_LISTS))] = "sent",
    feed: Annotated[str | None, typer.Option("--feed", help="only this feed")] = None,
    text: Annotated[str, typer.Option("--text", help="part of the item's identity")] = "",
    cause: Annotated[str | None, typer.Option("--cause", help="of `runs errors --json`")] = None,
    limit: Annotated[int, typer.Option("--limit", help="how many")] = 50,
    offset: Annotated[int, typer.Option("--offset", help="after how many")] = 0,
    destination: DestinationOption = None,
    file_format: Annotated[str | None, typer.Option("--format", help=f"all as a file: {', '.join(FORMATS)}")] = None,
    to: OutputOption = None,
    as_json: JsonFlag = False,
) -> None:
    """List the items of a run: what was added, changed, removed, sent again, refused or left waiting.

    Example: catalog-sync runs items r-20260504-111700-a1b2c3 --list rejected
    """
    view = CatalogView(current_settings())
    query = RunItemsQuery(
        run_id=run_id,
        which=which,
        feed=feed,
        destination=destination,
        text=text,
        cause=cause,
        limit=limit,
        offset=offset,
    )
    if file_format is not None:
        write_download(run_items_download(view, query), file_format, to)
        return
    found = run_items(view, query)
    if as_json:
        print_json(found.as_json())
        return
    print_table(
        ("Feed", "Item", "Change", "Fields", "Outcome", "HTTP", "Message", "Request"),
        [
            (row["feed"], row["item"], row["change"], ", ".join(row["fields"] or ()), row["outcome"],
             None if row["http_status"] is None else str(row["http_status"]), row["message"], row["request_id"])
            for row in found.rows.iter_rows(named=True)
        ],
    )  # fmt: skip
    shown_to = offset + len(found.rows)
    print_lines(f"{min(offset + 1, shown_to):,}-{shown_to:,} of {found.total:,} {which}")


@runs_app.command("timeline")
def timeline_command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="how many")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Show what happened, newest first: runs, and who requested, paused, approved or changed what.

    Example: catalog-sync runs timeline --limit 20
    """
    found = timeline(CatalogView(current_settings()), limit=limit)
    if as_json:
        print_json([one.as_json() for one in found])
        return
    print_table(
        ("At", "What", "Subject", "By", "Status"), [(o.at, o.action, o.subject, o.actor, o.status) for o in found]
    )
    if not found:
        print_lines("Nothing has happened yet: `catalog-sync sync` starts the first run.")
