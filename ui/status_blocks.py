"""The blocks of the Status page: each answers one question of the merchant's."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from syncengine.control.runs import Run
from syncengine.inspection.pulse import Freshness, Heart, Pulse
from syncengine.inspection.run_charts import feed_sizes, run_chart
from syncengine.inspection.status import Equation, FeedStatus, LastSync, SyncStatus
from syncengine.settings import Settings
from ui import cards, charts, links, run_table, texts
from ui.bootstrap import Page, boundary
from ui.escape import bdi, esc
from ui.formats import NONE, ago, count, duration, moment, plural
from ui.scope import feeds_by_scope

SPARK_RUNS = 24
STEPS = ("read", "index", "snapshot", "diff", "export", "acknowledge", "publish")


def is_busy(status: SyncStatus) -> bool:
    """Whether a sync is in progress."""
    return status.last_sync is not None and status.last_sync.status == "In Progress"


def route(settings: Settings) -> str:
    """Where the catalog comes from and where it goes, in one line."""
    return f"{source_name(settings)} → {', '.join(destination_names(settings))}"


def source_name(settings: Settings) -> str:
    """The store in a few words."""
    if settings.is_demo_source:
        return "Demo store"
    source = settings.source
    return f"Records in {source.path}" if source.kind == "files" else str(source.url)


def destination_names(settings: Settings) -> list[str]:
    """The destinations in a few words each."""
    if settings.is_demo_destination:
        return ["demo services"]
    return [
        f"{name} ({value.path if value.kind == 'folder' else value.url})"
        for name, value in settings.all_destinations().items()
    ]


def verdict(status: SyncStatus, now: Pulse, page: Page) -> None:
    """The answer in five seconds: one sentence."""
    found, last = status.needs_attention, status.last_sync
    stuck = found.rejected + found.set_aside
    mark, tone, text = texts.VERDICTS[_verdict_kind(status, now)]
    waiting = f"{plural(found.waiting, 'item')} {'goes' if found.waiting == 1 else 'go'} out"
    attention = f"{plural(stuck, 'item')} {'needs' if stuck == 1 else 'need'} attention"
    # a run that ended has a panel of its own below, which says why
    told_below = last is None or failed_run(status) is not None
    reason, hint = ("", "") if told_below or last is None else (_first_line(last.reason), last.hint or "")
    said = text.format(
        waiting=waiting,
        stuck=attention,
        reason=reason,
        hint=hint,
        age=ago(now.succeeded_at, page.now),
        state_of=moment(now.succeeded_at, page.zone, now=page.now),
    )
    cards.note(mark, said.strip(), tone=tone)


def _verdict_kind(status: SyncStatus, now: Pulse) -> str:
    found, failed = status.needs_attention, failed_run(status)
    if is_busy(status):
        return "busy"
    if failed is not None:
        unreachable = (failed.error_code or "").startswith("CS2") and now.succeeded_at is not None
        return "unreachable" if unreachable else "failed"
    if status.last_sync is not None and status.last_sync.status == "Failed":
        return "failed"
    if now.freshness is Freshness.OVERDUE:
        return "stale"
    if found.rejected + found.set_aside:
        return "attention"
    return "waiting" if found.waiting else "in_sync"


def failed_run(status: SyncStatus) -> Run | None:
    """The run that the last sync failed with; None when it did not, or when it was left behind unfinished."""
    last = status.last_sync
    if last is None or last.status != "Failed":
        return None
    return next((run for run in status.recent_runs if run.run_id == last.run_id and run.error_code), None)


def first_run(page: Page, now: Pulse) -> None:
    """What to do before there is anything to show."""
    settings = page.settings
    cards.heading(texts.FIRST_RUN_TITLE, note=texts.FIRST_RUN_TEXT)
    store = texts.FIRST_RUN_STORE_DEMO if settings.is_demo_source else texts.FIRST_RUN_STORE
    place = texts.FIRST_RUN_DESTINATION_DEMO if settings.is_demo_destination else texts.FIRST_RUN_DESTINATION
    names = {"source": source_name(settings), "destination": ", ".join(destination_names(settings))}
    first_sync = texts.FIRST_RUN_SYNC
    if now.next_sync_at is not None:
        first_sync = texts.FIRST_RUN_PLANNED
        at = moment(now.next_sync_at, page.zone, now=page.now)
        names |= {"at": at, "within": ago(now.next_sync_at, page.now)}
    steps = [(store, True), (place, True), (first_sync, False)]
    items = "".join(
        f'<li class="{"cs-done" if done else ""}"><b>{esc(title)}</b><span>{bdi(text.format(**names))}</span></li>'
        for (title, text), done in steps
    )
    st.html(f'<ol class="cs-steps">{items}</ol>')
    st.code(texts.SYNC_COMMAND, language=None)


def last_sync(status: SyncStatus, page: Page) -> None:
    """The documented rule: the word, and the time and count that belong to it."""
    last = status.last_sync
    if last is None:
        cards.tile(texts.LAST_SYNC, cards.badge(texts.NO_SYNC_YET, "idle", "○"), word=True)
        return
    lines, extra = _last_sync_lines(last, page)
    cards.tile(texts.LAST_SYNC, cards.run_badge(last.status), lines, extra=extra, word=True)
    if last.status != "Success":
        words = texts.SEE_WHAT_FAILED if last.status == "Failed" else texts.WATCH_RUN
        st.page_link(links.RUN, label=words, query_params={"run": last.run_id})


def _last_sync_lines(last: LastSync, page: Page) -> tuple[list[str], str]:
    when = esc(moment(last.at, page.zone))
    if last.status == "In Progress":
        lines = ["No sync has succeeded yet." if last.at is None else f"Last successful sync: <strong>{when}</strong>"]
        words, share = progress_of(last.step, last.progress)
        return [*lines, esc(words)], cards.progress(share)
    if last.status == "Failed":
        return [f"Attempted <strong>{when}</strong>, {esc(ago(last.at, page.now))}"], ""
    lines = [
        f"<strong>{when}</strong>, {esc(ago(last.at, page.now))}",
        f"<strong>{count(last.products_updated)}</strong> product{'' if last.products_updated == 1 else 's'} updated",
    ]
    if last.rejected:
        lines.append(cards.badge(f"{plural(last.rejected, 'item')} rejected", "warn", "!"))
    return lines, ""


def progress_of(step: str | None, progress: dict[str, Any] | None) -> tuple[str, float]:
    """What a run is doing, in words, and how far it is through its steps."""
    step = step if step in STEPS else STEPS[0]
    number = STEPS.index(step)
    words = f"Step {number + 1} of {len(STEPS)}: {step}"
    now: dict[str, Any] = progress or {}
    done, total = now.get("done") or 0, now.get("total")
    if now.get("step") == step and done:
        of = f" of {total:,}" if total else ""
        words += f", {now.get('subject') or 'items'} {done:,}{of}"
        if left := now.get("seconds_left"):
            words += f" · {texts.TIME_LEFT.format(time=duration(round(left)))}"
    within = done / total if now.get("step") == step and total else 0
    return words, (number + min(1.0, within)) / len(STEPS)


def products_synced(status: SyncStatus, page: Page, whole: SyncStatus) -> None:
    """How many products the destination holds in the scope, and what the last run did to that."""
    lines = []
    delta, last = status.delta_to_previous, status.last_sync
    if delta:
        tone = "cs-up" if delta > 0 else "cs-down"
        lines.append(f'<span class="{tone}">{delta:+,}</span> since the run before')
    settled = last is not None and last.status == "Success" and not status.needs_attention.waiting
    if last is not None and settled and last.products_updated == 0:
        lines.append(esc(texts.NOTHING_CHANGED.format(at=moment(last.at, page.zone, now=page.now))))
    elif not delta:
        lines.append("held by the destination, counted by SKU")
    if whole.products_synced != status.products_synced:
        lines.append(f"{count(whole.products_synced)} in all store views")
    extra = ""
    with boundary("the last runs"):
        runs = run_chart(page.view, runs=SPARK_RUNS)
        bars = [_spark(row, page) for row in runs.iter_rows(named=True)]
        extra = charts.columns(bars, words=texts.SENT_SPARK.format(runs=len(bars)), size="spark") if bars else ""
    cards.tile(texts.PRODUCTS_SYNCED, count(status.products_synced), lines, extra=extra)
    st.page_link(links.PRODUCTS, label="See them", help=texts.PRODUCTS_SYNCED_HELP)


def _spark(row: dict[str, Any], page: Page) -> charts.Column:
    title = f"{moment(row['started_at'], page.zone)}: {row['accepted']:,} accepted, {row['rejected']:,} rejected"
    return charts.Column(title=title, parts=((row["accepted"], "accent"), (row["rejected"], "bad")))


def next_sync(status: SyncStatus, now: Pulse, page: Page) -> None:
    """When the next one comes by itself; if none does, which command starts the engine."""
    engine = status.engine
    if now.pause is not None:
        lines = [bdi(now.pause.reason), bdi(f"Paused by {now.pause.by}, {ago(now.pause.at, page.now)}")]
        cards.tile(texts.NEXT_SYNC, cards.badge(texts.PAUSED, "warn", "‖"), lines, word=True)
        return
    if now.heart is Heart.SILENT:
        lines = [f"Scheduler last seen {esc(ago(engine.heartbeat_at, page.now))}"]
        cards.tile(texts.NEXT_SYNC, cards.badge(texts.ENGINE_STOPPED, "bad", "!"), lines, word=True)
        return
    if status.next_sync_at is not None:
        cards.tile(
            texts.NEXT_SYNC,
            esc(moment(status.next_sync_at, page.zone, now=page.now)),
            [esc(ago(status.next_sync_at, page.now)), f"Scheduler last seen {esc(ago(engine.heartbeat_at, page.now))}"],
        )
        return
    if engine.running and engine.kind == "command":
        lines = ["A command is syncing now. No engine is running, so no further sync is planned."]
        cards.tile(texts.NEXT_SYNC, cards.badge("Not scheduled", "idle", "○"), lines, word=True)
        return
    if engine.running:
        lines = [f"Scheduler last seen {esc(ago(engine.heartbeat_at, page.now))}"]
        cards.tile(texts.NEXT_SYNC, cards.badge("After this run", "busy", "…"), lines, word=True)
        return
    lines = [
        "No engine is running, so nothing syncs by itself.",
        cards.sentence(f"`{texts.ENGINE_COMMAND}` starts one."),
    ]
    if engine.heartbeat_at is not None and engine.ended:
        lines.append(f"{esc(engine.ended)} {esc(ago(engine.heartbeat_at, page.now))}")
    elif engine.heartbeat_at is not None and engine.kind == "engine":
        lines.append(f"Scheduler last seen {esc(ago(engine.heartbeat_at, page.now))}")
    cards.tile(texts.NEXT_SYNC, cards.badge(texts.ENGINE_STOPPED, "warn", "!"), lines, word=True)


def needs_attention(status: SyncStatus, whole: SyncStatus) -> None:
    """What stays as it is until someone acts, and what only waits, in the scope; and how much in all of them."""
    found = status.needs_attention
    stuck = found.rejected + found.set_aside
    lines = []
    if found.rejected:
        lines.append(f"<strong>{count(found.rejected)}</strong> refused by the destination")
    if found.set_aside:
        lines.append(f"<strong>{count(found.set_aside)}</strong> set aside: could not be compiled")
    if not stuck:
        lines.append(esc(texts.NOTHING_NEEDED) if not found.waiting else "Nothing is refused or set aside.")
    if found.waiting:
        lines.append(f"<strong>{count(found.waiting)}</strong> waiting for the next sync")
    in_all = whole.needs_attention.rejected + whole.needs_attention.set_aside
    if in_all != stuck:
        lines.append(f"{count(in_all)} in all store views")
    value = count(stuck) if stuck else '<span class="cs-up">0</span>'
    cards.tile(texts.NEEDS_ATTENTION, f"{value} <small>{'item' if stuck == 1 else 'items'}</small>", lines)
    if found.rejected:
        refused = {"side": "catalog", "state": ["rejected", "dead_letter"]}
        st.page_link(links.PRODUCTS, label="Refused products", query_params=refused)
    elif found.waiting:
        waiting = {"side": "catalog", "state": ["waiting", "not_exported", "retry", "unknown"]}
        st.page_link(links.PRODUCTS, label="Waiting products", query_params=waiting)


def numbers(equation: Equation, *, dry_run: bool = False) -> None:
    """The run's equation: as blocks, and once in words; of a dry run what would be sent."""
    held = [
        ("unchanged", equation.unchanged, "idle"),
        ("added", equation.added, "ok"),
        ("changed", equation.changed, "ok"),
        ("skipped", equation.skipped, "warn"),
    ]
    sent = [
        ("accepted", equation.accepted, "ok"),
        ("rejected", equation.rejected, "bad"),
        ("waiting", equation.waiting, "warn"),
    ]
    blocks = cards.equation(("in catalog", equation.catalog), held)
    if not dry_run:
        blocks += cards.equation(("sent", equation.sent), sent)
    st.html(f'<div class="cs-eqs">{blocks}</div>')
    parts = [(equation.added, "added"), (equation.changed, "changed"), (equation.removed, "removed")]
    if equation.resent:
        parts.append((equation.resent, "sent again"))
    words = " + ".join(f"{number:,} {word}" for number, word in parts)
    if dry_run:
        text = f"{words} = {equation.sent:,} would be sent."
    elif equation.sent:
        text = f"{words} = {equation.sent:,} sent; of these {equation.accepted:,} were accepted."
    elif equation.skipped:
        text = "Nothing was sent."
    else:
        text = "Nothing differed from what was exported, so nothing was sent."
    if equation.skipped:
        text += f" {plural(equation.skipped, 'item')} left alone: refused before, or held back for review."
    if equation.set_aside:
        text += f" {plural(equation.set_aside, 'record')} could not be compiled and were set aside."
    cards.quiet(text)


