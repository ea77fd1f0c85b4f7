"""Checks of the settings beyond their form: files of secrets, the log, who is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from syncengine.doctor import Finding, Verdict
from syncengine.errors import SettingsError
from syncengine.feeds.noise import checked_noise, switched_on
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.monitoring.channels import channels_of
from syncengine.settings import Settings, secret_value

_OTHERS = 0o077


def check_secret_files(settings: Settings) -> Iterator[Finding]:
    """Each file that holds a secret can be read, by us and nobody else, but for those that the system has mounted."""
    name, found = "secret files", list(_secret_files(settings))
    troubles = [finding for key, path in found if (finding := _trouble(name, key, path)) is not None]
    yield from troubles
    if found and not troubles:
        mounted = sum(bool(path.stat().st_mode & _OTHERS) for _, path in found)
        but = f"; {mounted} as mounted for a container or a service" if mounted else ""
        yield Finding(check=name, verdict=Verdict.ok, sentence=f"{len(found)} can be read, and by nobody else{but}.")


def _secret_files(value: Any, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """Key and path of each setting that names a secret's file: those whose name without `_file` is a setting too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secret_files(inner, f"{prefix}{name}.")
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        for name in fields:
            inner = getattr(value, name)
            if isinstance(inner, Path) and name.endswith("_file") and name.removesuffix("_file") in fields:
                yield f"{prefix}{name}", inner
            else:
                yield from _secret_files(inner, f"{prefix}{name}.")


def _trouble(check: str, key: str, path: Path) -> Finding | None:
    try:
        secret = secret_value(None, path, key)
    except SettingsError as error:
        return Finding(check=check, verdict=Verdict.failed, sentence=error.message, hint=error.hint)
    if not secret:
        return Finding(check=check, verdict=Verdict.failed, sentence=f"The file named by `{key}` is empty.",
                       hint="Put the secret into it.")  # fmt: skip
    return None


def check_feeds(settings: Settings) -> Iterator[Finding]:
    """The feeds and fields that `feeds.noise` and `feeds.off` name exist, and some feed is left."""
    name, problems = "feeds", []
    for of_feed, fields in settings.feeds.noise.items():
        problems += _problem(partial(checked_noise, {of_feed: fields}))
    for off in settings.feeds.off:
        problems += _problem(partial(get_feed, off))
    if not problems:
        problems += _problem(lambda: switched_on(tuple(FEEDS.values()), settings.feeds.off, named=False))
    for error in problems:
        yield Finding(check=name, verdict=Verdict.failed, sentence=error.message, hint=error.hint)
    named = len(settings.feeds.noise) + len(settings.feeds.off)
    if named and not problems:
        yield Finding(check=name, verdict=Verdict.ok, sentence=f"{named} named in `feeds.noise` and `feeds.off`.")


def _problem(ask: Callable[[], object]) -> list[SettingsError]:
    try:
        ask()
    except SettingsError as error:
        return [error]
    return []


def check_log(settings: Settings) -> Iterator[Finding]:
    """The log file, if one is set, can be written."""
    if settings.log.file is None:
        return
    path = settings.log.file.expanduser()
    existing = path if path.exists() else next(place for place in path.absolute().parents if place.exists())
    if os.access(existing, os.W_OK):
        yield Finding(check="log", verdict=Verdict.ok, sentence=f"`{path}` can be written.")
    else:
        yield Finding(
            check="log", verdict=Verdict.warning,
            sentence=f"`{existing}` cannot be written: log lines go to stderr only.",
            hint="Give the engine's user the right to write there, or set `log.file` to another place.",
        )  # fmt: skip


def check_notifications(settings: Settings) -> Iterator[Finding]:
    """Whether anybody is told when something goes wrong; nothing is sent."""
    names = [channel.name for channel in channels_of(settings.notify)]
    if names:
        told = ", ".join(settings.notify.events)
        yield Finding(check="notifications", verdict=Verdict.ok, sentence=f"By {' and '.join(names)}, of: {told}.")
    else:
        yield Finding(
            check="notifications", verdict=Verdict.ok, sentence="Nobody is told when a sync fails or does not run.",
            hint="Set `notify.webhook_url` or `notify.smtp_host` if somebody should be.",
        )  # fmt: skip
