"""What products are called, for lists that know them by their SKU only."""

from __future__ import annotations

from collections.abc import Sequence

from syncengine.inspection.view import CatalogView, rows, sql_text


def names_of(view: CatalogView, skus: Sequence[str]) -> dict[str, str]:
    """The names of some products by SKU: as the catalog says, else as was exported; of the default store view first.

    Raises: LakeUnavailableError (retriable).      Source: inspection/sql/product_names.sql
    """
    reader = view.reader_or_none()
    if reader is None or not skus:
        return {}
    found = rows(reader, sql_text("product_names.sql"), {"skus": list(dict.fromkeys(skus))})
    return dict(zip(found["sku"].to_list(), found["name"].to_list(), strict=True))
