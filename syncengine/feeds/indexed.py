"""What the last index saw: which pages of records, and of each record a digest and the products it speaks of.

Kept beside the lake, so that the next index compiles only what an edit can have changed. It is a cache: without it, or
with one of another version, everything is compiled again. `forget` comes before the lake is written and `keep` after
it, so that it never says of the lake what is not so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import orjson

from syncengine.feeds.feed import ROOM

_STATE = "indexed.json"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedState:
    """One state of the index.

    `code`: digest of all that decides how a record becomes items. `small`: digest of every record that is not of one
    product. `day`: the dates of the websites. `pages`: page to number, which `rows` names it by. `fresh`: the feeds
    whose items in the lake are those of these records, the products of `pending` aside. `snapshot`: the snapshot that
    the last merge made (None: it is not kept any more). `rows`, `pending`: the names of two Parquet files.

    rows: entity, scope VARCHAR; page INTEGER; product_id BIGINT; sku_key VARCHAR; digest UBIGINT; child_ids BIGINT[];
    target_keys VARCHAR[]. pending: feed VARCHAR, product_id BIGINT.
    """

    code: str
    small: str
    day: str
    pages: Mapping[str, int] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    snapshot: int | None = None
    rows: str = ""
    pending: str = ""


class IndexMemory:
    """The directory that the state lies in."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def load(self, *, code: str, snapshot: int | None) -> IndexedState | None:
        """The state that the lake is in; None when there is none that can be trusted."""
        try:
            found = orjson.loads((self.root / _STATE).read_bytes())
            if found.pop("version") != _VERSION or found["code"] != code or found["snapshot"] != snapshot:
                return None
            state = IndexedState(**{**found, "fresh": frozenset(found["fresh"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return state if self.path(state.rows).is_file() and self.path(state.pending).is_file() else None

    def path(self, name: str) -> Path:
        """Where a Parquet file of the state lies."""
        return self.root / name

    def forget(self) -> None:
        """The lake is about to be written: what is kept here is no longer true of it."""
        (self.root / _STATE).unlink(missing_ok=True)

    def keep(self, state: IndexedState, *, snapshot: int | None) -> None:
        """The lake is as `state` says; what earlier states needed is removed."""
        kept = replace(state, snapshot=snapshot)
        temporary = self.root / f"{_STATE}.tmp"
        values = {name: getattr(kept, name) for name in kept.__slots__}
        temporary.write_bytes(orjson.dumps({**values, "fresh": sorted(kept.fresh), "version": _VERSION}))
        temporary.replace(self.root / _STATE)
        for file in self.root.glob("*.parquet"):
            if file.name not in (kept.rows, kept.pending):
                file.unlink(missing_ok=True)


def code_digest(variant: str) -> str:
    """Digest of the code that compiles, the database's version, and `variant`: settings that decide what items are."""
    digest = hashlib.sha256(f"{duckdb.__version__}\n{variant}\n".encode())
    for file in sorted(ROOM.rglob("*")):
        if file.suffix in (".sql", ".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()
