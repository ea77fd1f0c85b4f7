"""Catalog and export of one feed, compared item by item: the narrow table that all discrepancies are taken from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from syncengine.changes.diff import Changeset, diff_states
from syncengine.feeds.feed import Feed
from syncengine.inspection.states import feed_tables, state_expression
from syncengine.inspection.view import asked, sql_text
from syncengine.lake.reader import LakeReader

_COMMITS = 24  # how far back the moment is looked for in which an item left the catalog
_PAIRS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One feed at one destination: how the two sides compare, and the rows behind it, on a cursor of its own.

    `changeset`: from what is exported to what the catalog says. Good only inside `compare_feed`.
    """

    feed: Feed
    destination: str
    changeset: Changeset
    now: datetime
    tables: dict[str, str]
    cursor: duckdb.DuckDBPyConnection

    def pairs(self, most: int) -> Iterator[pa.RecordBatch]:
        """Both payloads of up to `most` items whose content differs: feed_id, item, before, after."""
        statement = sql_text("discrepant_pairs.sql").format(
            identity=", ".join(f'"{name}"' for name in self.feed.identity_columns), **self.tables
        )
        found = self.cursor.sql(statement, params={"destination": self.destination, "most": most})
        yield from found.to_arrow_reader(_PAIRS_AT_ONCE)


@contextmanager
def compare_feed(
    reader: LakeReader,
    feed: Feed,
    destination: str,
    *,
    now: datetime,
    snapshot: int | None = None,
) -> Iterator[Comparison]:
    """Compare what is exported of a feed with what the catalog says, now or in a snapshot.

    Raises: LakeUnavailableError (retriable), DiffError.      Source: inspection/sql/discrepant.sql
    """
    tables = feed_tables(feed, snapshot)
    with asked(reader) as cursor:
        changeset = diff_states(
            cursor,
            before=f"SELECT feed_id, feed_hash FROM {tables['exported']} "
            "WHERE destination = $destination AND NOT is_deleted",
            after=f"SELECT feed_id, feed_hash FROM {tables['catalog']}",
            into="diff_now",
            parameters={"destination": destination},
        )
        at = now.astimezone(UTC).replace(tzinfo=None)
        cursor.execute(
            sql_text("discrepant.sql").format(state=state_expression(), **tables),
            {"destination": destination, "now": at},
        )
        if changeset.deleted:
            _date_departures(cursor, feed, at)
        yield Comparison(
            feed=feed,
            destination=destination,
            changeset=changeset,
            now=now,
            tables=tables,
            cursor=cursor,
        )


def _date_departures(cursor: duckdb.DuckDBPyConnection, feed: Feed, now: datetime) -> None:
    """Find since when items are gone from the catalog: newest commits first, until all are found or none is kept."""
    commits = cursor.execute(sql_text("catalog_commits.sql"), {"feed": feed.name}).fetchmany(_COMMITS)
    for _, at, before in commits:
        left = cursor.execute("SELECT count(*) FROM discrepant WHERE kind = 'only_exported' AND since = ?", [now])
        row = left.fetchone()
        if row is None or not row[0]:
            return
        statement = sql_text("discrepant_gone.sql").format(**feed_tables(feed, before))
        cursor.execute(statement, {"at": at, "now": now})
