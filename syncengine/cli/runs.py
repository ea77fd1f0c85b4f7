"""`catalog-sync runs …`: what was run, with which counts, what went wrong, and what is to become of a run."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any, Protocol

import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, print_json, requested_by
from syncengine.cli.remarks import print_remarks, remarks_json
from syncengine.cli.status import paused_line, progress_words
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.commands import approve_run, cancel_run, pause_run, refuse_run, resume_run
from syncengine.control.runs import RunStatus
from syncengine.control.store import ControlStore, open_control
from syncengine.inspection.requests import RequestRow, find_request, next_window, requests_served, runs_to_come
from syncengine.inspection.runs import find_run, list_runs_json, recent_runs, run_errors, run_json
from syncengine.inspection.status import equation_of
from syncengine.inspection.view import CatalogView

runs_app = typer.Typer(
    name="runs",
    help="The runs there were, the counts of one, and what went wrong in it.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class RunCommand(Protocol):
    """Asks something of one run; tells whether it could be."""

    def __call__(self, control: ControlStore, run_id: str, *, actor: str) -> bool:
        """Ask."""


RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="its id, as `runs list` shows it")]


@runs_app.command("list")
def list_command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="how many")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List the newest runs first; above them what was asked for and has not begun.

    Example: catalog-sync runs list --limit 5
    """
    view = CatalogView(current_settings())
    if as_json:
        print_json(list_runs_json(view, limit=limit))
        return
    rows: list[tuple[Any, ...]] = [
        (item.request_id, item.state, item.requested_at, run["trigger"], run["mode"], *(None,) * 5)
        for item in runs_to_come(view, limit=limit)
        for run in (item.as_run(),)
    ]
    for run, feed_runs in recent_runs(view, limit=limit):
        counts = equation_of(run.run_id, feed_runs)
        word = run.status.shown + (" (dry run)" if run.dry_run else "")
        rows.append(
            (run.run_id, word, run.started_at, run.trigger, run.mode, counts.catalog, counts.sent, counts.accepted,
             counts.rejected, counts.waiting)
        )  # fmt: skip
    counted = ("Catalog", "Sent", "Accepted", "Rejected", "Waiting")
    print_table(("Run", "Status", "Started", "Trigger", "Mode", *counted), rows, numbers=counted)
    if not rows:
        print_lines("No sync has run yet: `catalog-sync sync` starts the first one.")


