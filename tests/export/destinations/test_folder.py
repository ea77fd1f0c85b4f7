from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from syncengine.errors import DestinationRefusedError, KeyReusedError
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import AskableDestination, BatchOutcome, Destination, Outcome
from syncengine.export.destinations.folder import FolderDestination
from syncengine.feeds.registry import FEEDS
from syncengine.settings import DestinationSettings

BODY = '[{"sku":"Ü,]","deleted":false},{"sku":"B\\n","deleted":true}]'.encode()
LINES = '{"sku":"Ü,]","deleted":false}\n{"sku":"B\\n","deleted":true}\n'.encode()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def folder(place: Path) -> Destination:
    return open_destination("archive", DestinationSettings(kind="folder", path=place))


def files(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_a_batch_becomes_one_file_of_lines(folder: Destination, place: Path) -> None:
    receipt = folder.send("products", BODY, items=2, key="k1", sequence=7)
    assert receipt.outcome is BatchOutcome.answered
    assert [item.outcome for item in receipt.items] == [Outcome.accepted] * 2
    assert files(place) == ["products/000000000007-k1.ndjson"]
    assert (place / "products/000000000007-k1.ndjson").read_bytes() == LINES
    assert receipt.request_id == "000000000007-k1.ndjson"


def test_a_repeated_batch_changes_nothing(folder: Destination, place: Path) -> None:
    folder.send("products", BODY, items=2, key="k1", sequence=7)
    target = place / "products/000000000007-k1.ndjson"
    before = target.stat()
    assert folder.send("products", BODY, items=2, key="k1", sequence=7).outcome is BatchOutcome.answered
    assert (target.stat().st_mtime_ns, target.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_other_bytes_under_the_same_key_are_refused(folder: Destination, place: Path) -> None:
    folder.send("products", BODY, items=2, key="k1", sequence=7)
    with pytest.raises(KeyReusedError):
        folder.send("products", b'[{"sku":"C"}]', items=1, key="k1", sequence=7)
    assert (place / "products/000000000007-k1.ndjson").read_bytes() == LINES


def test_runs_are_read_in_the_order_of_their_names(folder: Destination, place: Path) -> None:
    for sequence in (10, 9, 100):
        folder.send("products", BODY, items=2, key=f"k{sequence}", sequence=sequence)
    assert [name.split("-")[1] for name in files(place)] == ["k9.ndjson", "k10.ndjson", "k100.ndjson"]


def test_line_breaks_between_tokens_do_not_break_lines(folder: Destination, place: Path) -> None:
    folder.send("products", b'[\n {"a":\r\n1}\n]', items=1, key="k", sequence=1)
    assert (place / files(place)[0]).read_bytes() == b'{"a":  1}\n'


@pytest.mark.parametrize("key", ["../../escape", "a/b", "", "x" * 200, ".hidden"])
def test_a_key_cannot_leave_the_folder(folder: Destination, place: Path, key: str) -> None:
    folder.send("products", BODY, items=2, key=key, sequence=1)
    (name,) = files(place)
    assert name.startswith("products/000000000001-")
    assert len(name) < 120


@pytest.mark.parametrize("feed", ["../products", "a/b", "", "1st"])
def test_a_feed_name_cannot_leave_the_folder(folder: Destination, place: Path, feed: str) -> None:
    with pytest.raises(DestinationRefusedError):
        folder.send(feed, BODY, items=2, key="k", sequence=1)
    assert not place.exists()


def test_a_body_of_another_count_is_our_fault(folder: Destination, place: Path) -> None:
    with pytest.raises(ValueError, match="2 items, not 3"):
        folder.send("products", BODY, items=3, key="k", sequence=1)
    assert not place.exists()


def test_a_full_disk_leaves_nothing_half_written(
    folder: Destination, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_space)
        receipt = folder.send("products", BODY, items=2, key="k", sequence=1)
    assert receipt.outcome is BatchOutcome.retry
    assert "No space left" in str(receipt.message)
    assert files(place) == []
    assert folder.send("products", BODY, items=2, key="k", sequence=1).outcome is BatchOutcome.answered


def test_a_folder_that_may_not_be_written_is_refused(
    folder: Destination, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_allowed(*arguments: object, **more: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", not_allowed)
    with pytest.raises(DestinationRefusedError, match="Permission denied"):
        folder.send("products", BODY, items=2, key="k", sequence=1)


def test_a_folder_takes_every_feed_and_cannot_be_asked(folder: Destination) -> None:
    assert isinstance(folder, FolderDestination)
    assert all(folder.offers(feed) and folder.limits(feed).max_items >= 500 for feed in FEEDS.values())
    assert not isinstance(folder, AskableDestination)
    folder.close()
