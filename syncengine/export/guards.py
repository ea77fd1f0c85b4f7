"""Guards: when an export stops before anything is sent and asks, and when it only warns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import duckdb

from syncengine.changes.plan import ExportPlan
from syncengine.control.feed_runs import FeedRun
from syncengine.export.warnings import ExportWarning
from syncengine.lake.tables import table_name
from syncengine.settings import GuardSettings

_OUT_OF_CHARACTER = 3  # times as much as the feed ever moved in its latest runs


def approval_key(destination: str, feed: str) -> str:
    """The setting under which an approved set of deletes is kept."""
    return f"approved-deletes:{destination}:{feed}"


def refusal_key(destination: str, feed: str) -> str:
    """The setting under which a refused set of deletes is kept."""
    return f"refused-deletes:{destination}:{feed}"


class Verdict(StrEnum):
    """What people said of a set of deletes that a guard stopped at."""

    unasked = "unasked"
    approved = "approved"
    refused = "refused"
    forced = "forced"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldExport:
    """A feed whose export waits for somebody's approval, and the fingerprint of just this set of deletes."""

    feed: str
    destination: str
    removed: int
    exported: int
    fingerprint: str

    @property
    def approval_key(self) -> str:
        """The setting under which an approval of this set is kept."""
        return approval_key(self.destination, self.feed)

    @property
    def sentence(self) -> str:
        """What people read."""
        return f"{self.amount} would be removed."

    @property
    def amount(self) -> str:
        """What it is about: the feed, how many of its items, and their share."""
        share = share_in_percent(self.removed, self.exported)
        return f"`{self.feed}`: {self.removed:,} of {self.exported:,} items ({share} %)"


def share_in_percent(part: int, whole: int) -> str:
    """The share in per cent, never rounded to nothing or to all of it."""
    share = 100 * part / whole
    if part < whole and share >= 99.5:
        return "more than 99"
    if share >= 10:
        return f"{share:.0f}"
    return f"{share:.1f}" if share >= 0.1 else "less than 0.1"


def mass_delete(connection: duckdb.DuckDBPyConnection, plan: ExportPlan, guard: GuardSettings) -> HeldExport | None:
    """The hold that this plan deserves, or None: more deletes than both the share and the number allow."""
    removed = plan.removed - plan.tombstones  # a removal that was acknowledged before removes nothing
    if removed <= guard.delete_items or removed * 100 <= plan.exported * guard.delete_percent:
        return None
    digest = hashlib.sha256()
    rows = connection.execute(f"SELECT feed_id::VARCHAR FROM {plan.table} WHERE operation = 'delete' ORDER BY feed_id")
    while some := rows.fetchmany(10_000):
        digest.update("".join(f"{feed_id}\n" for (feed_id,) in some).encode())
    return HeldExport(
        feed=plan.feed.name,
        destination=plan.destination,
        removed=removed,
        exported=plan.exported,
        fingerprint=digest.hexdigest(),
    )


def withhold_deletes(connection: duckdb.DuckDBPyConnection, plan: ExportPlan) -> ExportPlan:
    """The plan without the deletes that a guard stopped at; removals that were acknowledged before stay in it."""
    connection.execute(
        f"""DELETE FROM {plan.table} WHERE operation = 'delete' AND feed_id IN
            (SELECT feed_id FROM {table_name("exported", plan.feed)}
             WHERE destination = $destination AND NOT is_deleted)""",
        {"destination": plan.destination},
    )
    return replace(plan, removed=plan.tombstones)


def verdict_warning(hold: HeldExport, verdict: Verdict) -> ExportWarning | None:
    """What a run says of deletes that somebody refused, or forced through the guard."""
    if verdict is Verdict.refused:
        return ExportWarning(
            kind="refused_deletes",
            destination=hold.destination,
            feed=hold.feed,
            sentence=f"{hold.amount} are gone from the catalog and stay at the destination: their removal was refused.",
            hint="It is not asked again until the set changes. `catalog-sync runs approve RUN`, with the run that was "
            "refused, lets them go after all.",
        )
    if verdict is Verdict.forced:
        return ExportWarning(
            kind="forced",
            destination=hold.destination,
            feed=hold.feed,
            sentence=f"{hold.amount} were removed although the guard would have asked: the run was forced.",
            hint="If that was wrong, mend the store and sync: what is in the catalog again is sent again.",
        )
    return None


def size_warnings(
    feed_runs: Sequence[FeedRun], past: Mapping[tuple[str, str], Sequence[int]], guard: GuardSettings
) -> list[ExportWarning]:
    """A warning for each feed that shrank or grew out of character; `past` holds its sizes, newest first.

    Out of character: by more than the guard's share and number of items, and by three times more than it moved in any
    of its latest runs. A feed's first run has no character yet.
    """
    found: list[ExportWarning] = []
    for feed_run in feed_runs:
        sizes = past.get((feed_run.destination, feed_run.feed), ())
        if not sizes or feed_run.status == "not_offered":
            continue
        before, moved = sizes[0], abs(feed_run.catalog - sizes[0])
        usual = max((abs(older - newer) for newer, older in pairwise(sizes)), default=0)
        if moved <= guard.delete_items or moved * 100 <= before * guard.unusual_percent:
            continue
        if moved > _OUT_OF_CHARACTER * usual:
            found.append(_size_warning(feed_run, before))
    return found


def _size_warning(feed_run: FeedRun, before: int) -> ExportWarning:
    word = "shrank" if feed_run.catalog < before else "grew"
    return ExportWarning(
        kind="feed_size",
        destination=feed_run.destination,
        feed=feed_run.feed,
        sentence=f"`{feed_run.feed}` {word} from {before:,} to {feed_run.catalog:,} items since the run before, "
        "which is out of its character.",
        hint="If nobody did that in the store, see whether the token may still read all of it: `catalog-sync doctor`.",
    )
