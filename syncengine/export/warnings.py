"""Warnings of a run: what people should look at although nothing was held back or failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from syncengine.control.runs import get_run, set_step
from syncengine.control.store import ControlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWarning:
    """One warning; `kind`: day_budget, window, feed_size, refused_deletes, forced, feed_order, destination_changed
    or credential_changed."""

    kind: str
    destination: str
    feed: str | None
    sentence: str
    hint: str


def add_warnings(control: ControlStore, run_id: str, warnings: Sequence[ExportWarning]) -> None:
    """Keep `warnings` in the run's details, behind those it has; one that stands there already is not repeated."""
    if not warnings:
        return
    with control.write() as connection:
        run = get_run(connection, run_id)
        kept = list(run.details.get("warnings", []))
        kept += [item for warning in warnings if (item := asdict(warning)) not in kept]
        if run.step is not None:
            set_step(connection, run_id, run.step, details=run.details | {"warnings": kept})
