"""`catalog-sync sync` and `catalog-sync saas:resync`: one run, now, and its equation."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from syncengine.changes.plan import Selection
from syncengine.cli.common import JsonFlag, current_settings, exit_with, is_quiet, output, print_json, requested_by, say
from syncengine.cli.progress import observer_for_terminal
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.runs import Run, RunStatus
from syncengine.engine import open_workshop
from syncengine.errors import SettingsError
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.runs import run_shape
from syncengine.pipeline import SyncOptions, Workshop, resume_left_behind, run_sync

FeedOption = Annotated[list[str] | None, typer.Option("--feed", help="one feed; may be repeated; all when left out")]


def sync(
    feed: FeedOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="plan and count, send nothing")] = False,
    full: Annotated[bool, typer.Option("--full", help="read the whole catalog, whatever was read before")] = False,
    destination: Annotated[str | None, typer.Option(help="serve this destination only")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read the catalog, find what changed since the last sync, and export only that.

    Example: catalog-sync sync --feed products --dry-run
    """
    del full  # every read is a full one until partial reads exist
    options = SyncOptions(
        feeds=_feed_names(feed), dry_run=dry_run, destination=destination, requested_by=requested_by()
    )
    _run_here(options, as_json=as_json)


def resync(
    feed: Annotated[list[str], typer.Option("--feed", help="one feed; may be repeated")],
    no_reindex: Annotated[bool, typer.Option("--no-reindex", help="send the catalog as last compiled")] = False,
    by_ids: Annotated[str | None, typer.Option("--by-ids", "--sku", help="only these, separated by commas")] = None,
    id_type: Annotated[str, typer.Option("--id-type", help="what the ids are: sku or productId")] = "sku",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="plan and count, send nothing")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Send a feed's items again, whatever was sent before.

    Example: catalog-sync saas:resync --feed products --no-reindex
    """
    if id_type not in ("sku", "productId"):
        raise SettingsError(f"`--id-type` cannot be `{id_type}`.", hint="It is sku or productId.")
    values = tuple(value.strip() for value in (by_ids or "").split(",") if value.strip())
    if by_ids is not None and not values:
        raise SettingsError("`--by-ids` names nothing.", hint="Give SKUs or ids, separated by commas.")
    selection = Selection(
        resync=True, by="all" if not values else "sku" if id_type == "sku" else "productId", values=values
    )
    options = SyncOptions(
        feeds=_feed_names(feed),
        selection=selection,
        no_reindex=no_reindex,
        dry_run=dry_run,
        requested_by=requested_by(),
    )
    _run_here(options, as_json=as_json)


def _feed_names(feeds: list[str] | None) -> tuple[str, ...]:
    return tuple(get_feed(name).name for name in feeds or ())


def _run_here(options: SyncOptions, *, as_json: bool) -> None:
    settings = current_settings()
    if settings.is_demo:
        say("No store is configured: this is the embedded demo. README.md says how to name a real one.")
    operation = "resync" if options.selection.resync else "partial sync"
    with stop_on_signal() as stop, observer_for_terminal(quiet=is_quiet() or as_json, operation=operation) as observer:
        with open_workshop(settings, observer, kind="command", should_stop=stop.is_set) as shop:
            for left in resume_left_behind(shop):
                say(f"Run {left.run_id}, left behind by a stopped engine, is now {left.status.shown}.")
            run = run_sync(shop, options)
            feed_runs = feed_runs_of(shop, run)
    if as_json:
        print_json(run_shape(run, feed_runs, settings))
    else:
        print_equation(run, feed_runs)
    exit_with(exit_code(run, feed_runs))


def feed_runs_of(shop: Workshop, run: Run) -> list[FeedRun]:
    """The counts of a run, per feed and destination."""
    with shop.control.read() as connection:
        return list_feed_runs(connection, run.run_id)


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set: the run ends at the next batch; a second signal ends it at once."""
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(run: Run, feed_runs: list[FeedRun]) -> int:
    """The exit code of conventions.md for a finished run."""
    if run.status is RunStatus.HELD:
        return 6
    if run.status is RunStatus.FAILED:
        return 5 if run.error_code in ("CS2002", "CS4003") else 1
    left = sum(item.rejected + (0 if run.dry_run else item.waiting) + item.set_aside for item in feed_runs)
    return 3 if left else 0


def print_equation(run: Run, feed_runs: list[FeedRun]) -> None:
    """The counts of a run: what the catalog holds, what was sent, and that both add up."""
    console = output()
    console.print(f"{run.status.shown}  {run.run_id}" + ("  (dry run: nothing was sent)" if run.dry_run else ""))
    order = {name: position for position, name in enumerate(FEEDS)}
    for item in sorted(feed_runs, key=lambda item: (item.destination, order[item.feed])):
        if item.status == "not_offered":
            console.print(f"  {item.feed}: not offered by this store")
            continue
        line = (
            f"  {item.feed}: {item.catalog:,} in catalog = {item.unchanged:,} unchanged + {item.added:,} added"
            f" + {item.changed:,} changed + {item.skipped:,} skipped; {item.removed:,} removed."
        )
        verb = "To send" if run.dry_run else "Sent"
        line += f" {verb} {item.sent:,}"
        if not run.dry_run:
            line += f" = {item.accepted:,} accepted + {item.rejected:,} rejected + {item.waiting:,} waiting"
        if item.set_aside:
            line += f"; {item.set_aside:,} records set aside"
        console.print(line)
    if run.error_message:
        console.print(f"{run.error_code} {run.error_message}")
        console.print(f"→ {run.error_hint}")
    elif not any(item.sent for item in feed_runs):
        console.print("Nothing changed since the last sync: 0 sent.")
