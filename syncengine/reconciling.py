"""Reconciling an installation: read-only from the published lake, or under the engine lock with the memory mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

from syncengine.control.audit import add_audit
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control
from syncengine.engine import connected, open_workshop
from syncengine.export.budget import DayUseInControlStore, RateBudget, rate_limits
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import AskableDestination, Destination
from syncengine.export.reconcile import Reconciliation, count_held, reconcile_feed, repair_feed
from syncengine.feeds.feed import Feed
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.reader import open_reader
from syncengine.pipeline import resume_left_behind
from syncengine.progress import Observer
from syncengine.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be compared: these feeds, at the destination of that name or at all; or only their counts."""

    feeds: tuple[Feed, ...]
    destination: str | None = None
    counts_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The comparisons, and the names of the destinations that cannot tell what they hold."""

    compared: tuple[Reconciliation, ...]
    cannot_answer: tuple[str, ...]


def reconcile(settings: Settings, question: Question, observer: Observer, should_stop: Callable[[], bool]) -> Answers:
    """Compare what is held with the published lake; writes nothing, needs no lock.

    What a sync sends meanwhile shows as different.
    Raises: LakeUnavailableError, DestinationRefusedError, DestinationUnreachableError, DayBudgetSpentError.
    """
    reader = open_reader(DataDirectory(settings.data_dir.resolve()))
    with (
        connected(settings) as ready,
        closing(open_control(settings)) as control,
        reader.connection,
    ):
        ask = partial(count_held if question.counts_only else reconcile_feed, reader.connection)
        return _compare(ask, ready, control, question, observer, should_stop)


def reconcile_and_repair(
    settings: Settings, question: Question, observer: Observer, should_stop: Callable[[], bool], *, actor: str
) -> Answers:
    """Compare under the engine lock, and make `exported` say what is held, in one commit of the lake.

    Raises: EngineBusyError, and as `reconcile`.
    """
    with open_workshop(settings, observer, kind="command", should_stop=should_stop) as shop:
        resume_left_behind(shop)
        shop.writer.ensure_tables(question.feeds)
        ask = partial(reconcile_feed, shop.writer.connection)
        answers = _compare(ask, shop.settings, shop.control, question, observer, should_stop)
        off = [item for item in answers.compared if not item.is_true]
        if off:
            by_name = {feed.name: feed for feed in question.feeds}
            with shop.writer.commit("reconcile", run_id=None):
                for item in off:
                    repair_feed(shop.writer, by_name[item.feed], item.destination, at=utc_now())
            publish(shop.writer, [value.destination_id for value in shop.settings.all_destinations().values()])
            with shop.control.write() as connection:
                add_audit(
                    connection, actor=actor, action="reconcile", subject="exported",
                    details=[item.as_json() for item in off],
                )  # fmt: skip
        return answers


def _compare(
    ask: Callable[..., Reconciliation],
    settings: Settings,
    control: ControlStore,
    question: Question,
    observer: Observer,
    should_stop: Callable[[], bool],
) -> Answers:
    compared: list[Reconciliation] = []
    cannot_answer: list[str] = []
    with opened_destinations(settings, control, question.destination, should_stop) as destinations:
        for name, destination in destinations.items():
            if not isinstance(destination, AskableDestination):
                cannot_answer.append(name)
                continue
            for feed in question.feeds:
                if destination.offers(feed):
                    more = {} if question.counts_only else {"progress": _progress(observer, feed.name)}
                    compared.append(ask(feed, destination, destination.destination_id, **more))
    return Answers(compared=tuple(compared), cannot_answer=tuple(cannot_answer))


def _progress(observer: Observer, subject: str) -> Callable[[int, int], None]:
    return lambda taken, total: observer.advance("reconcile", subject, taken, total)


@contextmanager
def opened_destinations(
    settings: Settings, control: ControlStore, only: str | None, should_stop: Callable[[], bool]
) -> Iterator[dict[str, Destination]]:
    """The destinations by name, each within the budget that its exports have, too."""
    opened: dict[str, Destination] = {}
    with ExitStack() as stack:
        for name, own in settings.all_destinations().items():
            if only in (None, name):
                day_use = DayUseInControlStore(control, own.destination_id)
                budget = RateBudget(rate_limits(own), day_use=day_use, should_stop=should_stop)
                stack.callback(budget.close)
                opened[name] = open_destination(name, own, budget)
                stack.callback(opened[name].close)
        yield opened
