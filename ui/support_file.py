"""The support bundle as a file to take away, made when it is asked for."""

from __future__ import annotations

from ui.bootstrap import Page


def support_button(page: Page) -> None:
    """Nothing yet."""
    del page
