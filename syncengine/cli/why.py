"""`catalog-sync why` and `catalog-sync history`: the one reason for every item of a product, and its timeline."""

from __future__ import annotations

from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json
from syncengine.cli.products import DestinationOption
from syncengine.cli.tables import print_lines, print_table
from syncengine.inspection.timeline import product_timeline
from syncengine.inspection.view import CatalogView
from syncengine.inspection.why import why_product

SkuArgument = Annotated[str, typer.Argument(metavar="SKU", help="after `--` it may begin with -")]


def why(sku: SkuArgument, destination: DestinationOption = None, as_json: JsonFlag = False) -> None:
    """Say in one sentence per feed and scope why a product stands as it stands, and what to do next.

    Example: catalog-sync why 24-MB01
    """
    found = why_product(CatalogView(current_settings()), sku, destination=destination)
    if as_json:
        print_json(found.as_json())
        return
    print_lines(found.sku)
    print_table(
        ("Feed", "Scope", "Reason", "Because", "Next step"),
        [(one.feed, one.scope, one.code.value, one.sentence, one.next_step) for one in found.reasons],
    )
    print_lines(*(price.sentence for price in found.prices))
    for entry in found.last_sent:
        print_lines(
            f"{entry.feed} {entry.scope}: {entry.operation} in run {entry.run_id}, because {entry.sentence};"
            f" {entry.outcome}."
        )


def history(sku: SkuArgument, destination: DestinationOption = None, as_json: JsonFlag = False) -> None:
    """Show what every run told a destination of a product, which fields had changed, and the answer; newest first.

    Example: catalog-sync history 24-MB01
    """
    found = product_timeline(CatalogView(current_settings()), sku, destination=destination)
    if as_json:
        print_json(found.as_json())
        return
    print_table(
        ("At", "Run", "Feed", "Scope", "Sent as", "Fields", "Outcome", "HTTP", "Message", "Request"),
        [
            (entry.at, entry.run_id, entry.feed, entry.scope, entry.operation,
             ", ".join(edit.path for edit in entry.differences), entry.outcome,
             None if entry.http_status is None else str(entry.http_status), entry.message, entry.request_id)
            for entry in found.entries
        ],
    )  # fmt: skip
