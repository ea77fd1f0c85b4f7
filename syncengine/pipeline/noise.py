"""When the noise of a feed is set otherwise: the memory is brought in line before the catalog is, and it is told."""

from __future__ import annotations

from collections.abc import Sequence

from syncengine.control.audit import add_audit
from syncengine.control.runs import Run
from syncengine.control.settings import get_setting, put_setting
from syncengine.feeds.feed import Feed
from syncengine.feeds.noise import Noise, noise_key
from syncengine.lake.rehash import rehash_exported
from syncengine.pipeline.workshop import Workshop


def follow_noise(shop: Workshop, run: Run, feeds: Sequence[Feed], noise: Noise) -> None:
    """Hash anew what was exported of the feeds whose noise is another than when they were last compiled.

    Their catalog is compiled anew by the same run: then both sides leave out the same fields, and nothing is sent for
    the setting's sake. A run that is killed in between does it again.
    """
    for feed in feeds:
        wanted = sorted(noise.get(feed.name, ()))
        key = noise_key(feed.name)
        with shop.control.read() as connection:
            known = get_setting(connection, key) or []
        if known == wanted:
            continue
        items = rehash_exported(shop.writer, feed, wanted, run_id=run.run_id)
        with shop.control.write() as connection:
            put_setting(connection, key, wanted)
            add_audit(
                connection,
                actor=run.requested_by,
                action="change noise",
                subject=feed.name,
                details={"before": known, "after": wanted, "items": items, "run_id": run.run_id},
            )
