"""`catalog-sync status` and `catalog-sync feeds`: where things stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from syncengine.cli.common import JsonFlag, current_settings, output, print_json, say
from syncengine.cli.remarks import duration
from syncengine.cli.stopping import stop_on_signal
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.errors import SettingsError
from syncengine.inspection.last_sync import EngineStatus
from syncengine.inspection.status import LastSync, SyncStatus, feed_table, sync_status
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.channels import channels_of
from syncengine.monitoring.watcher import look_and_tell


def status(
    watch: Annotated[bool, typer.Option("--watch", help="show it again and again, until stopped")] = False,
    every: Annotated[float, typer.Option("--every", min=0.5, max=3600, help="seconds between, with --watch")] = 2.0,
    notify: Annotated[
        bool, typer.Option("--notify", help="tell `notify`'s channels of a change of state: for cron beside the engine")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show the last sync, how many products are synced, and the state of every feed.

    Example: catalog-sync status --watch
    """
    view = CatalogView(current_settings())
    if notify:
        _tell(view)
    if watch:
        _watch(view, every, as_json=as_json)
    else:
        _show(sync_status(view), as_json=as_json)


def _tell(view: CatalogView) -> None:
    channels = channels_of(view.settings.notify)
    if not channels:
        raise SettingsError(
            "Nobody is to be told: no channel is set.", hint="Set `notify.webhook_url` or `notify.smtp_host`."
        )
    for change in look_and_tell(view, channels):
        say(f"{change.title}: {change.message}")


def _watch(view: CatalogView, every_seconds: float, *, as_json: bool) -> None:
    """Until Ctrl-C or SIGTERM: on a terminal in place, elsewhere one after the other."""
    console = output()
    with stop_on_signal() as stop:
        while True:
            found = sync_status(view)
            if as_json:
                print_json(found.as_json())
            else:
                console.clear()
                _show(found, as_json=False)
                console.print(Text(f"Every {every_seconds:g} s; Ctrl-C ends it.", style="dim"))
            if stop.wait(every_seconds):
                return


def _show(found: SyncStatus, *, as_json: bool) -> None:
    if as_json:
        print_json(found.as_json())
        return
    print_lines(*_head(found))
    print_table(
        ("Feed", "Status", "Source Records", "Successfully Sent Records", "Failed Records", "Last Exported"),
        [
            (feed.feed, feed.status or "No sync yet", feed.source_records, feed.sent_records, feed.failed_records,
             feed.last_exported_at or "Never")
            for feed in found.feeds
        ],
        numbers=("Source Records", "Successfully Sent Records", "Failed Records"),
    )  # fmt: skip


def feeds(as_json: JsonFlag = False) -> None:
    """List the feeds, what identifies their items, and how many are in the catalog and at each destination.

    Example: catalog-sync feeds
    """
    view = CatalogView(current_settings())
    found = feed_table(view)
    if as_json:
        print_json([row.as_json() for row in found])
        return
    names = view.destinations
    counted = ("Order", "Catalog", "Exported", "Waiting", "Rejected")
    print_table(
        ("Order", "Feed", "Destination", "Identity", "Offered", *counted[1:]),
        [
            (row.order, row.feed, names[row.destination], ", ".join(row.identity), row.offered, row.catalog,
             row.exported, row.waiting, row.rejected)
            for row in found
        ],
        numbers=counted,
    )  # fmt: skip


def _head(found: SyncStatus) -> list[str]:
    lines = [f"Last sync: {_last_sync(found.last_sync)}"]
    if found.last_sync is not None and found.last_sync.reason:
        lines += [f"  {found.last_sync.reason}", f"  → {found.last_sync.hint}"]
    delta = found.delta_to_previous
    change = "" if delta is None else " (as before the last run)" if delta == 0 else f" ({delta:+,})"
    lines.append(f"Products synced: {found.products_synced:,}{change}")
    paused = found.schedule_pause
    if paused is not None:
        lines.append(f"Next sync: the schedule is paused since {shown(paused.at)} by {paused.by}: {paused.reason}")
    else:
        lines.append(f"Next sync: {shown(found.next_sync_at) if found.next_sync_at else 'no engine is running'}")
    engine = found.engine
    if engine.pid is not None:
        lines.append(f"Engine: {_engine_words(engine)}")
    attention = found.needs_attention
    parts = {
        "rejected": attention.rejected,
        "retried": attention.retrying,
        "waiting": attention.waiting,
        "set aside": attention.set_aside,
    }
    if any(parts.values()):
        lines.append("Items: " + ", ".join(f"{count:,} {word}" for word, count in parts.items() if count))
    counts = found.equation
    if counts is not None:
        lines.append(
            f"Last run: {counts.catalog:,} in catalog = {counts.unchanged:,} unchanged + {counts.added:,} added"
            f" + {counts.changed:,} changed + {counts.skipped:,} skipped; {counts.removed:,} removed."
        )
        lines.append(
            f"  Sent {counts.sent:,} = {counts.accepted:,} accepted + {counts.rejected:,} rejected"
            f" + {counts.waiting:,} waiting"
        )
    return lines


def _engine_words(engine: EngineStatus) -> str:
    """How the engine is; for one that is not there, what starts it."""
    at, who = shown(engine.heartbeat_at), f"(pid {engine.pid} on {engine.host})"
    if engine.running and engine.kind == "engine":
        return f"running, last seen {at} {who}"
    if engine.running:
        return f"none; a command syncs, last seen {at} {who}"
    how = f"{engine.ended} at {at}" if engine.ended else f"It stopped responding, last seen {at}"
    return f"not running. {how} {who}. `catalog-sync engine` starts one."


def paused_line(run_id: str, paused: Mapping[str, str]) -> str:
    """What people read of a run that stands still."""
    since = shown(datetime.fromisoformat(paused["at"]))
    return f"Paused by {paused['by']} since {since}: `catalog-sync runs resume {run_id}` lets it go on."


def _last_sync(last: LastSync | None) -> str:
    if last is None:
        return "No sync yet"
    if last.status == "In Progress":
        wish = (last.progress or {}).get("paused")
        paused = "" if wish is None else f" {paused_line(last.run_id, wish)}"
        where = progress_words(last.step, last.progress or {})
        return f"In Progress ({where}); last successful sync: {shown(last.at or 'never')}.{paused}"
    if last.status == "Success":
        return f"Success, {shown(last.at)}, {last.products_updated or 0:,} products updated"
    return f"Failed, attempted {shown(last.at)}"


def progress_words(step: str | None, progress: Mapping[str, Any]) -> str:
    """`step export, products 1,200 of 5,000, 140 a second, about 27 s left`, as far as it is known."""
    words = [f"step {step or 'start'}"]
    if progress.get("step") == step and progress.get("done"):
        of = f" of {progress['total']:,}" if progress.get("total") else ""
        words.append(f"{progress.get('subject') or 'items'} {progress['done']:,}{of}")
        if progress.get("rate"):
            words.append(f"{progress['rate']:,.0f} a second")
        if progress.get("seconds_left"):
            words.append(f"about {duration(progress['seconds_left'])} left")
    return ", ".join(words)
