"""The counts that a sync ends with, for one destination and for several."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncengine.cli.sync import print_equation
from syncengine.control.feed_runs import FeedRun
from syncengine.control.runs import Run, RunStatus, Step, begin_run, finish_run, get_run, set_step
from syncengine.control.store import open_control_store
from syncengine.settings import DestinationSettings


def ended(place: Path) -> Run:
    with closing(open_control_store(place)) as control, control.write() as connection:
        run = begin_run(
            connection, trigger="cli", mode="changes", dry_run=False, requested_by="test", feeds=("products", "prices")
        )
        set_step(connection, run.run_id, Step.EXPORT, details={"not_offered": ["inventoryStockStatus"]})
        finish_run(connection, run.run_id, RunStatus.SUCCESS)
        return get_run(connection, run.run_id)


@pytest.mark.parametrize("several", [False, True])
def test_each_line_says_whose_it_is_and_what_a_destination_has_no_place_for(
    several: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {name: {"kind": "folder", "path": str(tmp_path / name)} for name in ("one", "two")}
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CATALOG_SYNC_DESTINATIONS", json.dumps(places))
    ids = [DestinationSettings(**value).destination_id for value in places.values()]  # type: ignore[arg-type]
    run = ended(tmp_path)
    line = FeedRun(
        run_id=run.run_id, feed="products", destination=ids[0], status="success", catalog=3, unchanged=1, added=2,
        sent=2, accepted=2,
    )  # fmt: skip
    feed_runs = [line, replace(line, feed="inventoryStockStatus", destination=ids[0], status="not_offered")]
    if several:
        feed_runs += [replace(line, destination=ids[1]), replace(line, feed="variants", destination=ids[1],
                                                                 status="not_offered")]  # fmt: skip

    print_equation(run, feed_runs)

    out = capsys.readouterr().out
    assert "Not offered by this store: inventoryStockStatus." in out
    assert ("Destination" in out) is several
    assert ("`two` has no place for: variants." in out) is several
    assert "`one` has no place" not in out
