"""The records that could not be compiled: what was known of them stands, and people are told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from syncengine.feeds.feed import Feed
from syncengine.lake.tables import SET_ASIDE, column_list
from syncengine.lake.writer import LAKE, LakeWriter, translated_errors


def write_set_aside(
    writer: LakeWriter,
    target: Path,
    *,
    whole: Path | None,
    touched: Path | None = None,
    within: Path | None = None,
    touched_feeds: Sequence[Feed] = (),
) -> None:
    """`target`: all that is set aside now, from the two compilations of an index (Parquet, the columns of SET_ASIDE).

    `whole` speaks for its feeds entirely. `touched` speaks for `touched_feeds`, and of the source entities of `within`
    only (Parquet: source_entity_id); of these feeds' other records what was known stands.
    """
    columns = column_list(SET_ASIDE)
    parts = [] if whole is None else [f"SELECT {columns} FROM read_parquet({_text(whole)})"]
    if touched is not None and within is not None:
        among = f"coalesce(source_entity_id IN (SELECT source_entity_id FROM read_parquet({_text(within)})), false)"
        names = ", ".join(f"'{feed.name}'" for feed in touched_feeds)
        parts.append(f"SELECT {columns} FROM read_parquet({_text(touched)}) WHERE {among}")
        parts.append(f"SELECT {columns} FROM {LAKE}.catalog.set_aside WHERE feed IN ({names}) AND NOT {among}")
    with translated_errors("compared with the compiled feeds"):
        query = " UNION ALL ".join(parts)
        writer.connection.execute(f"COPY ({query}) TO {_text(target)} (FORMAT parquet, COMPRESSION zstd)")


def set_aside_differs(writer: LakeWriter, set_aside: Path, feeds: Sequence[Feed]) -> bool:
    """Whether the records of these feeds that are set aside now are others than those of the last index."""
    columns = column_list(SET_ASIDE)
    now = f"SELECT {columns} FROM read_parquet($path)"
    before = f"SELECT {columns} FROM {LAKE}.catalog.set_aside WHERE list_contains($feeds, feed)"
    with translated_errors("compared with the compiled feeds"):
        row = writer.connection.execute(
            f"SELECT count(*) FROM (({now} EXCEPT ALL {before}) UNION ALL ({before} EXCEPT ALL {now}))",
            {"path": str(set_aside), "feeds": [feed.name for feed in feeds]},
        ).fetchone()
    return row is not None and row[0] > 0


def set_aside_counts(writer: LakeWriter, feeds: Sequence[Feed]) -> dict[str, int]:
    """Per feed that has any: how many records are set aside."""
    rows = writer.connection.execute(
        f"SELECT feed, count(*) FROM {LAKE}.catalog.set_aside WHERE list_contains($feeds, feed) "
        "GROUP BY feed ORDER BY feed",
        {"feeds": [feed.name for feed in feeds]},
    ).fetchall()
    return dict(rows)


def _text(path: Path) -> str:
    # neither COPY's target nor what it reads takes a parameter
    return "'" + str(path).replace("'", "''") + "'"
