"""What a reading process does in the test of readers beside a writer: ask again and again, and tell what it saw."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from syncengine.lake.paths import DataDirectory
from syncengine.lake.reader import CurrentReader

QUESTION = """
SELECT (SELECT min(name) FROM lake.catalog."products"), (SELECT max(name) FROM lake.catalog."products"),
       (SELECT min(source_entity_id) FROM lake.catalog."scopesWebsite"),
       (SELECT min(name) FROM search.catalog_products), (SELECT max(name) FROM search.catalog_products)
"""


def read_until(root: str, stop: Event, answer: Connection) -> None:
    """Query the newest publication until `stop`; send (number of reads, markers seen, torn answers)."""
    current = CurrentReader(DataDirectory(Path(root)))
    reads, seen, torn = 0, [], []
    while not stop.wait(0.01):  # a breath, so that the writer gets a turn on a small machine
        markers = current.get().cursor().execute(QUESTION).fetchone()
        assert markers is not None
        reads += 1
        if len(set(markers)) != 1:
            torn.append(markers)
        if not seen or seen[-1] != markers[0]:
            seen.append(markers[0])
    answer.send((reads, seen, torn))
    answer.close()
