"""Folding answers into the lake: exported, delivery and history, once per fold."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.items import PRODUCTS, digest, product
from support.lakes import NOW, Stand

from syncengine.changes.plan import Selection
from syncengine.errors import LakeError

AT = NOW.replace(tzinfo=None)


def test_an_accepted_item_stands_in_exported_as_it_was_sent(stand: Stand) -> None:
    item = product("a", price="12.5000")
    stand.merge(PRODUCTS, [item])

    run_id = stand.deliver()

    (held,) = stand.rows("exported")
    assert {name: held[name] for name in ("destination", "is_deleted", "exported_at", "run_id", "request_id")} == {
        "destination": "d", "is_deleted": False, "exported_at": AT, "run_id": run_id,
        "request_id": f"req-{run_id}-0",
    }  # fmt: skip
    (catalog,) = stand.rows("catalog")
    catalog.pop("said_at")
    assert {name: held[name] for name in catalog} == catalog
    assert stand.rows("delivery") == []


def test_an_item_that_was_not_accepted_is_not_in_exported(stand: Stand) -> None:
    answers = {"no": "rejected", "later": "retry", "lost": "unknown", "yes": "accepted"}
    stand.merge(PRODUCTS, [product(sku) for sku in answers])

    stand.deliver(answers)

    assert list(stand.by_sku("exported")) == ["yes"]
    assert {sku: row["state"] for sku, row in stand.by_sku("delivery").items()} == {
        "no": "rejected", "later": "retry", "lost": "unknown",
    }  # fmt: skip


def test_a_rejected_item_keeps_what_the_destination_held_before(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", name="first")])
    stand.deliver()
    stand.merge(PRODUCTS, [product("a", name="second")])

    stand.deliver("rejected")

    (held,) = stand.rows("exported")
    assert held["name"] == "first"


def test_a_delivery_row_tells_what_was_tried_and_what_was_answered(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])

    run_id = stand.deliver("rejected")

    (row,) = stand.rows("delivery")
    (catalog,) = stand.rows("catalog")
    assert row == {
        "destination": "d", "feed_id": catalog["feed_id"], "feed_hash": catalog["feed_hash"], "sku": "a",
        "store_view_code": "default", "source_entity_id": "1", "operation": "insert", "state": "rejected",
        "http_status": 200, "error_code": "invalid", "message": "bad value", "attempts": 1, "runs": 1,
        "next_attempt_at": None, "request_id": f"req-{run_id}-0", "run_id": run_id, "tried_at": AT,
    }  # fmt: skip


def test_acceptance_clears_the_delivery_state(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver("retry")

    stand.deliver("accepted")

    assert stand.rows("delivery") == []


def test_a_removal_is_held_as_a_tombstone(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a"), product("b")])
    stand.deliver()
    stand.merge(PRODUCTS, [product("b")])

    stand.deliver()

    gone = stand.by_sku("exported")["a"]
    assert (gone["is_deleted"], gone["feed_hash"]) == (True, None)
    assert '"deleted":true' in gone["payload"]
    assert stand.by_sku("exported")["b"]["is_deleted"] is False


@pytest.mark.parametrize("answer", ["retry", "unknown", "rejected"])
def test_a_removal_that_was_not_accepted_leaves_the_item_held(stand: Stand, answer: str) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    stand.merge(PRODUCTS, [])

    stand.deliver(answer)

    (held,) = stand.rows("exported")
    (row,) = stand.rows("delivery")
    assert held["is_deleted"] is False
    assert (row["operation"], row["state"], row["feed_hash"]) == ("delete", answer, None)


def test_an_item_that_came_back_takes_the_place_of_its_tombstone(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    stand.merge(PRODUCTS, [])
    stand.deliver()
    stand.merge(PRODUCTS, [product("a")])

    stand.deliver()

    (held,) = stand.rows("exported")
    assert held["is_deleted"] is False


def test_destinations_do_not_see_each_others_answers(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver("accepted", destination="one")
    stand.deliver("rejected", destination="two")
    stand.merge(PRODUCTS, [product("a", name="new")])

    stand.deliver("accepted", destination="two")

    names = {row["destination"]: row["name"] for row in stand.rows("exported")}
    assert names == {"one": "A name", "two": "new"}
    assert stand.rows("delivery") == []


def test_history_has_one_line_per_attempted_item_and_run(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", name="one")])
    first = stand.deliver("retry")
    second = stand.deliver("accepted")
    stand.merge(PRODUCTS, [product("a", name="two")])
    third = stand.deliver("accepted")
    stand.merge(PRODUCTS, [])
    fourth = stand.deliver("accepted")

    lines = stand.rows("history", order="run_sequence")

    assert [(row["run_id"], row["operation"], row["outcome"]) for row in lines] == [
        (first, "insert", "retry"),
        (second, "insert", "accepted"),
        (third, "update", "accepted"),
        (fourth, "delete", "accepted"),
    ]
    before, after = (product("a", name=name)["feed_hash"] for name in ("one", "two"))
    hashes = [(row["hash_before"], row["hash_after"]) for row in lines]
    assert [tuple(value and str(value) for value in pair) for pair in hashes] == [
        (None, before), (None, before), (before, after), (after, None),
    ]  # fmt: skip
    assert lines[2]["changed_paths"] == ["name"]
    assert lines[2]["payload"] == product("a", name="two")["payload"]


def test_a_fold_done_twice_is_done_once(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a"), product("b")])
    inputs = stand.answered(stand.outbox(stand.plan(), run_id="r"), {"a": "accepted", "b": "retry"}, run_id="r")
    for _ in range(2):
        stand.writer.fold(inputs, run_id="r", sequence=1, fold=1, at=NOW)

    assert (len(stand.rows("exported")), len(stand.rows("history"))) == (1, 2)
    assert stand.rows("delivery")[0]["runs"] == 1


def test_each_fold_number_of_a_run_is_folded_and_can_be_found(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a"), product("b")])
    outbox = stand.outbox(stand.plan(), run_id="r")
    whole = stand.answered(outbox, "accepted", run_id="r")
    for number in (1, 2):
        (item,) = whole
        part = type(item)(
            feed=item.feed, destination=item.destination, outbox=item.outbox,
            ranges=item.ranges.slice(number - 1, 1), rejections=item.rejections,
        )  # fmt: skip
        stand.writer.fold([part], run_id="r", sequence=1, fold=number, at=NOW)

    assert sorted(stand.by_sku("exported")) == ["a", "b"]
    assert stand.writer.find_commit("r", "acknowledge", fold=1) is not None
    assert stand.writer.find_commit("r", "acknowledge", fold=2) is not None
    assert stand.writer.find_commit("r", "acknowledge", fold=3) is None


def test_a_fold_whose_outbox_is_gone_changes_nothing(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    outbox = stand.outbox(stand.plan(), run_id="r")
    inputs = stand.answered(outbox, "accepted", run_id="r")
    Path(outbox.path).unlink()
    before = stand.writer.snapshot_id()

    with pytest.raises(LakeError, match="acknowledge"):
        stand.writer.fold(inputs, run_id="r", sequence=1, fold=1, at=NOW)

    assert stand.writer.snapshot_id() == before
    stand.merge(PRODUCTS, [product("a"), product("b")])
    stand.deliver()
    assert len(stand.rows("exported")) == 2


def test_retries_wait_longer_each_time_and_end_as_a_dead_letter(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    seen: list[tuple[str, int, int, datetime | None]] = []
    at = NOW
    for _ in range(10):
        stand.deliver("retry", at=at)
        (row,) = stand.rows("delivery")
        due = row["next_attempt_at"]
        seen.append((row["state"], row["runs"], row["attempts"], due and due - row["tried_at"]))
        at = (due or at.replace(tzinfo=None)).replace(tzinfo=NOW.tzinfo)

    waits = [timedelta(minutes=minutes) for minutes in (0, 5, 10, 20, 40, 80, 160, 320, 360)]
    assert seen == [
        *(("retry", number, 6 * number, wait) for number, wait in enumerate(waits, start=1)),
        ("dead_letter", 10, 60, None),
    ]


def test_a_dead_letter_that_is_sent_again_starts_anew(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    at = NOW
    for _ in range(10):
        stand.deliver("retry", at=at)
        at += timedelta(hours=7)
    (given_up,) = stand.rows("delivery")
    requeued = Selection(resync=True, by="dead_letters")
    stand.deliver("retry", at=at, selection=requeued)
    (row,) = stand.rows("delivery")
    assert (given_up["state"], row["state"], row["runs"], row["attempts"]) == ("dead_letter", "retry", 1, 6)


def test_a_new_version_of_an_item_starts_its_attempts_anew(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", name="one")])
    stand.deliver("retry")
    stand.merge(PRODUCTS, [product("a", name="two")])

    stand.deliver("retry")

    (row,) = stand.rows("delivery")
    assert (row["runs"], str(row["feed_hash"])) == (1, product("a", name="two")["feed_hash"])


def test_an_item_sent_again_by_a_resync_keeps_its_place_in_exported(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    later = NOW + timedelta(hours=1)

    stand.deliver("accepted", at=later, selection=Selection(resync=True))

    (held,) = stand.rows("exported")
    assert held["exported_at"] == later.replace(tzinfo=None)
    assert [row["operation"] for row in stand.rows("history", order="run_sequence")] == ["insert", "resend"]


def test_ids_are_kept_as_uuids(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()

    kinds = stand.writer.query('SELECT DISTINCT typeof(feed_id) AS kind FROM lake.exported."products"')

    assert kinds["kind"].to_list() == ["UUID"]
    assert str(stand.rows("exported")[0]["feed_id"]) == digest('["a","default"]')
