"""`catalog-sync estimate`, `retry`, `deadletter list|requeue`: what would be sent, and what was not taken."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Literal

import typer
from pydantic import SecretStr

from syncengine.changes.plan import Selection, plan_export
from syncengine.cli.common import JsonFlag, current_settings, print_json, requested_by
from syncengine.cli.remarks import estimate_json, print_estimate
from syncengine.cli.sync import FeedOption, run_and_report
from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.control.schema import utc_now
from syncengine.export.destinations import open_destination
from syncengine.export.destinations.base import Destination
from syncengine.export.estimate import Volume, plan_volume
from syncengine.export.refusals import GIVEN_UP, Refusal, list_refusals
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed, get_feeds
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions
from syncengine.settings import DestinationSettings, Settings

DestinationOption = Annotated[str | None, typer.Option("--destination", help="this destination only")]

deadletter_app = typer.Typer(
    name="deadletter",
    help="What destinations refused, or what was given up after ten runs.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _names(feeds: list[str] | None) -> tuple[str, ...]:
    return tuple(get_feed(name).name for name in feeds or ())


def _feeds_in(view: CatalogView, named: list[str] | None) -> list[Feed]:
    """The feeds asked for that the published lake holds, in registry order."""
    wanted = {feed.name for feed in get_feeds(_names(named))}
    return [feed for feed in view.feeds(view.reader()) if feed.name in wanted]


def _destination_ids(view: CatalogView, named: str | None) -> list[str]:
    return list(view.destinations) if named is None else [view.destination_id(named)]


def estimate(feed: FeedOption = None, destination: DestinationOption = None, as_json: JsonFlag = False) -> None:
    """Tell what a sync of the catalog as last compiled would send, and how long that takes at the permitted rate.

    Example: catalog-sync estimate --feed products
    """
    settings = current_settings()
    view = CatalogView(settings)
    feeds, wanted = _feeds_in(view, feed), _destination_ids(view, destination)
    volumes: list[Volume] = []
    for name, own in settings.all_destinations().items():
        if own.destination_id in wanted:
            with closing(_opened(settings, name, own)) as opened:
                volumes += _volumes(view, feeds, opened)
    if as_json:
        print_json(estimate_json(volumes, settings))
    elif volumes:
        print_estimate(volumes, settings)
    else:
        print_lines("Nothing is to be sent: every destination has what the catalog says.")


def _opened(settings: Settings, name: str, own: DestinationSettings) -> Destination:
    """The destination, for its limits; the embedded services run only during a sync, and are not needed for that."""
    if settings.is_demo_destination:
        own = own.model_copy(update={"url": "http://127.0.0.1", "api_key": SecretStr("none")})
    return open_destination(name, own)


def _volumes(view: CatalogView, feeds: list[Feed], destination: Destination) -> list[Volume]:
    found = []
    with view.reader().cursor() as connection:
        for feed in feeds:
            if destination.offers(feed):
                plan = plan_export(connection, feed, destination.destination_id, now=utc_now(), selection=Selection())
                if plan.sent:
                    found.append(plan_volume(connection, plan, destination.limits(feed), destination))
    return found


def retry(feed: FeedOption = None, destination: DestinationOption = None, as_json: JsonFlag = False) -> None:
    """Try again now what the destination could not take, whether its next attempt is due or not.

    Example: catalog-sync retry --feed prices
    """
    _send_again("retries", feed, destination, as_json=as_json)


@deadletter_app.command("list")
def list_command(feed: FeedOption = None, destination: DestinationOption = None, as_json: JsonFlag = False) -> None:
    """List what was refused or given up, grouped by cause, with some of the items.

    Example: catalog-sync deadletter list --feed products
    """
    view = CatalogView(current_settings())
    feeds = _feeds_in(view, feed)
    groups: list[Refusal] = []
    with view.reader().cursor() as connection:
        for destination_id in _destination_ids(view, destination):
            groups += list_refusals(connection, feeds, destination_id, states=GIVEN_UP)
    if as_json:
        print_json([group.as_json() for group in groups])
        return
    names = view.destinations
    print_table(
        ("Feed", "Destination", "State", "Items", "HTTP", "Code", "Message", "Some of them"),
        [
            (group.feed, names[group.destination], group.state.replace("_", " "), group.items,
             shown(group.http_status), group.error_code, group.message, ", ".join(group.samples))
            for group in groups
        ],
        numbers=("Items",),
    )  # fmt: skip
    if not groups:
        print_lines("Nothing was refused or given up.")


@deadletter_app.command("requeue")
def requeue(
    feed: FeedOption = None,
    destination: DestinationOption = None,
    rejected: Annotated[bool, typer.Option("--rejected", help="rejected items, too, unchanged as they are")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Send what was given up after ten runs once more, now.

    Example: catalog-sync deadletter requeue --rejected --feed products
    """
    _send_again("refused" if rejected else "dead_letters", feed, destination, as_json=as_json)


def _send_again(
    by: Literal["retries", "dead_letters", "refused"], feed: list[str] | None, destination: str | None, *, as_json: bool
) -> None:
    options = SyncOptions(
        feeds=_names(feed),
        selection=Selection(resync=True, by=by),
        no_reindex=True,
        destination=destination,
        trigger="retry",
        requested_by=requested_by(),
    )
    run_and_report(options, as_json=as_json)
