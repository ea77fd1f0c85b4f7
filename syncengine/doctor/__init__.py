"""The doctor: one small check per thing that can be wrong with an installation, each saying what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncengine.errors import CatalogSyncError
from syncengine.settings import Settings


class Verdict(StrEnum):
    """How a check came out; `skipped`: it could not be made because an earlier one failed, or does not apply."""

    ok = "ok"
    warning = "warning"
    failed = "failed"
    skipped = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `sentence` for people, `hint` what to change; neither holds a secret."""

    check: str
    verdict: Verdict
    sentence: str
    hint: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings, checks: Sequence[tuple[str, Check]]) -> Iterator[Finding]:
    """Make the checks in order; an error that one of ours raises is that check's finding, not the doctor's end."""
    for name, check in checks:
        try:
            yield from check(settings)
        except CatalogSyncError as error:
            yield Finding(check=name, verdict=Verdict.failed, sentence=error.message, hint=error.hint)
