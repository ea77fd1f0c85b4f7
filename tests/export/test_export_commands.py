"""The commands of exporting, as processes against demo store and services: retry, dead letters, resync, reconcile."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stand import SPACE, Stand, contents, running_stand, synced_stand

Shape = dict[str, Any]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with running_stand(tmp_path, products=25) as made:
        yield made


@pytest.fixture
def synced(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand that has synced once."""
    with synced_stand(tmp_path, tmp_path_factory, products=25) as made:
        yield made


def set_faults(stand: Stand, *faults: str, rate: float | None = None) -> None:
    """The services' faults from now on."""
    request = urllib.request.Request(
        f"{stand.services_url}/demo/faults", method="PUT", headers={"x-api-key": "demo-key"},
        data=json.dumps({"faults": faults, "rate": rate}).encode(),
    )  # fmt: skip
    urllib.request.urlopen(request).close()


def answer(stand: Stand, *arguments: str, expect: int = 0, **environment: str) -> Any:
    """What a command prints with --json."""
    done = stand.command(*arguments, "--json", **environment)
    assert done.returncode == expect, done.stdout + done.stderr
    return json.loads(done.stdout)


def total(shape: Shape, name: str) -> int:
    return sum(feed[name] for feed in shape["feeds"])


def tombstones(stand: Stand) -> int:
    return len(stand.held(live_only=False)) - len(stand.held())


def test_a_rejected_item_is_not_sent_again_each_hour_and_goes_out_when_asked_for(stand: Stand) -> None:
    set_faults(stand, "reject-item=0.04")
    first = answer(stand, "sync", expect=3)
    rejected = total(first, "rejected")
    assert rejected > 0
    arrived = len(stand.requests())
    for _ in range(2):
        assert total(answer(stand, "sync"), "sent") == 0
    assert len(stand.requests()) == arrived

    groups = answer(stand, "deadletter", "list")
    assert sum(group["items"] for group in groups) == rejected
    assert {(group["state"], group["code"], group["message"]) for group in groups} == {
        ("rejected", "fault", "rejected on purpose")
    }
    assert all(0 < len(group["samples"]) <= min(5, group["items"]) for group in groups)

    set_faults(stand)
    assert total(answer(stand, "deadletter", "requeue"), "sent") == 0  # none of them was given up
    again = answer(stand, "deadletter", "requeue", "--rejected")
    assert (total(again, "sent"), total(again, "accepted")) == (rejected, rejected)
    assert answer(stand, "deadletter", "list") == []
    assert stand.held() == stand.catalog()


def test_retry_sends_what_was_not_taken_before_it_is_due_and_nothing_else(synced: Stand) -> None:
    synced.change(rename=3)
    set_faults(synced, "status-503")
    database = synced.data_dir / "control.sqlite"
    assert synced.command("sync", "--feed", "products").returncode in (3, 5)
    # a second failed run: from then on the next attempt lies in the future
    assert synced.command("sync", "--feed", "products").returncode in (3, 5)
    set_faults(synced)
    synced.change(rename=1, seed=9)
    retried = answer(synced, "retry")
    assert (retried["mode"], retried["trigger"]) == ("retry", "retry")
    assert total(retried, "sent") == total(retried, "accepted") > 0
    assert {feed["feed"] for feed in retried["feeds"] if feed["sent"]} == {"products"}
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM runs WHERE mode = 'retry'").fetchone() == (1,)
    assert total(answer(synced, "retry"), "sent") == 0


def test_a_daily_cap_ends_with_the_rest_waiting_and_the_next_day_goes_on(stand: Stand) -> None:
    cap = {"CATALOG_SYNC_DESTINATION__REQUESTS_PER_DAY": "5"}
    ahead = answer(stand, "sync", "--dry-run", **cap)["estimate"]["destinations"][0]
    first = answer(stand, "sync", expect=3, **cap)
    assert (first["status"], len(stand.requests())) == ("Success", 5)
    assert total(first, "waiting") > 0
    assert [warning["kind"] for warning in first["warnings"]] == ["day_budget"]
    assert answer(stand, "runs", "show", first["run_id"])["warnings"] == first["warnings"]
    assert first["warnings"][0]["sentence"] in stand.command("runs", "show", first["run_id"]).stdout
    second = answer(stand, "sync", expect=3, **cap)
    assert len(stand.requests()) == 5
    assert total(second, "waiting") == total(first, "waiting")
    estimate = answer(stand, "estimate", **cap)["destinations"][0]
    assert (estimate["used_today"], estimate["items"]) == (5, total(second, "waiting"))
    assert ahead["requests"] >= 10
    with sqlite3.connect(stand.data_dir / "control.sqlite") as connection:
        connection.execute("UPDATE request_budget SET day = '2026-01-01'")  # the day is over
    assert total(answer(stand, "sync", expect=3, **cap), "accepted") > 0
    assert len(stand.requests()) == 10
    stand.sync()
    assert contents(stand.held()) == contents(stand.catalog())


