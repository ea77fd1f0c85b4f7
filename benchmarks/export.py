"""Exporting against demo services: under injected faults until nothing is left, and at a permitted rate.

    python benchmarks/export.py faults [--items 12000]
    python benchmarks/export.py rate [--rate 40] [--seconds 60]

`faults`: items of the products feed are sent run after run while the services fail in every way they know; when the
faults stop, what they hold must equal `catalog`, each item accepted exactly as often as its content changed. Resends of
batches whose answer was lost are counted apart. `rate`: the services permit R requests a second; how close is the
achieved rate, and how many requests were refused with 429?
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from syncengine.changes.plan import Selection
from syncengine.control.batches import OutboxRecord, list_outboxes, list_receipts, open_fold, save_outboxes
from syncengine.control.feed_runs import save_feed_run
from syncengine.control.runs import Run, RunStatus, Step, begin_run, finish_run, set_step
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control_store
from syncengine.demo.services.server import running
from syncengine.export.budget import DayUseInControlStore, RateBudget, rate_limits
from syncengine.export.delivery import Courier, Served
from syncengine.export.destinations import open_destination
from syncengine.export.guards import Verdict
from syncengine.export.planning import Planner
from syncengine.export.receipts import fold_inputs
from syncengine.export.steering import Steering
from syncengine.feeds.registry import get_feed
from syncengine.lake.paths import DataDirectory
from syncengine.lake.writer import LakeWriter
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, GuardSettings

FEED = get_feed("scopesWebsite")  # small items: what is measured is the sending, not the compiling
FAULTS = (
    # statuses that mean: wait, unknown, split, bisect, stop
    ("status-408=0.2",), ("status-425=0.2",), ("status-429=0.2",), ("status-503=0.2",),
    ("status-500=0.3",), ("status-502=0.3",), ("status-504=0.3",), ("status-201=0.2",), ("status-204=0.2",),
    ("status-413=0.1",), ("status-400=0.05",), ("status-422=0.05",),
    ("status-401=0.2",), ("status-403=0.2",), ("status-404=0.2",), ("status-409=0.2",), ("redirect=0.2",),
    # connections and answers that break
    ("reset=0.3",), ("reset-after-read=0.3",), ("lost-answer=0.3",), ("cut-answer=0.3",),
    ("html-200=0.15", "empty-200=0.15"), ("wrong-count=0.15", "unknown-index=0.15"), ("duplicate-index=0.3",),
    # a storm of Retry-After, slow answers within the time limit, and such as come too late
    ("status-429=0.3", "status-503=0.3"), ("slow-body=0.1",), ("slow=0.1",), ("late=0.1",),
    # a bad item in 10,000 that is named, and one that nobody names
    ("reject-item=0.0001",), ("poison-item=0.0002",),
)  # fmt: skip
ROUNDS = 2  # runs while a fault lasts
TIMEOUT_SECONDS = 2.0
SLOW_SECONDS, LATE_SECONDS = 1.0, 3.0  # a slow answer comes within the time limit, a late one does not

_GENERATE = """
INSERT INTO lake.catalog."scopesWebsite" BY NAME
SELECT
    md5(to_json([id])::VARCHAR)::UUID AS feed_id, md5(payload)::UUID AS feed_hash, id AS website_id,
    id AS source_entity_id, TIMESTAMP '2026-01-01' AS modified_at, payload
