"""What is said of an item that does not simply agree: one sentence, and the next step."""

from __future__ import annotations

from datetime import datetime

from syncengine.inspection.reasons import FeedFacts, Reason
from syncengine.inspection.story import StoryItem


def told(
    item: StoryItem, code: Reason, facts: FeedFacts, *, when: str, resync: str, subject: str = "product"
) -> tuple[str, str | None]:
    """Sentence and next step of an item that differs, or is gone on both sides.

    `when`: the next sync, as text; `resync`: how to send it now; `subject`: what is to be corrected in the store.
    """
    answer = item.refusal
    if code is Reason.REMOVED:
        return f"Deleted from the catalog; removal acknowledged {in_time(item.last_exported_at)}.", None
    if code is Reason.REJECTED:
        said = "no message" if answer is None else answer.message or answer.error_code or "no message"
        status = f" (HTTP {answer.http_status})" if answer is not None and (answer.http_status or 0) >= 400 else ""
        how = "It was given up after ten runs" if item.state == "dead_letter" else "The service refused it"
        return (
            f"{how}: {said.rstrip('.')}{status}.",
            f"Correct the {subject} in the store; it is sent again when its content changes. " + resync,
        )
    if code is Reason.FEED_OFF:
        return feed_off(item.feed, facts)
    if code is Reason.DELETE_GUARD:
        return (
            f"Held back: {facts.held}.",
            f"`catalog-sync runs show {facts.held_run}`, then `catalog-sync runs approve {facts.held_run}`",
        )
    if facts.sending_run is not None and code is Reason.IN_FLIGHT:
        return f"Run {facts.sending_run} is sending this feed now.", None
    if code is Reason.IN_FLIGHT:
        tried = in_time(None if answer is None else answer.tried_at)
        return f"Sent {tried}, no answer came; the same data goes again {when}.", None
    if code is Reason.RETRY_SCHEDULED and answer is not None:
        due = f"due {in_time(answer.next_attempt_at)}" if answer.next_attempt_at else "due at once"
        said = (answer.message or "no message").rstrip(".")
        status = f"HTTP {answer.http_status}, " if answer.http_status else ""
        return (
            f"The service did not take it: {said} ({status}{answer.attempts} attempts). Next try {due}, {when}.",
            None,
        )
    return _waiting(item, when), resync


def feed_off(feed: str, facts: FeedFacts) -> tuple[str, str]:
    """Sentence and next step of a feed that is off."""
    if facts.is_switched_off:
        return f"Feed `{feed}` is switched off.", f"Take `{feed}` out of the setting `feeds.off`."
    return f"Feed `{feed}` is not offered by the store, or not taken by the destination.", "`catalog-sync feeds`"


def _waiting(item: StoryItem, when: str) -> str:
    if item.catalog is None:
        return f"Deleted from the catalog; the removal will be sent {when}."
    if item.exported is None:
        return f"Not exported yet. It will be sent {when}."
    changed, exported = item.last_modified_at, item.last_exported_at
    if changed is None or (exported is not None and changed < exported):
        # a price, stock or category that changed moves no `updated_at`
        return (
            f"It differs from what was exported {in_time(exported)}; the store does not date this edit. "
            f"It will be sent {when}."
        )
    return (
        f"Changed {in_time(item.last_modified_at)}, exported {in_time(item.last_exported_at)}. It will be sent {when}."
    )


def in_time(at: datetime | None) -> str:
    """A moment as it stands in a sentence."""
    return "at an unknown time" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
