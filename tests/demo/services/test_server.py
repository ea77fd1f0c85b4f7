from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import requests

from syncengine.demo.services.server import config_of, listening_socket, parse_arguments

COMMAND = [sys.executable, "-m", "syncengine.demo.services", "--port", "0"]


def start(*more: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([*COMMAND, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline()


def test_it_tells_its_address_when_it_listens_and_ends_on_a_signal() -> None:
    process, line = start()
    with process:
        assert line.startswith("services ready http://127.0.0.1:")
        assert requests.get(f"{line.split()[-1]}/health", timeout=5).json() == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, -signal.SIGTERM)


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


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    listener = listening_socket(0)
    port = str(listener.getsockname()[1])
    command = [sys.executable, "-m", "syncengine.demo.services", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    listener.close()
    assert done.returncode == 1
    assert done.stderr == f"services: port {port} cannot be used: Address already in use\n"


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
