"""What a run works with, and the destinations it serves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

from syncengine.control.engine import EngineState
from syncengine.control.store import ControlStore
from syncengine.errors import SettingsError
from syncengine.export.budget import DayUseInControlStore, RateBudget, rate_limits
from syncengine.export.delivery import Served
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import AbortableDestination
from syncengine.lake.paths import DataDirectory
from syncengine.lake.writer import LakeWriter
from syncengine.progress import Observer, watched
from syncengine.settings import DestinationSettings, Settings

STOP_GRACE_SECONDS = 5.0  # for the answers to what is on the way, when the process is to stop
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a run works with: opened once by whoever holds the engine lock.

    `still_alone` is asked before each run; it raises when the lock holds nobody off any more. `before`: the holder
    before this one, as it was left.
    """

    settings: Settings
    directory: DataDirectory
    control: ControlStore
    writer: LakeWriter
    observer: Observer
    should_stop: Callable[[], bool]
    still_alone: Callable[[], None] = lambda: None
    before: EngineState | None = None


def destinations_wanted(settings: Settings, only: str | None) -> dict[str, tuple[str, DestinationSettings]]:
    """The destinations to serve, by id: (name, settings)."""
    named = settings.all_destinations()
    if only is not None:
        if only not in named:
            raise SettingsError(f"There is no destination `{only}`.", hint=f"There are: {', '.join(named)}.")
        named = {only: named[only]}
    return {value.destination_id: (name, value) for name, value in named.items()}


def open_destinations(
    shop: Workshop,
    targets: Mapping[str, tuple[str, DestinationSettings]],
    stack: ExitStack,
    *,
    should_stop: Callable[[], bool],
    connections: int | None = None,
) -> dict[str, Served]:
    """The destinations of `targets`, by id, ready to send until `stack` is left.

    `should_stop` ends every wait for their budgets. When the process is to stop, requests in flight have a few seconds.
    """
    opened = {}
    for destination_id, (name, settings) in targets.items():
        day_use = DayUseInControlStore(shop.control, destination_id)
        budget = RateBudget(rate_limits(settings), day_use=day_use, should_stop=should_stop)
        wanted = settings if connections is None else settings.model_copy(update={"connections": connections})
        destination = open_destination(name, wanted, budget)
        stack.callback(destination.close)
        if isinstance(destination, AbortableDestination):
            stack.enter_context(_ending_in_flight(destination, shop.should_stop))
        opened[destination_id] = Served(
            destination=destination,
            settings=settings,
            budget=budget,
            connections=connections or settings.connections,
        )
    return opened


def _ending_in_flight(
    destination: AbortableDestination, should_stop: Callable[[], bool]
) -> AbstractContextManager[None]:
    """Ends what is on the way to a destination that does not answer, a moment after the process was asked to stop."""

    def watch(over: threading.Event) -> None:
        while not over.wait(_LOOK_SECONDS):
            if should_stop():
                break
        grace = STOP_GRACE_SECONDS
        while not over.wait(grace):
            destination.abort()  # and what was begun meanwhile
            grace = _LOOK_SECONDS

    return watched(watch, name="send-stop")
