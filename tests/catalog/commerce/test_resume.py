"""A read that died goes on from what it had staged, and trusts nothing that is not whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.fake_store import FakeStore, Reply, Request
from catalog.reading import product_ids, read
from syncengine.catalog import ReadProgress, ReadStoppedError
from syncengine.errors import DiskFullError, SourceUnreachableError, StorageError

ALL = list(range(1, 26))


def dies_after(id_: int) -> Callable[[Request], Reply | None]:
    def hook(request: Request) -> Reply | None:
        return Reply(502) if request.is_product_page and request.id_range()[0] >= id_ else None

    return hook


def half_read(open_store: Any, store: FakeStore, staging: Path) -> None:
    """Leaves the first 20 of 25 products staged."""
    store.hook = dies_after(20)
    with pytest.raises(SourceUnreachableError):
        read(open_store(store, connections=1), staging)
    store.hook = lambda request: None
    store.log.clear()


def test_a_resumed_read_continues_at_the_last_id(open_store, tmp_path, records) -> None:
    store = FakeStore()
    half_read(open_store, store, tmp_path)

    staged = read(open_store(store, connections=1), tmp_path)

    pages = [request.id_range() for request in store.log if request.is_product_page]
    assert pages == [(20, 25)]
    assert product_ids(records(staged)) == ALL


def test_what_was_deleted_between_is_noticed(open_store, tmp_path, records) -> None:
    store = FakeStore()
    half_read(open_store, store, tmp_path)
    store.products[""] = [item for item in store.products[""] if item["id"] != 4]

    staged = read(open_store(store, connections=1), tmp_path)

    assert product_ids(records(staged)) == [n for n in ALL if n != 4]


def test_a_page_file_that_is_not_what_was_recorded_is_read_again(open_store, tmp_path, records) -> None:
    store = FakeStore()
    half_read(open_store, store, tmp_path)
    damaged, lost = sorted((tmp_path / "products").iterdir())[:2]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    lost.unlink()

    staged = read(open_store(store, connections=1), tmp_path)

    assert [r.id_range()[0] for r in store.log if r.is_product_page] != [20]
    assert product_ids(records(staged)) == ALL


def test_a_cut_manifest_line_and_an_orphan_page_count_for_nothing(open_store, tmp_path, records) -> None:
    store = FakeStore()
    half_read(open_store, store, tmp_path)
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-30])
    (tmp_path / "products" / "default-000000000099-000099.json").write_text('{"items":[{"id":99}]}')

    staged = read(open_store(store, connections=1), tmp_path)

    assert product_ids(records(staged)) == ALL
    assert product_ids(records(read(open_store(store, connections=1), tmp_path))) == ALL


def test_the_staging_of_another_store_is_not_taken_over(open_store, tmp_path, records) -> None:
    half_read(open_store, FakeStore(), tmp_path)
    other = FakeStore()

    read(open_store(other, connections=1), tmp_path)

    assert [r.id_range()[0] for r in other.log if r.is_product_page] == [0, 10, 20]


def test_a_resumed_read_keeps_the_time_it_began(open_store, tmp_path) -> None:
    store = FakeStore()
    half_read(open_store, store, tmp_path)
    first_line = json.loads((tmp_path / "manifest.jsonl").read_text().splitlines()[0])

    assert read(open_store(store), tmp_path).read_at.isoformat() == first_line["started_at"]


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_stop_is_obeyed_and_the_next_read_goes_on(open_store, tmp_path, records, pages) -> None:
    store = FakeStore()
    seen: list[Any] = []

    def progress(step: ReadProgress) -> None:
        if step.entity == "products" and step.records:
            seen.append(step)

    with pytest.raises(ReadStoppedError):
        read(open_store(store, connections=1), tmp_path, progress=progress, should_stop=lambda: len(seen) >= pages)
    asked = len([r for r in store.log if r.is_product_page])
    staged = read(open_store(store, connections=1), tmp_path)

    assert asked <= pages + 1
    assert len([r for r in store.log if r.is_product_page]) - asked <= 3 - pages
    assert product_ids(records(staged)) == ALL


def test_a_stop_does_not_wait_for_an_answer_that_never_comes(open_store, tmp_path) -> None:
    hanging, released = threading.Event(), threading.Event()

    def hang(request: Request) -> Reply | None:
        if request.path == "/V1/categories/list":
            hanging.set()
            released.wait(60)
        return None

    source = open_store(FakeStore(hook=hang), timeout_seconds=600)

    try:
        with pytest.raises(ReadStoppedError):
            read(source, tmp_path, should_stop=hanging.is_set)
        assert not released.is_set()
    finally:
        released.set()


class FullDisk:
    """A file that takes nothing."""

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, body: bytes) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_and_nothing_half_written_counts(open_store, tmp_path, monkeypatch) -> None:
    store = FakeStore()
    plain = Path.open
    full = monkeypatch.context()
    with full as patch, pytest.raises(DiskFullError, match="No space left"):
        patch.setattr(Path, "open", lambda self, mode="r", **more: FullDisk() if mode == "xb" else plain(self, mode))
        read(open_store(store), tmp_path)

    assert '"page"' not in (tmp_path / "manifest.jsonl").read_text()
    assert read(open_store(store), tmp_path).counts["products"] == 25


def test_pages_that_a_power_cut_took_are_read_again(open_store, tmp_path) -> None:
    store = FakeStore()
    staged = read(open_store(store, connections=1), tmp_path)
    pages = [file for part in staged.parts if part.entity == "products" for file in part.files]
    pages[0].write_bytes(b"")
    pages[1].write_bytes(pages[1].read_bytes()[:-20] + b"\0" * 20)
    store.log.clear()

    again = open_store(store, connections=1).read_changes(tmp_path)

    assert again.counts["products"] == 25
    refilled = [request.id_range()[0] for request in store.log if request.is_product_page and not request.named_ids]
    assert {0, 10} <= set(refilled)


def test_a_directory_that_cannot_be_written_is_told(open_store, tmp_path) -> None:
    (tmp_path / "staging").write_text("a file")

    with pytest.raises(StorageError, match="staging"):
        read(open_store(FakeStore()), tmp_path / "staging")
