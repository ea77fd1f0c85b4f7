"""How many products are in which state at a destination: the numbers behind alerts and graphs."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.inspection.states import REJECTED, WAITING
from syncengine.inspection.view import CatalogView, rows, sql_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCounts:
    """Products at one destination, each SKU once: `different` from the catalog there, for whatever reason."""

    catalog: int = 0
    synced: int = 0
    waiting: int = 0
    rejected: int = 0
    different: int = 0


def product_counts(view: CatalogView, destination: str) -> ProductCounts:
    """The products of the newest publication; zeros before the first.

    Raises: LakeUnavailableError (retriable).      Source: inspection/sql/product_counts.sql
    """
    reader = view.reader_or_none()
    if reader is None:
        return ProductCounts()
    asked = {"destination": destination, "waiting": sorted(WAITING), "rejected": sorted(REJECTED)}

    def counted() -> ProductCounts:
        return ProductCounts(**rows(reader, sql_text("product_counts.sql"), asked).row(0, named=True))

    return view.remembered(reader, ("product counts", destination), counted)