def test_a_resync_that_was_cut_short_is_continued(synced: Stand) -> None:
    whole = total(answer(synced, "saas:resync", "--feed", "products", "--no-reindex", "--dry-run"), "sent")
    used = len(synced.requests())
    resync = ("saas:resync", "--feed", "products", "--no-reindex", "--batch-size", "10")
    cap = {"CATALOG_SYNC_DESTINATION__REQUESTS_PER_DAY": str(used + 3)}
    cut = answer(synced, *resync, expect=3, **cap)
    assert (total(cut, "sent"), total(cut, "accepted")) == (whole, 30)
    rest = answer(synced, *resync, "--continue-resync", "--thread-count", "1")
    assert (total(rest, "sent"), total(rest, "accepted")) == (whole - 30, whole - 30)
    assert total(answer(synced, *resync, "--continue-resync"), "sent") == 0


def test_continue_resync_without_a_resync_says_so(synced: Stand) -> None:
    done = synced.command("saas:resync", "--feed", "products", "--continue-resync")
    assert done.returncode == 2
    assert "no resync of products to go on with" in done.stderr


def test_as_of_replays_the_catalog_of_a_past_run_and_the_next_sync_brings_the_newest_back(synced: Stand) -> None:
    with sqlite3.connect(synced.data_dir / "control.sqlite") as connection:
        ((first, snapshot),) = connection.execute("SELECT run_id, catalog_snapshot FROM runs").fetchall()
    then = synced.catalog()
    synced.change(rename=4, delete=1)
    synced.sync()
    now = synced.catalog()
    assert contents(now) != contents(then)
    replay = answer(synced, "saas:resync", "--feed", "products", "--as-of", first)
    assert replay["mode"] == "replay"
    products = {key: item for key, item in contents(then).items() if key[0] == "products"}
    assert {key: item for key, item in contents(synced.held()).items() if key[0] == "products"} == products
    assert synced.catalog() == now
    synced.sync()
    assert contents(synced.held()) == contents(now)
    again = answer(synced, "saas:resync", "--feed", "products", "--as-of", str(snapshot), "--dry-run")
    assert {feed["feed"]: feed["catalog"] for feed in again["feeds"]} == {"products": len(products)}


def test_cleanup_feed_sends_old_removals_again_and_forgets_none_before_they_are_acknowledged(synced: Stand) -> None:
    synced.change(delete=2)
    synced.sync()
    gone = tombstones(synced)
    with sqlite3.connect(synced.services_state) as connection:  # the services come back from an old backup
        connection.execute("DELETE FROM items WHERE deleted")
    refused = synced.command("saas:resync", "--feed", "products", "--cleanup-feed")
    assert refused.returncode == 2, "it asks, and there is nobody to answer"
    set_faults(synced, "status-500")
    assert synced.command("saas:resync", "--feed", "products", "--cleanup-feed", "--yes").returncode in (3, 5)
    set_faults(synced)
    shape = answer(synced, "saas:resync", "--feed", "products", "--cleanup-feed", "--yes")
    products = next(feed for feed in shape["feeds"] if feed["feed"] == "products")
    assert products["removed"] > 0
    assert products["accepted"] == products["catalog"] + products["removed"]
    assert 0 < tombstones(synced) <= gone
    assert contents(synced.held()) == contents(synced.catalog())


