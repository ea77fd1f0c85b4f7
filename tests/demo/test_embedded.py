"""The embedded demo: starts what is missing, reuses what is there, leaves nothing behind."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from syncengine.demo.embedded import API_KEY, STORE_TOKEN, EmbeddedDemo, embedded_demo
from syncengine.demo.store.server import StoreOptions, running
from syncengine.errors import SourceUnreachableError
from syncengine.settings import DemoSettings, Settings

PARENT = """
import sys, time
from pathlib import Path
from syncengine.demo.embedded import embedded_demo
from syncengine.settings import DemoSettings, Settings
demo = DemoSettings(products=30, store_port=0, services_port=0)
with embedded_demo(Settings(data_dir=Path(sys.argv[1]), demo=demo)) as demo:
    print(demo.store_url, demo.services_url, flush=True)
    sys.stdin.read()
"""


def _settings(directory: Path, *, port: int = 0, products: int = 40) -> Settings:
    return Settings(data_dir=directory, demo=DemoSettings(products=products, store_port=port, services_port=0))


def _websites(demo: EmbeddedDemo) -> list[str]:
    answer = requests.get(
        f"{demo.store_url}/V1/store/websites",
        headers={"Authorization": f"Bearer {demo.store_token}"},
        timeout=10,
    )
    return [site["code"] for site in answer.json()]


def _is_open(url: str) -> bool:
    host, _, port = url.removeprefix("http://").split("/")[0].partition(":")
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port))) == 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDemo]:
    with embedded_demo(_settings(tmp_path_factory.mktemp("demo"))) as started:
        yield started


def test_store_and_services_answer_while_the_block_lasts(demo: EmbeddedDemo) -> None:
    assert _websites(demo) == ["admin", "base", "europe"]
    assert requests.get(f"{demo.services_url}/health", timeout=10).json() == {"status": "ok"}
    assert (demo.store_token, demo.api_key) == (STORE_TOKEN, API_KEY)


def test_both_are_gone_after_the_block_and_the_state_is_kept(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    with embedded_demo(settings, needs_services=False) as demo:
        address = demo.store_url.removesuffix("/rest")
        headers = {"Authorization": f"Bearer {demo.store_token}"}
        touched = requests.post(f"{address}/demo/change", json={"delete": 1}, headers=headers, timeout=10).json()
        assert demo.services_url == ""
    assert not _is_open(demo.store_url)
    with embedded_demo(settings, needs_services=False) as again:
        path = f"{again.store_url}/V1/products/{touched['delete'][0]}"
        assert requests.get(path, headers=headers, timeout=10).status_code == 404


def test_a_store_that_answers_on_the_configured_port_is_reused(tmp_path: Path) -> None:
    with running(StoreOptions(products=12)) as base:
        port = int(base.rpartition(":")[2])
        with embedded_demo(_settings(tmp_path, port=port), needs_services=False) as demo:
            assert demo.store_url == f"{base}/rest"
        assert _is_open(base)


def test_a_port_that_something_else_holds_is_left_to_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with embedded_demo(_settings(tmp_path, port=port), needs_services=False) as demo:
            assert f":{port}/" not in demo.store_url
            assert _websites(demo)


def test_a_store_that_cannot_start_is_reported_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "demo" / "store.sqlite").mkdir(parents=True)
    with (
        pytest.raises(SourceUnreachableError) as caught,
        embedded_demo(_settings(tmp_path), needs_services=False),
    ):
        pass
    assert "store.log" in caught.value.hint


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="looks at processes as Linux shows them")
def test_no_child_survives_a_parent_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        urls = parent.stdout.readline().split()
        children = _children_of(parent.pid)
        assert len(children) == 2
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    for pid in children:
        _wait_until_gone(pid)
    assert not any(_is_open(url) for url in urls)


def _children_of(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(status.parent.name))
    return found


def _wait_until_gone(pid: int) -> None:
    """Returns when the process has ended; an open pidfd becomes readable then."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        readable, _, _ = select.select([handle], [], [], 15)
    finally:
        os.close(handle)
    assert readable, f"process {pid} is still there"
