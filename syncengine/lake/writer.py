"""The engine's side of the lake: attach for writing, merge a compiled catalog, fold answers, commit with the run id.

Only this room attaches the lake for writing, and only under the engine lock. Every commit says in its message which
run and which step made it, so that a killed run can see what it had finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import duckdb
import orjson
import polars as pl
import pyarrow as pa

from syncengine.errors import DiskFullError, LakeError
from syncengine.feeds.feed import Feed
from syncengine.lake.checksums import Checksums
from syncengine.lake.extension import connect_with_ducklake
from syncengine.lake.layout import keep_catalog, upgrade_layout
from syncengine.lake.names import LAKE, METADATA, sql_text
from syncengine.lake.paths import DataDirectory, fsync_directory, fsync_file
from syncengine.lake.tables import SCHEMAS, SET_ASIDE, column_list, columns_of, create_statement, table_name

ROW_GROUP_ITEMS = 8192
DAMAGED_LAKE = "Nothing was compared or sent. Restore the data directory from a backup, or see `catalog-sync repair`."


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCounts:
    """What a merge did to `catalog.<feed>`: rows that came, changed (content, date or listing) and went."""

    inserted: int
    updated: int
    deleted: int

    @property
    def touched(self) -> int:
        """Rows written or removed."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldInput:
    """What one fold takes of one outbox: the file and the answers, as Arrow tables (columns in sql/fold_*.sql)."""

    feed: Feed
    destination: str
    outbox: Path
    ranges: pa.Table
    rejections: pa.Table


