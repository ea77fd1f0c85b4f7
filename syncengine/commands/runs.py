"""What people may ask of one run: approve what a guard held back."""

from __future__ import annotations

from syncengine.control.audit import add_audit
from syncengine.control.runs import RunStatus, get_run
from syncengine.control.settings import put_setting
from syncengine.control.store import ControlStore
from syncengine.errors import SettingsError
from syncengine.export.guards import approval_key


def approve_run(control: ControlStore, run_id: str, *, actor: str) -> list[str]:
    """Approve the deletes that a guard held back in a run: just this set, for the next sync. Returns what they are.

    Raises: SettingsError when the run is not held; UnknownRunError when there is no such run.
    """
    with control.write() as connection:
        run = get_run(connection, run_id)
        held = run.details.get("held", [])
        if run.status is not RunStatus.HELD or not held:
            raise SettingsError(
                f"Run `{run_id}` is not held for review: it is {run.status.shown}.",
                hint="`catalog-sync runs list` shows which runs are.",
            )
        for item in held:
            put_setting(connection, approval_key(item["destination"], item["feed"]), item["fingerprint"])
        add_audit(connection, actor=actor, action="approve run", subject=run_id, details=held)
    return [f"{item['feed']}: {item['removed']:,} of {item['exported']:,} items" for item in held]
