"""Opening the control store, its migrations, and many writers at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError
from support.postgres import PostgresServer

from syncengine.control.audit import add_audit, list_audit
from syncengine.control.rebuild import copy_tables
from syncengine.control.schema import METADATA
from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import FILE_NAME, ControlStore, open_control_store
from syncengine.errors import ControlError, DiskFullError


def test_migrations_make_exactly_the_tables_the_code_works_with(store: ControlStore) -> None:
    with store.read() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": connection.dialect.name == "sqlite"}), METADATA
        )

    assert differences == []


def test_opening_again_finds_what_was_written(tmp_path: Path) -> None:
    first = open_control_store(tmp_path)
    with first.write() as connection:
        put_setting(connection, "key", {"a": [1, None]})
    first.close()

    second = open_control_store(tmp_path)

    with second.read() as connection:
        assert get_setting(connection, "key") == {"a": [1, None]}
    second.close()


def test_a_store_with_a_write_ahead_log_left_by_a_kill_opens_at_the_last_commit(tmp_path: Path) -> None:
    code = f"""
import os
from pathlib import Path
from syncengine.control.settings import put_setting
from syncengine.control.store import open_control_store
store = open_control_store(Path({str(tmp_path)!r}))
with store.write() as connection:
    put_setting(connection, "committed", True)
with store.write() as connection:
    put_setting(connection, "open", True)
    os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9

    store = open_control_store(tmp_path)

    with store.read() as connection:
        assert (get_setting(connection, "committed"), get_setting(connection, "open")) == (True, None)
    store.close()


def test_a_torn_write_ahead_log_costs_at_most_what_it_held(tmp_path: Path, sqlite_store: ControlStore) -> None:
    with sqlite_store.write() as connection:
        put_setting(connection, "key", 1)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / FILE_NAME).write_bytes((tmp_path / FILE_NAME).read_bytes())
    log = (tmp_path / f"{FILE_NAME}-wal").read_bytes()
    (copy / f"{FILE_NAME}-wal").write_bytes(log[: len(log) - 100])

    other = open_control_store(copy)

    with other.read() as connection:
        assert get_setting(connection, "key") is None
    other.close()


def test_a_store_of_a_newer_version_is_refused_and_named(tmp_path: Path) -> None:
    open_control_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(ControlError, match=r"newer version of Catalog Sync \(schema 9999\)") as caught:
        open_control_store(tmp_path)

    assert str(tmp_path / FILE_NAME) in caught.value.message


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"x", id="one byte"),
        pytest.param(b"PK\x03\x04" + bytes(5000), id="another format"),
        pytest.param(b"SQLite format 3\x00" + b"\xab" * 8000, id="damaged header"),
    ],
)
def test_a_file_that_is_no_control_store_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / FILE_NAME
    file.write_bytes(content)

    with pytest.raises(ControlError) as caught:
        open_control_store(tmp_path)

    assert str(file) in caught.value.message
    assert "nothing was overwritten" in caught.value.hint
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
    before = file.read_bytes()

    with pytest.raises(ControlError, match="another program's database"):
        open_control_store(tmp_path)

    assert file.read_bytes() == before


def test_a_truncated_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    open_control_store(tmp_path).close()
    file = tmp_path / FILE_NAME
    torn = file.read_bytes()[:6000]
    file.write_bytes(torn)

    with pytest.raises(ControlError):
        open_control_store(tmp_path)

    assert file.read_bytes() == torn


def test_an_empty_file_that_a_killed_first_start_left_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()

    store = open_control_store(tmp_path)

    with store.read() as connection:
        assert list_audit(connection) == []
    store.close()


def test_a_block_that_raises_leaves_nothing_behind(store: ControlStore) -> None:
    with pytest.raises(RuntimeError), store.write() as connection:
        put_setting(connection, "key", 1)
        raise RuntimeError

    with store.read() as connection:
        assert get_setting(connection, "key") is None


def test_acknowledged_writes_are_flushed_to_disk(sqlite_store: ControlStore) -> None:
    with sqlite_store.read() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert modes == ["wal", 2]


def test_a_full_disk_is_told_as_one(sqlite_store: ControlStore) -> None:
    with sqlite_store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    with pytest.raises(DiskFullError, match="disk is full"), sqlite_store.write() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        put_setting(connection, "key", "x" * 100_000)


def test_a_database_error_is_told_as_ours(store: ControlStore) -> None:
    with pytest.raises(ControlError, match="no_such_table") as caught, store.read() as connection:
        connection.exec_driver_sql("SELECT * FROM no_such_table")

    assert isinstance(caught.value.__cause__, DBAPIError)


