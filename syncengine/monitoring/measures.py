"""What is measured of one run beside its counts and steps: its requests, and mixed outcomes by operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from syncengine.traffic import TrafficCounts

KEY = "measures"  # of the run's details; and of the control store's settings while the run goes on
Item = tuple[str, str, str]  # feed, operation (added, changed, removed, resent), result


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMeasures:
    """The measures of one run, or of a part of it: parts add up.

    `items`: only of feeds in which not every item was accepted; of the others the feed run says it all.
    """

    traffic: TrafficCounts = field(default_factory=TrafficCounts)
    items: Mapping[Item, int] = field(default_factory=dict)

    def __add__(self, other: RunMeasures) -> RunMeasures:
        return RunMeasures(traffic=self.traffic + other.traffic, items={**self.items, **other.items})

    def as_json(self) -> dict[str, Any]:
        """A form that JSON can hold; `from_json` reads it."""
        return {
            "http": self.traffic.as_json(),
            "items": [[*item, count] for item, count in sorted(self.items.items())],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self:
        """What `as_json` gave; nothing of what is not there."""
        value = value or {}
        return cls(
            traffic=TrafficCounts.from_json(value.get("http", {})),
            items={(feed, operation, result): count for feed, operation, result, count in value.get("items", [])},
        )
