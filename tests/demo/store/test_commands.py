"""`catalog-sync demo`: the process, its ready line, its options, and edits from the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from syncengine.cli.demo import demo_app, request_change
from syncengine.errors import SettingsError, SourceAnswerError, SourceRefusedError, SourceUnreachableError

from .asking import Api

KINDS = {"price", "rename", "delete", "add", "sku_rename", "move"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_process_says_where_it_listens_in_one_line_and_ends_on_a_signal(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-m", "syncengine.demo.store", "--port", "0", "--products", "20"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        word, ready, address = process.stdout.readline().split()
        assert (word, ready) == ("store", "ready")
        api = Api(address)
        assert len(api.products()) == 20
        api.close()
        assert list(tmp_path.iterdir())
        process.send_signal(number)
        assert process.stdout.read() == ""
        assert process.wait(15) == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--fault=nosuch", "--fault=cut=9", "--catalog=/nowhere", "--port=TAKEN"])
def test_a_wrong_option_ends_the_process_with_a_message(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        option = option.replace("TAKEN", str(other.getsockname()[1]))
        command = [sys.executable, "-m", "syncengine.demo.store", "--port=0", "--products=5", option]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("The demo store cannot start: ")
    assert done.stdout == ""


def test_a_change_from_the_command_line_prints_the_documented_shape(
    start: Callable[..., AbstractContextManager[Api]],
) -> None:
    with start(products=100) as api:
        arguments = ["change", "--store", f"{api.base}/rest", "--price", "2", "--sku-rename", "1", "--json"]
        result = CliRunner().invoke(demo_app, arguments)
        assert result.exit_code == 0, result.output
        touched = json.loads(result.stdout)
        assert set(touched) == KINDS
        assert len(touched["price"]) == 2
        ((old, new),) = touched["sku_rename"]
        assert {old, new} & set(api.products()) == {new}
        plain = CliRunner().invoke(demo_app, ["change", "--store", api.base, "--delete", "1"])
        assert plain.stdout.startswith("delete: ")


def test_a_change_without_numbers_says_what_to_do(start: Callable[..., AbstractContextManager[Api]]) -> None:
    with start(products=12) as api:
        result = CliRunner().invoke(demo_app, ["change", "--store", api.base])
    assert "--price 5" in result.stdout


def test_a_change_that_cannot_be_made_says_why(start: Callable[..., AbstractContextManager[Api]]) -> None:
    with start(products=12) as api:
        with pytest.raises(SourceRefusedError):
            request_change(api.base, "wrong", {"price": 1})
        with pytest.raises(SourceAnswerError):
            request_change(api.base, "demo-token", {"nosuch": 1})
    with pytest.raises(SourceUnreachableError, match="No demo store"):
        request_change(api.base, "demo-token", {"price": 1})


def test_the_store_command_refuses_a_wrong_fault_as_a_usage_error() -> None:
    result = CliRunner().invoke(demo_app, ["store", "--fault", "nosuch"])
    assert isinstance(result.exception, SettingsError)
