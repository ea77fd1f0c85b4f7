"""`catalog-sync status` and `feeds`."""

from __future__ import annotations

import os
import socket

from inspection.lake_of import LakeOf, product
from support.damage import spoil_publications

from syncengine.control.engine import take_engine
from syncengine.control.runs import Step, begin_run, set_progress, set_step
from syncengine.control.store import open_control_store

from .reading import Commands


def test_status_before_the_first_sync(commands: Commands) -> None:
    ended = commands("status", "--json")
    assert ended.code == 0
    assert (ended.json["last_sync"], ended.json["products_synced"]) == (None, 0)
    assert "No sync yet" in commands("status").out


def test_status_after_a_sync(commands: Commands, lake: LakeOf) -> None:
    run = lake.synced(products=[product("a"), product("b")])
    ended = commands("status", "--json")
    assert ended.json["last_sync"]["run_id"] == run.run_id
    assert ended.json["products_synced"] == 2
    text = commands("status").out
    assert "Last sync: Success" in text
    assert "Products synced: 2" in text
    assert "2 in catalog = 0 unchanged + 2 added + 0 changed + 0 skipped; 0 removed." in text


def test_feeds_lists_what_each_feed_is(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    products = {row["feed"]: row for row in commands("feeds", "--json").json}["products"]
    assert products == {
        "feed": "products", "destination": lake.destination, "identity": ["sku", "storeViewCode"], "order": 2,
        "offered": True, "catalog": 1, "exported": 1, "waiting": 0, "rejected": 0,
    }  # fmt: skip
    assert "products\tdefault\tsku, storeViewCode\tyes\t1\t1\t0\t0" in commands("feeds").out


def test_a_damaged_pointer_is_an_error_as_json(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    spoil_publications(lake.directory)
    ended = commands("status", "--json")
    assert ended.code == 1
    assert ended.json["error"]["code"] == "CS5102"
    assert set(ended.json) == {"error"}


def test_a_run_in_progress_tells_how_fast_it_goes_and_how_long_it_takes(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    store = open_control_store(lake.settings.data_dir)
    with store.write() as connection:
        take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="command")
        run = begin_run(
            connection, trigger="cli", mode="changes", dry_run=False, requested_by="test", feeds=("products",)
        )
        set_step(connection, run.run_id, Step.EXPORT)
        set_progress(
            connection,
            run.run_id,
            {"step": "export", "subject": "products", "done": 1200, "total": 5000, "rate": 140.2, "seconds_left": 27.1},
        )
    store.close()

    told = commands("status").out

    assert "In Progress (step export, products 1,200 of 5,000, 140 a second, about 27 s left)" in " ".join(told.split())
