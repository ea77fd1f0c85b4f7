"""`catalog-sync engine`, and `catalog-sync demo` on its own: the long-running process, alone or with everything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import typer

from syncengine.cli.aftermath import TextfileOption, tell_watchers
from syncengine.cli.common import current_settings, exit_with, is_quiet, logged_errors, say
from syncengine.cli.progress import observer_for_terminal
from syncengine.cli.stopping import stop_on_signal
from syncengine.cli.sync import exit_code, feed_runs_of, print_equation
from syncengine.cli.ui import APP, app_command
from syncengine.engine import Engine, events_route, events_token, listening, open_workshop
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.routes import monitoring_routes
from syncengine.monitoring.watcher import watching
from syncengine.pipeline import SyncOptions, Workshop, resume_left_behind, run_sync
from syncengine.progress import Observers, SilentObserver
from syncengine.settings import Settings

APP_STOP_SECONDS = 10.0


def engine(
    once: Annotated[bool, typer.Option("--once", help="one sync, then end: for those who have cron")] = False,
    metrics_textfile: TextfileOption = None,
) -> None:
    """Own the data directory and sync on schedule until stopped.

    Example: catalog-sync engine
    """
    settings = current_settings()
    with (
        logged_errors(),
        stop_on_signal() as stop,
        open_workshop(settings, SilentObserver(), kind="engine", should_stop=stop.is_set, stopped_by=stop.name) as shop,
    ):
        if once:
            run = Engine(shop, stop).once()
            feed_runs = feed_runs_of(shop, run)
            print_equation(run, feed_runs)
            tell_watchers(settings, metrics_textfile)
            exit_with(exit_code(run, feed_runs))
        with _listening(shop), watching(settings):
            Engine(shop, stop).run()


def run_everything() -> None:
    """What `catalog-sync demo` does: demo store and services where nothing real is configured, sync, engine and app."""
    settings = current_settings()
    address = f"http://{settings.ui.address}:{settings.ui.port}"
    with (
        logged_errors(),
        stop_on_signal() as stop,
        open_workshop(settings, SilentObserver(), kind="engine", should_stop=stop.is_set, stopped_by=stop.name) as shop,
        _app(settings),
    ):
        say("The embedded demo store and services are in use." if settings.is_demo else "Your store is in use.")
        with observer_for_terminal(quiet=is_quiet(), operation="first sync") as observer:
            watched = replace(shop, observer=Observers(shop.observer, observer))
            resume_left_behind(watched)
            run = run_sync(watched, SyncOptions(trigger="cli", requested_by="first sync"))
        print_equation(run, feed_runs_of(shop, run))
        if not stop.is_set():
            say(f"The app is at {address}   (Ctrl-C stops everything)")
            with _listening(shop):
                Engine(shop, stop).run()
        say("Stopping: the app, the engine and the demo end together.")


@contextmanager
def _listening(shop: Workshop) -> Iterator[None]:
    """The engine's own address, where one is set: events, and what probes ask."""
    address = shop.settings.engine.listen
    if address is None:
        yield
        return
    token, per_minute = events_token(shop.settings.engine), shop.settings.engine.events_per_minute
    routes = [
        *monitoring_routes(lambda: CatalogView(shop.settings)),
        events_route(shop.control, token, per_minute=per_minute),
    ]
    with listening(address, routes) as place:
        taken = "and takes events" if token else "and takes no events: `engine.events_token` is not set"
        say(f"The engine listens at http://{place} {taken}.")
        yield


@contextmanager
def _app(settings: Settings) -> Iterator[None]:
    """The app as a child that ends with this process, whatever ends it."""
    app_command(settings, None)
    command = [sys.executable, "-m", "syncengine.demo.embedded", APP.stem]
    with subprocess.Popen(
        command, cwd=APP.parent, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(APP_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
