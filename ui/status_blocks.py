"""The blocks of the Status page: each answers one question of the merchant's."""

from __future__ import annotations

from typing import Any

import streamlit as st

from syncengine.control.runs import Run
from syncengine.inspection.status import Equation, SyncStatus
from syncengine.settings import DestinationSettings, Settings
from ui import cards, links, run_texts, status_texts, texts
from ui.bootstrap import Page
from ui.formats import duration, moment, plural

SPARK_RUNS = 24
STEPS = ("read", "index", "snapshot", "diff", "export", "acknowledge", "publish")


def route(settings: Settings) -> str:
    """Where the catalog comes from and where it goes, in one line."""
    return f"{source_name(settings)} → {', '.join(destination_names(settings))}"


def source_name(settings: Settings) -> str:
    """The store in a few words."""
    if settings.is_demo_source:
        return "Demo store"
    source = settings.source
    return f"Records in {source.path}" if source.kind == "files" else str(source.url)


def destination_names(settings: Settings) -> list[str]:
    """The destinations in a few words each."""
    if settings.is_demo_destination:
        return ["demo services"]
    return [_named(name, value) for name, value in settings.all_destinations().items()]


def destination_name(settings: Settings, destination: str) -> str:
    """One destination, by its id, with where it is; one that is not set any more by its id alone."""
    known = {value.destination_id: _named(name, value) for name, value in settings.all_destinations().items()}
    return known.get(destination, destination)


def _named(name: str, destination: DestinationSettings) -> str:
    return f"{name} ({destination.path if destination.kind == 'folder' else destination.url})"


def progress_of(step: str | None, progress: dict[str, Any] | None) -> tuple[str, float]:
    """What a run is doing, in words, and how far it is through its steps."""
    step = step if step in STEPS else STEPS[0]
    number = STEPS.index(step)
    words = f"Step {number + 1} of {len(STEPS)}: {step}"
    now: dict[str, Any] = progress or {}
    done, total = now.get("done") or 0, now.get("total")
    if now.get("step") == step and done:
        of = f" of {total:,}" if total else ""
        words += f", {now.get('subject') or 'items'} {done:,}{of}"
        if left := now.get("seconds_left"):
            words += f" · {texts.TIME_LEFT.format(time=duration(round(left)))}"
    within = done / total if now.get("step") == step and total else 0
    return words, (number + min(1.0, within)) / len(STEPS)


def numbers(equation: Equation, *, dry_run: bool = False) -> None:
    """The run's equation: as blocks, and once in words; of a dry run what would be sent."""
    whole, held = (
        ("in catalog", "idle"),
        (("unchanged", "idle"), ("added", "ok"), ("changed", "ok"), ("skipped", "warn")),
    )
    sent, told = ("sent", "idle"), (("accepted", "ok"), ("rejected", "bad"), ("waiting", "warn"))
    blocks = cards.equation(_term(equation, *whole), [_term(equation, *part, is_listed=not dry_run) for part in held])
    if not dry_run:
        blocks += cards.equation(_term(equation, *sent), [_term(equation, *part) for part in told])
    st.html(f'<div class="cs-eqs">{blocks}</div>')
    parts = [(equation.added, "added"), (equation.changed, "changed"), (equation.removed, "removed")]
    if equation.resent:
        parts.append((equation.resent, "sent again"))
    words = " + ".join(f"{number:,} {word}" for number, word in parts)
    if dry_run:
        text = f"{words} = {equation.sent:,} would be sent."
    elif equation.sent:
        text = f"{words} = {equation.sent:,} sent; of these {equation.accepted:,} were accepted."
    elif equation.skipped:
        text = "Nothing was sent."
    else:
        text = "Nothing differed from what was exported, so nothing was sent."
    if equation.skipped:
        text += f" {plural(equation.skipped, 'item')} left alone: refused before, or held back for review."
    if equation.set_aside:
        text += f" {plural(equation.set_aside, 'record')} could not be compiled and were set aside."
    cards.quiet(text)


def _term(equation: Equation, label: str, tone: str, *, is_listed: bool = True) -> cards.Term:
    """One count of the run; what the run's page lists is led to."""
    name = label.removeprefix("in ")
    listed = ""
    if is_listed and name in run_texts.TABS:
        listed = links.address("run", run=equation.run_id, items=name) + links.ITEMS_OF_RUN
    number = getattr(equation, name)
    return cards.Term(label=label, number=number, what=status_texts.EQUATION[label], tone=tone, address=listed)


def numbers_note(status: SyncStatus, page: Page) -> str:
    """Of which run the equation is: the newest one may have ended before it compared anything."""
    equation, syncs = status.equation, [run for run in status.recent_runs if not run.dry_run]
    run = next((run for run in syncs if equation is not None and run.run_id == equation.run_id), None)
    if run is None:
        return ""
    words = status_texts.NUMBERS_OF if run == syncs[0] or is_going_on(syncs[0]) else status_texts.NUMBERS_OF_EARLIER
    return words.format(at=moment(run.started_at, page.zone, now=page.now))


def is_going_on(run: Run) -> bool:
    """Whether the run has not ended yet."""
    return run.finished_at is None
