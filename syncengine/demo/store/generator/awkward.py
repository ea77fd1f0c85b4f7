"""SKUs, names and values that break careless programs; every one is legal in a real store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Awkward:
    """An awkward product: what differs from a plain one. `record` replaces top-level keys."""

    sku: str
    name: str
    record: dict[str, Any] = field(default_factory=dict)
    websites: tuple[int, ...] = (1, 2)
    is_categorized: bool = True
    quantity: float = 10
    has_source_item: bool = True


AWKWARD = (
    Awkward(sku="SLASH/SKU-01", name="Slash / SKU"),
    Awkward(sku="SPACE SKU 01", name="Space SKU "),
    Awkward(sku="QUOTE-\"d\"-'s'", name="Quotes \"double\" 'single' <b>bold</b> & ampersand"),
    Awkward(sku="COMMA,SKU", name="Comma, SKU"),
    Awkward(sku="007", name="Leading zeros"),
    Awkward(sku="7", name="The same number without them"),
    Awkward(sku="-MINUS-1", name="- Leading minus"),
    Awkward(sku="=1+1", name="=SUM(A1:A9)"),
    Awkward(sku="1e5", name="1e5 is no number"),
    Awkward(sku="שלום-123", name="תרמיל ירוק (right to left)"),
    Awkward(sku="X" * 64, name="64 characters"),
    Awkward(sku="PLUS+SKU&A=1?x#y", name="Plus &amp; ampersand &eacute;&trade;"),
    Awkward(sku="PCT%41", name="100% percent"),
    Awkward(sku="BACKSLASH\\SKU", name="Back\\slash"),
    Awkward(sku="UML-Ünïcødé-日本", name="Ünïcødé 日本語 name, once with ???? for an emoji"),
    Awkward(sku="E\u0301TOILE", name="De\u0301compose\u0301 (NFD)"),
    Awkward(sku="semi;colon|pipe", name="Semi;colon | pipe\ttab"),
    Awkward(sku="<script>alert(1)</script>", name="<script>alert('name')</script>"),
    Awkward(sku="{{config}}", name='{{config path="x"}} ${HOME} %(name)s {0}'),
    Awkward(sku="null", name="null"),
    Awkward(sku="None", name="N/A"),
    Awkward(sku="true", name="false"),
    Awkward(sku="a", name="z\u200bero-width and no\u00a0break"),
    Awkward(sku="_%like%_", name="O'Reilly -- ; DROP TABLE products"),
    Awkward(sku="LONG-NAME", name="N" * 255),
    Awkward(sku="FREE-0", name="Costs nothing", record={"price": 0}),
    Awkward(sku="TINY-PRICE", name="Four decimals", record={"price": 29.9499}),
    Awkward(sku="HUGE-PRICE", name="Expensive", record={"price": 99999999.99}),
    Awkward(sku="NO-WEBSITE", name="In no website", websites=()),
    Awkward(sku="EU-ONLY", name="In the second website only", websites=(2,)),
    Awkward(sku="NO-CATEGORY", name="In no category", is_categorized=False),
    Awkward(sku="NO-STOCK-ROW", name="Without a source item", has_source_item=False),
    Awkward(sku="HALF-2.5", name="Sold by the half metre", quantity=2.5),
    Awkward(sku="SOLD-OUT", name="Sold out", quantity=0),
    Awkward(sku="DISABLED", name="Disabled everywhere", record={"status": 2}),
    Awkward(sku="HIDDEN", name="Not visible individually", record={"visibility": 1}),
    Awkward(sku="CATALOG-ONLY", name="In the catalog, not in search", record={"visibility": 2}),
    Awkward(sku="SEARCH-ONLY", name="In search, not in the catalog", record={"visibility": 3}),
)
