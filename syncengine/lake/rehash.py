"""The remembered content hashes made anew when other fields count: so that the change of a setting sends nothing."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from syncengine.feeds.feed import Feed
from syncengine.lake.tables import table_name
from syncengine.lake.writer import LakeWriter


def rehash_exported(writer: LakeWriter, feed: Feed, left_out: Iterable[str], *, run_id: str) -> int:
    """Hash what every destination acknowledged of a feed as if it had been compiled with these fields left out.

    Returns how many items have another hash now. It can be done twice. A payload that no compile of ours wrote may come
    out otherwise; it is then sent again, which is harmless.
    """
    gone = [*left_out, *(field.name for field in feed.fields if not field.hashed)]
    patch = orjson.dumps(dict.fromkeys(sorted(gone))).decode()
    exported = table_name("exported", feed)
    with writer.commit("rehash", run_id=run_id, feed=feed.name):
        changed = writer.connection.execute(
            f"""UPDATE {exported} SET feed_hash = md5(json_merge_patch(payload, $patch)::VARCHAR)::UUID
                WHERE NOT is_deleted AND feed_hash <> md5(json_merge_patch(payload, $patch)::VARCHAR)::UUID""",
            {"patch": patch},
        ).fetchone()
    return int(changed[0]) if changed else 0
