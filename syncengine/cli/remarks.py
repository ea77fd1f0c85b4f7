"""What a run has to say besides its counts: warnings, and what a dry run would cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from syncengine.cli.tables import print_lines, print_table, shown
from syncengine.control.runs import Run
from syncengine.control.schema import utc_now
from syncengine.control.store import open_control
from syncengine.export.budget import DayUseInControlStore, rate_limits
from syncengine.export.estimate import Forecast, Volume, forecast
from syncengine.settings import DestinationSettings, Settings


def forecasts(volumes: Sequence[Volume], settings: Settings) -> list[tuple[str, DestinationSettings, Forecast]]:
    """How long each configured destination takes for its `volumes`, by name; one with nothing to send is left out."""
    now = utc_now()
    found = []
    with closing(open_control(settings)) as control:
        for name, destination in settings.all_destinations().items():
            own = [volume for volume in volumes if volume.destination == destination.destination_id]
            if own:
                used = DayUseInControlStore(control, destination.destination_id).used(now.date())
                ahead = forecast(destination.destination_id, own, rate_limits(destination), used_today=used, now=now)
                found.append((name, destination, ahead))
    return found


def forecast_sentence(name: str, destination: DestinationSettings, ahead: Forecast) -> str:
    """What people read of a forecast."""
    amount = f"{ahead.items:,} items in {ahead.requests:,} requests, {_size(ahead.bytes)}"
    if ahead.seconds is None:
        time = "no rate is set, so how long that takes is the destination's matter"
    else:
        time = f"{duration(ahead.seconds)} at the permitted rate"
    text = f"`{name}`: {amount}; {time}."
    if ahead.cap_reached_at is not None:
        text += (
            f" Today's {destination.requests_per_day:,} requests ({ahead.used_today:,} used) are spent at"
            f" {shown(ahead.cap_reached_at)}; the last one goes out at {shown(ahead.finished_at)}."
        )
    return text


def duration(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB" if count >= 2**20 else f"{count / 2**10:,.1f} KiB"


def volumes_of(run: Run) -> list[Volume]:
    """What a dry run would send, by feed and destination; nothing for any other run."""
    return [Volume(**item) for item in run.details.get("volumes", [])]


def remarks_json(run: Run, settings: Settings) -> dict[str, Any]:
    """The warnings of a run, and with a dry run its estimate, as further keys of the run shape."""
    remarks: dict[str, Any] = {"warnings": run.details.get("warnings", [])}
    if run.dry_run:
        remarks["estimate"] = estimate_json(volumes_of(run), settings)
    return remarks


def estimate_json(volumes: Sequence[Volume], settings: Settings) -> dict[str, Any]:
    """The shape that `estimate --json` and dry runs print."""
    ahead = forecasts(volumes, settings)
    return {
        "feeds": [volume.as_json() for volume in volumes],
        "destinations": [{"destination_name": name, **item.as_json()} for name, _, item in ahead],
    }


def print_estimate(volumes: Sequence[Volume], settings: Settings) -> None:
    """The estimate as a table and a sentence for each destination."""
    names = {value.destination_id: name for name, value in settings.all_destinations().items()}
    rows = [
        (item.feed, names.get(item.destination, item.destination), item.items, item.requests, item.bytes)
        for item in volumes
    ]
    print_table(("Feed", "Destination", "Items", "Requests", "Bytes"), rows, numbers=("Items", "Requests", "Bytes"))
    print_lines(*(forecast_sentence(*item) for item in forecasts(volumes, settings)))


def print_remarks(run: Run, settings: Settings) -> None:
    """The estimate of a dry run, then the warnings."""
    volumes = volumes_of(run)
    if volumes:
        print_estimate(volumes, settings)
    for warning in run.details.get("warnings", []):
        print_lines(f"Warning: {warning['sentence']}", f"→ {warning['hint']}")