FROM (
    SELECT
        'w-' || n AS id,
        '{"websiteId":"w-' || n || '","websiteCode":"v' || $version || '","stores":[],"deleted":false}' AS payload
    FROM range($items) AS numbers (n) WHERE n % $every = $rest
)
"""


@dataclass(slots=True, kw_only=True)
class Rig:
    """A lake with generated items, a control store, and demo services as the destination."""

    writer: LakeWriter
    control: ControlStore
    settings: DestinationSettings
    url: str
    state: Path
    items: int
    versions: Counter[str]
    changes: int = 0
    requests: int = 0
    throttled: int = 0

    def change(self, every: int) -> None:
        """Give one in `every` items a new content."""
        self.changes += 1
        rest = self.changes % every
        values = {"version": self.changes, "items": self.items, "every": every, "rest": rest}
        with self.writer.commit("generated", run_id=None):
            self.writer.connection.execute(
                f"""DELETE FROM lake.catalog."scopesWebsite"
                    WHERE substr(website_id, 3)::BIGINT % {every} = {rest}"""
            )
            self.writer.connection.execute(_GENERATE, values)
        self.versions.update(f"w-{n}" for n in range(self.items) if n % every == rest)

    def set_faults(self, *faults: str, rate: float | None = None) -> None:
        """What the services do from now on."""
        slow_seconds = LATE_SECONDS if any(fault.startswith("late") for fault in faults) else SLOW_SECONDS
        faults = tuple(fault.replace("late=", "slow=") for fault in faults)
        request = urllib.request.Request(
            f"{self.url}/demo/faults", method="PUT", headers={"x-api-key": "demo-key"},
            data=json.dumps({"faults": faults, "rate": rate, "slow_seconds": slow_seconds}).encode(),
        )  # fmt: skip
        urllib.request.urlopen(request).close()

    def run(self, selection: Selection | None = None) -> int:
        """Plan, send, fold; returns how many items were to be sent."""
        with self.control.write() as connection:
            run = begin_run(
                connection, trigger="cli", mode="changes", dry_run=False, requested_by="rig", feeds=(FEED.name,)
            )  # fmt: skip
            set_step(connection, run.run_id, Step.EXPORT)
        identity = self.settings.destination_id
        day_use = DayUseInControlStore(self.control, identity)
        budget = RateBudget(rate_limits(self.settings), day_use=day_use)
        with closing(open_destination("services", self.settings, budget)) as destination:
            planned = self._plan(run, Served(
                destination=destination, settings=self.settings, budget=budget,
                connections=self.settings.connections,
            ), selection or Selection())  # fmt: skip
        self.requests += budget.requests
        self.throttled += budget.throttled
        with self.control.write() as connection:
            finish_run(connection, run.run_id, RunStatus.SUCCESS)
        return planned

    def _plan(self, run: Run, served: Served, selection: Selection) -> int:
        root = self.writer.directory.root
        planner = Planner(
            connection=self.writer.connection, run_id=run.run_id, selection=selection, guard=GuardSettings(),
            verdict=lambda hold: Verdict.approved, outbox_dir=self.writer.directory.outbox(run.run_id), now=utc_now(),
        )  # fmt: skip
        plan = planner.plan(FEED, served.destination, is_offered=True, set_aside=0)
        box = plan.outbox
        if box is None:
            return 0
        record = OutboxRecord(
            run_id=run.run_id, destination=box.destination, feed=FEED.name, sha256=box.sha256, items=box.items,
            path=str(box.path.relative_to(root)), batches=box.batches,
        )  # fmt: skip
        with self.control.write() as connection:
            save_feed_run(connection, plan.feed_run)
            save_outboxes(connection, [record])
        courier = Courier(
            control=self.control, data_dir=root, observer=SilentObserver(), steering=Steering(self.control),
            fold=lambda: self._fold(run),
        )  # fmt: skip
        courier.deliver(run, {box.destination: served})
        self._fold(run)
        return plan.feed_run.sent

    def _fold(self, run: Run) -> None:
        with self.control.write() as connection:
            number = open_fold(connection, run.run_id)
            receipts = list_receipts(connection, run.run_id)
            boxes = list_outboxes(connection, run.run_id)
        if number is not None:
            inputs = fold_inputs([item for item in receipts if item.fold == number], boxes, self.writer.directory.root)
            self.writer.fold(inputs, run_id=run.run_id, sequence=run.sequence, fold=number, at=utc_now())

    def settle(self) -> None:
        """No faults any more: send until nothing is left, what was refused or is not due among it."""
        self.set_faults()
        for by in ("refused", "retries"):
            self.run(Selection(resync=True, by=by))  # type: ignore[arg-type]
        for _ in range(5):
            if not self.run():
                return
        raise AssertionError("something is left to send")

    def verdict(self) -> dict[str, Any]:
        """What the services hold beside `catalog`, and how often each item was accepted beside how often it changed."""
        query = 'SELECT website_id, payload FROM lake.catalog."scopesWebsite"'
        catalog = dict(self.writer.connection.execute(query).fetchall())
        accepted = dict(
            self.writer.connection.execute(
                """SELECT website_id, count(*) FROM lake.history."scopesWebsite"
                   WHERE outcome = 'accepted' GROUP BY ALL"""
            ).fetchall()
        )
        with closing(sqlite3.connect(self.state)) as connection:
            held = connection.execute("SELECT identity, payload FROM items WHERE NOT deleted").fetchall()
            outcomes = Counter(dict(connection.execute("SELECT outcome, count(*) FROM requests GROUP BY outcome")))
            query = "SELECT coalesce(sum(accepted), 0) FROM requests WHERE outcome = 'applied'"
            (applied,) = connection.execute(query).fetchone()
        return {
            "held_equals_catalog": {json.loads(key)[0]: payload.decode() for key, payload in held} == catalog,
            "accepted_as_often_as_changed": accepted == dict(self.versions),
            "changes": self.versions.total(),
            "applied_again_of_unknown": applied - self.versions.total(),
            "repeated_batches": outcomes["repeated"],
            "kinds_of_faults": len({name for name in outcomes if name.startswith("fault ")}),
            "requests": self.requests,
            "throttled": self.throttled,
        }


@contextmanager
def rig(root: Path, *, items: int, **settings: Any) -> Iterator[Rig]:
    """A rig below `root` whose items are new to the services."""
    state = root / "services.sqlite"
    with (
        running(state=state) as url,
        closing(open_control_store(root / "data")) as control,
        LakeWriter(DataDirectory(root / "data"), memory_limit_mb=512) as writer,
    ):
        writer.ensure_tables([FEED])
        destination = DestinationSettings(
            url=url, api_key=SecretStr("demo-key"), environment_id="demo-env", data_space_id="rig",
            timeout_seconds=TIMEOUT_SECONDS,
            **settings,
        )  # fmt: skip
        made = Rig(
            writer=writer, control=control, settings=destination, url=url, state=state, items=items, versions=Counter()
        )
        made.change(every=1)
        yield made


def endure_faults(
    root: Path,
    *,
    items: int,
    faults: tuple[tuple[str, ...], ...] = FAULTS,
    rounds: int = ROUNDS,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Send through every fault in turn; each item changes now and then, and never while an older change waits."""
    begun = time.monotonic()
    with rig(root, items=items) as made:
        for number, kinds in enumerate(faults):
            if number:
                made.change(every=1 if "item" in kinds[0] else 3)  # a bad item is one of them all
            made.set_faults(*kinds)
            for _ in range(rounds):
                made.run()
            made.settle()
            if tell is not None:
                tell(f"{', '.join(kinds):32} {made.requests:8,} requests so far, {time.monotonic() - begun:6.0f} s")
        return made.verdict()


