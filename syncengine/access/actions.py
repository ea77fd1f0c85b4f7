"""What people and programs may ask for. Each asks for the right once more, whatever the page or route has shown.

A refusal is audited as well as what is done: both say who asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from syncengine import commands
from syncengine.access.roles import NotAllowedError, Right, User
from syncengine.control.audit import add_audit
from syncengine.control.requests import ResyncRequest
from syncengine.control.store import ControlStore
from syncengine.errors import SettingsError
from syncengine.pipeline import SyncOptions


class TooLateError(SettingsError):
    """What was asked for cannot be changed any more: a run has taken it, or it has ended."""

    code = "CS1011"


@contextmanager
def _allowed(control: ControlStore, user: User, right: Right, *, action: str, subject: str) -> Iterator[None]:
    """Go on only with the right; the refusal is written down. Raises: NotAllowedError."""
    try:
        user.require(right)
    except NotAllowedError:
        with control.write() as connection:
            add_audit(
                connection, actor=user.name, action=f"refused: {action}", subject=subject, details={"role": user.role}
            )
        raise
    yield


def ask_for_sync(control: ControlStore, options: SyncOptions, *, user: User, start_now: bool = False) -> ResyncRequest:
    """Queue what `options` ask for, in the user's name; the same request that still waits is returned.

    Raises: NotAllowedError, UnknownFeedError.
    """
    with _allowed(control, user, "operate", action="request sync", subject=", ".join(options.feeds) or "all feeds"):
        return commands.request_sync(control, replace(options, requested_by=user.name), start_now=start_now)


def cancel_request(control: ControlStore, request_id: str, *, user: User) -> bool:
    """Take back a request that no run has finished; False when it is too late or unknown. Raises: NotAllowedError."""
    with _allowed(control, user, "operate", action="cancel request", subject=request_id):
        return commands.cancel_request(control, request_id, actor=user.name)


def approve_run(control: ControlStore, run_id: str, *, user: User) -> list[str]:
    """Approve the deletes that a guard held back in a run; what they are. Raises: NotAllowedError, SettingsError."""
    with _allowed(control, user, "operate", action="approve run", subject=run_id):
        return commands.approve_run(control, run_id, actor=user.name)


def request_connection_test(control: ControlStore, *, user: User) -> bool:
    """Ask the engine to test the connections; False when it was asked already. Raises: NotAllowedError."""
    with _allowed(control, user, "operate", action="test connections", subject="connections"):
        return commands.request_connection_test(control, actor=user.name)


def request_live_check(
    control: ControlStore, skus: Sequence[str], *, destination: str | None = None, user: User
) -> bool:
    """Ask the engine to compare products with the store; False when another check is not answered yet.

    Raises: NotAllowedError, SettingsError.
    """
    subject = skus[0] if len(skus) == 1 else f"{len(skus)} products"
    with _allowed(control, user, "operate", action="verify products", subject=subject):
        return commands.request_live_check(control, skus, destination=destination, actor=user.name)


def refuse_run(control: ControlStore, run_id: str, *, user: User) -> list[str]:
    """Refuse the deletes that a guard held back in a run; what they are. Raises: NotAllowedError, SettingsError."""
    with _allowed(control, user, "operate", action="refuse run", subject=run_id):
        return commands.refuse_run(control, run_id, actor=user.name)


def pause_run(control: ControlStore, run_id: str, *, user: User) -> bool:
    """Let a run in progress stand still after its current batches; False when it is finished.

    Raises: NotAllowedError, UnknownRunError.
    """
    with _allowed(control, user, "operate", action="pause run", subject=run_id):
        return commands.pause_run(control, run_id, actor=user.name)


def resume_run(control: ControlStore, run_id: str, *, user: User) -> bool:
    """Let a paused run go on; False when it was not paused. Raises: NotAllowedError, UnknownRunError."""
    with _allowed(control, user, "operate", action="resume run", subject=run_id):
        return commands.resume_run(control, run_id, actor=user.name)


def cancel_run(control: ControlStore, run_id: str, *, user: User) -> bool:
    """Let a run in progress end at its next batch; False when it is finished.

    Raises: NotAllowedError, UnknownRunError.
    """
    with _allowed(control, user, "operate", action="cancel run", subject=run_id):
        return commands.cancel_run(control, run_id, actor=user.name)


def start_now(control: ControlStore, request_id: str, *, user: User) -> bool:
    """Let a request that waits for its window start at once; False when none of that id waits.

    Raises: NotAllowedError.
    """
    with _allowed(control, user, "operate", action="start request now", subject=request_id):
        return commands.start_now(control, request_id, actor=user.name)


def pause_schedule(control: ControlStore, *, reason: str, user: User) -> commands.SchedulePause:
    """Start no sync by the schedule until it is resumed. Raises: NotAllowedError, SettingsError without a reason."""
    with _allowed(control, user, "operate", action="pause schedule", subject="schedule"):
        return commands.pause_schedule(control, reason=reason, actor=user.name)


def resume_schedule(control: ControlStore, *, user: User) -> bool:
    """Let the schedule go on; False when it was not paused. Raises: NotAllowedError."""
    with _allowed(control, user, "operate", action="resume schedule", subject="schedule"):
        return commands.resume_schedule(control, actor=user.name)
