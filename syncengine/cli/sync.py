"""`catalog-sync sync` and `catalog-sync saas:resync`: one run, now, and its equation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from syncengine.changes.plan import Selection
from syncengine.cli.aftermath import TextfileOption, tell_watchers
from syncengine.cli.common import (
    JsonFlag,
    current_settings,
    exit_with,
    is_quiet,
    logged_errors,
    print_json,
    requested_by,
    say,
)
from syncengine.cli.progress import observer_for_terminal
from syncengine.cli.remarks import print_remarks, remarks_json
from syncengine.cli.stopping import StopRequest, stop_on_signal
from syncengine.cli.tables import print_lines, print_table
from syncengine.commands import request_sync
from syncengine.control.engine import engine_state
from syncengine.control.feed_runs import FeedRun, list_feed_runs
from syncengine.control.requests import get_request
from syncengine.control.runs import Run, RunStatus, get_run, last_run, list_runs
from syncengine.control.store import open_control
from syncengine.engine import open_workshop
from syncengine.errors import EngineBusyError, SettingsError, SyncInterruptedError
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.as_of import find_moment
from syncengine.inspection.runs import run_shape
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions, Workshop, resume_left_behind, run_sync
from syncengine.progress import Observer
from syncengine.settings import Settings

FOLLOW_SECONDS = 0.5
_COUNTS = (
    "catalog", "unchanged", "added", "changed", "skipped", "removed",
    "resent", "sent", "accepted", "rejected", "waiting",
)  # fmt: skip

FeedOption = Annotated[list[str] | None, typer.Option("--feed", help="one feed; may be repeated; all when left out")]


def sync(
    feed: FeedOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="plan and count, send nothing")] = False,
    full: Annotated[bool, typer.Option("--full", help="read the whole catalog, whatever was read before")] = False,
    destination: Annotated[str | None, typer.Option(help="serve this destination only")] = None,
    metrics_textfile: TextfileOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Read the catalog, find what changed since the last sync, and export only that.

    Example: catalog-sync sync --feed products --dry-run
    """
    options = SyncOptions(
        feeds=_feed_names(feed), full=full, dry_run=dry_run, destination=destination, requested_by=requested_by()
    )
    run_and_report(options, as_json=as_json, metrics_textfile=metrics_textfile)


