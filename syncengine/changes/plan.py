"""What a destination must be sent: exported -> catalog, less what its delivery state says to leave alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from syncengine.changes.diff import Changeset, diff_states, sql_text
from syncengine.feeds.feed import Feed
from syncengine.lake.tables import column_list, table_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which items a run is about: the changed ones, or a resync of some.

    A resync is of `all`, of the SKUs or product ids in `values`, of what waits to be tried again (`retries`), of what
    was given up (`dead_letters`) or refused as well (`refused`), or of what was not accepted `since` an earlier one
    began (`continued`). `tombstones`: removals that were acknowledged long ago go out again, too.
    `catalog_snapshot`: the catalog as it was then stands for the catalog of now.
    """

    resync: bool = False
    by: Literal["all", "sku", "productId", "retries", "dead_letters", "refused", "continued"] = "all"
    values: tuple[str, ...] = ()
    since: datetime | None = None
    tombstones: bool = False
    catalog_snapshot: int | None = None


_STATES = {
    "retries": ("retry", "unknown"),
    "dead_letters": ("dead_letter",),
    "refused": ("dead_letter", "rejected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """The changeset that is to be sent, counted in feed items; the rows are in the temporary table `table`.

    `catalog_table` is what it was planned from. `tombstones`: those of `removed` that were acknowledged before.
    Columns of `table`: feed_id · operation (insert, update, delete, resend) · hash_before · hash_after.
    catalog = unchanged + added + changed + skipped; sent = added + changed + removed + resent.
    """

    feed: Feed
    destination: str
    table: str
    catalog_table: str
    catalog: int
    exported: int
    unchanged: int
    added: int
    changed: int
    skipped: int
    removed: int
    resent: int
    tombstones: int = 0

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
    catalog, exported = _catalog(connection, feed, selection.catalog_snapshot), table_name("exported", feed)
    changeset = diff_states(
        connection,
        before=f"SELECT feed_id, feed_hash FROM {exported} WHERE destination = $destination AND NOT is_deleted",
        after=f"SELECT feed_id, feed_hash FROM {catalog}",
        into=f'"diff_{feed.name}"',
        parameters={"destination": destination},
    )
    _select_ids(connection, feed, destination, catalog, selection)
    table = f'"plan_{feed.name}"'
    places = {"diff": changeset.table, "plan": table, "catalog": catalog, "exported": exported}
    values: dict[str, object] = {"destination": destination}
    if selection.resync:
        statement, values["everything"] = sql_text("plan_resync.sql"), selection.by == "all"
    else:
        statement, values["now"] = sql_text("plan_export.sql"), now.replace(tzinfo=None)
        places["delivery"] = table_name("delivery", feed)
    connection.execute(statement.format(**places), values)
    tombstones = _add_tombstones(connection, feed, destination, catalog, table) if selection.tombstones else 0
    return _counted(connection, feed, destination, table, catalog, changeset, tombstones)


def _catalog(connection: duckdb.DuckDBPyConnection, feed: Feed, snapshot: int | None) -> str:
    """The name under which the catalog to plan from can be read."""
    if snapshot is None:
        return table_name("catalog", feed)
    view = f'"as_of_{feed.name}"'
    connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW {view} AS
            SELECT {column_list(feed.columns)} FROM {table_name("catalog", feed)} AT (VERSION => {int(snapshot)})"""
    )
    return view


def _add_tombstones(
    connection: duckdb.DuckDBPyConnection, feed: Feed, destination: str, catalog: str, table: str
) -> int:
    """Plan a delete for each item whose removal the destination acknowledged before; returns how many."""
    row = connection.execute(
        f"""INSERT INTO {table}
            SELECT feed_id, 'delete', feed_hash, NULL FROM {table_name("exported", feed)}
            WHERE destination = $destination AND is_deleted AND feed_id NOT IN (SELECT feed_id FROM {catalog})""",
        {"destination": destination},
    ).fetchone()
    assert row is not None
    return int(row[0])


def _select_ids(
    connection: duckdb.DuckDBPyConnection, feed: Feed, destination: str, catalog: str, selection: Selection
) -> None:
    """Put the feed_ids that a resync is about into `selected_ids`, unless it is about all."""
    if selection.by == "continued":
        query = sql_text("select_continued.sql").format(
            catalog=catalog, exported=table_name("exported", feed), delivery=table_name("delivery", feed)
        )
        assert selection.since is not None
        values = {"destination": destination, "since": selection.since.replace(tzinfo=None)}
    elif selection.by in _STATES:
        query = f"""SELECT feed_id FROM {table_name("delivery", feed)}
                    WHERE destination = $destination AND state IN (SELECT unnest($states::VARCHAR[]))"""
        values = {"destination": destination, "states": list(_STATES[selection.by])}
    else:
        _select_named(connection, feed, selection)
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE selected_ids AS {query}", values)


def _select_named(connection: duckdb.DuckDBPyConnection, feed: Feed, selection: Selection) -> None:
    """Put the feed_ids of named SKUs or ids into `selected_ids`; SKUs match without case, as in the store.

    A variant is named by its parent's SKU as well as by its own.
    """
    names: tuple[str, ...] = {
        "sku": ("sku", "product_sku", "parent_sku"),
        "productId": ("source_entity_id",),
        "all": (),
    }[selection.by]
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
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    destination: str,
    table: str,
    catalog: str,
    changeset: Changeset,
    tombstones: int,
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
        catalog_table=catalog,
        catalog=changeset.after,
        exported=changeset.before,
        unchanged=changeset.unchanged,
        added=added,
        changed=changed,
        skipped=(changeset.inserted - added) + (changeset.updated - changed),
        removed=removed,
        resent=resent,
        tombstones=tombstones,
    )
