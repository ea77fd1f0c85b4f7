"""SIGKILL at each durable step of a run, with real processes: the next run ends where an undisturbed one would."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from syncengine.progress import Moment
from tests.e2e.stand import Stand, contents, running_stand

# at each moment, and for those that come more than once also in the middle
KILLS = [
    (Moment.RUN_BEGUN, 1),
    (Moment.PAGE_READ, 1),
    (Moment.PAGE_READ, 9),
    (Moment.READ, 1),
    (Moment.INDEXED, 1),
    (Moment.MERGED, 1),
    (Moment.OUTBOX_WRITTEN, 1),
    (Moment.OUTBOX_WRITTEN, 4),
    (Moment.PLANNED, 1),
    (Moment.ANSWERED, 1),
    (Moment.ANSWERED, 5),
    (Moment.RECEIPTED, 1),
    (Moment.RECEIPTED, 5),
    (Moment.DELIVERED, 1),
    (Moment.FOLDED, 1),
    (Moment.PUBLISHED, 1),
    (Moment.FINISHED, 1),
]


def test_kills_cover_every_moment() -> None:
    assert {moment for moment, _ in KILLS} == set(Moment)


@pytest.mark.parametrize(("moment", "occurrence"), KILLS, ids=lambda value: str(value))
def test_a_killed_first_sync_ends_as_an_undisturbed_one(tmp_path: Path, moment: Moment, occurrence: int) -> None:
    with running_stand(tmp_path) as stand:
        stand.killed_sync(moment, occurrence)
        keys_with_receipt = {row["idempotency_key"] for row in stand.receipts()}
        arrived_before = len(stand.requests())
        stand.sync()
        _assert_whole(stand)
        resent = [row["idempotency_key"] for row in stand.requests()[arrived_before:]]
        assert not keys_with_receipt & set(resent), "a batch whose receipt was committed went out again"
        _assert_applied_once(stand)


@pytest.mark.parametrize(
    ("moment", "occurrence"), [(Moment.MERGED, 1), (Moment.ANSWERED, 1), (Moment.RECEIPTED, 2), (Moment.FOLDED, 1)]
)
def test_a_killed_sync_of_changes_ends_as_an_undisturbed_one(stand: Stand, moment: Moment, occurrence: int) -> None:
    stand.change(price=3, rename=3, delete=2, add=2)
    stand.killed_sync(moment, occurrence)
    stand.sync()
    _assert_whole(stand)
    _assert_applied_once(stand)


def test_an_answer_lost_with_its_process_is_asked_for_again_with_the_same_bytes(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        stand.killed_sync(Moment.ANSWERED, 3)
        lost = {row["idempotency_key"]: row["body_sha256"] for row in stand.requests()}
        acknowledged = {row["idempotency_key"] for row in stand.receipts()}
        unanswered = {key: sha for key, sha in lost.items() if key not in acknowledged}
        assert unanswered
        before = len(stand.requests())
        stand.sync()
        again = {row["idempotency_key"]: row for row in stand.requests()[before:]}
        for key, sha in unanswered.items():
            assert again[key]["body_sha256"] == sha
            assert again[key]["outcome"] == "repeated"


def test_killed_again_and_again_it_still_gets_there(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        for moment in (Moment.MERGED, Moment.RECEIPTED, Moment.RECEIPTED, Moment.FOLDED, Moment.PUBLISHED):
            stand.killed_sync(moment)
        stand.sync()
        _assert_whole(stand)
        _assert_applied_once(stand)


def _assert_whole(stand: Stand) -> None:
    """The services hold what `exported` says byte for byte, and what `catalog` says: nothing is left to send."""
    catalog, exported = stand.catalog(), stand.exported()
    assert catalog
    assert stand.held() == exported
    assert contents(exported) == contents(catalog)


def _assert_applied_once(stand: Stand) -> None:
    applied = Counter(row["idempotency_key"] for row in stand.requests() if row["outcome"] == "applied")
    assert set(applied.values()) == {1}
