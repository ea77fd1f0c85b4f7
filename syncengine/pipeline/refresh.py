"""Read, index, snapshot: what the store says now, compiled and merged into the lake."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from syncengine.catalog import Touched, create_record_views, open_source
from syncengine.catalog.staged import ReadProgress, StagedCatalog
from syncengine.control.runs import Run, Step, set_step
from syncengine.control.schema import utc_now
from syncengine.errors import IncompleteReadError
from syncengine.feeds.compile import SET_ASIDE_FILE, CompiledFeed, compile_feeds
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.lake.scratch import scratch_connection
from syncengine.lake.tables import table_name
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
    compiled = _compile(shop, staged, feeds, staging / "compiled")
    shop.observer.at(Moment.INDEXED)
    enter_step(shop, run, Step.SNAPSHOT)
    _merge(shop, run, compiled, staging / "compiled" / SET_ASIDE_FILE)
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


def _compile(shop: Workshop, staged: StagedCatalog, feeds: Sequence[Feed], out: Path) -> tuple[CompiledFeed, ...]:
    engine = shop.settings.engine
    with scratch_connection(
        shop.directory, memory_limit_mb=engine.memory_limit_mb, threads=engine.threads
    ) as connection:
        create_record_views(connection, staged)
        return compile_feeds(
            connection,
            feeds,
            out=out,
            now=utc_now(),
            progress=lambda step: shop.observer.advance(Step.INDEX, step.feed, step.done, step.total),
        )


def _merge(shop: Workshop, run: Run, compiled: Sequence[CompiledFeed], set_aside: Path) -> None:
    """Merge what differs, in one commit; without a difference the lake gets no new snapshot."""
    changed: list[tuple[Feed, Path]] = []
    for item in compiled:
        if item.offered and shop.writer.stage_merge(item.feed, item.path, set_aside).touched:
            changed.append((item.feed, item.path))
    indexed = [item.feed for item in compiled]
    differs = shop.writer.set_aside_differs(set_aside, indexed)
    if changed or differs:
        shop.writer.write_merge(changed, set_aside if differs else None, run_id=run.run_id, indexed=indexed)
    counts = {item.feed.name: item.set_aside for item in compiled if item.set_aside}
    not_offered = sorted(item.feed.name for item in compiled if not item.offered)
    with shop.control.write() as connection:
        set_step(
            connection,
            run.run_id,
            Step.DIFF,
            catalog_snapshot=shop.writer.snapshot_id(),
            details={"set_aside": counts, "not_offered": not_offered},
        )
