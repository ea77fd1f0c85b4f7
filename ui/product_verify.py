"""Verify now for one product, on its own page: the same question to the engine, and the answer if it is about it."""

from __future__ import annotations

from syncengine.inspection.as_of import state_times
from syncengine.inspection.story import ProductStory
from ui import discrepancy_verify
from ui.bootstrap import Page


def offer(page: Page, story: ProductStory) -> None:
    """The button, and what it is about to do."""
    discrepancy_verify.offer(page, (story.sku,), story.destination)


def answer(page: Page, story: ProductStory) -> None:
    """What the check found, where the URL says that it is shown."""
    if not discrepancy_verify.is_shown():
        return
    reader = page.view.reader_or_none()
    read_at = None if reader is None else state_times(reader)[0]
    discrepancy_verify.answer(page, read_at, sku=story.sku)
