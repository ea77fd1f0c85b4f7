"""Opening a lake that something happened to: damage is named, never read as if it were right."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from support.items import PRODUCTS, product
from support.lakes import Stand

from syncengine.errors import DiskFullError, LakeError, LakeUnavailableError
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import current_publication, publish
from syncengine.lake.reader import open_reader
from syncengine.lake.writer import LakeWriter, translated_errors


def filled(stand: Stand) -> DataDirectory:
    """A closed lake with one product, published."""
    stand.merge(PRODUCTS, [product("a")])
    publish(stand.writer, ["d"])
    stand.writer.close()
    return stand.directory


def lake_file(directory: DataDirectory) -> Path:
    (found,) = directory.lake_files.rglob("*.parquet")
    return found


def test_a_missing_lake_file_is_named_at_open(stand: Stand) -> None:
    directory = filled(stand)
    lost = lake_file(directory)
    lost.unlink()

    with pytest.raises(LakeError, match="is missing") as caught:
        LakeWriter(directory)

    assert str(lost) in caught.value.message
    assert caught.value.hint


def test_a_truncated_lake_file_is_named_at_open_with_both_sizes(stand: Stand) -> None:
    directory = filled(stand)
    torn = lake_file(directory)
    size = torn.stat().st_size
    torn.write_bytes(torn.read_bytes()[: size // 2])

    with pytest.raises(LakeError, match=f"has {size // 2:,} bytes instead of {size:,}") as caught:
        LakeWriter(directory)

    assert str(torn) in caught.value.message


def test_an_orphan_that_a_killed_commit_left_is_not_in_the_way(stand: Stand) -> None:
    directory = filled(stand)
    lake_file(directory).with_name("orphan.parquet").write_bytes(b"half a file")

    with LakeWriter(directory) as writer:
        assert writer.query('SELECT sku FROM lake.catalog."products"').rows() == [("a",)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"this is no database at all" * 1000, id="garbage"),
        pytest.param(b"SQLite format 3\x00" + bytes(5000), id="sqlite"),
    ],
)
def test_a_lake_catalog_that_is_none_is_refused_and_named(stand: Stand, content: bytes) -> None:
    directory = filled(stand)
    directory.lake_catalog.write_bytes(content)

    with pytest.raises(LakeError, match=r"catalog\.ducklake"):
        LakeWriter(directory)

    assert directory.lake_catalog.read_bytes() == content


def test_a_truncated_lake_catalog_is_refused_and_named(stand: Stand) -> None:
    directory = filled(stand)
    whole = directory.lake_catalog.read_bytes()
    directory.lake_catalog.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(LakeError, match=r"catalog\.ducklake"):
        LakeWriter(directory)


def test_a_lost_lake_catalog_is_told_while_its_files_are_there(stand: Stand) -> None:
    directory = filled(stand)
    directory.lake_catalog.unlink()

    with pytest.raises(LakeError, match=r"catalog\.ducklake"):
        LakeWriter(directory)

    assert not directory.lake_catalog.exists()


def test_a_first_start_that_was_killed_at_once_starts_anew(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.make()
    directory.lake_catalog.touch()

    with LakeWriter(directory) as writer:
        writer.ensure_tables([PRODUCTS])

        assert writer.query('SELECT * FROM lake.catalog."products"').is_empty()


def test_a_writer_that_could_not_open_lets_go_of_the_lake(stand: Stand) -> None:
    directory = filled(stand)
    lost = lake_file(directory)
    aside = lost.with_name("aside")
    lost.rename(aside)
    with pytest.raises(LakeError):
        LakeWriter(directory)
    aside.rename(lost)

    with LakeWriter(directory) as writer:
        assert writer.query('SELECT sku FROM lake.catalog."products"').rows() == [("a",)]


def test_the_published_state_is_read_while_the_engines_own_catalog_is_damaged(stand: Stand) -> None:
    directory = filled(stand)
    directory.lake_catalog.write_bytes(b"damaged")

    reader = open_reader(directory)

    assert reader.cursor().execute('SELECT sku FROM lake.catalog."products"').fetchall() == [("a",)]


@pytest.mark.parametrize("message", ["IO Error: No space left on device", "Disk is full here"])
def test_a_full_disk_is_told_as_one(message: str) -> None:
    with pytest.raises(DiskFullError, match="could not be merged"), translated_errors("merged"):
        raise duckdb.IOException(message)


def test_a_dead_instance_is_told_as_a_lake_error_that_names_what_was_done() -> None:
    text = "FATAL Error: COMMIT succeeded and is durable, but the autocheckpoint failed"

    with pytest.raises(LakeError, match="could not be written: FATAL Error"), translated_errors("written"):
        raise duckdb.FatalException(text + "\nStack trace: far away")


def test_directories_are_closed_to_other_users(stand: Stand) -> None:
    directory = stand.directory

    modes = {path.stat().st_mode & 0o777 for path in (directory.root, directory.lake, directory.lake_files)}

    assert modes == {0o700}


def test_nothing_is_published_before_the_first_publication(stand: Stand) -> None:
    assert current_publication(stand.directory) is None
    with pytest.raises(LakeUnavailableError, match="Nothing has been published yet"):
        open_reader(stand.directory)
