"""Readers: locked down, on one publication each, undisturbed by the writer."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from support.items import PRODUCTS, WEBSITES, product, website
from support.lakes import Stand, open_copy

from lake.continuous_reader import read_until
from syncengine.errors import LakeUnavailableError
from syncengine.lake.publish import publish
from syncengine.lake.reader import CurrentReader, LakeReader, open_reader

NAMES = 'SELECT name FROM lake.catalog."products" ORDER BY sku'


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeReader]:
    """A reader of a lake with one product."""
    root = tmp_path_factory.mktemp("locked") / "data"
    stand = open_copy(tmp_path_factory, root)
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    publish(stand.writer, ["d"])
    stand.writer.close()
    (root / "secret.csv").write_text("secret\n1\n")
    reader = open_reader(stand.directory)
    yield reader
    reader.connection.close()


@pytest.mark.parametrize(("schema", "rows"), [("catalog", 1), ("exported", 1), ("delivery", 0), ("history", 1)])
def test_every_table_of_the_lake_can_be_read(locked: LakeReader, schema: str, rows: int) -> None:
    assert len(locked.cursor().execute(f'SELECT * FROM lake.{schema}."products"').fetchall()) == rows


@pytest.mark.parametrize("table", ["synced_products", "catalog_products"])
def test_both_search_tables_can_be_read(locked: LakeReader, table: str) -> None:
    assert locked.cursor().execute(f"SELECT sku, state FROM search.{table}").fetchall() == [("a", "in_sync")]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{root}/secret.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '{root}/secret.csv'",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '{root}/out.csv'",
        "COPY lake.catalog.\"products\" TO '{root}/lake/published/out.parquet'",
        "ATTACH '{root}/lake/catalog.ducklake' AS own",
        "ATTACH '{root}/new.db' AS new",
        "EXPORT DATABASE '{root}/out'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "SET memory_limit = '100GB'",
        "RESET threads",
        "DELETE FROM lake.catalog.\"products\"",
        "DELETE FROM search.synced_products",
        "CREATE TABLE search.mine (i INTEGER)",
    ],
)  # fmt: skip
def test_everything_but_reading_the_publication_is_refused(locked: LakeReader, statement: str) -> None:
    root = next(
        Path(path).parents[2]
        for (path,) in locked.cursor().execute("SELECT path FROM duckdb_databases()").fetchall()
        if path and "published" in path
    )
    before = sorted(path.name for path in root.rglob("*"))

    with pytest.raises(duckdb.Error, match=r"(?i)permission|disabled|locked|read-only|not exist|external|denied"):
        locked.cursor().execute(statement.format(root=root)).fetchall()

    assert sorted(path.name for path in root.rglob("*")) == before


def test_a_reader_keeps_its_publication_while_newer_ones_come(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", name="one")])
    publish(stand.writer, ["d"])
    reader = open_reader(stand.directory)
    for name in ("two", "three"):
        stand.merge(PRODUCTS, [product("a", name=name)])
        publish(stand.writer, ["d"])

    assert reader.cursor().execute(NAMES).fetchall() == [("one",)]
    assert reader.cursor().execute("SELECT name FROM search.catalog_products").fetchall() == [("one",)]


def test_the_current_reader_changes_with_the_pointer_and_only_then(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", name="one")])
    publish(stand.writer, ["d"])
    current = CurrentReader(stand.directory)
    first = current.get()
    assert current.get() is first
    stand.merge(PRODUCTS, [product("a", name="two")])
    assert current.get() is first
    publish(stand.writer, ["d"])

    second = current.get()

    assert second is not first
    assert second.cursor().execute(NAMES).fetchall() == [("two",)]
    assert first.cursor().execute(NAMES).fetchall() == [("one",)]


def test_the_current_reader_stays_with_the_last_good_publication(stand: Stand) -> None:
    current = CurrentReader(stand.directory)
    with pytest.raises(LakeUnavailableError, match="Nothing has been published yet"):
        current.get()
    stand.merge(PRODUCTS, [product("a", name="one")])
    publish(stand.writer, ["d"])
    good = current.get()
    pointer = stand.directory.current.read_bytes()

    for damaged in (b"", b"{", pointer.replace(b"1.ducklake", b"9.ducklake")):
        stand.directory.current.write_bytes(damaged)
        assert current.get() is good
    stand.directory.current.unlink()
    assert current.get() is good

    stand.merge(PRODUCTS, [product("a", name="two")])
    publish(stand.writer, ["d"])
    assert current.get().cursor().execute(NAMES).fetchall() == [("two",)]


def test_threads_with_a_cursor_each_never_mix_up_rows(locked: LakeReader) -> None:
    def ask(number: int) -> bool:
        query = 'SELECT $n::BIGINT + count(*) - 1, sku FROM lake.catalog."products" GROUP BY sku'
        return locked.cursor().execute(query, {"n": number}).fetchall() == [(number, "a")]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(200)))


def test_processes_read_whole_states_while_commits_are_published(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product(f"s-{n}", name="m-00") for n in range(50)])
    stand.merge(WEBSITES, [website("1", entity_id="m-00")])
    publish(stand.writer, ["d"])
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    processes, answers = [], []
    for _ in range(3):
        answer, end = context.Pipe(duplex=False)
        processes.append(context.Process(target=read_until, args=(str(stand.directory.root), stop, end)))
        processes[-1].start()
        end.close()
        answers.append(answer)

    for number in range(1, 21):
        marker = f"m-{number:02}"
        with stand.writer.commit("snapshot", run_id=marker):
            stand.writer.connection.execute("UPDATE lake.catalog.products SET name = ?", [marker])
            stand.writer.connection.execute('UPDATE lake.catalog."scopesWebsite" SET source_entity_id = ?', [marker])
            stand.writer.connection.execute("INSERT INTO touched_products SELECT feed_id FROM lake.catalog.products")
        publish(stand.writer, ["d"])
    stop.set()
    found = [answer.recv() for answer in answers]
    for process in processes:
        process.join(30)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    for reads, seen, torn in found:
        assert torn == []
        assert reads >= 1
        assert seen == sorted(set(seen))
