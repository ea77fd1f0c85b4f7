"""A run that the disk has no room for is refused before anything is begun, by what runs took before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.control.runs import RunStatus
from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore, open_control_store
from syncengine.engine import open_workshop
from syncengine.errors import DiskFullError
from syncengine.lake.paths import DataDirectory
from syncengine.pipeline import SyncOptions, run_sync
from syncengine.pipeline.space import SpaceUse, refuse_without_space
from syncengine.progress import Moment, SilentObserver
from syncengine.settings import Settings

MEGABYTE = 2**20


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(tmp_path)
    yield store
    store.close()


def took(control: ControlStore, place: Path, run_id: str, compiled: int, outbox: int) -> None:
    """A run that left so many bytes in its working files."""
    directory = DataDirectory(place)
    use = SpaceUse(control, directory, run_id)
    for folder, size, moment in (
        (directory.staging(run_id) / "compiled", compiled, Moment.INDEXED),
        (directory.outbox(run_id), outbox, Moment.PLANNED),
    ):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * size)
        use.at(moment)


def test_twice_what_the_largest_run_took_must_be_free(control: ControlStore, tmp_path: Path) -> None:
    took(control, tmp_path, "r-1", 30 * MEGABYTE, 20 * MEGABYTE)
    took(control, tmp_path, "r-2", 10, 0)

    refuse_without_space(control, DataDirectory(tmp_path), free=lambda place: 100 * MEGABYTE)
    with pytest.raises(DiskFullError, match=r"needs 100 MB, and has 99 MB") as refused:
        refuse_without_space(control, DataDirectory(tmp_path), free=lambda place: 99 * MEGABYTE)
    assert "Nothing was begun" in refused.value.hint


def test_a_first_run_needs_a_little_room(control: ControlStore, tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match="64 MB"):
        refuse_without_space(control, DataDirectory(tmp_path), free=lambda place: 63 * MEGABYTE)


def test_only_the_last_runs_are_remembered(control: ControlStore, tmp_path: Path) -> None:
    for number in range(40):
        took(control, tmp_path, f"r-{number}", number, 0)

    with control.read() as connection:
        assert get_setting(connection, "space.needs") == list(range(10, 40))


def test_a_sync_without_room_fails_before_it_reads_anything(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "source": {"kind": "files", "path": tmp_path / "there are none"},
            "destination": {"kind": "folder", "path": tmp_path / "sent"},
        }
    )
    with open_workshop(settings, SilentObserver(), kind="command", should_stop=lambda: False) as shop:
        with shop.control.write() as connection:
            put_setting(connection, "space.needs", [10**18])

        run = run_sync(shop, SyncOptions())

    assert (run.status, run.error_code, run.step) == (RunStatus.FAILED, "CS5002", None)
    assert "needs 1,862,645,149.2 GB, and has" in (run.error_message or "")
