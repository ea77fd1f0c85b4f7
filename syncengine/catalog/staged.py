"""What a read leaves behind: files of records as they came, and the counts that prove them whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from syncengine.errors import IncompleteReadError

ENTITIES = (
    "websites",
    "store_groups",
    "store_views",
    "store_configs",
    "customer_groups",
    "attribute_sets",
    "attributes",
    "categories",
    "products",
    "source_items",
    "stocks",
    "stock_index",
    "base_prices",
    "special_prices",
    "tier_prices",
    "catalog_rule_prices",
    "category_permissions",
)


class ReadStoppedError(IncompleteReadError):
    """The read was asked to stop; a read into the same directory goes on from what is staged."""

    code = "CS2007"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProgress:
    """How far the read of one entity under one scope is; `total` is None while unknown."""

    entity: str
    scope: str
    records: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedPart:
    """The files of one entity under one scope, in order; together they hold `records` records.

    `digests`: the SHA-256 of each file's content, hexadecimal, in the same order; empty when nobody took them.
    """

    entity: str
    scope: str
    files: tuple[Path, ...]
    records: int
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedCatalog:
    """A complete read. `source`: kind and address, no secret; `offered`: what the source can give at all.

    `is_partial`: products that the store says are unchanged come from an earlier read.
    """

    root: Path
    source: str
    parts: tuple[StagedPart, ...]
    offered: Mapping[str, bool]
    requests: int
    read_at: datetime
    is_partial: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Records per entity, over all scopes."""
        counts = dict.fromkeys(ENTITIES, 0)
        for part in self.parts:
            counts[part.entity] += part.records
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What somebody says has changed: a read of changes reads it again, whatever the store says of its time.

    `prices`: the prices of all products. Stock, categories and the other small entities are read in full each time.
    """

    skus: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    prices: bool = False


class CatalogSource(Protocol):
    """Anything a catalog can be read from."""

    name: str

    def probe(self) -> str:
        """One sentence for people that says the source can be read. Raises: CatalogError when it cannot."""
        ...

    def read(
        self,
        staging: Path,
        *,
        progress: Callable[[ReadProgress], None],
        should_stop: Callable[[], bool],
    ) -> StagedCatalog:
        """Everything the source holds, staged as files; never less without an error."""
        ...

    def read_changes(
        self,
        staging: Path,
        *,
        progress: Callable[[ReadProgress], None],
        should_stop: Callable[[], bool],
        touched: Touched | None = None,
    ) -> StagedCatalog:
        """The same as `read`, asking only for what changed since the complete read that is in `staging`.

        With `touched`, its products are read again too, and the prices of the others only if it says so.
        """
        ...
