"""The promise of exporting at a small scale: faults change nothing about the end; the permitted rate is reached."""

from __future__ import annotations

from pathlib import Path

from benchmarks.export import endure_faults, measure_rate

FAULTS = (
    ("status-500=0.3",),
    ("lost-answer=0.25", "cut-answer=0.25"),
    ("reset=0.2", "reset-after-read=0.2"),
    ("wrong-count=0.2", "html-200=0.2"),
    ("reject-item=0.01", "poison-item=0.005"),
)


def test_after_the_faults_the_services_hold_the_catalog_and_accepted_each_change_once(tmp_path: Path) -> None:
    found = endure_faults(tmp_path, items=600, faults=FAULTS, rounds=1)
    assert found["held_equals_catalog"]
    assert found["accepted_as_often_as_changed"]
    assert found["repeated_batches"] > 0, "no answer was lost: the test has lost its point"


def test_a_permitted_rate_is_kept_without_a_refusal(tmp_path: Path) -> None:
    found = measure_rate(tmp_path, rate=20, seconds=4)
    assert found["refused"] == 0
    assert found["requests"] == 80
