"""The room that readers have beside their memory."""

from __future__ import annotations

import os
from pathlib import Path

from support.items import PRODUCTS, product
from support.lakes import Stand

from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.reader import open_reader
from syncengine.lake.scratch import scratch_connection
from syncengine.lake.spill import spill_place


def test_every_reader_has_a_place_of_its_own(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    assert spill_place(directory) != spill_place(directory)


def test_a_directory_that_cannot_be_written_gives_no_place(tmp_path: Path) -> None:
    (tmp_path / "tmp").write_text("no directory")
    assert spill_place(DataDirectory(tmp_path)) is None


def test_what_was_left_a_day_ago_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left, used = (tmp_path / "tmp" / "readers" / name for name in ("1-1-1", "2-1-1"))
    for place in (left, used):
        place.mkdir(parents=True)
    os.utime(left, (0, 0))
    spill_place(DataDirectory(tmp_path))
    assert [place.name for place in (tmp_path / "tmp" / "readers").iterdir()] == ["2-1-1"]


def test_a_locked_reader_answers_what_does_not_fit_into_its_memory_and_leaves_nothing_behind(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    publish(stand.writer, ["d"])
    reader = open_reader(stand.directory, memory_limit_mb=40)
    try:
        found = reader.cursor().execute(
            "SELECT count(*) FROM (SELECT uuid()::VARCHAR AS text FROM range(1_500_000) ORDER BY text OFFSET 1)"
        )
        assert found.fetchall() == [(1_499_999,)]
    finally:
        reader.connection.close()
    assert list((stand.directory.tmp / "readers").iterdir()) == []


def test_work_aside_spills_into_a_place_of_its_own_and_leaves_nothing_behind(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    statement = "SELECT count(*) FROM (SELECT uuid()::VARCHAR AS text FROM range(600_000) ORDER BY text OFFSET 1)"
    with (
        scratch_connection(directory, memory_limit_mb=20, threads=1) as one,
        scratch_connection(directory, memory_limit_mb=20, threads=1) as other,
    ):
        places = {con.execute("SELECT current_setting('temp_directory')").fetchone() for con in (one, other)}
        assert len(places) == 2
        assert one.execute(statement).fetchall() == [(599_999,)]
        assert [path.suffix for path in tmp_path.glob("tmp/*")] == [""]  # the folder of these places only
    assert list(tmp_path.glob("tmp/readers/*")) == []
