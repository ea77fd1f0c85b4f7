"""A catalog indexed again and again: what follows the edits beside what is compiled anew each time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from odd_catalog import NOW
from record_files import Records, connect

from syncengine.catalog.records import create_record_views
from syncengine.catalog.staged import ENTITIES, StagedCatalog, StagedPart
from syncengine.feeds.compile import SET_ASIDE_FILE, CompiledFeed, compile_feeds
from syncengine.feeds.feed import Feed
from syncengine.feeds.increment import IndexPlan, plan_index, show_neighbours_only
from syncengine.feeds.indexed import IndexMemory
from syncengine.feeds.registry import get_feeds

PAGE_RECORDS = 5

Row = tuple[Any, ...]


def staged_pages(root: Path, records: Records) -> StagedCatalog:
    """The records as pages of a few each, named by what they hold."""
    parts = []
    for entity, scopes in records.items():
        for scope, items in scopes.items():
            files, digests = [], []
            size = PAGE_RECORDS if entity == "products" else max(len(items), 1)
            for first in range(0, len(items), size):
                body = json.dumps({"items": items[first : first + size]}).encode()
                digest = hashlib.sha256(body).hexdigest()
                file = root / f"{entity}-{scope}-{first}-{digest[:16]}.json"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(body)
                files.append(file)
                digests.append(digest)
            parts.append(
                StagedPart(entity=entity, scope=scope, files=tuple(files), records=len(items), digests=tuple(digests))
            )
    return StagedCatalog(
        root=root,
        source="test",
        parts=tuple(parts),
        offered={entity: entity in records for entity in ENTITIES},
        requests=0,
        read_at=NOW,
    )


@dataclass(slots=True)
class State:
    """What a lake would hold: rows by feed and feed_id, and the records set aside."""

    items: dict[str, dict[object, Row]] = field(default_factory=dict)
    aside: set[Row] = field(default_factory=set)

    def merge(
        self, con: duckdb.DuckDBPyConnection, compiled: Sequence[CompiledFeed], out: Path, within: set[str] | None
    ) -> None:
        """Merge as the lake does: of records set aside what was known stands."""
        aside = con.execute(f"SELECT * FROM read_parquet('{out / SET_ASIDE_FILE}')").fetchall()
        feeds = {item.feed.name for item in compiled}
        kept = {row for row in self.aside if row[0] not in feeds or (within is not None and row[1] not in within)}
        self.aside = kept | {row for row in aside if within is None or row[1] in within}
        for item in compiled:
            place = [name for name, _ in item.feed.columns].index("source_entity_id")
            rows = con.execute(f"SELECT * FROM read_parquet('{item.path}')").fetchall()
            found = {row[0]: row for row in rows if within is None or row[place] in within}
            stay = {row[1] for row in self.aside if row[0] == item.feed.name}
            before = self.items.get(item.feed.name, {})
            untouched = {
                key: row
                for key, row in before.items()
                if (within is not None and row[place] not in within) or row[place] in stay
            }
            self.items[item.feed.name] = untouched | found


@dataclass(slots=True)
class TwoIndexes:
    """The same catalog indexed by what changed (`followed`) and anew each time (`anew`)."""

    place: Path
    followed: State = field(default_factory=State)
    anew: State = field(default_factory=State)
    snapshot: int | None = None

    def index(self, records: Records, *feeds: str, now: datetime = NOW, everything: bool = False) -> IndexPlan:
        """Index `records` both ways; returns what the first had to do."""
        wanted = get_feeds(feeds)
        with connect() as con:
            staged = staged_pages(self.place / "pages", records)
            create_record_views(con, staged)
            out = self.place / "anew"
            self.anew.merge(con, compile_feeds(con, wanted, out=out, now=now), out, None)
            memory = IndexMemory(self.place / "indexed")
            plan = plan_index(
                con, staged, wanted, memory=memory, now=now, snapshot=self.snapshot, everything=everything
            )
            self._compile(con, plan.whole, self.place / "whole", now, None)
            if plan.touched:
                assert plan.touched_path is not None
                show_neighbours_only(con, plan)
                rows = con.execute(f"SELECT source_entity_id FROM read_parquet('{plan.touched_path}')").fetchall()
                self._compile(con, plan.touched, self.place / "touched", now, {row[0] for row in rows})
            assert plan.state is not None
            memory.keep(plan.state, snapshot=self.snapshot)
        return plan

    def _compile(
        self,
        con: duckdb.DuckDBPyConnection,
        feeds: Sequence[Feed],
        out: Path,
        now: datetime,
        within: set[str] | None,
    ) -> None:
        if feeds:
            self.followed.merge(con, compile_feeds(con, feeds, out=out, now=now), out, within)

    def differences(self) -> list[tuple[str, object, Row | None, Row | None]]:
        """(feed, feed_id, followed, anew) of what differs."""
        found: list[tuple[str, object, Row | None, Row | None]] = []
        for feed in self.anew.items.keys() | self.followed.items.keys():
            ours, true = self.followed.items.get(feed, {}), self.anew.items.get(feed, {})
            found += [
                (feed, key, ours.get(key), true.get(key))
                for key in ours.keys() | true.keys()
                if ours.get(key) != true.get(key)
            ]
        found += [("set aside", row, None, None) for row in self.followed.aside ^ self.anew.aside]
        return found
