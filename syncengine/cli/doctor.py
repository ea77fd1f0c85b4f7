"""`catalog-sync doctor`: what is wrong with this installation, and what to change."""

from __future__ import annotations

from dataclasses import asdict

from rich.text import Text

from syncengine.cli.common import JsonFlag, current_settings, exit_with, output, print_json
from syncengine.doctor import Verdict, examine
from syncengine.doctor.checks import CHECKS

_MARKS = {Verdict.ok: ("ok", "green"), Verdict.warning: ("warn", "yellow"), Verdict.failed: ("FAIL", "bold red")}


def doctor(as_json: JsonFlag = False) -> None:
    """Check settings, data directory, engine, store and destinations, and say what to change.

    Example: catalog-sync doctor
    """
    findings = list(examine(current_settings(), CHECKS))
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        console = output()
        for finding in findings:
            word, style = _MARKS.get(finding.verdict, ("skip", "dim"))
            console.print(Text.assemble((f"{word:<5}", style), f"{finding.check}: {finding.sentence}"))
            if finding.hint:
                console.print(Text.assemble("     → ", finding.hint))
    if any(finding.verdict is Verdict.failed for finding in findings):
        exit_with(1)
