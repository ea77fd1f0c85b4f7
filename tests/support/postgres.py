"""A PostgreSQL server of its own for the tests, from the distribution's package, on a socket in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy

from syncengine.control.store import open_control_store

SPEED = "fsync=off -c full_page_writes=off -c synchronous_commit=off"


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `database` makes a new database."""

    socket: Path
    numbers: count[int] = field(default_factory=lambda: count(1))

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://catalog@/{name}?host={self.socket}"

    def database(self, template: str = "template0") -> str:
        """The address of a new database, empty or a copy of another."""
        name = f"control_{next(self.numbers)}"
        engine = sqlalchemy.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine.dispose()
        return self.url(name)

    def migrated(self, scratch: Path) -> str:
        """The name of a database whose tables were made, to copy from."""
        url = self.database()
        open_control_store(scratch, url=url).close()
        return url.rpartition("/catalog@/")[2].partition("?")[0] or url.split("@/")[1].split("?")[0]


def binaries() -> Path:
    """Where the server's programs lie; without them the test is skipped, in CI it fails."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    text = "there is no PostgreSQL server here (apt-get install postgresql)"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server that ends with the block; as root it runs as the user `postgres`, because it refuses root."""
    programs, is_root = binaries(), os.geteuid() == 0
    place = Path(tempfile.mkdtemp(prefix="catalog-sync-pg-"))
    who: dict[str, str] = {"user": "postgres", "group": "postgres"} if is_root else {}
    if is_root:
        shutil.chown(place, **who)
    quiet = {"cwd": place, "stdout": subprocess.DEVNULL, "check": True, **who}
    data, log = str(place / "data"), str(place / "log")
    make = [str(programs / "initdb"), "-D", data, "-U", "catalog", "--auth=trust", "--no-sync", "-E", "UTF8"]
    options = f"-k {place} -c listen_addresses='' -c {SPEED}"
    try:
        subprocess.run([*make, "--locale=C"], **quiet)
        subprocess.run([str(programs / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", options, "start"], **quiet)
        try:
            yield PostgresServer(place)
        finally:
            subprocess.run([str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"], **quiet)
    finally:
        shutil.rmtree(place, ignore_errors=True)
