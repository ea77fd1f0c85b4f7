"""The one diff of the system, over two states of a feed, and the counts it must satisfy.

before = unchanged + updated + deleted          after = unchanged + updated + inserted
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from syncengine.errors import DiffError
from syncengine.lake.statements import statements_beside

sql_text = statements_beside(__file__)  # the text of a statement in changes/sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Changeset:
    """What turns one state into the next; the rows are in the temporary table `table`, the counts come from it."""

    table: str
    before: int
    after: int
    inserted: int
    updated: int
    deleted: int

    def __post_init__(self) -> None:
        unchanged_before = self.before - self.updated - self.deleted
        if unchanged_before != self.unchanged or self.unchanged < 0:
            raise DiffError(
                f"The counts of a changeset do not add up: {self}.", hint="Please report this: it is a bug."
            )

    @property
    def unchanged(self) -> int:
        """Items that both states hold with the same content."""
        return self.after - self.updated - self.inserted


def diff_states(
    connection: duckdb.DuckDBPyConnection,
    *,
    before: str,
    after: str,
    into: str,
    parameters: Mapping[str, Any] | None = None,
) -> Changeset:
    """Compare two states, each a query of (feed_id, feed_hash) with one row per key.

    `parameters` are the values that either query names (`$destination`). The narrow result stays in the temporary
    table `into`. Raises: DiffError when the counts do not add up (a key stood twice).
    """
    values = dict(parameters or {})
    connection.execute(sql_text("diff_states.sql").format(before=before, after=after, into=into), values)
    row = connection.execute(
        f"""SELECT count(*) FILTER (operation = 'insert'), count(*) FILTER (operation = 'update'),
                   count(*) FILTER (operation = 'delete'), count(*) - count(DISTINCT feed_id) FROM {into}"""
    ).fetchone()
    assert row is not None
    if row[3]:
        raise DiffError(f"{row[3]:,} keys of a changeset stand twice: {into}.", hint="Please report this: it is a bug.")
    sizes = []
    for query in (before, after):
        named = {key: value for key, value in values.items() if f"${key}" in query}
        size = connection.execute(f"SELECT count(*) FROM ({query})", named).fetchone()
        assert size is not None
        sizes.append(size[0])
    return Changeset(table=into, before=sizes[0], after=sizes[1], inserted=row[0], updated=row[1], deleted=row[2])
