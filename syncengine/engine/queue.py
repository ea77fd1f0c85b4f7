"""The resync queue as the engine works it off: what is due, what is no use, what can be done in one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from syncengine.catalog import Touched
from syncengine.commands.request_form import MAX_VALUES, options_of
from syncengine.control.requests import (
    ResyncRequest,
    newest_waiting,
    note_run,
    reject_requests,
    reject_unreadable,
    requeue,
    set_requests,
    taken_requests,
    waiting_requests,
)
from syncengine.control.runs import Run, RunStatus, find_run
from syncengine.control.store import ControlStore
from syncengine.engine.events import people
from syncengine.errors import CatalogSyncError
from syncengine.pipeline import SyncOptions
from syncengine.progress import Moment, SilentObserver

# the engine ended these runs, not their own fate: what they were for is still wanted
_CUT_SHORT = ("CS0006", "CS2007")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One run for the requests of these ids."""

    options: SyncOptions
    request_ids: tuple[str, ...]


class Queue:
    """The requests of one control store, for the engine that holds its lock."""

    def __init__(self, control: ControlStore, note: Callable[[str], None]) -> None:
        self._control = control
        self._note = note
        self._looked_at = 0

    def due(self, *, in_window: bool) -> list[Errand]:
        """What is to be run now: in a window all that waits, else what says 'now'. What is no use is rejected."""
        self._look_at_new()
        with self._control.read() as connection:
            waiting = waiting_requests(connection, only_now=not in_window)
        found = [(request, options) for request in waiting if (options := self._options(request)) is not None]
        return _errands(found)

    def _look_at_new(self) -> None:
        """Reject what came since the last look and is no use, whether it is due or not."""
        with self._control.read() as connection:
            newest = newest_waiting(connection)
        if newest <= self._looked_at:
            return
        with self._control.write() as connection:
            for request_id in reject_unreadable(connection, after=self._looked_at):
                self._note(f"Request {request_id} was rejected: it cannot be understood.")
        with self._control.read() as connection:
            new = [request for request in waiting_requests(connection) if request.id > self._looked_at]
        for request in new:
            self._options(request)
        self._looked_at = newest

    def take(self, errand: Errand) -> Errand | None:
        """The errand with those of its requests that were not taken back meanwhile; None when none is left."""
        with self._control.write() as connection:
            taken = set_requests(connection, errand.request_ids, "taken")
        return replace(errand, request_ids=taken) if taken else None

    def finish(self, request_ids: Sequence[str], run_id: str) -> None:
        """The run is through, however it ended."""
        with self._control.write() as connection:
            set_requests(connection, request_ids, "done", run_id=run_id)

    def reject(self, request_ids: Sequence[str], reason: str) -> None:
        """No run could be made of these."""
        with self._control.write() as connection:
            reject_requests(connection, request_ids, reason)

    def put_back(self, request_ids: Sequence[str]) -> None:
        """These wait again: the run for them did not get to its end."""
        with self._control.write() as connection:
            requeue(connection, request_ids)

    def take_over(self) -> None:
        """Settle what an engine before this one had taken: done where its run got to an end, else it waits again."""
        with self._control.write() as connection:
            for request in taken_requests(connection):
                run = None if request.run_id is None else find_run(connection, request.run_id)
                if run is None or was_cut_short(run):
                    requeue(connection, [request.request_id])
                else:
                    set_requests(connection, [request.request_id], "done", run_id=run.run_id)

    def _options(self, request: ResyncRequest) -> SyncOptions | None:
        try:
            return options_of(request.options, requested_by=request.requested_by)
        except CatalogSyncError as error:
            self.reject([request.request_id], f"{error.message} {error.hint}".strip())
            self._note(f"Request {request.request_id} was rejected: {error.message}")
            return None


class RunNoted(SilentObserver):
    """Writes into the requests which run serves them, when it begins."""

    def __init__(self, control: ControlStore, request_ids: Sequence[str]) -> None:
        self._control = control
        self._request_ids = list(request_ids)

    def at(self, moment: Moment, detail: str = "") -> None:
        """Note the run that begins."""
        if moment is Moment.RUN_BEGUN and self._request_ids:
            with self._control.write() as connection:
                note_run(connection, self._request_ids, detail)


def was_cut_short(run: Run) -> bool:
    """Whether a run ended because its engine did."""
    return run.status is RunStatus.IN_PROGRESS or run.error_code in _CUT_SHORT


def is_plain(options: SyncOptions) -> bool:
    """Whether a scheduled sync does all that `options` ask for."""
    return replace(options, feeds=(), trigger="", requested_by="") == SyncOptions(trigger="", requested_by="")


def _errands(asked: Sequence[tuple[ResyncRequest, SyncOptions]]) -> list[Errand]:
    """The requests as few runs: those that differ only in which products, or only in which feeds, are one."""
    found: dict[SyncOptions, list[tuple[ResyncRequest, SyncOptions]]] = {}
    for request, options in asked:
        found.setdefault(_kind(options), []).append((request, options))
    errands = []
    for alike in found.values():
        for part in _portions(alike):
            options = _merged([options for _, options in part])
            errands.append(Errand(options=options, request_ids=tuple(request.request_id for request, _ in part)))
    return errands


def _kind(options: SyncOptions) -> SyncOptions:
    """The same for all that can be one run."""
    plain = replace(options, trigger="", requested_by="")
    if plain.touched is not None:
        return replace(plain, touched=Touched())
    if plain.selection.values:
        return replace(plain, selection=replace(plain.selection, values=()))
    return replace(plain, feeds=())


def _portions(
    alike: list[tuple[ResyncRequest, SyncOptions]],
) -> list[list[tuple[ResyncRequest, SyncOptions]]]:
    """At most so many products a run as one request may name."""
    portions: list[list[tuple[ResyncRequest, SyncOptions]]] = [[]]
    named = 0
    for request, options in alike:
        touched = options.touched or Touched()
        own = len(options.selection.values) + len(touched.skus) + len(touched.ids)
        if portions[-1] and named + own > MAX_VALUES:
            portions.append([])
            named = 0
        portions[-1].append((request, options))
        named += own
    return portions


def _merged(asked: Sequence[SyncOptions]) -> SyncOptions:
    first = asked[0]
    values = tuple(dict.fromkeys(value for options in asked for value in options.selection.values))
    touched = [options.touched for options in asked if options.touched is not None]
    is_of_all_feeds = any(not options.feeds for options in asked)
    triggers = {options.trigger for options in asked}
    return replace(
        first,
        feeds=() if is_of_all_feeds else tuple(dict.fromkeys(name for options in asked for name in options.feeds)),
        selection=replace(first.selection, values=values),
        touched=None
        if not touched
        else Touched(
            skus=tuple(dict.fromkeys(sku for one in touched for sku in one.skus)),
            ids=tuple(dict.fromkeys(id_ for one in touched for id_ in one.ids)),
            prices=any(one.prices for one in touched),
        ),
        trigger=first.trigger if len(triggers) == 1 else "resync",
        requested_by=people(list(dict.fromkeys(options.requested_by for options in asked))),
    )
