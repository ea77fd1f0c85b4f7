"""A whole installation on loopback for one test: demo store, demo services, a data directory, and real processes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from support import processes
from support.templates import copied, template

from syncengine.cli.demo import request_change
from syncengine.demo.services.server import running as running_services
from syncengine.demo.store.faults import parse_fault
from syncengine.demo.store.server import StoreOptions
from syncengine.demo.store.server import running as running_store
from syncengine.feeds.registry import FEEDS
from syncengine.lake.paths import DataDirectory
from syncengine.lake.reader import LakeReader, open_reader

DRIVER = Path(__file__).parent / "driver.py"
SPACE = "main"
KNOWN_AS = "https://services.test"
Items = dict[tuple[str, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where everything is. `services_state` is the file in which the services keep what they hold.

    `known_as`: the address that stands in the destination's id, when the stand is a copy of one at other ports.
    """

    store_url: str
    services_url: str
    services_state: Path
    data_dir: Path
    known_as: str | None = None

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a process that syncs this store to these services."""
        known_as = {"CATALOG_SYNC_DESTINATION__KNOWN_AS": self.known_as} if self.known_as else {}
        return {
            **os.environ,
            **known_as,
            "CATALOG_SYNC_DATA_DIR": str(self.data_dir),
            "CATALOG_SYNC_SOURCE__URL": f"{self.store_url}/rest",
            "CATALOG_SYNC_SOURCE__TOKEN": "demo-token",
            "CATALOG_SYNC_DESTINATION__URL": self.services_url,
            "CATALOG_SYNC_DESTINATION__API_KEY": "demo-key",
            "CATALOG_SYNC_DESTINATION__ENVIRONMENT_ID": "demo-env",
            "CATALOG_SYNC_DESTINATION__DATA_SPACE_ID": SPACE,
            **more,
        }

    def at(self, data_dir: Path) -> Stand:
        """The same store and services with another data directory."""
        return replace(self, data_dir=data_dir)

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`catalog-sync …` as a process of its own."""
        return processes.run("-m", "syncengine.cli", *arguments, env=self.environment(**more))

    def sync(self, **more: str) -> dict[str, Any]:
        """One sync as a process; the run's JSON shape."""
        done = self.command("sync", "--json", **more)
        assert done.returncode in (0, 3), done.stderr + done.stdout
        shape: dict[str, Any] = json.loads(done.stdout)
        return shape

    def killed_sync(self, moment: str, occurrence: int = 1) -> None:
        """One sync that kills itself (SIGKILL) at a moment of its run; fails when it got to its end instead."""
        done = processes.run(str(DRIVER), moment, str(occurrence), env=self.environment())
        assert done.returncode == -9, f"not killed at {moment}: {done.returncode} {done.stderr}{done.stdout}"

    def change(self, **counts: int) -> dict[str, Any]:
        """Edit the store as a merchant would."""
        return request_change(self.store_url, "demo-token", {"seed": 1, **counts})

    def held(self, *, live_only: bool = True) -> Items:
        """What the services hold: (feed, identity) -> the bytes of the item."""
        with sqlite3.connect(f"file:{self.services_state}?mode=ro", uri=True) as connection:
            rows = connection.execute(
                "SELECT feed, identity, payload FROM items WHERE deleted = 0 OR NOT ?", [live_only]
            ).fetchall()
        return {(feed, identity): bytes(payload) for feed, identity, payload in rows}

    def requests(self) -> list[dict[str, Any]]:
        """Every batch that arrived, oldest first."""
        with sqlite3.connect(f"file:{self.services_state}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM requests ORDER BY id")]

    def receipts(self) -> list[dict[str, Any]]:
        """The receipts that are committed in the control store."""
        with sqlite3.connect(self.data_dir / "control.sqlite") as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM batches")]

    def reader(self) -> LakeReader:
        """The published lake."""
        return open_reader(DataDirectory(self.data_dir))

    def catalog(self) -> Items:
        """What `catalog` says: (feed, identity) -> payload bytes."""
        return self._items("catalog", "true")

    def exported(self) -> Items:
        """What `exported` says is held: (feed, identity) -> payload bytes."""
        return self._items("exported", "NOT is_deleted")

    def _items(self, schema: str, condition: str) -> Items:
        reader, found = self.reader(), {}
        for feed in FEEDS.values():
            identity = ", ".join(f'"{name}"' for name in feed.identity_columns)
            rows = reader.cursor().execute(
                f'SELECT to_json([{identity}])::VARCHAR, payload FROM lake.{schema}."{feed.name}" WHERE {condition}'
            )
            found.update({(feed.name, key): payload.encode() for key, payload in rows.fetchall()})
        return found


def content(payload: bytes | None) -> object:
    """What the content hash covers of an item: a new date alone is merged into the catalog but not sent."""
    if payload is None:
        return None
    volatile = ("modifiedAt", "updatedAt", "deleted")
    return {name: value for name, value in json.loads(payload).items() if name not in volatile}


def contents(items: Items) -> dict[tuple[str, str], object]:
    """The content of each item."""
    return {key: content(payload) for key, payload in items.items()}


@contextmanager
def running_stand(
    place: Path,
    *,
    products: int = 60,
    catalog: Path | None = None,
    faults: Sequence[str] = (),
    known_as: str | None = None,
) -> Iterator[Stand]:
    """A stand with a small generated store, or with the records of a directory; `faults` are the store's."""
    place.mkdir(parents=True, exist_ok=True)
    state = place / "services.sqlite"
    options = StoreOptions(
        port=0, products=products, seed=3, catalog=catalog, state=place / "store.sqlite",
        faults=tuple(parse_fault(fault) for fault in faults),
    )  # fmt: skip
    with running_store(options) as store, running_services(state=state) as services:
        yield Stand(
            store_url=store, services_url=services, services_state=state, data_dir=place / "data", known_as=known_as
        )  # fmt: skip


@contextmanager
def synced_stand(place: Path, factory: pytest.TempPathFactory, *, products: int = 60) -> Iterator[Stand]:
    """A copy of a stand after its first sync, which is made once in a test session: services and store go on there."""

    def first_sync(making: Path) -> None:
        with running_stand(making, products=products, known_as=KNOWN_AS) as stand:
            assert stand.sync()["status"] == "Success"

    copied(template(factory, f"stand-{products}", first_sync), place)
    (place / "data").chmod(0o700)
    with running_stand(place, products=products, known_as=KNOWN_AS) as stand:
        yield stand
