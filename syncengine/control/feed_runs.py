"""Feed runs: the counts of one run, per feed and destination."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Column, Connection, Float, Integer, String, Table, delete, insert, select

from syncengine.control.schema import METADATA

FEED_RUNS = Table(
    "feed_runs",
    METADATA,
    Column("run_id", String(40), primary_key=True),
    Column("feed", String(64), primary_key=True),
    Column("destination", String(80), primary_key=True),
    Column("status", String(16), nullable=False),
    *[
        Column(name, Integer, nullable=False)
        for name in (
            "catalog", "unchanged", "added", "changed", "skipped", "removed", "resent",
            "sent", "accepted", "rejected", "waiting", "requests", "set_aside",
        )
    ],
    Column("seconds", Float, nullable=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRun:
    """The equation of one feed in one run, counted in feed items.

    catalog = unchanged + added + changed + skipped; sent = added + changed + removed + resent
    = accepted + rejected + waiting. `status`: planned, in_progress, success, failed, held, not_offered.
    """

    run_id: str
    feed: str
    destination: str
    status: str = "planned"
    catalog: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    skipped: int = 0
    removed: int = 0
    resent: int = 0
    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    waiting: int = 0
    requests: int = 0
    set_aside: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.status == "not_offered":
            return
        if self.catalog != self.unchanged + self.added + self.changed + self.skipped:
            raise ValueError(f"catalog does not add up: {self}")
        if self.sent != self.added + self.changed + self.removed + self.resent:
            raise ValueError(f"sent does not add up to its kinds: {self}")
        if self.sent != self.accepted + self.rejected + self.waiting:
            raise ValueError(f"sent does not add up to its outcomes: {self}")

    def with_outcome(self, *, accepted: int, rejected: int, requests: int, seconds: float, status: str) -> FeedRun:
        """The same feed run after these many answers; what is not answered is waiting."""
        return replace(
            self,
            accepted=accepted,
            rejected=rejected,
            waiting=self.sent - accepted - rejected,
            requests=requests,
            seconds=round(seconds, 3),
            status=status,
        )


def save_feed_run(connection: Connection, feed_run: FeedRun) -> None:
    """Write the counts of one feed, replacing what was there."""
    connection.execute(
        delete(FEED_RUNS).where(
            FEED_RUNS.c.run_id == feed_run.run_id,
            FEED_RUNS.c.feed == feed_run.feed,
            FEED_RUNS.c.destination == feed_run.destination,
        )
    )
    connection.execute(insert(FEED_RUNS).values(**asdict(feed_run)))


def list_feed_runs(connection: Connection, run_id: str) -> list[FeedRun]:
    """The feed runs of one run, by feed and destination name."""
    query = select(FEED_RUNS).where(FEED_RUNS.c.run_id == run_id).order_by(FEED_RUNS.c.feed, FEED_RUNS.c.destination)
    return [FeedRun(**row) for row in connection.execute(query).mappings()]


def list_feed_runs_of(connection: Connection, run_ids: Collection[str]) -> list[FeedRun]:
    """The feed runs of several runs, by run, feed and destination."""
    query = (
        select(FEED_RUNS)
        .where(FEED_RUNS.c.run_id.in_(sorted(run_ids)))
        .order_by(FEED_RUNS.c.run_id, FEED_RUNS.c.feed, FEED_RUNS.c.destination)
    )
    return [FeedRun(**row) for row in connection.execute(query).mappings()]
