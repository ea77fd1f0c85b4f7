"""`catalog-sync verify`: products as the store tells them now, beside the last snapshot and what was acknowledged."""

from __future__ import annotations

from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, print_json
from syncengine.cli.products import DestinationOption
from syncengine.cli.tables import print_lines, print_table
from syncengine.engine import connected
from syncengine.inspection.live import MOST_SKUS, verify_products
from syncengine.inspection.view import CatalogView


def verify(
    skus: Annotated[
        list[str], typer.Argument(metavar="SKU…", help=f"up to {MOST_SKUS}; after `--` any may begin with -")
    ],
    destination: DestinationOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask the store for products now, and compare with the last snapshot and the export; exit code 1 when they differ.

    Example: catalog-sync verify 24-MB01 24-MB02
    """
    settings = current_settings()
    with connected(settings) as reachable:
        found = verify_products(CatalogView(settings), reachable.source, skus, destination=destination)
    if as_json:
        print_json([product.as_json() for product in found])
    else:
        for product in found:
            print_lines(product.sku if product.items else f"{product.sku}: neither the store nor the lake knows it.")
            print_table(
                ("Feed", "Scope", "Store, snapshot, export", "Fields"),
                [
                    (item.feed, item.scope, item.sentence, ", ".join(edit.path for edit in item.differences))
                    for item in product.items
                ],
            )
    exit_with(0 if all(product.agrees for product in found) else 1)