@runs_app.command("show")
def show(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """Show one run: its state, who asked for it, the counts of every feed and the settings in force.

    A request's id shows its run, or how the request stands while there is none.

    Example: catalog-sync runs show r-20260504-111700-a1b2c3
    """
    view = CatalogView(current_settings())
    if run_id.startswith("q-"):
        request = find_request(view, run_id)
        if request.run_id is None:
            _show_request(view, request, as_json=as_json)
            return
        run_id = request.run_id
    shape = run_json(view, run_id)
    run, _ = find_run(view, run_id)
    served, in_force = requests_served(view, run_id), run.details.get("settings") or []
    if as_json:
        more = {"requests": [item.as_json() for item in served], "settings": in_force, "progress": run.progress}
        print_json({**shape, **remarks_json(run, view.settings), **more})
        return
    print_lines(
        f"{run.status.shown}  {run.run_id}" + ("  (dry run: nothing was sent)" if run.dry_run else ""),
        f"Started {shown(run.started_at)}, finished {shown(run.finished_at)}, by {run.requested_by} ({run.trigger})",
    )
    print_lines(
        *(f"{item.request_id} by {item.requested_by}, {shown(item.requested_at)}: {item.what}" for item in served)
    )
    if run.status is RunStatus.IN_PROGRESS:
        print_lines(f"Now: {progress_words(shape['step'], run.progress or {})}")
    if shape["paused"] is not None:
        print_lines(paused_line(run.run_id, shape["paused"]))
    if run.error_message:
        print_lines(f"{run.error_code} {run.error_message}", f"→ {run.error_hint}")
    names = ("catalog", "unchanged", "added", "changed", "skipped", "removed", "resent", "sent", "accepted", "rejected",
             "waiting")  # fmt: skip
    headings = tuple(name.capitalize() for name in names)
    print_table(
        ("Feed", "Destination", "Status", *headings),
        [
            (feed["feed"], feed["destination_name"] or feed["destination"], feed["status"], *(feed[n] for n in names))
            for feed in shape["feeds"]
        ],
        numbers=headings,
    )
    print_remarks(run, view.settings)
    if in_force:
        print_lines("Settings in force, where they differ from the defaults:")
        print_table(("Setting", "Value", "From"), [(row["key"], row["value"], row["source"]) for row in in_force])


def _show_request(view: CatalogView, request: RequestRow, *, as_json: bool) -> None:
    """What no run has begun for: who asked for what, and when it begins."""
    if as_json:
        print_json(request.as_json())
        return
    window = next_window(view)
    print_lines(
        f"{request.state}  {request.request_id}",
        f"Asked for {shown(request.requested_at)} by {request.requested_by}: {request.what}",
    )
    if request.reason:
        print_lines(request.reason)
    if not request.is_open:
        return
    if not window.engine_runs:
        print_lines("It begins when an engine runs: `catalog-sync engine`.")
    elif request.start_now or not request.is_waiting:
        print_lines("It begins as soon as the engine is free.")
    elif window.pause is not None:
        print_lines(f"The schedule is paused by {window.pause.by}: {window.pause.reason}")
    else:
        print_lines(f"It begins with the next window: {shown(window.at)}")


@runs_app.command("errors")
def errors(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """Show what went wrong in a run, grouped by cause, with some of the items.

    Example: catalog-sync runs errors r-20260504-111700-a1b2c3 --json
    """
    groups = run_errors(CatalogView(current_settings()), run_id)
    if as_json:
        print_json([group.as_json() for group in groups])
        return
    print_table(
        ("Feed", "Outcome", "Items", "HTTP", "Code", "Message", "Some of them"),
        [
            (group.feed, group.outcome.replace("_", " "), group.items, shown(group.http_status), group.error_code,
             group.message, ", ".join(group.samples))
            for group in groups
        ],
        numbers=("Items",),
    )  # fmt: skip
    if not groups:
        print_lines("No item of this run was refused or is left waiting.")


@runs_app.command("approve")
def approve(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """Let the deletes that a guard held back in a run go out with the next sync.

    Example: catalog-sync runs approve r-20261122-101500-a1b2c3
    """
    with _control() as control:
        released = approve_run(control, run_id, actor=requested_by())
    if as_json:
        print_json({"run_id": run_id, "approved": released})
    else:
        print_lines(*(f"Approved: {line} removed." for line in released), "`catalog-sync sync` sends them.")


@runs_app.command("refuse")
def refuse(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """Refuse the deletes that a guard held back in a run: they stay at the destination, and only they.

    Example: catalog-sync runs refuse r-20261122-101500-a1b2c3
    """
    with _control() as control:
        refused = refuse_run(control, run_id, actor=requested_by())
    if as_json:
        print_json({"run_id": run_id, "refused": refused})
    else:
        print_lines(
            *(f"Refused: {line} are not removed." for line in refused), "`catalog-sync sync` sends what else changed."
        )


@runs_app.command("cancel")
def cancel(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """End a run in progress at its next batch: what was acknowledged is kept, the rest waits.

    Example: catalog-sync runs cancel r-20261122-101500-a1b2c3
    """
    _ask(run_id, cancel_run, "cancelled", "Run {} ends at its next batch; the rest waits for the next run.", as_json)


@runs_app.command("pause")
def pause(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """Let a run in progress stand still between two batches, until it is resumed or cancelled.

    Example: catalog-sync runs pause r-20261122-101500-a1b2c3
    """
    said = "Run {0} stands still after its current batches. `catalog-sync runs resume {0}` lets it go on."
    _ask(run_id, pause_run, "paused", said, as_json)


@runs_app.command("resume")
def resume(run_id: RunArgument, as_json: JsonFlag = False) -> None:
    """Let a paused run go on.

    Example: catalog-sync runs resume r-20261122-101500-a1b2c3
    """
    _ask(run_id, resume_run, "resumed", "Run {} goes on.", as_json)


def _ask(run_id: str, command: RunCommand, word: str, said: str, as_json: bool) -> None:
    """Ask it of the run, and say so; ends with 1 when it is too late."""
    with _control() as control:
        done = command(control, run_id, actor=requested_by())
    if as_json:
        print_json({"run_id": run_id, word: done})
    else:
        too_late = f"Run {run_id} cannot be {word}: `catalog-sync runs show {run_id}` says how it stands."
        print_lines(said.format(run_id) if done else too_late)
    exit_with(0 if done else 1)


def _control() -> closing[ControlStore]:
    return closing(open_control(current_settings()))
