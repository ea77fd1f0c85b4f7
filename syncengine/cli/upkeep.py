"""`catalog-sync maintain|check|repair|export`: the data directory kept in order, looked over, mended, taken away."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from syncengine.cli.common import JsonFlag, current_settings, exit_with, output, print_json, say
from syncengine.control.schema import utc_now
from syncengine.errors import SettingsError, storage_error
from syncengine.feeds.registry import get_feed
from syncengine.inspection.download import FORMATS
from syncengine.inspection.takeaway import feed_download
from syncengine.inspection.view import CatalogView
from syncengine.upkeep.check import check_data_directory
from syncengine.upkeep.maintenance import run_maintenance
from syncengine.upkeep.opening import open_bench
from syncengine.upkeep.repair import repair_data_directory


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


def check(as_json: JsonFlag = False) -> None:
    """Read everything in the data directory and say what is not as it was written; nothing is changed.

    Example: catalog-sync check
    """
    found = list(check_data_directory(current_settings()))
    problems = [item for item in found if item.is_problem]
    if as_json:
        print_json({"whole": not problems, "found": [asdict(item) | {"problem": item.is_problem} for item in found]})
    else:
        for item in found:
            output().print(f"{'FAIL' if item.is_problem else 'note'}  {item.part.value}: {item.sentence}")
            output().print(f"      → {item.remedy}")
        if not problems:
            output().print("The data directory is whole.")
    if problems:
        exit_with(1)


def repair(
    start_anew: Annotated[
        bool, typer.Option("--start-anew", help="set the lake aside: the next sync reads and sends everything")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Rebuild what can be rebuilt of the data directory and sweep what is left over; nothing damaged is deleted.

    Example: catalog-sync repair
    """
    settings = current_settings()
    what = "Set the lake aside and begin with an empty one" if start_anew else "Repair"
    if not yes:
        if not sys.stdin.isatty():
            raise SettingsError("`repair` asks before it begins.", hint="Add `--yes`.")
        typer.confirm(f"{what} in `{settings.data_dir.resolve()}`?", abort=True, err=True)
    done = []
    for sentence in repair_data_directory(settings, now=utc_now(), start_anew=start_anew):
        done.append(sentence)
        if not as_json:
            output().print(sentence)
    if as_json:
        print_json({"done": done})
    elif not done:
        output().print("There was nothing to repair.")


def export_items(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="the file to write; `-` for standard output")],
    kind: Annotated[str, typer.Option("--format", help="csv, parquet or json")] = "csv",
    feed: Annotated[str, typer.Option(help="the feed")] = "products",
    state: Annotated[str, typer.Option(help="catalog, or exported: what the destination was told")] = "catalog",
    destination: Annotated[str | None, typer.Option(help="whose, of several destinations")] = None,
) -> None:
    """Write every item of a feed to a file, as the published lake holds them, some thousands at a time.

    Example: catalog-sync export --format parquet --feed prices prices.parquet
    """
    if kind not in FORMATS:
        raise SettingsError(f"There is no format `{kind}`.", hint=f"There are: {', '.join(FORMATS)}.")
    if state not in ("catalog", "exported"):
        raise SettingsError(f"`--state` cannot be `{state}`.", hint="It is catalog or exported.")
    side: Literal["catalog", "exported"] = "catalog" if state == "catalog" else "exported"
    chunks = feed_download(
        CatalogView(current_settings()),
        get_feed(feed).name,
        side=side,
        destination=destination,
    ).chunks(kind)
    if str(out) == "-":
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
        return
    half = out.with_name(f"{out.name}.part")
    try:
        with half.open("wb") as file:
            size = sum(file.write(chunk) for chunk in chunks)
        half.replace(out)
    except OSError as error:
        raise storage_error(error) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    say(f"{size:,} bytes written to {out}")
