"""Before the first page: what stays for good is not looked through after every run of a page."""

from __future__ import annotations

import inspect
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig, NewSession
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import script_runner
from streamlit.web.server.starlette import starlette_server

from ui.warm import COLLECT_SECONDS, MadeOnce, SparingCollector, sending_at_once

PROJECT = Path(__file__).resolve().parents[2]
COUNT = """
import gc, sys
import app
print(gc.get_freeze_count(), len(gc.get_objects()), "pandas" in sys.modules, *(set(sys.modules)))
"""


def test_the_app_sets_its_modules_apart_before_the_first_page() -> None:
    done = subprocess.run([sys.executable, "-c", COUNT], cwd=PROJECT, capture_output=True, text=True, check=True)
    apart, left, with_pandas, *modules = done.stdout.split()
    assert int(apart) > 50_000 > 10 * int(left)
    assert with_pandas == "True"
    assert {f"ui.{path.stem}" for path in (PROJECT / "ui").glob("[!_]*.py")} - set(modules) == {"ui.router"}
    assert done.stderr == ""


def test_streamlit_collects_garbage_by_way_of_its_module_gc_and_only_so() -> None:
    used = set(re.findall(r"\bgc\.(\w+)", inspect.getsource(script_runner)))
    assert used == {"collect"}


def test_many_runs_of_pages_within_some_seconds_collect_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, collected = [100.0], []
    monkeypatch.setattr("ui.warm.time.monotonic", lambda: now[0])
    monkeypatch.setattr("ui.warm.gc.collect", lambda generation: collected.append(generation) or 7)
    collector = SparingCollector()
    assert [collector.collect(2), collector.collect(2)] == [7, 0]
    now[0] += COLLECT_SECONDS
    assert collector.collect(2) == 7
    assert collected == [2, 2]


def test_what_streamlit_tells_of_its_options_is_made_once_until_they_are_read_again() -> None:
    asked: list[tuple[str, ...]] = []

    def write(message: CustomThemeConfig, *section: str) -> None:
        asked.append(section)
        message.primary_color = f"#00000{len(asked)}"

    made = MadeOnce(write)
    first, second, other = CustomThemeConfig(), CustomThemeConfig(), CustomThemeConfig()
    made(first)
    made(second)
    made(other, "theme.dark")
    assert first == second != other
    assert asked == [(), ("theme.dark",)]
    config._on_config_parsed.send()
    made(second)
    assert asked[2:] == [()]


@pytest.mark.parametrize("section", ["theme", "theme.light", "theme.dark", "theme.sidebar", "theme.dark.sidebar"])
def test_a_theme_that_is_made_once_is_the_one_streamlit_makes(section: str) -> None:
    made = MadeOnce(app_session._populate_theme_msg)
    for _ in range(2):
        own, ours = NewSession(), NewSession()
        app_session._populate_theme_msg(own.custom_theme.dark, section)
        made(ours.custom_theme.dark, section)
        assert own.SerializeToString(deterministic=True) == ours.SerializeToString(deterministic=True)


def test_streamlit_makes_its_message_with_the_functions_that_are_stood_in_for() -> None:
    source = inspect.getsource(app_session.AppSession._create_new_session_message)
    assert source.count("_populate_theme_msg(") == 6
    assert source.count("_populate_config_msg(") == 1


def test_what_the_server_accepts_sends_at_once() -> None:
    bind = sending_at_once(starlette_server._bind_server_socket)
    listening, address = bind("127.0.0.1", "127.0.0.1", 0, 5)
    listening.setblocking(True)
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert address == "127.0.0.1"


def test_the_server_binds_by_what_is_stood_in_for() -> None:
    assert "_bind_server_socket(" in inspect.getsource(starlette_server.UvicornRunner.run)
