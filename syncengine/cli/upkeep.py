"""`catalog-sync maintain`: the nightly maintenance, now."""

from __future__ import annotations

from syncengine.cli.common import JsonFlag, current_settings, output, print_json
from syncengine.control.schema import utc_now
from syncengine.upkeep.maintenance import run_maintenance
from syncengine.upkeep.opening import open_bench


def maintain(as_json: JsonFlag = False) -> None:
    """Compact, thin out old snapshots and remove what nothing needs; the engine does it every night.

    Example: catalog-sync maintain
    """
    with open_bench(current_settings()) as bench:
        report = run_maintenance(bench.writer, bench.control, bench.settings, now=utc_now())
    if as_json:
        print_json(report.as_json())
        return
    for item in report.compacted:
        output().print(f"{item.table}: {item.files_before:,} files became {item.files_after:,}")
    output().print(report.sentence)
