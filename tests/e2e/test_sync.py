"""The main job on a whole installation: first sync, no change, known changes, and everything that can go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import processes

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.products import ProductQuery, product_diff, product_story, search_products
from syncengine.inspection.view import CatalogView
from syncengine.settings import load_settings
from tests.e2e.stand import Stand, content, contents, running_stand, synced_stand

COUNTS = ("catalog", "unchanged", "added", "changed", "skipped", "removed", "resent", "sent", "accepted", "rejected")


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand after its first sync, for the tests that only look."""
    with synced_stand(tmp_path_factory.mktemp("synced"), tmp_path_factory) as stand:
        yield stand


def _by_feed(shape: dict[str, object]) -> dict[str, dict[str, int]]:
    return {feed["feed"]: feed for feed in shape["feeds"]}  # type: ignore[attr-defined]


def _assert_adds_up(shape: dict[str, object]) -> None:
    for feed in shape["feeds"]:  # type: ignore[attr-defined]
        assert feed["catalog"] == feed["unchanged"] + feed["added"] + feed["changed"] + feed["skipped"], feed
        assert feed["sent"] == feed["added"] + feed["changed"] + feed["removed"] + feed["resent"], feed
        assert feed["sent"] == feed["accepted"] + feed["rejected"] + feed["waiting"], feed


@pytest.mark.shared
def test_first_sync_of_luma_exports_every_product_once_byte_for_byte(tmp_path: Path, shared: Path) -> None:
    with running_stand(tmp_path, catalog=shared / "luma") as stand:
        shape = stand.sync()
        _assert_adds_up(shape)
        assert shape["status"] == "Success"
        assert _by_feed(shape)["products"]["added"] == 2046
        catalog = stand.catalog()
        assert stand.held(live_only=False) == catalog
        assert len([key for key in catalog if key[0] == "products"]) == 2046
        assert {row["outcome"] for row in stand.requests()} == {"applied"}
        assert sum(row["items"] for row in stand.requests() if row["feed"] == "products") == 2046


def test_second_sync_sends_nothing_and_makes_no_snapshot(synced: Stand) -> None:
    before, arrived = synced.reader().publication, len(synced.requests())
    done = synced.command("sync")
    assert done.returncode == 0, done.stderr
    assert "0 sent" in done.stdout
    assert len(synced.requests()) == arrived
    assert synced.reader().publication == before


def test_known_changes_are_sent_and_nothing_else(open_synced: Callable[..., Stand]) -> None:
    stand = open_synced(products=120)
    before, arrived = stand.catalog(), len(stand.requests())
    touched = stand.change(price=3, rename=3, delete=2, add=2, sku_rename=1)
    shape = stand.sync()
    after = stand.catalog()
    _assert_adds_up(shape)
    expected = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    sent = sum(row["items"] for row in stand.requests()[arrived:])
    assert sent == sum(feed["sent"] for feed in shape["feeds"])
    held_now = stand.held(live_only=False)
    really_sent = {key for key in held_now if held_now[key] != before.get(key)}
    content_changed = {key for key in expected if content(before.get(key)) != content(after.get(key))}
    assert really_sent == content_changed
    removed = set(touched["delete"]) | {old for old, _ in touched["sku_rename"]}
    tombstones = {
        json.loads(key)[0] for (feed, key), item in held_now.items()
        if feed == "products" and json.loads(item)["deleted"]
    }  # fmt: skip
    assert tombstones == removed
    assert {new for _, new in touched["sku_rename"]} <= {
        json.loads(key)[0] for feed, key in after if feed == "products"
    }