def feeds(status: SyncStatus, page: Page, *, is_scoped: bool = False) -> None:
    """One row per feed and destination; a row leads to the runs of its feed."""
    if is_scoped:
        cards.quiet(texts.WHOLE_FEEDS.format(feeds=", ".join(feeds_by_scope()[1])))
    several = len({feed.destination for feed in status.feeds}) > 1
    sizes: dict[tuple[str, str], list[int]] = {}
    for row in feed_sizes(page.view, runs=SPARK_RUNS).iter_rows(named=True):
        sizes.setdefault((row["feed"], row["destination"]), []).append(row["items"])
    rows = [
        _feed_row(feed, page, several=several) | {"Size": sizes.get((feed.feed, feed.destination_name), [])}
        for feed in status.feeds
    ]
    frame = pl.DataFrame(rows, schema_overrides={"Size": pl.List(pl.Int64)})
    chosen = st.dataframe(
        frame,
        hide_index=True,
        height="content",
        row_height=34,
        column_config={
            **run_table.count_columns(frame),
            "Size": st.column_config.LineChartColumn(width="small", y_min=0),
        },
        key="feeds",
        on_select="rerun",
        selection_mode="single-row",
        alt="Feeds and their counts",
    )["selection"]["rows"]
    if chosen and chosen[0] < len(status.feeds):
        st.switch_page(links.RUNS, query_params={"feed": status.feeds[chosen[0]].feed})
    with st.expander(texts.FEEDS_HELP, type="compact"):
        st.markdown(texts.FEEDS_COLUMNS)


