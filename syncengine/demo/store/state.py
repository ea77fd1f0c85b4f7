"""The store's state: one SQLite file, built once from a catalog's content and edited in place afterwards."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncengine.demo.store.wire import to_json

SCHEMA = Path(__file__).with_name("schema.sql")
INDEXES = Path(__file__).with_name("indexes.sql")
FORMAT = "1"
ADMIN_SCOPE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The store view that a request's values come from; id 0 is the admin scope `all`."""

    store_id: int
    website_id: int
    code: str


class StoreState:
    """Reads and edits the state; any number of threads may read while one edits."""

    def __init__(self, path: Path, *, is_temporary: bool) -> None:
        self.path = path
        self._is_temporary = is_temporary
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[sqlite3.Connection] = []
        self._remembered: dict[tuple[Any, ...], Any] = {}
        self._edits = 0
        self._memory = threading.Lock()
        self.reader().execute("PRAGMA journal_mode=WAL")

    def reader(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA cache_size=-32768")
            self._local.connection = connection
            with self._lock:
                self._open.append(connection)
        return connection

    @contextlib.contextmanager
    def edit(self) -> Iterator[sqlite3.Connection]:
        """One transaction; readers see all of it or nothing, and nothing is kept when the block fails."""
        connection = self.reader()
        with self._lock:
            self._count_edit()
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
            finally:
                self._count_edit()

    def _count_edit(self) -> None:
        with self._memory:
            self._edits += 1
            self._remembered.clear()

    @property
    def revision(self) -> int | None:
        """The number of the state, None while it is being edited: the same before and after means untouched."""
        edits = self._edits
        return None if edits % 2 else edits

    def entities(self, kind: str, store_id: int = ADMIN_SCOPE) -> list[dict[str, Any]]:
        """The records of a small entity in order, with the values of a store view. Not to be changed."""
        found: list[dict[str, Any]] = self.remembered(
            ("entities", kind, store_id), lambda: self._read_entities(kind, store_id)
        )
        return found

    def _read_entities(self, kind: str, store_id: int) -> list[dict[str, Any]]:
        rows = self.reader().execute(
            "SELECT position, record FROM entity WHERE kind = ? AND store_id IN (0, ?) ORDER BY store_id",
            (kind, store_id),
        )
        by_position = dict(rows.fetchall())
        return [json.loads(by_position[at]) for at in sorted(by_position)]

    def remembered(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """`make()`, kept until the next edit; what is made while an edit goes on is not kept."""
        with self._memory:
            if key in self._remembered:
                return self._remembered[key]
            revision = self.revision
        made = make()
        with self._memory:
            if revision is not None and revision == self.revision:
                self._remembered[key] = made
        return made

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, seeing one state for as long as the block lasts."""
        connection = self.reader()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def offers(self, kind: str) -> bool:
        """Whether this catalog has such records at all."""
        return bool(self.entities(kind))

    def scope_of(self, code: str | None) -> Scope | None:
        """The scope of a store code; None names the default store view."""
        if code == "all":
            return Scope(store_id=ADMIN_SCOPE, website_id=0, code="all")
        for view in self.entities("store_views"):
            if view["code"] == code or (code is None and view["id"] == self.default_store_id()):
                return Scope(store_id=view["id"], website_id=view["website_id"], code=view["code"])
        return None

    def default_store_id(self) -> int:
        """The store view that a path without a code means."""
        websites = [site for site in self.entities("websites") if site["id"] != 0]
        if not websites:
            return ADMIN_SCOPE
        groups = {group["id"]: group for group in self.entities("store_groups")}
        first = min(websites, key=lambda site: site["id"])
        return int(groups[first["default_group_id"]]["default_store_id"])

    def close(self) -> None:
        """Closes every connection; a temporary state goes away with its directory."""
        for connection in self._open:
            connection.close()
        self._open.clear()
        if self._is_temporary:
            shutil.rmtree(self.path.parent, ignore_errors=True)


def _is_same(path: Path, identity: dict[str, str]) -> bool:
    try:
        connection = sqlite3.connect(path)
        with contextlib.closing(connection):
            rows = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.DatabaseError:
        return False
    return all(rows.get(key) == value for key, value in identity.items())


def open_state(path: Path | None, identity: dict[str, str], fill: Callable[[sqlite3.Connection], None]) -> StoreState:
    """The state kept at `path`, or built anew by `fill` when it is missing or of another catalog.

    identity: what the catalog was made from (kind, products, seed, directory).
    path: None keeps the state in a temporary file that goes away with the store.
    """
    wanted = {**identity, "format": FORMAT}
    if path is not None:
        if not (path.is_file() and _is_same(path, wanted)):
            path.parent.mkdir(parents=True, exist_ok=True)
            _build(path, wanted, fill)
        return StoreState(path, is_temporary=False)
    directory = Path(tempfile.mkdtemp(prefix="catalog-sync-store-"))
    try:
        _build(directory / "store.sqlite", wanted, fill)
        return StoreState(directory / "store.sqlite", is_temporary=True)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _build(path: Path, wanted: dict[str, str], fill: Callable[[sqlite3.Connection], None]) -> None:
    """Builds beside `path` and renames, so that a state is whole or not there."""
    building = path.with_name(path.name + ".building")
    for leftover in (building, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    connection = sqlite3.connect(building, isolation_level=None)
    with contextlib.closing(connection):
        for pragma in ("page_size=16384", "journal_mode=OFF", "synchronous=OFF", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(SCHEMA.read_text("utf-8"))
        connection.execute("BEGIN")
        fill(connection)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(wanted.items()))
        connection.execute("COMMIT")
        connection.executescript(INDEXES.read_text("utf-8") + "ANALYZE;")
    building.replace(path)


def sku_key(sku: str) -> str:
    """What the store compares SKUs by: without case, and trailing spaces do not count."""
    return sku.rstrip(" ").lower()


def write_entity(connection: sqlite3.Connection, kind: str, store_id: int, position: int, record: Any) -> None:
    """Sets one small record."""
    connection.execute(
        "INSERT OR REPLACE INTO entity (kind, store_id, position, record) VALUES (?, ?, ?, ?)",
        (kind, store_id, position, to_json(record)),
    )
