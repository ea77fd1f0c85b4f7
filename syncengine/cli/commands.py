"""The commands by name: a command's module is loaded when the command is run or described, not to list it.

Most of a command's start is what its module imports (the lake, the data frames, the control store), and
`catalog-sync --help`, a mistyped name or `config path` need none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
import typer.core
import typer.main


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a command is (`module:name` below syncengine.cli), and what the list of commands says of it."""

    place: str
    summary: str
    hidden: bool = False


LISTED = {
    "sync": Listed("sync:sync", "Read the catalog, find what changed since the last sync, and export only that."),
    "saas:resync": Listed("sync:resync", "Send a feed's items again, whatever was sent before."),
    "resync": Listed("sync:resync", "Send a feed's items again, whatever was sent before.", hidden=True),
    "estimate": Listed(
        "export:estimate",
        "Tell what a sync of the catalog as last compiled would send, and how long that takes at the permitted rate.",
    ),
    "retry": Listed(
        "export:retry",
        "Try again now what the destination could not take, whether its next attempt is due or not.",
    ),
    "reconcile": Listed(
        "reconcile:reconcile_command",
        "Ask the destinations what they hold, and compare it with what they are known to have acknowledged.",
    ),
    "status": Listed("status:status", "Show the last sync, how many products are synced, and the state of every feed."),
    "feeds": Listed(
        "status:feeds",
        "List the feeds, what identifies their items, and how many are in the catalog and at each destination.",
    ),
    "diff": Listed(
        "diff:diff",
        "Compare what the catalog says with what was exported: a SKU field by field, or all feeds counted with "
        "--summary, or one feed item by item with --feed. Exit code 1 when they differ.",
    ),
    "changes": Listed(
        "changes:changes",
        "Show what changed between two moments: items added, changed and removed, and in how many each field changed.",
    ),
    "why": Listed(
        "why:why",
        "Say in one sentence per feed and scope why a product stands as it stands, and what to do next.",
    ),
    "sql": Listed(
        "sql:sql",
        "Ask the published lake one question in SQL; docs/sql.md lists the views and ten worked questions.",
    ),
    "verify": Listed(
        "verify:verify",
        "Ask the store for products now, and compare with the last snapshot, the export and what the destination "
        "really holds, where it can tell; exit code 1 when they differ.",
    ),
    "history": Listed(
        "why:history",
        "Show what every run told a destination of a product, which fields had changed, and the answer; newest first.",
    ),
    "engine": Listed("engine:engine", "Own the data directory and sync on schedule until stopped."),
    "scheduler": Listed("engine:engine", "Own the data directory and sync on schedule until stopped.", hidden=True),
    "touch": Listed(
        "schedule:touch_command",
        "Say what has changed in the store: one sync of just that follows, after the events of a minute were "
        "collected.",
    ),
    "ui": Listed("ui:ui", "Serve the app at the `[ui]` address and port until stopped."),
    "doctor": Listed(
        "doctor:doctor",
        "Check settings, data directory, engine, store and destinations, and say what to change.",
    ),
    "maintain": Listed(
        "upkeep:maintain",
        "Compact, thin out old snapshots and remove what nothing needs; the engine does it every night.",
    ),
    "check": Listed(
        "upkeep:check",
        "Read everything in the data directory and say what is not as it was written; nothing is changed.",
    ),
    "repair": Listed(
        "upkeep:repair",
        "Rebuild what can be rebuilt of the data directory and sweep what is left over; nothing damaged is deleted.",
    ),
    "export": Listed(
        "upkeep:export_items",
        "Write every item of a feed to a file, as the published lake holds them, some thousands at a time.",
    ),
    "dump": Listed(
        "dump:dump",
        'Write everything the source holds as files of records, to be read later with source.kind = "files".',
    ),
    "support-bundle": Listed(
        "support:support_bundle",
        "Pack versions, settings, the last runs, errors, log and disk use into a zip, secrets taken out.",
    ),
    "deadletter": Listed("export:deadletter_app", "What destinations refused, or what was given up after ten runs."),
    "runs": Listed("run_items:runs_app", "The runs there were, the counts of one, and what went wrong in it."),
    "products": Listed(
        "products:products_app",
        "Search products, and see what the catalog says of one beside what was exported.",
    ),
    "items": Listed("items:items_app", "Search the items of any feed, and see one from every side."),
    "schedule": Listed("schedule:schedule_app", "When the engine syncs by itself."),
    "requests": Listed("schedule:requests_app", "What was asked for and waits, runs or is done."),
    "config": Listed("config:config_app", "The settings in force."),
    "demo": Listed(
        "demo:demo_app",
        "A Commerce store and Commerce services on this machine, to try everything without a real one.",
    ),
}


class LoadedWhenAsked(MutableMapping[str, Any]):
    """The commands of a group: what is listed is loaded by the first question for it."""

    def __init__(self, registered: MutableMapping[str, Any]) -> None:
        self._loaded = dict(registered)

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, LISTED[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._loaded if name not in LISTED)
        yield from LISTED

    def __len__(self) -> int:
        return len(LISTED.keys() | self._loaded.keys())


class CommandGroup(typer.core.TyperGroup):
    """The root command: lists what it has by the table above."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = LoadedWhenAsked(self.commands)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names alone; the class above would ask for the commands, too."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The section of the help that lists the commands."""
        shown = {name: summary for name in self.commands if (summary := self._summary(name)) is not None}
        width = formatter.width - 6 - max(map(len, shown))
        described = [(name, typer.core.TyperCommand(name, help=text)) for name, text in shown.items()]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(width)) for name, command in described])

    def _summary(self, name: str) -> str | None:
        if name in LISTED:
            return None if LISTED[name].hidden else LISTED[name].summary
        return None if self.commands[name].hidden else self.commands[name].help


def _load(name: str, listed: Listed) -> Any:
    """The command as it would be, had it been registered at once."""
    module, attribute = listed.place.split(":")
    found = getattr(import_module(f"syncengine.cli.{module}"), attribute)
    holder = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    holder.callback()(lambda: None)  # with it, what comes out is a group even of one command
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name, hidden=listed.hidden)
    else:
        holder.command(name, hidden=listed.hidden)(found)
    group = typer.main.get_command(holder)
    assert isinstance(group, typer.core.TyperGroup)
    return group.commands[name]
