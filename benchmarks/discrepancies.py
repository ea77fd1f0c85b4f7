"""How long the discrepancy report takes over N products of which 1 % differ, fields and all.

    python benchmarks/discrepancies.py [--products 1000000] [--rounds 3]

The lake is made by hand in a temporary directory: payloads of about 1 KB, a hundredth of them with another name, price
attribute and category than were exported.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.discrepancy_list import discrepancy_rows
from syncengine.inspection.view import CatalogView
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.writer import LakeWriter
from syncengine.settings import DestinationSettings, Settings

ITEMS = """
SELECT
    md5(i::VARCHAR)::UUID AS feed_id, md5(i || $side)::UUID AS feed_hash, 'SKU-' || i AS sku,
    'default' AS store_view_code, i::VARCHAR AS source_entity_id, TIMESTAMP '2026-01-01' AS modified_at,
    i AS product_id, ['Red', 'Blue', 'Green', 'Ärmel'][1 + i % 4] || ' '
        || ['Shirt', 'Trousers', 'Hoodie', 'Bag'][1 + (hash(i) % 4)::BIGINT]
        || ' ' || left(md5((i * 7)::VARCHAR), 6) AS name,
    ['simple', 'configurable', 'bundle', 'virtual'][1 + i % 4] AS type, 'Enabled' AS status,
    'Catalog, Search' AS visibility, ((hash(i) % 100000) / 100)::DECIMAL(12, 4) AS price, 'USD' AS currency,
    'base' AS website_code,
    '{"sku":"SKU-' || i || '","storeViewCode":"default","name":"Name ' || i || $side || '","type":"simple","status":'
    || '"Enabled","description":"' || md5(i::VARCHAR) || repeat(' all about it', 50) || '","attributes":['
    || '{"attributeCode":"color","value":["Red' || $side || '"],"valueId":["5"]},{"attributeCode":"size","value":["L"]}'
    || '],"categories":["men/tops' || $side || '","women/' || left(md5(i::VARCHAR), 3) || '"],"deleted":false}'
    AS payload
FROM range($products) AS numbers (i)
"""


def make_lake(root: Path, products: int) -> CatalogView:
    """A data directory in which every hundredth product differs from what was exported."""
    settings = Settings(data_dir=root, destination=DestinationSettings(kind="folder", path=root / "out"))
    (destination,) = (item.destination_id for item in settings.all_destinations().values())
    with LakeWriter(DataDirectory(root), memory_limit_mb=1024) as writer:
        writer.ensure_tables(FEEDS.values())
        with writer.commit("snapshot", run_id=None):
            for side in ("new", ""):  # every hundredth, so that the changed ones lie scattered
                writer.connection.execute(
                    f"INSERT INTO lake.catalog.products BY NAME {ITEMS} WHERE (i % 100 = 0) = ($side = 'new')",
                    {"side": side, "products": products},
                )
            writer.connection.execute(
                f"""INSERT INTO lake.exported.products BY NAME
                    SELECT *, '{destination}' AS destination, false AS is_deleted,
                           TIMESTAMP '2026-02-01' AS exported_at FROM ({ITEMS})""",
                {"side": "", "products": products},
            )
        publish(writer, [destination])
    return CatalogView(settings)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        view = make_lake(Path(root), arguments.products)
        for _ in range(arguments.rounds):
            begun = time.perf_counter()
            report = discrepancy_report(view)
            taken = time.perf_counter() - begun
            differing = report.total("different") + report.total("waiting")
            print(f"report: {taken:6.2f} s   {differing:,} of {report.total('total'):,} differ, "
                  f"{len(report.fields)} fields")  # fmt: skip
            begun = time.perf_counter()
            found = discrepancy_rows(view, "products")
            print(f"rows:   {time.perf_counter() - begun:6.2f} s   {len(found):,}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB (making the lake included)")


if __name__ == "__main__":
    main()
