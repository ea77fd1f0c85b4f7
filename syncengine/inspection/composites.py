"""Why a product is Disabled: by its own status, or because what it consists of is."""

from __future__ import annotations

from typing import Any

from syncengine.inspection.reasons import Reason
from syncengine.inspection.view import rows, sql_text
from syncengine.lake.reader import LakeReader

_OWN = "In the store: set *Enable Product* in this store view."


def why_disabled(reader: LakeReader, payload: dict[str, Any]) -> tuple[Reason, str, str]:
    """The reason, a sentence and the next step for the payload of a products item whose status is Disabled.

    A configurable is Disabled without an enabled variant, a bundle when a required option has no enabled product
    (docs/feeds/products.md); whatever then its own status, it would stay so.
    """
    kind, store_view = payload.get("type"), str(payload.get("storeViewCode"))
    if kind == "configurable":
        children = sorted({child["sku"] for child in payload.get("variants") or ()})
        enabled = _enabled(reader, children, store_view)
        if not enabled:
            number = f"none of its {len(children):,} variants is enabled" if children else "it has no variant"
            return (
                Reason.NO_ENABLED_VARIANT,
                f"Status is Disabled: {number} in this store view, so services treat it as disabled.",
                f"Enable one of: {', '.join(children[:10])}." if children else "Add a variant in the store.",
            )
        return Reason.DISABLED, f"Status is Disabled, though {len(enabled):,} of its variants are enabled.", _OWN
    if kind in ("bundle", "bundle_fixed"):
        for option in payload.get("optionsV2") or ():
            members = sorted({value["sku"] for value in option.get("values") or () if value.get("sku")})
            if option.get("required") and not _enabled(reader, members, store_view):
                return (
                    Reason.NO_ENABLED_VARIANT,
                    f"Status is Disabled: none of the {len(members):,} products of its required option "
                    f"`{option.get('label')}` is enabled, so services treat it as disabled.",
                    f"Enable one of: {', '.join(members[:10])}." if members else "Add a product to the option.",
                )
    return Reason.DISABLED, "Status is Disabled.", _OWN


def _enabled(reader: LakeReader, skus: list[str], store_view: str) -> list[str]:
    """Those of `skus` that are enabled in a store view; anywhere, for one that is not in it."""
    found = rows(reader, sql_text("enabled_among.sql"), {"skus": skus, "store_view": store_view})
    return found["sku"].to_list()
