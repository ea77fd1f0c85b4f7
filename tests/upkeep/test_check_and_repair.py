"""Damage of every kind in a data directory: found by check, mended by repair where it can be, never synced over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.items import PRODUCTS, product
from support.lakes import Stand, open_stand

from syncengine.control.runs import RunStatus, Step, begin_run, finish_run, list_runs, set_step
from syncengine.control.store import FILE_NAME, open_control_store
from syncengine.errors import EngineBusyError, LakeError, LostControlStoreError
from syncengine.lake.lock import hold_engine_lock
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import current_publication, publish
from syncengine.lake.reader import open_reader
from syncengine.lake.writer import LakeWriter
from syncengine.settings import Settings
from syncengine.upkeep.check import Discovery, Part, check_data_directory
from syncengine.upkeep.opening import open_bench
from syncengine.upkeep.repair import repair_data_directory

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SKUS = "SELECT sku FROM lake.catalog.products ORDER BY sku"


@pytest.fixture
def filled(stand: Stand, settings: Settings) -> DataDirectory:
    """A closed data directory with one synced run, two products, published twice."""
    (destination,) = (item.destination_id for item in settings.all_destinations().values())
    with closing(open_control_store(stand.directory.root)) as control:
        with control.write() as connection:
            run = begin_run(
                connection, trigger="cli", mode="changes", dry_run=False, requested_by="t", feeds=("products",)
            )
        stand.merge(PRODUCTS, [product("a")], run_id=run.run_id)
        publish(stand.writer, [destination])
        stand.merge(PRODUCTS, [product("a"), product("b")], run_id=run.run_id)
        run_id = stand.deliver(destination=destination)
        publish(stand.writer, [destination])
        with control.write() as connection:
            number = stand.writer.snapshot_id()
            set_step(connection, run.run_id, Step.PUBLISH, catalog_snapshot=number, exported_snapshot=number)
            finish_run(connection, run.run_id, RunStatus.SUCCESS)
    assert run_id
    stand.writer.close()
    for place in (stand.directory.stagings, stand.directory.outboxes):
        shutil.rmtree(place)
    return stand.directory


def flip(path: Path, at: float = 0.5) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


def a_file(directory: DataDirectory, table: str) -> Path:
    return next(iter(sorted((directory.lake_files / table).glob("*.parquet"))))


def checked(settings: Settings) -> list[Discovery]:
    return [item for item in check_data_directory(settings) if item.is_problem]


def repaired(settings: Settings, **options: bool) -> list[str]:
    return list(repair_data_directory(settings, now=NOW, **options))


def read(directory: DataDirectory) -> list[str]:
    return [sku for (sku,) in open_reader(directory).cursor().execute(SKUS).fetchall()]


def test_a_whole_directory_has_no_problem_and_nothing_to_repair(filled: DataDirectory, settings: Settings) -> None:
    assert list(check_data_directory(settings)) == []
    assert repaired(settings) == []


LAKE_DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped": flip,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "missing": lambda path: path.unlink(),
    "replaced": lambda path: path.write_bytes(bytes(path.stat().st_size)),
}


@pytest.mark.parametrize("damage", LAKE_DAMAGE.values(), ids=LAKE_DAMAGE.keys())
@pytest.mark.parametrize("table", ["catalog/products", "exported/products"])
def test_a_damaged_lake_file_is_named_and_neither_compared_nor_repaired_over(
    filled: DataDirectory, settings: Settings, table: str, damage: Callable[[Path], object]
) -> None:
    path = a_file(filled, table)
    damage(path)

    (found, *_) = checked(settings)

    assert found.part is Part.lake_file
    assert str(path) in found.sentence
    with pytest.raises(LakeError) as caught:
        LakeWriter(filled)
    assert str(path) in caught.value.message
    with pytest.raises(LakeError):
        repaired(settings)


def test_a_lake_file_damaged_while_the_engine_runs_is_found_before_the_next_comparison(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.writer.check_files()

    flip(a_file(stand.directory, "catalog/products"))

    with pytest.raises(LakeError, match="is not the file that was written"):
        stand.writer.check_files()


def test_a_copied_directory_is_what_was_written(filled: DataDirectory, settings: Settings) -> None:
    for path in filled.lake_files.rglob("*.parquet"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)

    assert checked(settings) == []
    LakeWriter(filled).close()


@pytest.mark.parametrize("content", [b"", b"garbage" * 999, b"SQLite format 3\x00" + bytes(5000), None])
def test_a_lost_lake_catalog_is_restored_from_the_newest_publication(
    filled: DataDirectory, settings: Settings, content: bytes | None
) -> None:
    if content is None:
        filled.lake_catalog.unlink()
    else:
        filled.lake_catalog.write_bytes(content)
    found = checked(settings)

    told = repaired(settings)

    assert [item.part for item in found] == [Part.catalog]
    assert "was restored from" in told[0]
    assert checked(settings) == []
    reopened = open_stand(filled.root, PRODUCTS)
    reopened.merge(PRODUCTS, [product("a"), product("b"), product("c")])
    assert set(reopened.by_sku("catalog")) == {"a", "b", "c"}
    assert set(reopened.by_sku("exported")) == {"a", "b"}
    reopened.writer.close()
    if content:
        assert [path.read_bytes() for path in filled.lake.glob("*.aside-*")] == [content]


def test_a_damaged_publication_is_found_and_made_anew(filled: DataDirectory, settings: Settings) -> None:
    publication = current_publication(filled)
    assert publication is not None
    flip(filled.published / publication.search_file)
    found = checked(settings)

    told = repaired(settings)

    assert [item.part for item in found] == [Part.publication]
    assert len(told) == 1
    assert read(filled) == ["a", "b"]


def test_a_lost_control_store_is_not_begun_anew_in_silence_and_repair_makes_one(
    filled: DataDirectory, settings: Settings
) -> None:
    for path in filled.root.glob(f"{FILE_NAME}*"):
        path.unlink()
    with pytest.raises(LostControlStoreError) as caught:
        open_control_store(filled.root)
    found = checked(settings)

    told = repaired(settings)

    assert "repair" in caught.value.hint
    assert [item.part for item in found] == [Part.control_store]
    assert "1 runs that the lake remembers" in told[0]
    with closing(open_control_store(filled.root)) as control, control.read() as connection:
        (run,) = list_runs(connection)
    assert (run.status, run.feeds, run.products_updated, run.run_id) == (RunStatus.SUCCESS, ("products",), 2, "run-1")
    assert run.exported_snapshot is not None


def test_a_damaged_control_store_is_found(filled: DataDirectory, settings: Settings) -> None:
    path = filled.root / FILE_NAME
    path.write_bytes(path.read_bytes()[:6000])

    assert [item.part for item in checked(settings)] == [Part.control_store]


def test_a_lost_lake_is_not_begun_anew_in_silence(filled: DataDirectory, settings: Settings) -> None:
    filled.lake.rename(filled.root / "elsewhere")

    with pytest.raises(LakeError, match="is missing, while the control store knows 1 runs"), open_bench(settings):
        pass

    assert repaired(settings, start_anew=True)
    with open_bench(settings) as bench:
        assert bench.writer.snapshot_id() == 0


def test_starting_anew_sets_the_damaged_lake_aside_and_deletes_nothing(
    filled: DataDirectory, settings: Settings
) -> None:
    path = a_file(filled, "exported/products")
    flip(path)

    told = repaired(settings, start_anew=True)

    assert "was set aside" in told[0]
    assert (filled.root / "lake.aside-20260601-000000" / path.relative_to(filled.lake)).exists()
    assert checked(settings) == []


def test_what_a_killed_engine_left_is_told_as_left_over_and_swept(filled: DataDirectory, settings: Settings) -> None:
    orphan = a_file(filled, "catalog/products").with_name("orphan.parquet")
    orphan.write_bytes(b"half")
    for place in (filled.outbox("r-over"), filled.staging("r-over")):
        place.mkdir(parents=True)
        (place / "products.tmp").write_bytes(b"half")
    found = list(check_data_directory(settings))

    told = list(repair_data_directory(settings, now=datetime.now(UTC)))

    assert {item.part for item in found} == {Part.leftovers}
    assert len(found) == 3
    assert len(told) == 2
    assert list(check_data_directory(settings)) == []


def test_beside_an_engine_what_is_published_is_checked_and_nothing_is_repaired(
    filled: DataDirectory, settings: Settings
) -> None:
    flip(a_file(filled, "catalog/products"))

    with hold_engine_lock(filled.engine_lock):
        found = checked(settings)
        with pytest.raises(EngineBusyError):
            repaired(settings)

    assert {item.part for item in found} == {Part.lake_file}
