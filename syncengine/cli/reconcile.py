"""`catalog-sync reconcile`: what the destinations really hold beside what we remember, and mending the memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, is_quiet, print_json, requested_by
from syncengine.cli.export import DestinationOption
from syncengine.cli.progress import observer_for_terminal
from syncengine.cli.stopping import stop_on_signal
from syncengine.cli.sync import FeedOption
from syncengine.cli.tables import print_lines, print_table
from syncengine.errors import SettingsError
from syncengine.export.reconcile import KINDS, Reconciliation
from syncengine.feeds.registry import get_feeds
from syncengine.reconciling import Question, reconcile, reconcile_and_repair

CountsFlag = Annotated[
    bool, typer.Option("--counts-only", help="ask how many items are held, one request a feed, and nothing else")
]
RepairFlag = Annotated[bool, typer.Option("--repair", help="make our memory say what is held; sends nothing yet")]


def reconcile_command(
    feed: FeedOption = None,
    destination: DestinationOption = None,
    counts_only: CountsFlag = False,
    repair: RepairFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Ask the destinations what they hold, and compare it with what they are known to have acknowledged.

    Ends with 1 when they differ and nothing was repaired. Example: catalog-sync reconcile --feed products
    """
    settings = current_settings()
    named = settings.all_destinations()
    if destination is not None and destination not in named:
        raise SettingsError(f"There is no destination `{destination}`.", hint=f"There are: {', '.join(named)}.")
    if counts_only and repair:
        raise SettingsError("`--counts-only` cannot repair.", hint="`--repair` compares item by item.")
    question = Question(feeds=tuple(get_feeds(feed or ())), destination=destination, counts_only=counts_only)
    with (
        stop_on_signal() as stop,
        observer_for_terminal(quiet=is_quiet() or as_json, operation="reconcile", is_run=False) as seen,
    ):
        if repair:
            answer = reconcile_and_repair(settings, question, seen, stop.is_set, actor=requested_by())
        else:
            answer = reconcile(settings, question, seen, stop.is_set)
    if as_json:
        shown = [item.as_json() | {"repaired": repair and not item.is_true} for item in answer.compared]
        print_json({"feeds": shown, "cannot_answer": list(answer.cannot_answer)})
    else:
        _print(answer.compared, {value.destination_id: name for name, value in named.items()}, repaired=repair)
        for name in answer.cannot_answer:
            print_lines(f"`{name}` cannot tell what it holds: a destination of kind {named[name].kind} is never asked.")
    exit_with(0 if repair or all(item.is_true for item in answer.compared) else 1)


def _print(compared: Sequence[Reconciliation], names: dict[str, str], *, repaired: bool) -> None:
    counts = all(item.held is None for item in compared)
    numbers = ("Remembered", "Counted") if counts else ("Remembered", "Counted", "Held", *map(str.capitalize, KINDS))
    print_table(
        ("Feed", "Destination", *numbers),
        [(item.feed, names[item.destination], *(getattr(item, name.lower()) for name in numbers)) for item in compared],
        numbers=numbers,
    )
    for item in compared:
        if not item.counts_equal:
            print_lines(
                f"{item.feed}: `{names[item.destination]}` counts {item.counted:,} items, we remember"
                f" {item.remembered:,}."
            )
    if compared and all(item.counts_equal for item in compared):
        print_lines("The counts are equal." + (" `catalog-sync reconcile` compares the items, too." if counts else ""))
    off = [item for item in compared if not item.is_true]
    for item in off:
        for kind in KINDS:
            if item.samples.get(kind):
                print_lines(f"{item.feed}, {kind}: {', '.join(item.samples[kind])}")
    if counts:
        return
    if compared and not off:
        print_lines("What is held is what we remember.")
    elif off and repaired:
        print_lines("Our memory says now what is held: `catalog-sync sync` sends what the catalog says otherwise.")
    elif off:
        for item in off:
            plan = ", ".join(f"{word} {count:,}" for word, count in item.repair_plan.items() if count)
            print_lines(f"Repair plan for {item.feed} at `{names[item.destination]}`: {plan}.")
        print_lines(
            "`catalog-sync reconcile --repair` makes our memory say what is held, so that the next sync sends: what is"
            " missing or different from the catalog anew, and what the catalog does not have as removed."
        )
