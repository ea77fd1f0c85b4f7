"""The layout of the lake's tables: which one a data directory has, and bringing an earlier one up to this version's.

| layout | since | what it added                                                                     |
|--------|-------|-----------------------------------------------------------------------------------|
| 1      | 0.1.0 |                                                                                   |
| 2      | 0.2.0 | `said_at` in `catalog.<feed>`: when the row came into the lake, which its snapshot |
|        |       | stops telling once the table is compacted                                         |
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from syncengine.errors import NewerLayoutError
from syncengine.lake.names import LAKE, METADATA, sql_text
from syncengine.lake.paths import DataDirectory, replace_durably
from syncengine.lake.tables import LAKE_LAYOUT, SAID_AT

if TYPE_CHECKING:
    from syncengine.lake.writer import LakeWriter

_LAYOUTS = {"lake": LAKE_LAYOUT, "mirror": 1}  # mirror: the store's answers of the last complete read


def stored_layout(directory: DataDirectory) -> int | None:
    """The layout that the data directory says its lake has; None when it does not say.

    Raises: NewerLayoutError when the lake, or the kept answers of the store, are of a newer version.
    """
    try:
        found = orjson.loads(directory.layout.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    if not isinstance(found, dict):
        return None
    for part, known in _LAYOUTS.items():
        layout = found.get(part)
        if isinstance(layout, int) and layout > known:
            raise NewerLayoutError(
                f"`{directory.root}` was written by a newer version of Catalog Sync ({part} layout {layout}, "
                f"this one knows {known}).",
                hint="Install that version, or point CATALOG_SYNC_DATA_DIR elsewhere; nothing was changed.",
            )
    lake = found.get("lake")
    return lake if isinstance(lake, int) else None


def kept_copy(directory: DataDirectory) -> Path:
    """Where the lake's catalog of the earlier layout is kept; its Parquet files stay until nothing needs them."""
    return directory.lake_catalog.with_name(f"catalog.before-layout-{LAKE_LAYOUT}.ducklake")


def upgrade_layout(directory: DataDirectory, writer: LakeWriter) -> bool:
    """Bring the tables up to this layout; returns whether there was anything to do. A killed one is gone on with."""
    lacking = _tables_without(writer, SAID_AT[0])
    for table in lacking:
        qualified = f'{LAKE}.catalog."{table}"'
        with writer.commit("upgrade", run_id=None, layout=LAKE_LAYOUT, table=table):
            writer.connection.execute(f'ALTER TABLE {qualified} ADD COLUMN "{SAID_AT[0]}" {SAID_AT[1]}')
            names = [name for name in _columns(writer, table) if name != SAID_AT[0]]
            writer.connection.execute(
                sql_text("date_rows.sql").format(
                    table=qualified, columns=", ".join(f'"{name}"' for name in names), metadata=METADATA
                )
            )
            writer.connection.execute(f"DELETE FROM {qualified} WHERE said_at IS NULL")
    if stored_layout(directory) != LAKE_LAYOUT:
        _store_layout(directory)
    return bool(lacking)


def keep_catalog(directory: DataDirectory) -> None:
    """Before anything is changed: a copy of the catalog of an earlier layout. Nobody has it open yet."""
    if not directory.lake_catalog.exists() or not directory.lake_catalog.stat().st_size:
        return
    copy = kept_copy(directory)
    if stored_layout(directory) is not None or copy.exists():
        return
    log = directory.lake_catalog.with_name(f"{directory.lake_catalog.name}.wal")
    for source, target in ((log, copy.with_name(f"{copy.name}.wal")), (directory.lake_catalog, copy)):
        if source.exists():
            temporary = target.with_name(f"{target.name}.tmp")
            shutil.copyfile(source, temporary)
            replace_durably(temporary, target)


def _store_layout(directory: DataDirectory) -> None:
    temporary = directory.layout.with_suffix(".tmp")
    temporary.write_bytes(orjson.dumps(_LAYOUTS))
    replace_durably(temporary, directory.layout)


def _tables_without(writer: LakeWriter, column: str) -> list[str]:
    rows = writer.query(
        """SELECT table_name FROM duckdb_columns()
           WHERE database_name = $lake AND schema_name = 'catalog' AND table_name <> 'set_aside'
           GROUP BY table_name HAVING NOT bool_or(column_name = $column) ORDER BY table_name""",
        {"lake": LAKE, "column": column},
    ).rows()
    return [name for (name,) in rows]


def _columns(writer: LakeWriter, table: str) -> list[str]:
    rows = writer.query(
        """SELECT column_name FROM duckdb_columns()
           WHERE database_name = $lake AND schema_name = 'catalog' AND table_name = $table ORDER BY column_index""",
        {"lake": LAKE, "table": table},
    ).rows()
    return [name for (name,) in rows]
