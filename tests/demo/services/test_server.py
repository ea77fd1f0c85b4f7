from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from syncengine.demo.services.server import config_of, listening_socket, main, parse_arguments

COMMAND = [sys.executable, "-m", "syncengine.demo.services", "--port", "0"]


def start(*more: str, scratch: Path | None = None) -> tuple[subprocess.Popen[str], str]:
    environment = {**os.environ, **({"TMPDIR": str(scratch)} if scratch else {})}
    process = subprocess.Popen(
        [*COMMAND, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_it_tells_its_address_and_a_signal_ends_it_with_nothing_left_behind(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    process, line = start(scratch=tmp_path)
    with process:
        assert line.startswith("services ready http://127.0.0.1:")
        assert requests.get(f"{line.split()[-1]}/health", timeout=5).json() == {"status": "ok"}
        assert list(tmp_path.iterdir())
        process.send_signal(number)
        assert process.wait(15) == code
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_its_parent() -> None:
    process, _ = start("--exit-with-parent")
    with process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(15) == 0


def test_it_listens_on_loopback_only() -> None:
    listener = listening_socket(0)
    assert listener.getsockname()[0] == "127.0.0.1"
    listener.close()


def test_a_port_that_is_taken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    listener = listening_socket(0)
    port = str(listener.getsockname()[1])
    code = main(["--port", port])
    listener.close()
    assert code == 2
    assert f"port {port}: Address already in use. Stop what uses it" in capsys.readouterr().err


def test_a_file_that_is_no_state_is_refused_and_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("not a database, but somebody's notes\n" * 30)
    assert main(["--port", "0", "--state", str(state)]) == 2
    assert "notes.txt`: file is not a database" in capsys.readouterr().err
    assert state.read_text().startswith("not a database")


def test_the_options_become_the_configuration() -> None:
    options = parse_arguments(
        [
            "--fault",
            "status-500=0.3",
            "--fault",
            "lost-answer",
            "--rate",
            "5",
            "--environment-id",
            "e",
            "--max-items",
            "9",
        ]
    )
    config = config_of(options)
    assert [str(fault) for fault in config.plan.faults] == ["status-500=0.3", "lost-answer"]
    assert config.rate.per_second == 5
    assert config.environment_ids == ("e",)
    assert config.limits.max_items == 9
    assert config_of(parse_arguments([])).environment_ids == ("demo-env",)


@pytest.mark.parametrize("wrong", [["--fault", "nonsense"], ["--rate", "0"]])
def test_a_wrong_option_is_a_usage_error(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(wrong)
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err
