"""The sections of the Settings page that show what is set, and where each value comes from. Nothing is set here."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from syncengine.inspection.about import About, about
from syncengine.inspection.audit import recent_audit
from syncengine.inspection.connection import connection_facts
from syncengine.inspection.status import FeedRow, feed_table
from syncengine.settings import DEFAULT, SettingRow, Settings, setting_rows
from ui import cards, links, resync, texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import NONE, ago, count, duration, moment, size_words
from ui.launch import config_argument

# which settings a section shows, by the first part of their keys
PREFIXES: dict[str, tuple[str, ...]] = {
    "connection": ("source", "destination", "destinations"),
    "feeds": ("feeds",),
    "schedule": ("schedule", "engine"),
    "safety": ("guard",),
    "retention": ("retention", "upkeep", "maintenance"),
    "notifications": ("notify", "notifications", "notification", "logging", "log", "metrics", "monitoring"),
    "access": ("access", "api", "ui"),
    "about": ("data_dir", "control", "demo"),
}
SECTIONS: dict[str, str] = {
    "connection": texts.SECTION_CONNECTION,
    "feeds": texts.SECTION_FEEDS,
    "schedule": texts.SECTION_SCHEDULE,
    "safety": texts.SECTION_SAFETY,
    "retention": texts.SECTION_RETENTION,
    "notifications": texts.SECTION_NOTIFICATIONS,
    "access": texts.SECTION_ACCESS,
    "about": texts.SECTION_ABOUT,
}
_AUDIT_SHOWN = 10
_VERDICTS = {"ok": ("ok", "✓"), "warning": ("warn", "!"), "failed": ("bad", "✕"), "skipped": ("idle", "–")}


def rows_of(settings: Settings, section: str) -> list[SettingRow]:
    """The settings of a section; what belongs to none stands in the last one."""
    known = {prefix for prefixes in PREFIXES.values() for prefix in prefixes}
    wanted = PREFIXES[section]

    def belongs(key: str) -> bool:
        first = key.split(".")[0]
        return first in wanted or (section == "about" and first not in known)

    return [row for row in setting_rows(settings, config_argument()) if belongs(row.key)]


def values(settings: Settings, section: str) -> None:
    """The section's settings: those that somebody set first, those at their default after them."""
    rows = rows_of(settings, section)
    if not rows:
        cards.quiet(texts.NO_SETTINGS)
        return
    chosen = [row for row in rows if row.source != DEFAULT]
    if chosen:
        _table(chosen)
    else:
        cards.quiet(texts.ALL_DEFAULTS)
        _table(rows)
        return
    if others := [row for row in rows if row.source == DEFAULT]:
        with st.expander(texts.DEFAULTS, type="compact", key=f"defaults-{section}"):
            _table(others)


def _table(rows: Sequence[SettingRow]) -> None:
    cells = [
        [
            cards.mono(row.key) + (f'<p class="cs-line">{esc(row.meaning)}</p>' if row.meaning else ""),
            NONE if row.value is None else cards.mono(row.value),
            bdi(texts.SOURCE_DEFAULT if row.source == DEFAULT else row.source),
        ]
        for row in rows
    ]
    cards.table(texts.SETTING_COLUMNS, cells, kind="cs-values")


def connection(page: Page) -> None:
    """Where the catalog comes from and where it goes, and the test that the engine makes when asked."""
    facts = connection_facts(page.view)
    pairs = [
        (texts.SOURCE_READ, bdi(facts.source)),
        *((f"{texts.DESTINATION} {name}", bdi(place)) for name, place in facts.destinations),
    ]
    if facts.last_read_at is not None:
        pairs.append((texts.LAST_READ, esc(moment(facts.last_read_at, page.zone, now=page.now))))
    cards.facts(pairs)
    _test(page)
    values(page.settings, "connection")