def resync(
    feed: Annotated[list[str], typer.Option("--feed", help="one feed; may be repeated")],
    no_reindex: Annotated[bool, typer.Option("--no-reindex", help="send the catalog as last compiled")] = False,
    by_ids: Annotated[str | None, typer.Option("--by-ids", "--sku", help="only these, separated by commas")] = None,
    id_type: Annotated[str, typer.Option("--id-type", help="what the ids are: sku or productId")] = "sku",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="plan and count, send nothing")] = False,
    cleanup_feed: Annotated[
        bool, typer.Option("--cleanup-feed", help="send all that was ever removed as removed again, too")
    ] = False,
    continue_resync: Annotated[
        bool, typer.Option("--continue-resync", help="only what the last resync of the feed did not get through")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="MOMENT", help="send the catalog as it was after a run, at a snapshot or a time"
        ),
    ] = None,
    batch_size: Annotated[int | None, typer.Option("--batch-size", min=1, help="at most so many items a batch")] = None,
    thread_count: Annotated[
        int | None, typer.Option("--thread-count", min=1, max=16, help="batches on the way at the same time")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="whatever a guard would hold back, and without a question or advice")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Send a feed's items again, whatever was sent before.

    Example: catalog-sync saas:resync --feed products --no-reindex
    """
    feeds = _feed_names(feed)
    if sum([by_ids is not None, continue_resync, cleanup_feed]) > 1:
        raise SettingsError(
            "`--by-ids`, `--continue-resync` and `--cleanup-feed` exclude each other.", hint="Give one of them."
        )
    selection = _selection(by_ids, id_type)
    if cleanup_feed:
        _confirm_cleanup(feeds, yes=yes or force or dry_run or as_json)
        selection = replace(selection, tombstones=True)
    if continue_resync:
        selection = replace(selection, by="continued", since=_begin_of_last_resync(feeds))
    if as_of is not None:
        selection = replace(selection, catalog_snapshot=_snapshot_of(as_of))
    options = SyncOptions(
        feeds=feeds,
        selection=selection,
        no_reindex=no_reindex or as_of is not None,
        dry_run=dry_run,
        batch_items=batch_size,
        connections=thread_count,
        force=force,
        requested_by=requested_by(),
    )
    run_and_report(options, as_json=as_json)


def _selection(by_ids: str | None, id_type: str) -> Selection:
    if id_type not in ("sku", "productId"):
        raise SettingsError(f"`--id-type` cannot be `{id_type}`.", hint="It is sku or productId.")
    values = tuple(value.strip() for value in (by_ids or "").split(",") if value.strip())
    if by_ids is not None and not values:
        raise SettingsError("`--by-ids` names nothing.", hint="Give SKUs or ids, separated by commas.")
    return Selection(resync=True, by="all" if not values else "sku" if id_type == "sku" else "productId", values=values)


def _confirm_cleanup(feeds: tuple[str, ...], *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError("`--cleanup-feed` asks before it begins.", hint="Add `--yes`.")
    typer.confirm(f"Send every item and every removal of {', '.join(feeds)} again?", abort=True, err=True)


def _begin_of_last_resync(feeds: tuple[str, ...]) -> datetime:
    """When the last whole resync of these feeds began."""
    with closing(open_control(current_settings())) as control, control.read() as connection:
        for run in list_runs(connection, limit=1000):
            if run.mode == "resync" and not run.dry_run and set(feeds) <= set(run.feeds):
                return run.started_at
    raise SettingsError(
        f"There is no resync of {', '.join(feeds)} to go on with.",
        hint=f"`catalog-sync saas:resync --feed {feeds[0]}` begins one.",
    )


def _snapshot_of(moment: str) -> int:
    """The snapshot of the catalog that a run compiled, or that held at a time; or the snapshot of that number.

    Raises: UnknownRunError, SettingsError, MomentNotKeptError.
    """
    if not moment.startswith("r-"):
        return find_moment(CatalogView(current_settings()), moment).snapshot_id
    run_id = moment
    with closing(open_control(current_settings())) as control, control.read() as connection:
        snapshot = get_run(connection, run_id).catalog_snapshot
    if snapshot is None:
        raise SettingsError(
            f"No catalog is kept of run `{run_id}`: it compiled none, or its snapshot has expired.",
            hint="Name a newer run that read the store: `catalog-sync runs list`.",
        )
    return snapshot


def _feed_names(feeds: list[str] | None) -> tuple[str, ...]:
    return tuple(get_feed(name).name for name in feeds or ())


def run_and_report(options: SyncOptions, *, as_json: bool, metrics_textfile: Path | None = None) -> None:
    """Run it here under the engine lock; where an engine holds that, ask it to start at once and follow it."""
    settings = current_settings()
    operation = "partial sync" if options.mode == "changes" else options.mode
    with stop_on_signal() as stop, observer_for_terminal(quiet=is_quiet() or as_json, operation=operation) as observer:
        try:
            with logged_errors():
                run, feed_runs = _run_here(settings, options, observer, stop)
        except EngineBusyError as busy:
            run, feed_runs = _ask_engine(settings, options, observer, stop, busy)
        except SyncInterruptedError as interrupted:
            interrupted.exit_code = 128 + stop.number
            raise
    tell_watchers(settings, metrics_textfile)
    if as_json:
        print_json({**run_shape(run, feed_runs, settings), **remarks_json(run, settings)})
    else:
        print_equation(run, feed_runs)
        print_remarks(run, settings)
    exit_with(exit_code(run, feed_runs))


def _run_here(
    settings: Settings, options: SyncOptions, observer: Observer, stop: StopRequest
) -> tuple[Run, list[FeedRun]]:
    with open_workshop(settings, observer, kind="command", should_stop=stop.is_set, stopped_by=stop.name) as shop:
        if settings.is_demo:
            say("No store is configured: this is the embedded demo. docs/settings.md says how to name a real one.")
        for left in resume_left_behind(shop):
            say(f"Run {left.run_id}, left behind by a stopped engine, is now {left.status.shown}.")
        run = run_sync(shop, options)
        return run, feed_runs_of(shop, run)


def _ask_engine(
    settings: Settings, options: SyncOptions, observer: Observer, stop: StopRequest, busy: EngineBusyError
) -> tuple[Run, list[FeedRun]]:
    """Queue the request with the engine that runs, and follow it to its end. Raises `busy` if it is no engine."""
    with closing(open_control(settings)) as control:
        with control.read() as connection:
            holder = engine_state(connection)
        if holder is None or holder.kind != "engine":
            raise busy
        request = request_sync(control, options, start_now=True)
        say(f"An engine runs here (pid {holder.pid}): request {request.request_id} starts at once.")
        while not stop.wait(FOLLOW_SECONDS):
            with control.read() as connection:
                now = get_request(connection, request.request_id)
                running = last_run(connection, frozenset({RunStatus.IN_PROGRESS}))
                if now is not None and now.status == "done" and now.run_id is not None:
                    return get_run(connection, now.run_id), list_feed_runs(connection, now.run_id)
            if now is not None and now.status == "rejected":
                raise SettingsError(
                    f"The engine rejected the request: {now.reason}", hint="`catalog-sync requests list`"
                )
            if now is None or now.status in ("cancelled", "done"):
                raise EngineBusyError(
                    f"The engine did not run request `{request.request_id}`.",
                    hint="`catalog-sync status` says how the engine is; its log says why.",
                )
            if running is not None and running.progress:
                step = running.progress
                observer.advance(step["step"], step["subject"], step["done"], step["total"])
    raise SyncInterruptedError(f"Request `{request.request_id}` goes on in the engine.", hint="`catalog-sync status`")


def feed_runs_of(shop: Workshop, run: Run) -> list[FeedRun]:
    """The counts of a run, per feed and destination."""
    with shop.control.read() as connection:
        return list_feed_runs(connection, run.run_id)


def exit_code(run: Run, feed_runs: list[FeedRun]) -> int:
    """The exit code for a finished run (docs/commands.md)."""
    if run.status is RunStatus.HELD:
        return 6
    if run.status is RunStatus.CANCELLED:
        return SyncInterruptedError.exit_code
    if run.status is RunStatus.FAILED:
        return 5 if run.error_code in ("CS2002", "CS4003") else 1
    left = sum(item.rejected + (0 if run.dry_run else item.waiting) + item.set_aside for item in feed_runs)
    return 3 if left else 0


def print_equation(run: Run, feed_runs: list[FeedRun]) -> None:
    """The counts of a run: what the catalog holds, what was sent, and that both add up."""
    order = {name: position for position, name in enumerate(FEEDS)}
    counted = sorted(feed_runs, key=lambda item: (item.destination, order[item.feed]))
    total = {name: sum(getattr(item, name) for item in feed_runs) for name in _COUNTS}
    # a column of zeros only makes the others narrow; the sentences below name every count
    told = [name for name in _COUNTS if total[name] or name in ("catalog", "unchanged", "sent")]
    several = len({item.destination for item in feed_runs}) > 1
    names = {value.destination_id: name for name, value in current_settings().all_destinations().items()}
    print_table(
        ("Feed", *(("Destination",) if several else ()), *(name.capitalize() for name in told)),
        [
            (
                item.feed,
                *((names.get(item.destination, item.destination),) if several else ()),
                *(getattr(item, name) for name in told),
            )
            for item in counted
            if item.status != "not_offered"
        ],
        numbers=[name.capitalize() for name in told],
    )
    lines = [
        "Catalog {catalog:,} = {unchanged:,} unchanged + {added:,} added + {changed:,} changed"
        " + {skipped:,} skipped; {removed:,} removed.".format(**total)
    ]
    if run.dry_run:
        lines.append(f"A dry run: nothing was sent. It would send {total['sent']:,} items.")
    elif total["sent"] == 0:
        lines.append("Nothing changed since the last sync: 0 sent.")
    else:
        lines.append(
            "Sent {sent:,} = {accepted:,} accepted + {rejected:,} rejected + {waiting:,} waiting.".format(**total)
        )
    set_aside = {item.feed: item.set_aside for item in feed_runs if item.set_aside}
    if set_aside:
        listed = ", ".join(f"{feed} {count:,}" for feed, count in set_aside.items())
        lines.append(f"Records set aside: {listed}. `catalog-sync runs errors {run.run_id}` says why.")
    lines += _absences(run, counted, names)
    print_lines(f"{run.status.shown}  {run.run_id}", *lines)
    if run.error_message:
        print_lines(f"{run.error_code} {run.error_message}", f"→ {run.error_hint}")


def _absences(run: Run, feed_runs: list[FeedRun], names: dict[str, str]) -> Iterator[str]:
    """Which feeds the store does not have, and which a destination has no place for."""
    absent = [feed for feed in FEEDS if feed in run.details.get("not_offered", ())]
    if absent:
        yield f"Not offered by this store: {', '.join(absent)}."
    for destination, name in names.items():
        left_out = [item.feed for item in feed_runs if (item.destination, item.status) == (destination, "not_offered")]
        if no_place := [feed for feed in left_out if feed not in absent]:
            yield f"`{name}` has no place for: {', '.join(no_place)}."
