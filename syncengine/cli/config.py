"""`catalog-sync config show|check|path`: the settings in force, where each comes from, secrets masked."""

from __future__ import annotations

from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, config_file, current_settings, output, print_json, say
from syncengine.errors import SettingsError
from syncengine.settings import config_path, setting_rows

config_app = typer.Typer(
    name="config", help="The settings in force.", context_settings={"help_option_names": ["-h", "--help"]}
)


@config_app.command("show")
def show(as_json: JsonFlag = False) -> None:
    """Print each setting with its value and its source; secrets are masked.

    Example: catalog-sync config show
    """
    rows = [
        {"key": row.key, "value": row.value, "source": row.source}
        for row in setting_rows(current_settings(), config_file())
    ]
    if as_json:
        print_json(rows)
        return
    width = max(len(row["key"] or "") for row in rows)
    for row in rows:
        output().print(f"{row['key']:<{width}}  {row['value'] if row['value'] is not None else '-'}  ({row['source']})")


@config_app.command("check")
def check() -> None:
    """Say whether the settings can be used; every problem in one message.

    Example: catalog-sync config check
    """
    from syncengine.doctor import Verdict, examine  # only this command needs what the checks load
    from syncengine.doctor.settings import check_feeds, check_log, check_secret_files

    checks = (("feeds", check_feeds), ("secret files", check_secret_files), ("log", check_log))
    findings = list(examine(current_settings(), checks))
    wrong = [finding for finding in findings if finding.verdict is Verdict.failed]
    if wrong:
        raise SettingsError(" ".join(finding.sentence for finding in wrong), hint=wrong[0].hint)
    for finding in findings:
        if finding.verdict is Verdict.warning:
            say(f"{finding.sentence} {finding.hint}")
    output().print("The settings can be used.")


@config_app.command("path")
def path(as_json: Annotated[bool, typer.Option("--json", help="print one JSON value on stdout")] = False) -> None:
    """Print the config file in force, if there is one.

    Example: catalog-sync config path
    """
    found = config_path(config_file())
    if as_json:
        print_json(str(found) if found else None)
    else:
        output().print(str(found) if found else "No config file is in force: environment and defaults only.")
