"""What to do before there is anything to show: the steps to the first sync, and how far they are done."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from syncengine.inspection.connection import connection_facts
from syncengine.inspection.pulse import Pulse
from ui import cards, texts
from ui import status_texts as words
from ui.bootstrap import Page
from ui.escape import esc
from ui.formats import ago, moment
from ui.status_blocks import destination_names, source_name

_FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    title: str
    text: str
    done: bool


def checklist(page: Page, now: Pulse) -> None:
    """The steps, those that are done ticked, and the command that makes the first sync."""
    cards.heading(words.FIRST_RUN_TITLE, note=words.FIRST_RUN_TEXT)
    steps = [_store(page), _destination(page), _test(page), _sync(page, now)]
    items = "".join(
        f'<li class="{"cs-done" if step.done else ""}"><b>{esc(step.title)}</b>'
        f"<span><bdi>{cards.sentence(step.text)}</bdi></span></li>"
        for step in steps
    )
    st.html(f'<ol class="cs-steps">{items}</ol>')
    st.code(texts.SYNC_COMMAND, language=None)


def _store(page: Page) -> _Step:
    settings = page.settings
    text = words.FIRST_STORE_DEMO if settings.is_demo_source else source_name(settings)
    return _Step(title=words.FIRST_STORE, text=text, done=True)


def _destination(page: Page) -> _Step:
    """Where it goes; of services also which data space, which is what people set wrong."""
    settings = page.settings
    if settings.is_demo_destination:
        return _Step(title=words.FIRST_DESTINATION, text=words.FIRST_DESTINATION_DEMO, done=True)
    spaces = [
        words.FIRST_SPACE.format(
            name=name, space=one.data_space_id or words.NOT_SET, environment=one.environment_id or words.NOT_SET
        )
        for name, one in settings.all_destinations().items()
        if one.kind == "services"
    ]
    return _Step(title=words.FIRST_DESTINATION, text="; ".join([*destination_names(settings), *spaces]), done=True)


def _test(page: Page) -> _Step:
    if page.settings.is_demo_source and page.settings.is_demo_destination:
        return _Step(title=words.FIRST_TEST, text=words.FIRST_TEST_DEMO, done=True)
    test = connection_facts(page.view).test
    if test is None or test.finished_at is None:
        return _Step(title=words.FIRST_TEST, text=words.FIRST_TEST_NONE, done=False)
    tested = ago(test.finished_at, page.now)
    bad = next((one for one in test.findings if one.verdict == _FAILED), None)
    if bad is None:
        return _Step(title=words.FIRST_TEST, text=words.FIRST_TEST_GOOD.format(when=tested), done=True)
    said = words.FIRST_TEST_BAD.format(when=tested, check=bad.check, sentence=bad.sentence, hint=bad.hint)
    return _Step(title=words.FIRST_TEST, text=said, done=False)


def _sync(page: Page, now: Pulse) -> _Step:
    text = words.FIRST_SYNC_NOW
    if now.next_sync_at is not None:
        at = moment(now.next_sync_at, page.zone, now=page.now)
        text = words.FIRST_SYNC_PLANNED.format(at=at, within=ago(now.next_sync_at, page.now))
    return _Step(title=words.FIRST_SYNC, text=text, done=False)