@st.fragment(run_every=3)
def _test(page: Page) -> None:
    facts = connection_facts(page.view)
    test = facts.test
    pending = test is not None and test.finished_at is None
    words = "" if page.user.may("operate") else texts.ONLY_OPERATORS
    if not words and not facts.engine_runs:
        words = texts.TEST_NO_ENGINE
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            texts.TEST_CONNECTION,
            icon=":material/network_check:",
            disabled=bool(words) or pending,
            help=words,
            key="test-connection",
            on_click=resync.test_connection,
            args=(page,),
        )
        if pending and facts.engine_runs:
            st.html(f'<p class="cs-line">{cards.sentence(texts.TEST_PENDING)}</p>')
        elif words:
            st.html(f'<p class="cs-line">{cards.sentence(words)}</p>')
    if test is None or test.finished_at is None:
        return
    cards.table(
        texts.TEST_COLUMNS,
        [
            [
                esc(finding.check),
                cards.badge(finding.verdict, *_VERDICTS.get(finding.verdict, ("idle", "·"))),
                cards.sentence(f"{finding.sentence} {finding.hint}".strip()),
                esc(duration(finding.seconds)),
            ]
            for finding in test.findings
        ],
    )
    cards.quiet(f"Tested {ago(test.finished_at, page.now)}, asked for by {test.asked_by}.")


def feeds(page: Page) -> None:
    """Every feed, whether it is on, and how much of it there is."""
    names = page.view.destinations
    several = len(names) > 1
    cards.table(
        texts.FEED_COLUMNS,
        [
            [
                bdi(row.feed) + (f" → {bdi(names[row.destination])}" if several else ""),
                _state_badge(row, page.settings),
                bdi(", ".join(row.identity)),
                count(row.catalog),
                count(row.exported),
                count(row.waiting),
                count(row.rejected),
            ]
            for row in feed_table(page.view)
        ],
        numbers=4,
    )
    values(page.settings, "feeds")


def _state_badge(row: FeedRow, settings: Settings) -> str:
    if row.feed in settings.feeds.off:
        return cards.badge(texts.FEED_OFF, "warn", "–")
    if row.offered is None:
        return cards.badge(texts.FEED_NOT_READ, "idle", "○")
    return cards.badge(texts.FEED_ON, "ok", "✓") if row.offered else cards.badge(texts.FEED_NOT_OFFERED, "idle", "–")


def access(page: Page) -> None:
    """Who is looking, who may do what; for admins, who asked for what."""
    cards.facts([(texts.YOU_ARE, bdi(page.user.name)), (texts.ROLE, esc(page.user.role or NONE))])
    if page.user.may("administer"):
        with st.expander(texts.AUDIT, key="audit", on_change="rerun") as opened:
            if opened.open:
                _audit(page)
    values(page.settings, "access")


def _audit(page: Page) -> None:
    entries = recent_audit(page.view, limit=200)
    if not entries:
        cards.quiet(texts.AUDIT_EMPTY)
        return
    cards.table(
        texts.AUDIT_COLUMNS,
        [
            [esc(moment(entry.at, page.zone)), bdi(entry.actor), esc(entry.action), _subject(entry.subject)]
            for entry in entries
        ],
        label=texts.AUDIT,
        tall=len(entries) > _AUDIT_SHOWN,
    )


def _subject(subject: str) -> str:
    """What somebody asked for or of; a run leads to its page."""
    return cards.link(links.address("run", run=subject), subject) if subject.startswith("r-") else bdi(subject)


@st.cache_resource(ttl=300, max_entries=4, show_spinner=False)
def _about(_page: Page, data_dir: str) -> About:
    """Looked up every few minutes: it goes over every file of the data directory."""
    del data_dir
    return about(_page.view)


def about_this(page: Page) -> None:
    """Versions, the data directory and what it takes, licences."""
    found = _about(page, str(page.settings.data_dir))
    cards.facts(
        [
            ("Catalog Sync", esc(found.version)),
            ("Python", esc(found.python)),
            (texts.SYSTEM, esc(found.system)),
            (texts.LICENCE, esc(found.licence or texts.LICENCE_NOT_STATED)),
            (texts.DATA_DIR, cards.mono(found.data_dir)),
            (texts.DATA_SIZE, esc(size_words(found.total_bytes))),
        ]
    )
    parts = [[esc(name), esc(size_words(size))] for name, size in found.sizes.items() if size]
    if parts:
        cards.table(texts.SIZE_COLUMNS, parts, numbers=1)
    with st.expander(texts.BUILT_ON, type="compact", key="built-on"):
        cards.table(
            texts.COMPONENT_COLUMNS, [[esc(one.name), esc(one.version), esc(one.licence)] for one in found.components]
        )
    values(page.settings, "about")
