"""`catalog-sync schedule`, `touch` and `requests`: when the engine syncs, what it is told, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json, requested_by, say
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.commands import cancel_request, pause_schedule, resume_schedule, schedule_pause, start_now, touch
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control
from syncengine.engine.windows import grid_every, grid_of_maintenance
from syncengine.errors import SettingsError
from syncengine.inspection.requests import list_requests
from syncengine.inspection.view import CatalogView

_HELP = {"help_option_names": ["-h", "--help"]}
schedule_app = typer.Typer(
    name="schedule", help="When the engine syncs by itself.", no_args_is_help=True, context_settings=_HELP
)
requests_app = typer.Typer(
    name="requests", help="What was asked for and waits, runs or is done.", no_args_is_help=True, context_settings=_HELP
)
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="its id, as `requests list` shows it")]


@contextmanager
def _control() -> Iterator[ControlStore]:
    control = open_control(current_settings())
    try:
        yield control
    finally:
        control.close()


@schedule_app.command("pause")
def pause(
    reason: Annotated[str, typer.Option("--reason", help="why, for those who wonder")], as_json: JsonFlag = False
) -> None:
    """Let the schedule start nothing until it is resumed; what is asked to start now still starts.

    Example: catalog-sync schedule pause --reason "price import until noon"
    """
    with _control() as control:
        paused = pause_schedule(control, reason=reason, actor=requested_by())
    if as_json:
        print_json({"paused": True, "reason": paused.reason, "by": paused.by, "at": paused.at.isoformat()})
        return
    print_lines(f"The schedule is paused: {paused.reason}", "`catalog-sync schedule resume` lets it go on.")


@schedule_app.command("resume")
def resume(as_json: JsonFlag = False) -> None:
    """Let the schedule go on; one sync makes up for what was missed.

    Example: catalog-sync schedule resume
    """
    with _control() as control:
        was_paused = resume_schedule(control, actor=requested_by())
    if as_json:
        print_json({"paused": False, "was_paused": was_paused})
        return
    print_lines("The schedule goes on." if was_paused else "The schedule was not paused.")


@schedule_app.command("show")
def show(as_json: JsonFlag = False) -> None:
    """Show the next windows by the settings, and whether the schedule is paused.

    Example: catalog-sync schedule show
    """
    settings, now = current_settings(), utc_now()
    schedule = settings.schedule
    with _control() as control:
        paused = schedule_pause(control)
    rows: list[tuple[str, datetime]] = [("everything", grid_every(schedule, schedule.every_minutes).next_after(now))]
    rows += [(feed, grid_every(schedule, every).next_after(now)) for feed, every in schedule.feed_minutes.items()]
    if schedule.retry_minutes:
        rows.append(("retries", grid_every(schedule, schedule.retry_minutes).next_after(now)))
    rows.append(("maintenance", grid_of_maintenance(settings.maintenance).next_after(now)))
    if as_json:
        told = None
        if paused is not None:
            told = {"reason": paused.reason, "by": paused.by, "at": paused.at.isoformat()}
        print_json({"paused": told, "next": {name: at.isoformat() for name, at in rows}})
        return
    if paused is not None:
        print_lines(f"Paused since {shown(paused.at)} by {paused.by}: {paused.reason}")
    print_table(("Window", "Next"), rows)


def touch_command(
    skus: Annotated[list[str] | None, typer.Argument(metavar="SKU…", help="the products that changed")] = None,
    ids: Annotated[list[int] | None, typer.Option("--id", min=1, help="a product's id; may be repeated")] = None,
    entities: Annotated[
        list[str] | None, typer.Option("--entity", help="a feed or kind of records, such as prices; may be repeated")
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="all of it: a full read")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Say what has changed in the store: one sync of just that follows, after the events of a minute were collected.

    Example: catalog-sync touch 24-MB01 24-MB02
    """
    settings = current_settings()
    with _control() as control:
        receipt = touch(
            control,
            skus=skus or (),
            ids=ids or (),
            entities=entities or (),
            everything=everything,
            actor=requested_by(),
        )
    if as_json:
        since = receipt.collected_since.isoformat()
        print_json({"named": receipt.named, "collected_since": since, "paused": receipt.paused})
        return
    print_lines(f"Taken: the engine syncs it {settings.schedule.debounce_seconds:g} s after the first event.")
    if receipt.paused is not None:
        say(f"The schedule is paused ({receipt.paused}): it waits until `catalog-sync schedule resume`.")


@requests_app.command("list")
def list_command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="how many")] = 20, as_json: JsonFlag = False
) -> None:
    """List what was asked for, newest first, and what became of it.

    Example: catalog-sync requests list
    """
    found = list_requests(CatalogView(current_settings()), limit=limit)
    if as_json:
        print_json([request.as_json() for request in found])
        return
    rows: list[tuple[Any, ...]] = [
        (item.request_id, item.state, item.what, item.requested_by, item.requested_at, item.run_id, item.reason)
        for item in found
    ]
    print_table(("Request", "State", "What", "By", "At", "Run", "Reason"), rows)
    if not rows:
        print_lines("Nothing was asked for yet.")


@requests_app.command("start")
def start(request_id: RequestArgument) -> None:
    """Let a request that waits for its window start at once.

    Example: catalog-sync requests start q-0123456789ab
    """
    with _control() as control:
        if not start_now(control, request_id, actor=requested_by()):
            raise _not_waiting(request_id)
    print_lines(f"Request {request_id} starts as soon as the engine is free.")


@requests_app.command("cancel")
def cancel(request_id: RequestArgument) -> None:
    """Take back a request that no run has taken.

    Example: catalog-sync requests cancel q-0123456789ab
    """
    with _control() as control:
        if not cancel_request(control, request_id, actor=requested_by()):
            raise _not_waiting(request_id)
    print_lines(f"Request {request_id} is taken back.")


def _not_waiting(request_id: str) -> SettingsError:
    return SettingsError(
        f"Request `{request_id}` does not wait: it is finished, runs, or there is none of that id.",
        hint="`catalog-sync requests list` shows them.",
    )