def test_a_dry_run_counts_what_the_next_sync_sends_and_sends_nothing(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        dry = json.loads(stand.command("sync", "--dry-run", "--json").stdout)
        assert stand.requests() == []
        wet = stand.sync()
        assert {name: feed["sent"] for name, feed in _by_feed(dry).items()} == {
            name: feed["sent"] for name, feed in _by_feed(wet).items()
        }


def test_one_product_is_sent_again_whatever_its_hash(synced: Stand) -> None:
    sku = json.loads(next(key for feed, key in synced.catalog() if feed == "products"))[0]
    arrived = len(synced.requests())
    done = synced.command("saas:resync", "--feed", "products", "--no-reindex", f"--by-ids={sku.upper()}", "--json")
    feed = _by_feed(json.loads(done.stdout))["products"]
    views = sum(1 for name, key in synced.catalog() if name == "products" and json.loads(key)[0] == sku)
    assert (feed["resent"], feed["accepted"], feed["unchanged"]) == (views, views, feed["catalog"])
    assert [row["items"] for row in synced.requests()[arrived:]] == [views]


def test_the_story_of_a_product_from_the_command_line(synced: Stand) -> None:
    listed = json.loads(synced.command("products", "search", "", "--json", "--limit", "5").stdout)
    sku = listed["items"][0]["sku"]
    shown = json.loads(synced.command("products", "show", "--json", "--", sku).stdout)
    item = next(item for item in shown["feeds"] if item["feed"] == "products")
    assert item["catalog"] == item["exported"]
    diff = synced.command("diff", "--json", "--", sku)
    assert diff.returncode == 0
    assert json.loads(diff.stdout)["equal"] is True
    status = json.loads(synced.command("status", "--json").stdout)
    assert status["last_sync"]["status"] == "Success"
    assert status["products_synced"] == len(
        {json.loads(key)[0] for feed, key in synced.catalog() if feed == "products"}
    )


def test_diff_of_a_changed_product_names_the_field_and_exits_1(stand: Stand) -> None:
    (sku,) = stand.change(rename=1)["rename"]
    stand.command("sync", "--dry-run")
    diff = stand.command("diff", "--json", "--", sku)
    assert diff.returncode == 1
    answer = json.loads(diff.stdout)
    paths = {field["path"] for feed in answer["feeds"] for field in feed["fields"]}
    assert "name" in paths


# -- bad input: a clear error, status Failed or an item set aside, the last good state untouched -------------------


def _fails(stand: Stand, code: str, exit_code: int, **environment: str) -> dict[str, object]:
    catalog, arrived = stand.catalog(), len(stand.requests())
    done = stand.command("sync", "--json", **environment)
    assert done.returncode == exit_code, done.stdout + done.stderr
    shape: dict[str, object] = json.loads(done.stdout)
    assert shape["status"] == "Failed"
    error = shape["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert error["hint"]
    assert "demo-token" not in done.stdout + done.stderr
    assert stand.catalog() == catalog
    assert stand.exported() == catalog
    assert len(stand.requests()) == arrived
    return shape


def test_a_wrong_token_fails_the_run_and_leaves_the_last_state(synced: Stand) -> None:
    _fails(synced, "CS2003", 1, CATALOG_SYNC_SOURCE__TOKEN="wrong-one")


def test_a_store_that_is_down_fails_the_run_with_try_later(synced: Stand) -> None:
    _fails(synced, "CS2002", 5, CATALOG_SYNC_SOURCE__URL="http://127.0.0.1:9/rest")


@pytest.mark.parametrize("fault", ["html", "cut", "bad-json"])
def test_a_store_that_answers_nonsense_fails_the_run(stand: Stand, tmp_path: Path, fault: str) -> None:
    with running_stand(tmp_path / "bad", faults=(fault,)) as bad:
        _fails(stand, "CS2004" if fault != "cut" else "CS2002", 1 if fault != "cut" else 5,
               CATALOG_SYNC_SOURCE__URL=f"{bad.store_url}/rest")  # fmt: skip


def test_an_empty_answer_deletes_nothing(stand: Stand, tmp_path: Path) -> None:
    with running_stand(tmp_path / "bad", faults=("empty",)) as bad:
        _fails(stand, "CS2005", 1, CATALOG_SYNC_SOURCE__URL=f"{bad.store_url}/rest")


@pytest.mark.parametrize(("fault", "code"), [("missing-sku", "missing_sku"), ("bad-price", "malformed_price")])
def test_a_bad_record_is_set_aside_with_its_reason_and_the_others_go_on(
    stand: Stand, tmp_path: Path, fault: str, code: str
) -> None:
    before = stand.catalog()
    with running_stand(tmp_path / "bad", faults=(f"{fault}=0.1",)) as bad:
        done = stand.command("sync", "--json", CATALOG_SYNC_SOURCE__URL=f"{bad.store_url}/rest")
        assert done.returncode == 3, done.stdout + done.stderr
        assert json.loads(done.stdout)["status"] == "Success"
        assert {key for key in before if key[0] == "products"} == {
            key for key in stand.catalog() if key[0] == "products"
        }
        rows = stand.reader().cursor().execute("SELECT DISTINCT code FROM lake.catalog.set_aside").fetchall()
        assert (code,) in rows


def test_deletes_beyond_the_guard_are_held_until_somebody_approves(open_synced: Callable[..., Stand]) -> None:
    stand = open_synced(products=120)
    held_before = stand.held()
    stand.change(delete=60)
    done = stand.command("sync", "--json")
    assert done.returncode == 6, done.stdout + done.stderr
    run = json.loads(done.stdout)
    assert run["status"] == "Held for review"
    products = {key: item for key, item in stand.held().items() if key[0] == "products"}
    assert products == {key: item for key, item in held_before.items() if key[0] == "products"}
    assert stand.command("runs", "approve", run["run_id"]).returncode == 0
    assert stand.sync()["status"] == "Success"
    assert contents(stand.held()) == contents(stand.catalog())


def test_a_full_disk_fails_the_run_and_the_next_one_succeeds(stand: Stand) -> None:
    stand.change(rename=2, price=1)
    limited = subprocess.run(
        ["bash", "-c", f"ulimit -f 40; trap '' XFSZ; exec {sys.executable} -m syncengine.cli sync --json"],
        env=stand.environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert limited.returncode == 1, limited.stdout + limited.stderr
    assert "Traceback" not in limited.stderr
    assert stand.sync()["status"] == "Success"
    assert contents(stand.held()) == contents(stand.catalog())


def test_an_index_that_followed_the_edits_leaves_nothing_for_a_full_one(stand: Stand) -> None:
    for turn in range(3):
        stand.change(price=3, rename=2, delete=1, add=1, seed=turn + 40)
        assert stand.sync()["status"] == "Success"

    full = json.loads(stand.command("sync", "--full", "--json").stdout)

    assert {name: sum(feed[name] for feed in full["feeds"]) for name in ("added", "changed", "removed")} == {
        "added": 0, "changed": 0, "removed": 0,
    }  # fmt: skip
    assert contents(stand.held()) == contents(stand.catalog())


# -- readers and a second engine -----------------------------------------------------------------------------------

READER = """
import sys, threading
from pathlib import Path
from syncengine.lake.paths import DataDirectory
from syncengine.lake.reader import CurrentReader
current, seen, ended = CurrentReader(DataDirectory(Path(sys.argv[1]))), set(), Path(sys.argv[2])
pause, turn = threading.Event(), 0
while not seen or not ended.exists():
    pause.wait(0.02)  # three that never rest leave nothing of two cores for the engine
    reader = current.get()
    turn += 1
    if reader.publication.snapshot_id in seen and turn % 5:
        continue  # opened without an error; what it holds was read when it was new, and is read again every 0.1 s
    seen.add(reader.publication.snapshot_id)
    # one state in full: what the search copy lists is what the lake's tables hold
    held = 'SELECT count(*), count(payload) FROM lake.exported."products" WHERE NOT is_deleted'
    rows = reader.cursor().execute(held).fetchone()
    listed = reader.cursor().execute('SELECT count(*) FROM search.synced_products').fetchone()
    assert rows[0] == rows[1] == listed[0], (rows, listed)
print(len(seen))
"""


def test_three_readers_see_no_error_and_no_torn_state_while_the_engine_writes(stand: Stand, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    with ThreadPoolExecutor(3) as threads:
        reading = ("-c", READER, str(stand.data_dir), str(ended))
        readers = [threads.submit(processes.run, *reading, timeout=280) for _ in range(3)]
        try:
            for turn in range(2):
                stand.change(price=2, rename=1, delete=1, add=1, seed=turn + 1)
                stand.sync()
        finally:
            ended.touch()
    seen = []
    for reader in readers:
        done = reader.result()
        assert done.returncode == 0, done.stderr
        seen.append(int(done.stdout))
    assert max(seen) > 1, "no reader saw a new publication"


def test_a_second_sync_says_who_holds_the_directory_and_ends_with_4(synced: Stand) -> None:
    from syncengine.lake.lock import hold_engine_lock

    with hold_engine_lock(synced.data_dir / "engine.lock"):
        done = synced.command("sync", "--json")
    assert done.returncode == 4
    assert str(os.getpid()) in json.loads(done.stdout)["error"]["message"]


def test_every_feed_of_the_registry_is_in_the_answer(synced: Stand) -> None:
    answer = json.loads(synced.command("feeds", "--json").stdout)
    assert [feed["feed"] for feed in answer] == list(FEEDS)


def test_a_destination_that_takes_nothing_fails_the_run_and_the_next_one_catches_up(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        (tmp_path / "full").write_text("a file where the folder should be")
        folder = {
            "CATALOG_SYNC_DESTINATION__KIND": "folder",
            "CATALOG_SYNC_DESTINATION__PATH": str(tmp_path / "full" / "feeds"),
        }
        done = stand.command("sync", "--feed", "scopesWebsite", "--json", **folder)
        assert done.returncode in (1, 5), done.stdout + done.stderr
        assert json.loads(done.stdout)["status"] == "Failed"
        (tmp_path / "full").unlink()
        assert stand.command("sync", "--feed", "scopesWebsite", **folder).returncode == 0


def test_an_hourly_sync_reads_only_what_changed_and_a_full_one_everything(open_synced: Callable[..., Stand]) -> None:
    stand = open_synced(products=120)
    stand.change(rename=2)
    assert _by_feed(stand.sync())["products"]["changed"] > 0
    full = stand.command("sync", "--full", "--json")
    assert full.returncode == 0, full.stdout
    assert sum(feed["sent"] for feed in json.loads(full.stdout)["feeds"]) == 0, "partial and full differ"


def test_every_sku_however_odd_is_found_shown_and_compared(synced: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in synced.environment().items():
        if name.startswith("CATALOG_SYNC_"):
            monkeypatch.setenv(name, value)
    view = CatalogView(load_settings())
    skus = {json.loads(key)[0] for feed, key in synced.catalog() if feed == "products"}
    assert {"/", " ", '"', ","} <= set("".join(skus)), "the generated catalog has odd SKUs"
    for sku in skus:
        found = search_products(view, ProductQuery(text=sku, limit=1)).rows["sku"].to_list()
        assert found == [sku]
        story = product_story(view, sku).as_json()
        assert all(item["catalog"] == item["exported"] for item in story["feeds"] if item["feed"] == "products")
        assert product_diff(view, sku).as_json()["equal"] is True