def test_reconcile_finds_what_was_lost_and_repair_lets_the_next_sync_mend_it(synced: Stand) -> None:
    assert synced.command("reconcile").returncode == 0
    with sqlite3.connect(synced.services_state) as connection:
        lost = [
            connection.execute(f"SELECT max(id) - {n} FROM items WHERE feed = 'products'").fetchone()[0] for n in (0, 1)
        ]
        connection.execute("DELETE FROM items WHERE id = ?", [lost[0]])
        (payload,) = connection.execute("SELECT payload FROM items WHERE id = ?", [lost[1]]).fetchone()
        changed = json.dumps(json.loads(payload) | {"name": "Somebody else's"})
        connection.execute("UPDATE items SET payload = ? WHERE id = ?", [changed.encode(), lost[1]])
    found = answer(synced, "reconcile", expect=1)
    drift = {item["feed"]: (item["missing"], item["extra"], item["different"]) for item in found["feeds"]}
    assert drift.pop("products") == (1, 0, 1)
    assert set(drift.values()) == {(0, 0, 0)}
    products = next(item for item in found["feeds"] if item["feed"] == "products")
    assert products["repair_plan"] == {"forget": 1, "remember": 0, "correct": 1}
    assert products["counted"] == products["remembered"] - 1
    counts = answer(synced, "reconcile", "--counts-only", expect=1)
    assert [item["feed"] for item in counts["feeds"] if not item["counts_equal"]] == ["products"]
    assert total(synced.sync(), "sent") == 0, "nothing is sent for what nobody looked at"
    answer(synced, "reconcile", "--feed", "products", "--repair")
    mended = synced.sync()
    assert (total(mended, "added"), total(mended, "changed"), total(mended, "sent")) == (1, 1, 2)
    assert synced.held() == synced.catalog()
    assert synced.command("reconcile").returncode == 0


def test_a_folder_cannot_be_asked_and_says_so(stand: Stand, tmp_path: Path) -> None:
    folder = {
        "CATALOG_SYNC_DESTINATIONS": json.dumps({"files": {"kind": "folder", "path": str(tmp_path / "out")}}),
    }
    stand.sync(**folder)
    done = stand.command("reconcile", "--destination", "files", **folder)
    assert (done.returncode, "`files` cannot tell what it holds" in done.stdout) == (0, True)


def test_two_destinations_have_memories_of_their_own_and_one_that_is_down_fails_alone(
    stand: Stand, tmp_path: Path
) -> None:
    two = {
        "CATALOG_SYNC_DESTINATIONS": json.dumps(
            {
                "files": {"kind": "folder", "path": str(tmp_path / "out")},
                "gone": {
                    "url": "http://127.0.0.1:9", "api_key": "k", "environment_id": "e", "data_space_id": "d",
                },
            }
        )
    }  # fmt: skip
    shape = answer(stand, "sync", "--feed", "scopesWebsite", expect=3, **two)
    accepted = {feed["destination_name"]: feed["accepted"] for feed in shape["feeds"]}
    assert accepted["default"] == accepted["files"] > 0
    assert accepted["gone"] == 0
    assert stand.held()
    # the others have nothing left to get: now the only one that is to be sent something takes none of it
    again = answer(stand, "sync", "--feed", "scopesWebsite", expect=5, **two)
    assert {feed["destination_name"]: feed["sent"] > 0 for feed in again["feeds"]} == {
        "default": False, "files": False, "gone": True,
    }  # fmt: skip


def test_another_credential_and_another_data_space_are_told(synced: Stand, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("demo-key")
    assert answer(synced, "sync")["warnings"] == []
    other = answer(synced, "sync", "--dry-run", CATALOG_SYNC_DESTINATION__API_KEY="another-key")
    assert [warning["kind"] for warning in other["warnings"]] == ["credential_changed"]
    assert "another-key" not in json.dumps(other)
    moved = answer(synced, "sync", "--dry-run", CATALOG_SYNC_DESTINATION__DATA_SPACE_ID="fresh")
    assert [warning["kind"] for warning in moved["warnings"]] == ["destination_changed"]
    assert total(moved, "added") == total(moved, "catalog") > 0
    with sqlite3.connect(synced.data_dir / "control.sqlite") as connection:
        kept = json.dumps(connection.execute("SELECT * FROM settings").fetchall())
    assert "demo-key" not in kept
    assert SPACE not in kept
