"""SQL of an analyst over the published lake: one reading statement, documented views, nothing that writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from syncengine.control.runs import list_runs
from syncengine.errors import SettingsError
from syncengine.feeds.feed import Feed
from syncengine.inspection.states import feed_tables
from syncengine.inspection.view import CatalogView, sql_text, translated
from syncengine.lake.reader import LakeReader

MAX_ROWS = 1_000_000
VIEWS = (
    "products", "product_states", "synced_products", "prices", "attribute_values", "product_categories", "items",
    "exported_items", "not_accepted", "attempts", "set_aside", "snapshots", "runs",
)  # fmt: skip
_RUNS = 100_000


class QuestionRefusedError(SettingsError):
    """A statement that is not one reading statement, or that DuckDB does not understand."""

    code = "CS1007"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The rows of a question; `is_cut`: there were more than asked for."""

    rows: pl.DataFrame
    is_cut: bool


def ask(view: CatalogView, statement: str, *, limit: int = 10_000) -> Answer:
    """The first `limit` rows of one SELECT over the views of VIEWS and the tables of `lake` and `search`.

    Raises: QuestionRefusedError, LakeUnavailableError (retriable).      Source: inspection/sql/analyst_views.sql
    """
    if not 1 <= limit <= MAX_ROWS:
        raise QuestionRefusedError(f"{limit} rows cannot be shown.", hint=f"Ask for 1 to {MAX_ROWS:,}.")
    question = _one_select(statement)
    reader = view.reader()
    with translated(), reader.cursor() as cursor:
        _make_views(cursor, view, reader)
        try:
            found = cursor.sql(f"FROM (\n{question}\n) LIMIT {limit + 1}").pl()
        except (
            duckdb.ParserException,
            duckdb.BinderException,
            duckdb.CatalogException,
            duckdb.ConversionException,
            duckdb.InvalidInputException,
            duckdb.PermissionException,
            duckdb.OutOfRangeException,
            duckdb.OutOfMemoryException,
        ) as error:
            raise QuestionRefusedError(
                str(error).split("\n\n")[0].strip(), hint=f"The views are: {', '.join(VIEWS)} (docs/sql.md)."
            ) from error
    return Answer(rows=found.head(limit), is_cut=len(found) > limit)


def _one_select(statement: str) -> str:
    """The statement, if it is one that only reads."""
    try:
        parsed = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        raise QuestionRefusedError(
            str(error).split("\n\n")[0].strip(), hint="docs/sql.md has ten worked questions."
        ) from error
    if len(parsed) != 1 or parsed[0].type != duckdb.StatementType.SELECT:
        raise QuestionRefusedError(
            "Only one SELECT is answered.", hint="The published lake is read-only; docs/sql.md has examples."
        )
    return str(parsed[0].query).strip().rstrip(";")


def _make_views(cursor: duckdb.DuckDBPyConnection, view: CatalogView, reader: LakeReader) -> None:
    """The documented views, in the cursor's own temporary schema."""
    feeds = view.feeds(reader)
    kinds = {
        "items": _together(feeds, "catalog", "source_entity_id, modified_at, payload::JSON AS payload"),
        "told": _together(
            feeds, "exported",
            "source_entity_id, destination, is_deleted, exported_at, run_id, request_id, payload::JSON AS payload",
        ),
        "stuck": _together(
            feeds, "delivery",
            "source_entity_id, destination, state, operation, http_status, error_code, message, attempts, "
            "next_attempt_at, tried_at, run_id, request_id",
        ),
        "attempts": _together(
            feeds, "history",
            'source_entity_id, destination, run_id, run_sequence, "at" AS tried_at, operation, outcome, http_status, '
            "error_code, message, changed_paths, request_id, payload::JSON AS payload",
        ),
    }  # fmt: skip
    cursor.execute(sql_text("analyst_views.sql").format(**kinds))
    cursor.register("runs_of_control", _runs(view).to_arrow())
    cursor.execute("CREATE TEMP TABLE runs AS FROM runs_of_control")
    cursor.unregister("runs_of_control")


def _together(feeds: tuple[Feed, ...], schema: str, columns: str) -> str:
    """One SELECT over a kind of table of all feeds: feed, sku, scope (store view, website, group, stock), columns."""
    parts = []
    for feed in feeds:
        names = feed.identity_columns
        sku = next((name for name in ("sku", "product_sku") if name in names), None)
        scope = [name for name in names if name not in ("sku", "product_sku")]
        parts.append(
            f"SELECT '{feed.name}' AS feed, {sku or 'NULL::VARCHAR'} AS sku, "
            f"concat_ws('/', {', '.join(scope) or 'NULL'}) AS scope, {columns} FROM {feed_tables(feed)[schema]}"
        )
    return "\nUNION ALL\n".join(parts)


def _runs(view: CatalogView) -> pl.DataFrame:
    """The runs of the control store, oldest first."""
    with view.read_control() as connection:
        runs = [] if connection is None else list_runs(connection, limit=_RUNS)
    schema: dict[str, Any] = {
        "run_id": pl.String, "run_sequence": pl.Int64, "status": pl.String, "trigger": pl.String, "mode": pl.String,
        "dry_run": pl.Boolean, "requested_by": pl.String, "started_at": pl.Datetime("us"),
        "finished_at": pl.Datetime("us"), "products_updated": pl.Int64, "error_code": pl.String,
        "error_message": pl.String, "catalog_snapshot": pl.Int64, "exported_snapshot": pl.Int64,
    }  # fmt: skip
    found = [
        {
            **{name: getattr(run, name) for name in schema if name not in ("run_sequence", "status")},
            "run_sequence": run.sequence,
            "status": run.status.shown,
            "started_at": run.started_at.replace(tzinfo=None),
            "finished_at": None if run.finished_at is None else run.finished_at.replace(tzinfo=None),
        }
        for run in reversed(runs)
    ]
    return pl.DataFrame(found, schema=schema)
