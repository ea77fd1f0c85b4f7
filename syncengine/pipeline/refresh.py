"""Read, index, snapshot: what the store says now, compiled and merged into the lake."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncengine.catalog import Touched, create_record_views, open_source
from syncengine.catalog.staged import ReadProgress, StagedCatalog
from syncengine.control.runs import Run, Step, set_step
from syncengine.control.schema import utc_now
from syncengine.errors import IncompleteReadError
from syncengine.feeds.compile import SET_ASIDE_FILE, CompiledFeed, compile_feeds
from syncengine.feeds.feed import Feed
from syncengine.feeds.increment import IndexPlan, plan_index, show_neighbours_only
from syncengine.feeds.indexed import IndexMemory
from syncengine.feeds.noise import checked_noise
from syncengine.feeds.registry import get_feed
from syncengine.lake.scratch import ended_when, scratch_connection
from syncengine.lake.set_aside import set_aside_counts, set_aside_differs, write_set_aside
from syncengine.lake.tables import table_name
from syncengine.pipeline.noise import follow_noise
from syncengine.pipeline.run_row import enter_step
from syncengine.pipeline.workshop import Workshop
from syncengine.progress import Moment


def refresh_catalog(
    shop: Workshop, run: Run, feeds: Sequence[Feed], *, full: bool, touched: Touched | None = None
) -> None:
    """Read the store, compile the feeds and merge them into the lake; nothing comes of a read that fell short."""
    staging = shop.directory.staging(run.run_id)
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    enter_step(shop, run, Step.READ)

    def read_progress(progress: ReadProgress) -> None:
        subject = f"{progress.entity} {progress.scope}".strip()
        shop.observer.advance(Step.READ, subject, progress.records, progress.total)
        shop.observer.at(Moment.PAGE_READ, subject)

    source = open_source(shop.settings.source)
    # the pages of the last complete read are kept: what the store says has changed is patched into them
    read = source.read if full else partial(source.read_changes, touched=touched)
    staged = read(shop.directory.mirror, progress=read_progress, should_stop=shop.should_stop)
    _refuse_empty_read(shop, staged)
    shop.observer.at(Moment.READ)
    enter_step(shop, run, Step.INDEX, source=staged.source)
    index = _index(shop, staged, feeds, staging, everything=full)
    shop.observer.at(Moment.INDEXED)
    enter_step(shop, run, Step.SNAPSHOT)
    follow_noise(shop, run, feeds, checked_noise(shop.settings.feeds.noise))
    _merge(shop, run, index, staging)
    _record_index(shop, run, staged, feeds, index.plan)
    shop.observer.at(Moment.MERGED)
    shutil.rmtree(staging, ignore_errors=True)


def _refuse_empty_read(shop: Workshop, staged: StagedCatalog) -> None:
    if any(part.records for part in staged.parts if part.entity == "products"):
        return
    known = shop.writer.query(f"SELECT count(*) AS items FROM {table_name('catalog', get_feed('products'))}")["items"][
        0
    ]
    if known:
        raise IncompleteReadError(
            f"The store answered that it holds no products, while {known:,} product items are known.",
            hint="Nothing was deleted. Check the store and the token's permissions, then sync again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """What was compiled: feeds as a whole, and feeds of the touched products only."""

    plan: IndexPlan
    memory: IndexMemory
    whole: tuple[CompiledFeed, ...] = ()
    touched: tuple[CompiledFeed, ...] = ()


def _index(shop: Workshop, staged: StagedCatalog, feeds: Sequence[Feed], staging: Path, *, everything: bool) -> _Index:
    """Compile what the records of now can have changed of `feeds`: nothing, some products, or everything."""
    engine = shop.settings.engine
    memory = IndexMemory(shop.directory.indexed)
    noise = checked_noise(shop.settings.feeds.noise)
    now = utc_now()
    with (
        scratch_connection(
            shop.directory, memory_limit_mb=engine.memory_limit_mb, threads=engine.threads
        ) as connection,
        ended_when(connection, shop.should_stop),
    ):
        create_record_views(connection, staged)
        plan = plan_index(
            connection,
            staged,
            feeds,
            memory=memory,
            now=now,
            snapshot=shop.writer.last_merge(),
            variant=repr({name: sorted(fields) for name, fields in sorted(noise.items())}) if noise else "",
            everything=everything,
        )

        def compiled(wanted: Sequence[Feed], place: str) -> tuple[CompiledFeed, ...]:
            if not wanted:
                return ()
            return compile_feeds(
                connection,
                wanted,
                out=staging / place,
                now=now,
                noise=noise,
                progress=lambda step: shop.observer.advance(Step.INDEX, step.feed, step.done, step.total),
            )

        whole = compiled(plan.whole, "whole")
        if plan.touched:
            show_neighbours_only(connection, plan)
        return _Index(plan=plan, memory=memory, whole=whole, touched=compiled(plan.touched, "touched"))


def _merge(shop: Workshop, run: Run, index: _Index, staging: Path) -> None:
    """Merge what differs, in one commit; without a difference the lake gets no new snapshot."""
    plan, writer = index.plan, shop.writer
    if not plan.is_nothing:
        set_aside = staging / SET_ASIDE_FILE
        write_set_aside(
            writer,
            set_aside,
            whole=staging / "whole" / SET_ASIDE_FILE if index.whole else None,
            touched=staging / "touched" / SET_ASIDE_FILE if index.touched else None,
            within=plan.touched_path,
            touched_feeds=plan.touched,
        )
        changed: list[tuple[Feed, Path]] = []
        for items, within in ((index.whole, None), (index.touched, plan.touched_path)):
            changed += [
                (item.feed, item.path)
                for item in items
                if item.offered and writer.stage_merge(item.feed, item.path, set_aside, within=within).touched
            ]
        indexed = [item.feed for item in (*index.whole, *index.touched)]
        differs = set_aside_differs(writer, set_aside, indexed)
        if changed or differs:
            index.memory.forget()
            writer.write_merge(changed, set_aside if differs else None, run_id=run.run_id, indexed=indexed)
    if plan.state is not None:
        index.memory.keep(plan.state, snapshot=writer.last_merge())


def _record_index(shop: Workshop, run: Run, staged: StagedCatalog, feeds: Sequence[Feed], plan: IndexPlan) -> None:
    with shop.control.write() as connection:
        set_step(
            connection,
            run.run_id,
            Step.DIFF,
            catalog_snapshot=shop.writer.snapshot_id(),
            details={
                "set_aside": set_aside_counts(shop.writer, feeds),
                "not_offered": sorted(feed.name for feed in feeds if not feed.is_offered_by(staged.offered)),
                "indexed": {"whole_feeds": [feed.name for feed in plan.whole], "touched_products": plan.products},
            },
        )