@contextmanager
def translated_errors(doing: str) -> Iterator[None]:
    """Turn DuckDB's errors into ours; `doing` completes 'The lake could not be …'."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        if "No space left on device" in text or "disk is full" in text.lower():
            raise DiskFullError(
                f"The disk is full: the lake could not be {doing}.",
                hint="Free space and run again; nothing was lost.",
            ) from error
        raise LakeError(
            f"The lake could not be {doing}: {text.splitlines()[0]}",
            hint="Run `catalog-sync check`. The last published state can still be read.",
        ) from error


def _refuse_lost_catalog(directory: DataDirectory) -> None:
    """A lake whose files are there but whose catalog is lost is not started anew in silence."""
    catalog = directory.lake_catalog
    if catalog.exists() and catalog.stat().st_size:
        return
    if any(directory.lake_files.rglob("*.parquet")):
        state = "is empty" if catalog.exists() else "is missing"
        raise LakeError(
            f"The lake's catalog `{catalog}` {state}, while the lake's files are there.",
            hint="Restore the data directory from a backup, or move it away and sync anew.",
        )
    catalog.unlink(missing_ok=True)  # a first start that was killed before anything was written


class LakeWriter:
    """The lake of one data directory, attached for writing as `lake` in an in-memory DuckDB.

    `touched_products` gathers the feed_ids whose search rows a publication has to renew; they are complete from
    `published_snapshot_id` on: the snapshot this writer published last, or found when it opened the lake.
    """

    def __init__(self, directory: DataDirectory, *, memory_limit_mb: int = 1024, threads: int = 2) -> None:
        self.directory = directory
        directory.make()
        _refuse_lost_catalog(directory)
        keep_catalog(directory)
        self.checksums = Checksums(directory)
        self.connection = connect_with_ducklake(
            {
                "memory_limit": f"{memory_limit_mb}MB",
                "threads": threads,
                "temp_directory": str(directory.tmp),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            with translated_errors("opened"):
                self._attach()
                self.check_files()
            upgrade_layout(directory, self)
            with translated_errors("opened"):
                self.published_snapshot_id = self.snapshot_id()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        place, files = (_quoted(path) for path in (self.directory.lake_catalog, self.directory.lake_files))
        self.connection.execute(
            f"ATTACH 'ducklake:{place}' AS {LAKE} "
            f"(DATA_PATH '{files}', OVERRIDE_DATA_PATH true, DATA_INLINING_ROW_LIMIT 0)"
        )
        self.connection.execute("CREATE TEMP TABLE touched_products (feed_id UUID)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Detach; what is committed is on disk."""
        self.connection.close()

    # -- tables ---------------------------------------------------------------------------------------------------

    def ensure_tables(self, feeds: Iterable[Feed]) -> None:
        """Create what is missing of the feeds' tables, in one commit; nothing when all are there."""
        wanted = {f"{schema}.{feed.name}": (schema, feed) for feed in feeds for schema in SCHEMAS}
        rows = self.connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = ?", [LAKE]
        ).fetchall()
        there = {name for (name,) in rows}
        missing = [pair for name, pair in wanted.items() if name not in there]
        if not missing and "catalog.set_aside" in there:
            return
        if not there:
            # wide rows: a row group of the default size would hold hundreds of megabytes in memory
            self.connection.execute(f"CALL {LAKE}.set_option('parquet_row_group_size', {ROW_GROUP_ITEMS})")
        with self.commit("tables", run_id=None):
            for schema in SCHEMAS:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {LAKE}.{schema}")
            self.connection.execute(create_statement(f"{LAKE}.catalog.set_aside", SET_ASIDE))
            for schema, feed in missing:
                self.connection.execute(create_statement(table_name(schema, feed), columns_of(schema, feed)))

    def has_tables(self, feed: Feed) -> bool:
        """Whether the tables of a feed were made."""
        rows = self.connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'catalog' AND table_name = ?",
            [LAKE, feed.name],
        ).fetchall()
        return bool(rows)

    # -- commits --------------------------------------------------------------------------------------------------

    @contextmanager
    def commit(self, step: str, *, run_id: str | None, **facts: object) -> Iterator[None]:
        """One lake transaction whose message names run and step; its files are durable when the block ends."""
        message = orjson.dumps({"run_id": run_id, "step": step, **facts}, option=orjson.OPT_SORT_KEYS).decode()
        with translated_errors(f"written ({step})"):
            first_file = self._next_file_id()
            self.connection.execute("BEGIN")
            try:
                self.connection.execute(f"CALL {LAKE}.set_commit_message('catalog-sync', ?)", [message])
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self._rollback()
                raise
            self._fsync_from(first_file)

    def _rollback(self) -> None:
        try:
            self.connection.execute("ROLLBACK")
        except duckdb.Error:
            # the instance is dead or the transaction is gone already: what raised first says why
            return

    def snapshot_id(self) -> int:
        """The number of the newest snapshot."""
        row = self.connection.execute(f"SELECT max(snapshot_id) FROM {METADATA}.ducklake_snapshot").fetchone()
        assert row is not None
        return int(row[0])

    def find_commit(self, run_id: str, step: str, **facts: object) -> int | None:
        """The snapshot that this run's step made, or None when it did not get that far."""
        message = orjson.dumps({"run_id": run_id, "step": step, **facts}, option=orjson.OPT_SORT_KEYS).decode()
        row = self.connection.execute(
            f"SELECT max(snapshot_id) FROM {METADATA}.ducklake_snapshot_changes WHERE commit_message = ?",
            [message],
        ).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _next_file_id(self) -> int:
        """The number that the next data or delete file gets."""
        row = self.connection.execute(
            f"SELECT next_file_id FROM {METADATA}.ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def files(self, from_id: int | None = None) -> list[tuple[Path, int]]:
        """Paths and sizes of the data and delete files: the live ones, or those numbered from `from_id` on.

        By number and not by snapshot: a compacted file counts as old as what it was made of.
        """
        rows: list[tuple[str, int]] = []
        for table, number in (("ducklake_data_file", "data_file_id"), ("ducklake_delete_file", "delete_file_id")):
            condition = "f.end_snapshot IS NULL" if from_id is None else f"f.{number} >= {int(from_id)}"
            rows += self.connection.execute(
                f"""SELECT CASE WHEN f.path_is_relative THEN s.path || t.path || f.path ELSE f.path END,
                           f.file_size_bytes
                    FROM {METADATA}.{table} f
                    JOIN {METADATA}.ducklake_table t USING (table_id)
                    JOIN {METADATA}.ducklake_schema s USING (schema_id)
                    WHERE {condition}"""
            ).fetchall()
        return [(self.directory.lake_files / path, size) for path, size in rows]

    def _fsync_from(self, first_file: int) -> None:
        """DuckLake closes its Parquet files without flushing them: do it before anything depends on them."""
        written = [path for path, _ in self.files(from_id=first_file) if path.exists()]
        for path in written:
            fsync_file(path)
        for folder in {path.parent for path in written}:
            fsync_directory(folder)
        self.checksums.take(written)

    def check_files(self, *, fully: bool = False) -> None:
        """Every live file is there and is the one that was written, else the lake is not used.

        Read are those that somebody touched since they were written; with `fully`, all. Raises: LakeError naming the
        file.
        """
        live = self.files()
        for path, size in live:
            found = path.stat().st_size if path.exists() else None
            if found != size:
                state = "is missing" if found is None else f"has {found:,} bytes instead of {size:,}"
                raise LakeError(f"The lake's file `{path}` {state}.", hint=DAMAGED_LAKE)
        for path in self.checksums.changed([path for path, _ in live], fully=fully):
            raise LakeError(f"The lake's file `{path}` is not the file that was written.", hint=DAMAGED_LAKE)

    # -- merge ----------------------------------------------------------------------------------------------------

    def stage_merge(self, feed: Feed, compiled: Path, set_aside: Path, *, within: Path | None = None) -> MergeCounts:
        """Compare a compiled feed with `catalog.<feed>`; leaves the result in a temporary table for `write_merge`.

        Rows whose record was set aside keep their earlier state: they count as neither changed nor gone. `within`: a
        Parquet file of source_entity_id; the items of all other source entities stay as they are.
        """
        compared = [name for name, _ in feed.columns if name not in ("feed_id", "payload")]
        differs = " OR ".join(f'after."{name}" IS DISTINCT FROM before."{name}"' for name in compared)
        statement = sql_text("stage_merge.sql").format(
            feed=feed.name,
            columns=", ".join(f'"{name}"' for name in compared),
            differs=differs,
            within=""
            if within is None
            else f"WHERE source_entity_id IN (SELECT source_entity_id FROM read_parquet('{_quoted(within)}'))",
        )
        with translated_errors("compared with the compiled feeds"):
            self.connection.execute(
                statement, {"compiled": str(compiled), "set_aside": str(set_aside), "feed": feed.name}
            )
            row = self.connection.execute(
                f"""SELECT count(*) FILTER (kind = 'insert'), count(*) FILTER (kind = 'update'),
                           count(*) FILTER (kind = 'delete') FROM "merge_{feed.name}" """
            ).fetchone()
        assert row is not None
        return MergeCounts(inserted=row[0], updated=row[1], deleted=row[2])

    def write_merge(
        self,
        merges: Sequence[tuple[Feed, Path]],
        set_aside: Path | None,
        *,
        run_id: str,
        indexed: Sequence[Feed] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Apply the staged merges of these feeds, and the records set aside, in one commit, dated `at` (None: now).

        `indexed`: the feeds that `set_aside` speaks of (None: all); what is known of the others stands.
        """
        with self.commit("snapshot", run_id=run_id):
            for feed, compiled in merges:
                table = table_name("catalog", feed)
                self.connection.execute(
                    f"""DELETE FROM {table} WHERE feed_id IN
                        (SELECT feed_id FROM "merge_{feed.name}" WHERE kind <> 'insert')"""
                )
                self.connection.execute(
                    f"""INSERT INTO {table} SELECT {column_list(feed.columns)}, $at::TIMESTAMP
                        FROM read_parquet($compiled)
                        WHERE feed_id IN (SELECT feed_id FROM "merge_{feed.name}" WHERE kind <> 'delete')""",
                    {"compiled": str(compiled), "at": (at or datetime.now(UTC)).replace(tzinfo=None)},
                )
                if feed.name == "products":
                    self.connection.execute(f'INSERT INTO touched_products SELECT feed_id FROM "merge_{feed.name}"')
            if set_aside is not None:
                self.connection.execute(
                    f"DELETE FROM {LAKE}.catalog.set_aside WHERE $feeds IS NULL OR list_contains($feeds, feed)",
                    {"feeds": _names(indexed)},
                )
                self.connection.execute(
                    f"INSERT INTO {LAKE}.catalog.set_aside SELECT {column_list(SET_ASIDE)} FROM read_parquet(?)",
                    [str(set_aside)],
                )

    def last_merge(self) -> int | None:
        """The newest snapshot that a merge of compiled feeds made; None when there is none (or it has expired)."""
        row = self.connection.execute(
            f"SELECT max(snapshot_id) FROM {METADATA}.ducklake_snapshot_changes "
            'WHERE commit_message LIKE \'%"step":"snapshot"%\''
        ).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    # -- fold -----------------------------------------------------------------------------------------------------

    def fold(self, inputs: Sequence[FoldInput], *, run_id: str, sequence: int, fold: int, at: datetime) -> None:
        """Bring answers home: `exported`, `delivery` and `history` in one commit, exactly once per fold number."""
        if self.find_commit(run_id, "acknowledge", fold=fold) is not None:
            return
        with self.commit("acknowledge", run_id=run_id, fold=fold):
            for item in inputs:
                self._fold_one(item, run_id=run_id, sequence=sequence, at=at)

    def _fold_one(self, item: FoldInput, *, run_id: str, sequence: int, at: datetime) -> None:
        feed, connection = item.feed, self.connection
        connection.register("fold_ranges", item.ranges)
        connection.register("fold_rejections", item.rejections)
        names = {
            "exported": table_name("exported", feed),
            "delivery": table_name("delivery", feed),
            "history": table_name("history", feed),
            "identity": ", ".join(f'"{name}"' for name in feed.identity_columns),
            "answered_identity": ", ".join(f'answers."{name}"' for name in feed.identity_columns),
            "stored": ", ".join(
                f'items."{name}"::UUID' if kind == "UUID" else f'items."{name}"' for name, kind in feed.columns
            ),
        }
        outbox = {"outbox": str(item.outbox)}
        connection.execute(sql_text("fold_answers.sql").format(**names), outbox)
        facts = {"destination": item.destination, "run_id": run_id}
        connection.execute(sql_text("fold_exported_delete.sql").format(**names), {"destination": item.destination})
        connection.execute(sql_text("fold_exported_insert.sql").format(**names), facts | outbox)
        connection.execute(sql_text("fold_delivery_stage.sql").format(**names), facts)
        connection.execute(sql_text("fold_delivery_delete.sql").format(**names), {"destination": item.destination})
        connection.execute(
            f"INSERT INTO {names['delivery']} SELECT {column_list(columns_of('delivery', feed))} FROM fold_delivery"
        )
        connection.execute(
            sql_text("fold_history.sql").format(**names),
            {**facts, **outbox, "sequence": sequence, "at": at.replace(tzinfo=None)},
        )
        if feed.name == "products":
            connection.execute("INSERT INTO touched_products SELECT feed_id FROM fold_answers")
        connection.unregister("fold_ranges")
        connection.unregister("fold_rejections")

    def query(self, statement: str, parameters: object = None) -> pl.DataFrame:
        """The rows of a reading statement, for the rooms that plan from the lake."""
        with translated_errors("read"):
            return self.connection.execute(statement, parameters).pl()


def _quoted(path: Path) -> str:
    # for statements that take no parameter in this place
    return str(path).replace("'", "''")


def _names(feeds: Sequence[Feed] | None) -> list[str] | None:
    return None if feeds is None else [feed.name for feed in feeds]
