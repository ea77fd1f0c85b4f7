"""`catalog-sync verify`: products as the store tells them now, beside the last snapshot and what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, print_json, say
from syncengine.cli.products import DestinationOption
from syncengine.cli.tables import print_lines, print_table
from syncengine.control.live_check import MOST_SKUS
from syncengine.control.store import open_control
from syncengine.engine import connected
from syncengine.export.destinations.base import AskableDestination
from syncengine.inspection.held import MOST_HELD
from syncengine.inspection.live import LiveProduct, verify_products
from syncengine.inspection.view import CatalogView
from syncengine.reconciling import opened_destinations
from syncengine.settings import Settings


def verify(
    skus: Annotated[
        list[str], typer.Argument(metavar="SKU…", help=f"up to {MOST_SKUS}; after `--` any may begin with -")
    ],
    destination: DestinationOption = None,
    held: Annotated[
        bool, typer.Option("--held/--no-held", help="ask the destination, too, what it really holds")
    ] = True,
    as_json: JsonFlag = False,
) -> None:
    """Ask the store for products now, and compare with the last snapshot, the export and what the destination really
    holds, where it can tell; exit code 1 when they differ.

    Example: catalog-sync verify 24-MB01 24-MB02
    """
    settings = current_settings()
    view = CatalogView(settings)
    with connected(settings) as reachable, _holder(reachable, view, destination, asked=held) as holder:
        found = verify_products(view, reachable.source, skus, destination=destination, holder=holder)
    if as_json:
        print_json([product.as_json() for product in found])
    else:
        for product in found:
            _print(product)
    if holder is not None and not all(item.is_held_known for product in found for item in product.items):
        say(f"Feeds of which the destination holds more than {MOST_HELD:,} items were not asked for: `reconcile` does.")
    exit_with(0 if all(product.agrees for product in found) else 1)


def _print(product: LiveProduct) -> None:
    print_lines(product.sku if product.items else f"{product.sku}: neither the store nor the lake knows it.")
    print_table(
        ("Feed", "Scope", "Store, snapshot, export", "Fields"),
        [
            (item.feed, item.scope, item.sentence, ", ".join(edit.path for edit in item.differences))
            for item in product.items
        ],
    )


@contextmanager
def _holder(
    settings: Settings, view: CatalogView, destination: str | None, *, asked: bool
) -> Iterator[AskableDestination | None]:
    """The destination that is meant, open, if it can tell what it holds and is to be asked."""
    if not asked:
        yield None
        return
    name = view.destinations[view.destination_id(destination)]
    with (
        closing(open_control(settings)) as control,
        opened_destinations(settings, control, name, lambda: False) as opened,
    ):
        found = opened[name]
        if not isinstance(found, AskableDestination):
            say(f"`{name}` cannot tell what it holds.")
        yield found if isinstance(found, AskableDestination) else None
