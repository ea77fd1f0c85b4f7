"""What a destination must be sent: exported -> catalog, less what its delivery state says to leave alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from syncengine.changes.diff import Changeset, diff_states, sql_text
from syncengine.feeds.feed import Feed
from syncengine.lake.tables import table_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which items a run is about: the changed ones, or a resync of all, of some SKUs, or of some product ids."""

    resync: bool = False
    by: Literal["all", "sku", "productId"] = "all"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """The changeset that is to be sent, counted in feed items; the rows are in the temporary table `table`.

    Columns of `table`: feed_id · operation (insert, update, delete, resend) · hash_before · hash_after.
    catalog = unchanged + added + changed + skipped; sent = added + changed + removed + resent.
    """

    feed: Feed
    destination: str
    table: str
    catalog: int
    exported: int
    unchanged: int
    added: int
    changed: int
    skipped: int
    removed: int
    resent: int

    @property
    def sent(self) -> int:
        """How many items the plan sends."""
        return self.added + self.changed + self.removed + self.resent


def plan_export(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    destination: str,
    *,
    now: datetime,
    selection: Selection,
) -> ExportPlan:
    """Plan what `destination` is to be sent of `feed` at `now`, from the lake attached in `connection`.

    A rejected or dead item with the same content is left alone, as is one whose next attempt is not due; a resync
    sends what it selects whatever its hash or delivery state.
    """
    catalog, exported = table_name("catalog", feed), table_name("exported", feed)
    changeset = diff_states(
        connection,
        before=f"SELECT feed_id, feed_hash FROM {exported} WHERE destination = $destination AND NOT is_deleted",
        after=f"SELECT feed_id, feed_hash FROM {catalog}",
        into=f'"diff_{feed.name}"',
        parameters={"destination": destination},
    )
    _select_ids(connection, feed, selection)
    table = f'"plan_{feed.name}"'
    connection.execute(
        sql_text("plan_export.sql").format(
            diff=changeset.table,
            plan=table,
            catalog=catalog,
            exported=exported,
            delivery=table_name("delivery", feed),
        ),
        {
            "destination": destination,
            "now": now.replace(tzinfo=None),
            "resync": selection.resync,
            "everything": selection.by == "all",
        },
    )
    return _counted(connection, feed, destination, table, changeset)


def _select_ids(connection: duckdb.DuckDBPyConnection, feed: Feed, selection: Selection) -> None:
    """Put the feed_ids that a resync by ids names into `selected_ids`; SKUs match without case, as in the store.

    A variant is named by its parent's SKU as well as by its own.
    """
    names = {"sku": ("sku", "product_sku", "parent_sku"), "productId": ("source_entity_id",), "all": ()}[selection.by]
    columns = [name for name in names if name in (column for column, _ in feed.columns)]
    sources = [
        f"""SELECT feed_id FROM {table_name(schema, feed)}
            WHERE lower("{column}") IN (SELECT lower(unnest($wanted::VARCHAR[])))"""
        for schema in ("catalog", "exported")
        for column in columns
    ]
    query = " UNION ".join(sources) or "SELECT NULL::UUID AS feed_id WHERE false"
    wanted = [value.strip() for value in selection.values]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE selected_ids AS {query}", {"wanted": wanted} if sources else None)


def _counted(
    connection: duckdb.DuckDBPyConnection, feed: Feed, destination: str, table: str, changeset: Changeset
) -> ExportPlan:
    row = connection.execute(
        f"""SELECT count(*) FILTER (operation = 'insert'), count(*) FILTER (operation = 'update'),
                   count(*) FILTER (operation = 'delete'), count(*) FILTER (operation = 'resend') FROM {table}"""
    ).fetchone()
    assert row is not None
    added, changed, removed, resent = row
    return ExportPlan(
        feed=feed,
        destination=destination,
        table=table,
        catalog=changeset.after,
        exported=changeset.before,
        unchanged=changeset.unchanged,
        added=added,
        changed=changed,
        skipped=(changeset.inserted - added) + (changeset.updated - changed),
        removed=removed,
        resent=resent,
    )
