"""Settings of the feeds: what of them is left out of the comparison, and which are switched off."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from syncengine.settings.section import Section


class FeedSettings(Section):
    """Feeds by name. `noise`: top-level fields that cause no send by themselves; they go with what else changes."""

    noise: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    off: tuple[str, ...] = ()
