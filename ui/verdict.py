"""The one sentence of the Status page: what stands in the way of coming syncs, and how the data stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncengine.control.runs import Run, RunStatus
from syncengine.inspection.held_for_review import HeldFeed, held_feeds
from syncengine.inspection.pulse import DEAD, Pulse, is_not_running
from syncengine.inspection.status import SyncStatus
from ui import cards
from ui import status_texts as texts
from ui.bootstrap import Page
from ui.formats import ago, moment, plural

_HELD = RunStatus.HELD.shown
_FEEDS_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The feeds of which nothing is sent until somebody has decided on their removals."""

    feeds: tuple[HeldFeed, ...] = ()

    @property
    def removals(self) -> int:
        """Items that would be removed."""
        return sum(feed.removed for feed in self.feeds)

    @property
    def run_id(self) -> str:
        """The newest run that holds them."""
        return self.feeds[0].run_id if self.feeds else ""

    def items(self, status: SyncStatus) -> int:
        """Items of these feeds that wait for the decision, as `status` counts them."""
        keys = {(feed.feed, feed.destination) for feed in self.feeds}
        return sum(feed.waiting_records for feed in status.feeds if (feed.feed, feed.destination) in keys)


def held_back(status: SyncStatus, page: Page) -> Held:
    """What waits for a decision; asked only when the newest run of some feed was held. Raises: ControlError."""
    if not any(feed.status == _HELD for feed in status.feeds):
        return Held()
    return Held(feeds=tuple(feed for feed in held_feeds(page.view) if not feed.approved))


def is_busy(status: SyncStatus) -> bool:
    """Whether a sync is in progress."""
    return status.last_sync is not None and status.last_sync.status == "In Progress"


def failed_run(status: SyncStatus) -> Run | None:
    """The run that the last sync failed with; None when it did not, or when it was left behind unfinished."""
    last = status.last_sync
    if last is None or last.status != "Failed":
        return None
    return next((run for run in status.recent_runs if run.run_id == last.run_id and run.error_code), None)


def verdict(status: SyncStatus, now: Pulse, page: Page, held: Held) -> None:
    """The answer in five seconds."""
    mark, tone, text = _trouble(status, now, page, held) or _standing(status, now, page, held)
    cards.note(mark, text.strip(), tone=tone)


def _trouble(status: SyncStatus, now: Pulse, page: Page, held: Held) -> tuple[str, str, str] | None:
    """The sentence of a sync that goes on, or of one that failed; a held one is told with the data."""
    last, failed = status.last_sync, failed_run(status)
    if is_busy(status):
        return texts.BUSY
    if last is None or last.status != "Failed" or (held.feeds and held.run_id == last.run_id):
        return None
    if failed is not None and (failed.error_code or "").startswith("CS2") and now.succeeded_at is not None:
        mark, tone, text = texts.UNREACHABLE
        return mark, tone, text.format(state_of=moment(now.succeeded_at, page.zone, now=page.now))
    counts = status.equation
    if counts is not None and counts.run_id == last.run_id and counts.accepted:
        mark, tone, text = texts.FAILED_IN_PART
        return mark, tone, text.format(accepted=f"{counts.accepted:,}", sent=plural(counts.sent, "item"))
    mark, tone, text = texts.FAILED
    # a run that ended has a panel of its own below, which says why
    reason, hint = ("", "") if failed is not None else (first_sentence(last.reason), last.hint or "")
    return mark, tone, text.format(reason=reason, hint=hint)


def _standing(status: SyncStatus, now: Pulse, page: Page, held: Held) -> tuple[str, str, str]:
    found = status.needs_attention
    stuck, waiting = found.rejected + found.set_aside, found.waiting - held.items(status)
    kind = "held" if held.feeds else "attention" if stuck else "waiting" if waiting else "in_sync"
    names = list(dict.fromkeys(feed.feed for feed in held.feeds))
    more = f" and {len(names) - _FEEDS_NAMED} more" if len(names) > _FEEDS_NAMED else ""
    read_at = _read_at(status)
    mark, tone, text = texts.DATA[kind]
    said = text.format(
        held=f"{plural(held.removals, 'removal')} {'is' if held.removals == 1 else 'are'}",
        feeds=", ".join(names[:_FEEDS_NAMED]) + more,
        waiting=f"{plural(waiting, 'item')} {'goes' if waiting == 1 else 'go'} out",
        stuck=f"{plural(stuck, 'item')} {'needs' if stuck == 1 else 'need'} attention",
        read="" if read_at is None else f" ({moment(read_at, page.zone, now=page.now)})",
    )
    if is_not_running(now):
        mark, tone, why = texts.STOPPED if now.heart in DEAD else texts.STALE
        said = f"{why.format(age=ago(now.succeeded_at, page.now))} {said}"
    return mark, tone, said


def _read_at(status: SyncStatus) -> datetime | None:
    """When the newest run that read the catalog began to, so far as the newest runs tell."""
    read = (run for run in status.recent_runs if run.source is not None and run.catalog_snapshot is not None)
    return next((run.started_at for run in read), None)


def first_sentence(text: str | None, *, longest: int = 110) -> str:
    """The first sentence of a message, or as much of it as there is room for."""
    line = (text or "").split("\n")[0]
    found = line.split(". ")[0].rstrip()
    found = found if found.endswith((".", "!", "?")) or not found else f"{found}."
    return found if len(found) <= longest else f"{found[: longest - 1].rstrip()}…"
