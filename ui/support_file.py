"""The support bundle as a file to take away, made when its button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from syncengine.monitoring.support_bundle import write_support_bundle
from ui import item_texts as texts
from ui.bootstrap import Page


def support_button(page: Page, *, run_id: str | None = None) -> None:
    """One button for those who operate: what support needs, without secrets; with `run_id`, that run in full."""
    if not page.user.may("operate"):
        return
    st.download_button(
        texts.SUPPORT_BUNDLE,
        data=_packed(page, run_id),
        file_name=f"catalog-sync-support-{run_id or 'bundle'}.zip",
        mime="application/zip",
        icon=":material/medical_services:",
        help=texts.SUPPORT_BUNDLE_NOTE,
        on_click="ignore",
        key="support-bundle",
    )


def _packed(page: Page, run_id: str | None) -> Callable[[], bytes]:
    def made() -> bytes:
        # write_support_bundle gives the file to its owner only; the directory is gone before the answer is sent
        with TemporaryDirectory(prefix="support-", dir=_scratch(page)) as place:
            return write_support_bundle(page.settings, Path(place) / "bundle.zip", run_id).read_bytes()

    return made


def _scratch(page: Page) -> Path | None:
    """Where to pack it: beside the data, whose disk is meant for such things, where there is one."""
    place = page.settings.data_dir
    return place if place.is_dir() else None