def measure_rate(root: Path, *, rate: float, seconds: float) -> dict[str, Any]:
    """Send for about `seconds` to services that permit `rate` requests a second."""
    items = int(rate * seconds) * FEED.batch_items
    with rig(root, items=items, requests_per_second=rate, connections=4) as made:
        made.set_faults(rate=rate)
        begun = time.monotonic()
        made.run()
        took = time.monotonic() - begun
        with closing(sqlite3.connect(made.state)) as connection:
            query = """SELECT count(*), (julianday(max(received_at)) - julianday(min(received_at))) * 86400
                       FROM requests WHERE outcome = 'applied'"""
            applied, sending = connection.execute(query).fetchone()
        achieved = (applied - 1) / sending
        return {
            "permitted": rate, "achieved": round(achieved, 3), "share": round(achieved / rate, 4),
            "requests": applied, "refused": made.throttled, "seconds": round(took, 1),
        }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("faults", "rate"))
    parser.add_argument("--items", type=int, default=12_000)
    parser.add_argument("--rate", type=float, default=40.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        if arguments.what == "faults":
            result = endure_faults(Path(root), items=arguments.items, tell=lambda line: print(line, flush=True))
        else:
            result = measure_rate(Path(root), rate=arguments.rate, seconds=arguments.seconds)
    for name, value in result.items():
        print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
