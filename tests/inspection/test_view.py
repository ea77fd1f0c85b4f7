"""The view: what every question starts from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Connection
from support.damage import spoil_publications

from syncengine.control.settings import get_setting, put_setting
from syncengine.errors import AnswerTooLargeError, LakeUnavailableError, Retriable, SettingsError
from syncengine.inspection.view import CatalogView, rows, translated
from syncengine.settings import DestinationSettings, Settings

from .lake_of import LakeOf, product


def test_nothing_is_written_where_nothing_was_ever_synced(tmp_path: Path) -> None:
    view = CatalogView(Settings(data_dir=tmp_path / "none"))
    assert view.reader_or_none() is None
    with view.read_control() as connection:
        assert connection is None
    assert not (tmp_path / "none").exists()


def test_asking_for_the_copies_before_the_first_sync_says_what_to_do(view: CatalogView) -> None:
    with pytest.raises(LakeUnavailableError) as caught:
        view.reader()
    assert "catalog-sync sync" in caught.value.hint


def test_destinations_are_found_by_name_and_by_id(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        destinations={
            "shop": DestinationSettings(kind="folder", path=tmp_path / "a"),
            "search": DestinationSettings(kind="folder", path=tmp_path / "b"),
        },
    )
    view = CatalogView(settings)
    shop, search = view.destinations
    assert view.destination_id(None) == view.default_destination == shop
    assert view.destination_id("search") == view.destination_id(search) == search
    with pytest.raises(SettingsError) as caught:
        view.destination_id("other")
    assert "shop, search" in caught.value.hint


def test_a_new_publication_is_seen_and_the_old_answers_are_forgotten(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    count = "SELECT count(*) AS n FROM lake.catalog.products"

    def products() -> int:
        reader = view.reader()
        return view.remembered(reader, "n", lambda: int(rows(reader, count)["n"][0]))

    assert products() == 1
    lake.synced(products=[product("a"), product("b")])
    assert products() == 2


def test_an_answer_is_worked_out_once_per_publication(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    reader, worked_out = view.reader(), []
    for _ in range(3):
        view.remembered(reader, "question", lambda: worked_out.append(1))
    assert len(worked_out) == 1


def test_many_threads_get_their_own_answers(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product(f"sku-{number}") for number in range(20)])
    reader = view.reader()

    def asked(number: int) -> str:
        found = rows(reader, "SELECT sku FROM lake.catalog.products WHERE sku = $sku", {"sku": f"sku-{number}"})
        return str(found["sku"][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(asked, range(20))) == [f"sku-{number}" for number in range(20)]


def test_a_damaged_pointer_is_told_and_not_taken_for_an_empty_lake(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    spoil_publications(lake.directory)
    with pytest.raises(LakeUnavailableError):
        view.reader_or_none()


def test_a_question_too_large_for_a_reader_says_so_and_is_not_to_be_tried_again() -> None:
    with pytest.raises(AnswerTooLargeError) as caught, translated():
        duckdb.connect(config={"memory_limit": "10MB", "temp_directory": ""}).execute(
            "SELECT count(*) FROM (SELECT uuid()::VARCHAR AS text FROM range(1_000_000) ORDER BY text OFFSET 1)"
        )
    assert not isinstance(caught.value, Retriable)


def test_what_was_read_of_the_control_store_is_read_again_after_a_change_and_not_before(view: CatalogView) -> None:
    asked: list[Connection] = []

    def read(connection: Connection) -> object:
        asked.append(connection)
        return get_setting(connection, "key")

    for value, times in (("a", 1), ("b", 2)):
        with view.control.write() as connection:
            put_setting(connection, "key", value)
        assert [view.read_once("key", read) for _ in range(3)] == [value] * 3
        assert len(asked) == times


def test_a_store_that_cannot_tell_its_changes_is_read_each_time(
    view: CatalogView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(view.control), "version", lambda _: None)
    asked: list[Connection] = []
    for _ in range(2):
        view.read_once("key", asked.append)
    assert len(asked) == 2


def test_without_a_control_store_nothing_is_read_and_none_is_made(tmp_path: Path) -> None:
    view = CatalogView(Settings(data_dir=tmp_path / "none"))
    assert view.read_once("key", lambda _: "read") is None
    assert not (tmp_path / "none").exists()
