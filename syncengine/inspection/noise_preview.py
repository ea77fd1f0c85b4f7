"""What leaving fields out of a feed's content would have saved, from what history keeps of the sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.feeds.noise import checked_noise
from syncengine.feeds.registry import get_feed
from syncengine.inspection.restless import RUNS, first_run
from syncengine.inspection.states import feed_tables
from syncengine.inspection.view import CatalogView, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisePreview:
    """The sends of one feed to one destination in the last `runs` runs, and how many of them would not have been made.

    `sends`: items sent, of whatever kind. `updates`: those because their content changed. `saved`: the updates in which
    nothing changed but these fields and those already left out. `items`: of how many items they were.
    """

    feed: str
    fields: tuple[str, ...]
    already: tuple[str, ...]
    runs: int
    sends: int
    updates: int
    saved: int
    items: int

    @property
    def sentence(self) -> str:
        """The preview in a sentence."""
        share = f" ({self.saved / self.sends:.1%} of all)" if self.sends else ""
        return (
            f"Without {', '.join(self.fields)}, {self.saved:,} of {self.sends:,} sends{share} of the last {self.runs} "
            f"runs would not have been made."
        )

    def as_json(self) -> dict[str, Any]:
        """The shape of `changes --without … --json`."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "fields": list(self.fields),
            "already": list(self.already),
            "sentence": self.sentence,
        }


def noise_preview(
    view: CatalogView, feed_name: str, fields: Sequence[str], *, destination: str | None = None, runs: int = RUNS
) -> NoisePreview:
    """What it would have saved to leave `fields` out of the content of a feed, over the last runs.

    Raises: SettingsError for fields that cannot be left out, UnknownFeedError, LakeUnavailableError (retriable).
    """
    feed = get_feed(feed_name)
    wanted = checked_noise({feed.name: tuple(fields)}).get(feed.name, frozenset())
    unhashed = {field.name for field in view.contract(feed).fields if not field.hashed}
    always = {field.name for field in feed.fields if not field.hashed}
    reader = view.reader_or_none()
    found: dict[str, Any] = {"sends": 0, "updates": 0, "saved": 0, "items": 0}
    if reader is not None and feed in view.feeds(reader):
        saved = "operation = 'update' AND len(changed_paths) > 0 AND list_has_all($left_out, changed_paths)"
        found = rows(
            reader,
            f"""SELECT count(*) AS sends, count(*) FILTER (operation = 'update') AS updates,
                       count(*) FILTER ({saved}) AS saved, count(DISTINCT feed_id) FILTER ({saved}) AS items
                FROM {feed_tables(feed)["history"]} WHERE destination = $destination AND run_sequence >= $since""",
            {
                "destination": view.destination_id(destination),
                "since": first_run(view, runs),
                "left_out": sorted(wanted | unhashed),
            },
        ).row(0, named=True)
    return NoisePreview(
        feed=feed.name, fields=tuple(sorted(wanted)), already=tuple(sorted(unhashed - always)), runs=runs, **found
    )