def _feed_row(feed: FeedStatus, page: Page, *, several: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"Feed": feed.feed}
    if several:
        row["Destination"] = feed.destination_name
    mark = texts.RUN_STATUSES.get(feed.status or "", ("idle", "–"))[1]
    return row | {
        "Status": f"{mark} {feed.status or 'Not run yet'}",
        "Source Records": feed.source_records,
        "Successfully Sent Records": feed.sent_records,
        "Failed Records": feed.failed_records,
        "Unchanged": feed.unchanged,
        "Waiting": feed.waiting_records,
        "Last Exported": moment(feed.last_exported_at, page.zone),
        "Duration": NONE if feed.seconds is None else duration(feed.seconds),
    }


def recent_runs(status: SyncStatus, page: Page) -> None:
    """The newest runs in short; a row leads to its run."""
    chosen = st.dataframe(
        run_table.short_rows(status.recent_runs, page.zone),
        hide_index=True,
        height="content",
        row_height=34,
        key="recent",
        on_select="rerun",
        selection_mode="single-row",
        alt="The newest runs",
    )["selection"]["rows"]
    if chosen and chosen[0] < len(status.recent_runs):
        st.switch_page(links.RUN, query_params={"run": status.recent_runs[chosen[0]].run_id})


def _first_line(text: str | None) -> str:
    return (text or "").split("\n")[0][:300]