def note_many(data_dir: str, url: str | None, actor: str, times: int) -> None:
    """Open the store and write `times` short transactions, as another process would."""
    store = open_control_store(Path(data_dir), url=url)
    for number in range(times):
        with store.write() as connection:
            add_audit(connection, actor=actor, action="count", subject=str(number))
        with store.read() as connection:
            list_audit(connection, limit=5)
    store.close()


def test_processes_and_threads_that_write_at_once_never_see_a_locked_store(tmp_path: Path, address: str | None) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=note_many, args=(str(tmp_path), address, f"process {n}", 40)) for n in range(2)]
    for process in processes:
        process.start()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: note_many(str(tmp_path), address, f"thread {n}", 20), range(4)))
    for process in processes:
        process.join(120)

    assert [process.exitcode for process in processes] == [0, 0]
    store = open_control_store(tmp_path, url=address)
    with store.read() as connection:
        assert len(list_audit(connection, limit=1000)) == 2 * 40 + 4 * 20
    store.close()


def test_many_threads_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    for attempt in range(5):
        place = tmp_path / str(attempt)
        with ThreadPoolExecutor(6) as threads:
            stores = list(threads.map(lambda _, place=place: open_control_store(place), range(6)))
        for store in stores:
            with store.read() as connection:
                assert list_audit(connection) == []
            store.close()


def test_a_second_opening_takes_no_lock_from_the_first(tmp_path: Path) -> None:
    """Otherwise a process that ends takes the write-ahead log away, and what is written later is seen by nobody."""
    other = f"""
from pathlib import Path
from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import open_control_store
store = open_control_store(Path({str(tmp_path)!r}))
with store.write() as connection:
    put_setting(connection, "other", True)
with store.read() as connection:
    print(get_setting(connection, "later"))
store.close()
"""
    first = open_control_store(tmp_path)
    with first.write() as connection:
        put_setting(connection, "first", True)
    open_control_store(tmp_path).close()
    subprocess.run([sys.executable, "-c", other], check=True, capture_output=True)

    with first.write() as connection:
        put_setting(connection, "later", True)
        assert get_setting(connection, "other") is True

    told = subprocess.run([sys.executable, "-c", other], check=True, capture_output=True, text=True).stdout
    first.close()
    assert told.split() == ["True"]


def test_many_threads_may_open_a_new_database_at_once(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.database()

    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(lambda _: open_control_store(tmp_path, url=url), range(6)))

    for store in stores:
        with store.read() as connection:
            assert list_audit(connection) == []
        store.close()


def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ControlError) as caught:
        open_control_store(tmp_path, url=f"postgresql+psycopg://user:canary@/nothing?host={tmp_path}")

    assert "canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("url", ["nonsense", "unknown+driver://host/name"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(ControlError, match=r"is not the address of a database"):
        open_control_store(tmp_path, url=url)


def test_a_text_of_any_length_is_kept_on_both(store: ControlStore) -> None:
    with store.write() as connection:
        add_audit(connection, actor="a" * 5000, action="b", subject="c" * 5000)

    with store.read() as connection:
        (entry,) = list_audit(connection)
    assert (len(entry.actor), len(entry.subject)) == (5000, 5000)


def test_a_file_becomes_a_database_with_everything_in_it(postgres: PostgresServer, tmp_path: Path) -> None:
    with closing(open_control_store(tmp_path)) as before:
        for number in range(3):
            with before.write() as connection:
                add_audit(connection, actor="someone", action="count", subject=str(number))
                put_setting(connection, f"key {number}", {"value": number})
        with closing(open_control_store(tmp_path, url=postgres.database())) as after:
            copied = copy_tables(before, after)
            with after.write() as connection:
                add_audit(connection, actor="someone", action="count", subject="next")
            with after.read() as connection:
                subjects = [entry.subject for entry in list_audit(connection)]
                kept = get_setting(connection, "key 2")

    assert (copied, subjects, kept) == (6, ["next", "2", "1", "0"], {"value": 2})


def test_the_version_changes_with_each_commit_of_whoever_and_stays_otherwise(tmp_path: Path) -> None:
    store, other = open_control_store(tmp_path), open_control_store(tmp_path)
    seen = [store.version()]
    for writer in (store, other, store):
        with writer.write() as connection:
            put_setting(connection, "key", len(seen))
        seen += [store.version(), store.version()]
    assert None not in seen
    assert [one == two for one, two in pairwise(seen)] == [False, True] * 3
    code = f"""
from pathlib import Path
from syncengine.control.settings import put_setting
from syncengine.control.store import open_control_store
with open_control_store(Path({str(tmp_path)!r})).write() as connection:
    put_setting(connection, "of another process", True)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert store.version() != seen[-1]
    store.close()
    other.close()
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir()
    assert store.version() is None
