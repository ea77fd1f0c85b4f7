"""The doctor's checks of the connections, made by the engine when a page has asked for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

from syncengine.control.connection_test import ConnectionFinding, keep_answer, last_connection_test
from syncengine.control.store import ControlStore
from syncengine.doctor import Check, examine
from syncengine.doctor.checks import CHECKS
from syncengine.settings import Settings

LONGEST_SECONDS = 10.0  # of one request: the engine has a window to keep
_ASKED_FOR = ("store", "destinations")


def answer_connection_test(
    control: ControlStore, settings: Settings, checks: Sequence[tuple[str, Check]] = CHECKS
) -> bool:
    """Make the test that somebody has asked for, and keep what it found; False when nobody has."""
    with control.read() as connection:
        asked = last_connection_test(connection)
    if asked is None or asked.finished_at is not None:
        return False
    hurried = _hurried(settings)
    findings: list[ConnectionFinding] = []
    begun = time.monotonic()
    for finding in examine(hurried, [(name, check) for name, check in checks if name in _ASKED_FOR]):
        now = time.monotonic()
        findings.append(
            ConnectionFinding(
                check=finding.check,
                verdict=finding.verdict.value,
                sentence=finding.sentence,
                hint=finding.hint,
                seconds=round(now - begun, 3),
            )
        )
        begun = now
    with control.write() as connection:
        keep_answer(connection, asked.asked_at, [asdict(finding) for finding in findings])
    return True


def _hurried(settings: Settings) -> Settings:
    """The settings with shorter patience."""

    def patience(seconds: float) -> dict[str, float]:
        return {"timeout_seconds": min(LONGEST_SECONDS, seconds)}

    source = settings.source.model_copy(update=patience(settings.source.timeout_seconds))
    own, others = settings.destination, settings.destinations
    return settings.model_copy(
        update={
            "source": source,
            "destination": own and own.model_copy(update=patience(own.timeout_seconds)),
            "destinations": {
                name: one.model_copy(update=patience(one.timeout_seconds)) for name, one in others.items()
            },
        }
    )
