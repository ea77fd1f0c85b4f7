"""What people may ask of one run: to pause, go on or end; and what is to become of deletes that a guard held back."""

from __future__ import annotations

from typing import Any

from syncengine.control.audit import add_audit
from syncengine.control.run_wishes import Wish, drop_wish, put_wish, run_wish
from syncengine.control.runs import Run, RunStatus, finish_run, get_run
from syncengine.control.settings import drop_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.errors import RunCancelledError, SettingsError
from syncengine.export.guards import approval_key, refusal_key


def cancel_run(control: ControlStore, run_id: str, *, actor: str) -> bool:
    """Let a run in progress end at its next batch: what was acknowledged is kept, the rest waits for the next run.

    False when it is finished already. A run that no engine works on ends when one starts. Raises: UnknownRunError.
    """
    return _wish(control, run_id, Wish.cancel, actor=actor)


def pause_run(control: ControlStore, run_id: str, *, actor: str) -> bool:
    """Let a run in progress stand still after its current batches, until it is resumed, cancelled or out of time.

    False when it is finished or cancelled already. Raises: UnknownRunError.
    """
    return _wish(control, run_id, Wish.pause, actor=actor)


def _wish(control: ControlStore, run_id: str, wish: Wish, *, actor: str) -> bool:
    with control.write() as connection:
        if get_run(connection, run_id).status is not RunStatus.IN_PROGRESS:
            return False
        if put_wish(connection, run_id, wish, by=actor):
            add_audit(connection, actor=actor, action=f"{wish.value} run", subject=run_id)
        standing = run_wish(connection, run_id)
        return standing is not None and standing.wish is wish


def resume_run(control: ControlStore, run_id: str, *, actor: str) -> bool:
    """Let a paused run go on; False when it was not paused. Raises: UnknownRunError."""
    with control.write() as connection:
        get_run(connection, run_id)
        standing = run_wish(connection, run_id)
        if standing is None or standing.wish is not Wish.pause:
            return False
        drop_wish(connection, run_id)
        add_audit(connection, actor=actor, action="resume run", subject=run_id)
    return True


def approve_run(control: ControlStore, run_id: str, *, actor: str) -> list[str]:
    """Approve the deletes that a guard held back in a run: just this set, for the next sync. Returns what they are.

    One that was refused before may be approved after all.
    Raises: SettingsError when the run holds nothing; UnknownRunError when there is no such run.
    """
    with control.write() as connection:
        held = _held(get_run(connection, run_id))
        for item in held:
            put_setting(connection, approval_key(item["destination"], item["feed"]), item["fingerprint"])
            drop_setting(connection, refusal_key(item["destination"], item["feed"]))
        add_audit(connection, actor=actor, action="approve run", subject=run_id, details=held)
    return [_told(item) for item in held]


def refuse_run(control: ControlStore, run_id: str, *, actor: str) -> list[str]:
    """Refuse the deletes that a guard held back in a run, which ends Cancelled: just this set is not sent and not asked
    about again; what else changed goes out with the next sync. Returns what they are.

    Raises: SettingsError when the run holds nothing; UnknownRunError when there is no such run.
    """
    with control.write() as connection:
        run = get_run(connection, run_id)
        held = _held(run)
        for item in held:
            put_setting(connection, refusal_key(item["destination"], item["feed"]), item["fingerprint"])
            drop_setting(connection, approval_key(item["destination"], item["feed"]))
        if run.status is RunStatus.HELD:
            error = RunCancelledError(
                f"The removals that were held for review were refused by {actor}.",
                hint="They are not offered again until the set changes; the next sync sends what else changed.",
            )
            finish_run(connection, run_id, RunStatus.CANCELLED, error=error)
            add_audit(connection, actor=actor, action="refuse run", subject=run_id, details=held)
    return [_told(item) for item in held]


def _held(run: Run) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = run.details.get("held", [])
    if run.status not in (RunStatus.HELD, RunStatus.CANCELLED) or not held:
        raise SettingsError(
            f"Run `{run.run_id}` is not held for review: it is {run.status.shown}.",
            hint="`catalog-sync runs list` shows which runs are.",
        )
    return held


def _told(item: dict[str, Any]) -> str:
    return f"{item['feed']}: {item['removed']:,} of {item['exported']:,} items"
