"""What somebody wants to be sent again, as the pages and the API take it; what a run is asked for is made of it."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from syncengine.changes.plan import Selection
from syncengine.feeds.registry import get_feeds
from syncengine.pipeline import SyncOptions

MOST_VALUES = 10_000
Mode = Literal["compare", "reindex", "no-reindex"]
Value = Annotated[str, StringConstraints(min_length=1, max_length=512)]
FeedName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ResyncWish(BaseModel):
    """A resync. Nothing named: all items of the feeds; no feed named: all feeds.

    `mode`: `reindex` reads the catalog and sends everything named again, `no-reindex` sends what was compiled last,
    `compare` reads the whole catalog and sends only what differs from what was exported.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feeds: tuple[FeedName, ...] = Field((), max_length=32, description="names of feeds; none: all feeds")
    skus: tuple[Value, ...] = Field((), max_length=MOST_VALUES, description="only the items of these SKUs")
    product_ids: tuple[Value, ...] = Field((), max_length=MOST_VALUES, description="only the items of these products")
    refused: bool = Field(False, description="only what was refused or given up, unchanged as it is")
    mode: Mode = Field("reindex", description="whether the catalog is read first, and whether it is compared")
    dry_run: bool = Field(False, description="plan and count, send nothing")
    destination: str | None = Field(None, max_length=100, description="name of one destination; none: all")

    @field_validator("skus", "product_ids")
    @classmethod
    def _once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if any(unicodedata.category(character) in ("Cc", "Cs") for value in values for character in value):
            raise ValueError("control characters cannot stand in a SKU or an id")
        return tuple(sorted(set(values)))

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        chosen = [name for name in ("skus", "product_ids", "refused") if getattr(self, name)]
        if len(chosen) > 1:
            raise ValueError(f"`{'`, `'.join(chosen)}` exclude each other")
        if self.mode == "compare" and chosen:
            raise ValueError(f"mode `compare` looks at whole feeds: `{chosen[0]}` cannot narrow it")
        return self

    def options(self, *, trigger: str = "resync") -> SyncOptions:
        """What a run is asked for. Raises: UnknownFeedError."""
        values = self.skus or self.product_ids
        selection = Selection(
            resync=self.mode != "compare",
            by="refused" if self.refused else "sku" if self.skus else "productId" if self.product_ids else "all",
            values=values,
        )
        return SyncOptions(
            feeds=tuple(feed.name for feed in get_feeds(self.feeds)) if self.feeds else (),
            selection=selection,
            no_reindex=self.mode == "no-reindex",
            full=self.mode == "compare",
            dry_run=self.dry_run,
            destination=self.destination,
            trigger=trigger,
        )
