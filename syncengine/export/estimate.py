"""What an export would cost: items, requests and bytes of a plan, and how long that takes at the permitted rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np

from syncengine.changes.plan import ExportPlan
from syncengine.export.budget import RateLimits
from syncengine.export.destinations.base import Limits, MeasuredDestination
from syncengine.export.outbox import batch_ends, payloads_of, planned_batches, tombstone_expression
from syncengine.lake.tables import table_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What one feed would send to one destination: feed items, requests, and bytes of the items before compression."""

    destination: str
    feed: str
    items: int
    requests: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """The volume as a JSON object."""
        return {name: getattr(self, name) for name in ("destination", "feed", "items", "requests", "bytes")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long a destination's requests take. `seconds` None: no rate is set; both moments None: all fits in today.

    `cap_reached_at`: when today's requests are spent; `finished_at`: when the last one goes out, some day later.
    """

    destination: str
    items: int
    requests: int
    bytes: int
    seconds: float | None
    used_today: int
    cap_reached_at: datetime | None = None
    finished_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The forecast as a JSON object."""
        return {
            "destination": self.destination,
            "items": self.items,
            "requests": self.requests,
            "bytes": self.bytes,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "used_today": self.used_today,
            "cap_reached_at": None if self.cap_reached_at is None else self.cap_reached_at.isoformat(),
            "finished_at": None if self.finished_at is None else self.finished_at.isoformat(),
        }


def plan_volume(
    connection: duckdb.DuckDBPyConnection, plan: ExportPlan, limits: Limits, destination: object = None
) -> Volume:
    """What sending `plan` in batches within `limits` costs; only the sizes of the payloads are read, unless the
    `destination` has to see them to tell how many requests they take."""
    deletes = _sizes(
        connection,
        f"""SELECT strlen({tombstone_expression(plan.feed)}) AS size
            FROM {table_name("exported", plan.feed)} AS item JOIN {plan.table} AS plan USING (feed_id)
            WHERE item.destination = $destination AND plan.operation = 'delete'""",
        {"destination": plan.destination} | ({"at": "0000-00-00T00:00:00+00:00"} if plan.feed.modified_field else {}),
    )
    others = _sizes(
        connection,
        f"""SELECT strlen(item.payload) AS size FROM {plan.catalog_table} AS item JOIN {plan.table} AS plan
            USING (feed_id) WHERE plan.operation <> 'delete'""",
        {},
    )
    if isinstance(destination, MeasuredDestination):
        batches = planned_batches(connection, plan, limits=limits, at=datetime.now(UTC))
        requests = destination.count_requests(plan.feed.name, map(payloads_of, batches))
    else:
        requests = len(batch_ends(deletes, limits)) + len(batch_ends(others, limits))
    return Volume(
        destination=plan.destination,
        feed=plan.feed.name,
        items=len(deletes) + len(others),
        requests=requests,
        bytes=int(deletes.sum() + others.sum()),
    )


def _sizes(connection: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, str]) -> Any:
    sizes = connection.execute(statement, parameters).fetchnumpy()["size"]
    return np.asarray(sizes, dtype=np.int64)


def forecast(
    destination: str, volumes: Sequence[Volume], limits: RateLimits, *, used_today: int, now: datetime
) -> Forecast:
    """How long the `volumes` of `destination` take from `now` on, of whose day `used_today` requests are spent."""
    requests = sum(volume.requests for volume in volumes)
    left = requests if limits.per_day is None else max(0, limits.per_day - used_today)
    cap_reached_at = finished_at = None
    if limits.per_day is not None and requests > left:
        cap_reached_at = now + timedelta(seconds=limits.seconds(left) or 0)
        full_days, last = divmod(requests - left - 1, limits.per_day)
        tomorrow = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        finished_at = tomorrow + timedelta(days=full_days, seconds=limits.seconds(last + 1) or 0)
    return Forecast(
        destination=destination,
        items=sum(volume.items for volume in volumes),
        requests=requests,
        bytes=sum(volume.bytes for volume in volumes),
        seconds=limits.seconds(requests),
        used_today=used_today,
        cap_reached_at=cap_reached_at,
        finished_at=finished_at,
    )
