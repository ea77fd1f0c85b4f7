"""Data directories of every earlier version are opened, brought up to date and kept; newer ones are refused."""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from syncengine.control.feed_runs import list_feed_runs
from syncengine.control.requests import waiting_requests
from syncengine.control.runs import RunStatus, list_runs
from syncengine.control.settings import get_setting
from syncengine.control.store import FILE_NAME, open_control_store
from syncengine.errors import ControlError, LakeUnavailableError, NewerLayoutError
from syncengine.feeds.registry import get_feed
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.view import CatalogView
from syncengine.lake.layout import kept_copy
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import current_publication, mend_publication
from syncengine.lake.reader import open_reader
from syncengine.lake.writer import LakeWriter
from syncengine.settings import Settings
from syncengine.upkeep.check import check_data_directory
from syncengine.upkeep.maintenance import run_maintenance

HERE = Path(__file__).parent
VERSIONS = sorted(path.name.removesuffix(".tar.xz") for path in HERE.glob("*.tar.xz"))
DUMPS = sorted(HERE.glob("schema_*.sql"))


@pytest.fixture(params=VERSIONS)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DataDirectory]:
    """The data directory that an earlier version wrote: five products of the demo store, synced once."""
    with tarfile.open(HERE / f"{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    yield DataDirectory(tmp_path / "data")


def settings_of(directory: DataDirectory) -> Settings:
    return Settings(data_dir=directory.root)


def upgraded(directory: DataDirectory) -> None:
    """Open a directory as the engine does."""
    open_control_store(directory.root).close()
    with LakeWriter(directory) as writer:
        mend_publication(writer, [item.destination_id for item in settings_of(directory).all_destinations().values()])


def test_there_is_a_directory_of_the_first_version() -> None:
    assert "0.1.0" in VERSIONS


def test_a_page_before_the_upgrade_says_what_to_do(earlier: DataDirectory) -> None:
    with pytest.raises(LakeUnavailableError, match="an earlier version") as caught:
        open_reader(earlier)

    assert "Start the engine" in caught.value.hint


def test_what_was_synced_is_there_afterwards_and_nothing_is_to_be_sent_again(earlier: DataDirectory) -> None:
    upgraded(earlier)

    view = CatalogView(settings_of(earlier))
    report = discrepancy_report(view)
    with view.read_control() as connection:
        assert connection is not None
        (run,) = list_runs(connection)
        sent = sum(item.sent for item in list_feed_runs(connection, run.run_id))
    assert (run.status, sent) == (RunStatus.SUCCESS, 385)
    assert (report.total("total"), report.total("equal")) == (385, 385)


def test_rows_are_dated_by_the_sync_that_brought_them_and_stay_so_after_compaction(earlier: DataDirectory) -> None:
    question = "SELECT DISTINCT said_at FROM lake.catalog.products"
    upgraded(earlier)
    with LakeWriter(earlier) as writer, closing(open_control_store(earlier.root)) as control:
        (before,) = writer.query(question)["said_at"].to_list()
        with control.read() as connection:
            (run,) = list_runs(connection)
        run_maintenance(writer, control, settings_of(earlier), now=datetime.now(UTC) + timedelta(days=90))
        (after,) = writer.query(question)["said_at"].to_list()

    assert run.finished_at is not None
    assert run.started_at <= before.replace(tzinfo=UTC) <= run.finished_at
    assert after == before


def test_the_old_state_is_kept_beside_the_new_one(earlier: DataDirectory) -> None:
    catalog, control = earlier.lake_catalog.read_bytes(), sqlite_rows(earlier.root / FILE_NAME)

    upgraded(earlier)

    assert kept_copy(earlier).read_bytes() == catalog
    (kept,) = earlier.root.glob(f"{FILE_NAME}.before-upgrade-from-*")
    assert sqlite_rows(kept) == control


def sqlite_rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return [*version, *connection.execute("SELECT run_id, status FROM runs ORDER BY sequence").fetchall()]


def test_an_upgrade_that_was_killed_is_gone_on_with(earlier: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("syncengine.lake.layout._store_layout", killed)
        with pytest.raises(KeyboardInterrupt):
            LakeWriter(earlier)

    upgraded(earlier)

    with LakeWriter(earlier) as writer:
        counts = writer.query("SELECT count(*) AS rows, count(said_at) AS dated FROM lake.catalog.products").row(0)
    assert counts == (20, 20)


def test_a_moved_and_upgraded_directory_has_nothing_to_complain_of(earlier: DataDirectory, tmp_path: Path) -> None:
    moved = DataDirectory(tmp_path / "elsewhere")
    earlier.root.rename(moved.root)

    upgraded(moved)

    assert [item for item in check_data_directory(settings_of(moved)) if item.is_problem] == []


@pytest.mark.parametrize("part", ["lake", "mirror"])
def test_a_directory_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path, part: str) -> None:
    directory = DataDirectory(tmp_path)
    with LakeWriter(directory) as writer:
        writer.ensure_tables([get_feed("products")])
    directory.layout.write_bytes(orjson.dumps({"lake": 2, part: 99}))
    before = directory.lake_catalog.read_bytes()

    with pytest.raises(NewerLayoutError, match=f"newer version of Catalog Sync .{part} layout 99"):
        LakeWriter(directory)

    assert directory.lake_catalog.read_bytes() == before
    (found,) = check_data_directory(Settings(data_dir=tmp_path))
    assert "newer version" in found.sentence


def test_what_a_newer_version_published_is_refused(earlier: DataDirectory) -> None:
    upgraded(earlier)
    for place in (earlier.current, *earlier.published.glob("*.json")):
        place.write_bytes(orjson.dumps(orjson.loads(place.read_bytes()) | {"layout": 99}))

    with pytest.raises(LakeUnavailableError, match="newer version"):
        current_publication(earlier)


@pytest.mark.parametrize("dump", DUMPS, ids=[path.stem for path in DUMPS])
def test_a_control_store_of_an_earlier_schema_keeps_all_it_knew(dump: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.executescript(dump.read_text("utf-8"))

    with closing(open_control_store(tmp_path)) as control, control.read() as connection:
        (run,) = list_runs(connection)
        (feed_run,) = list_feed_runs(connection, run.run_id)
        (request,) = waiting_requests(connection)
        kept = get_setting(connection, "key")

    assert (run.sequence, run.status, run.feeds, run.products_updated) == (7, RunStatus.SUCCESS, ("products",), 3)
    assert (feed_run.sent, feed_run.accepted) == (3, 3)
    assert (request.request_id, request.options["resync"], kept) == ("q-1", True, {"a": 1})


def test_a_control_store_of_a_newer_schema_is_refused_and_not_copied(tmp_path: Path) -> None:
    open_control_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(ControlError, match="newer version"):
        open_control_store(tmp_path)

    assert not list(tmp_path.glob("*before-upgrade*"))
