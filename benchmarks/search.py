"""How long a search takes over N synced products: exact SKU, part of a name, every order, first and deep pages.

    python benchmarks/search.py [--products 1000000] [--rounds 20]

The published copy is made by hand in a temporary directory: an empty lake, and a search copy with generated rows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.listing import SORTS
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.view import CatalogView
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.writer import LakeWriter
from syncengine.settings import DestinationSettings, Settings

GENERATED = """
INSERT INTO lake.exported.products BY NAME
SELECT
    $destination AS destination, md5(i::VARCHAR)::UUID AS feed_id, md5(i::VARCHAR)::UUID AS feed_hash, sku,
    'default' AS store_view_code, i::VARCHAR AS source_entity_id, 'base' AS website_code, i AS product_id, name,
    ['simple', 'configurable', 'bundle', 'virtual'][1 + i % 4] AS type, 'Enabled' AS status,
    ['Catalog, Search', 'Catalog', 'Search', 'Not Visible Individually'][1 + (i // 4) % 4] AS visibility,
    ((hash(i) % 100000) / 100)::DECIMAL(12, 4) AS price, 'USD' AS currency, '{}' AS payload, false AS is_deleted,
    TIMESTAMP '2026-01-01' + to_seconds(i // 100) AS exported_at,
    TIMESTAMP '2025-01-01' + to_seconds((hash(i) % 1000000)::BIGINT) AS modified_at
FROM (
    SELECT
        i, 'SKU-' || left(md5(i::VARCHAR), 4) || '-' || i AS sku,
        ['Red', 'Blue', 'Green', 'Ärmel'][1 + i % 4] || ' '
            || ['Shirt', 'Trousers', 'Hoodie', 'Bag'][1 + (hash(i) % 4)::BIGINT] || ' '
            || left(md5((i * 7)::VARCHAR), 6) AS name
    FROM range($products) AS numbers (i)
)
"""


def make_copy(root: Path, products: int) -> CatalogView:
    """A data directory whose lake and search copy hold this many generated products."""
    settings = Settings(data_dir=root, destination=DestinationSettings(kind="folder", path=root / "out"))
    (destination,) = (item.destination_id for item in settings.all_destinations().values())
    with LakeWriter(DataDirectory(root), memory_limit_mb=1024) as writer:
        writer.ensure_tables(FEEDS.values())
        with writer.commit("generated", run_id=None):
            writer.connection.execute(GENERATED, {"destination": destination, "products": products})
        publish(writer, [destination])
    return CatalogView(settings)


def measure(label: str, ask: Callable[[int], ProductQuery], view: CatalogView, rounds: int) -> None:
    """Ask `rounds` different questions of a kind and print the first, the median and the 95th percentile."""
    taken = []
    for number in range(rounds):
        query = ask(number)
        begun = time.perf_counter()
        search_products(view, query)
        taken.append((time.perf_counter() - begun) * 1000)
    ninety_fifth = sorted(taken)[min(len(taken) - 1, round(len(taken) * 0.95))]
    print(
        f"{label:36} first {taken[0]:7.1f} ms   median {statistics.median(taken):7.1f} ms   p95 {ninety_fifth:7.1f} ms"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        view = make_copy(Path(root), arguments.products)
        skus = [
            row[0]
            for row in view.reader()
            .cursor()
            .execute(f"SELECT sku FROM search.synced_products USING SAMPLE {arguments.rounds} ROWS")
            .fetchall()
        ]
        deep = arguments.products // (arguments.rounds + 1)
        for sort in SORTS:
            measure(
                f"page by {sort}",
                lambda number, sort=sort: ProductQuery(sort=sort, descending=bool(number % 2), offset=number * deep),
                view,
                arguments.rounds,
            )
        measure("exact SKU", lambda number: ProductQuery(text=skus[number]), view, len(skus))
        measure("part of a name", lambda number: ProductQuery(text=f"shirt {number:02x}"), view, arguments.rounds)
        measure(
            "a quarter of all", lambda number: ProductQuery(text="ärmel", offset=number * 1000), view, arguments.rounds
        )
        measure("no match", lambda number: ProductQuery(text=f"nothing {number}"), view, arguments.rounds)


if __name__ == "__main__":
    main()
