from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from syncengine.demo.services.holdings import HeldItem, Holdings

from .client import Client, product


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    holdings = Holdings(tmp_path / "s.sqlite")
    space_id = holdings.space_id("e", "d")
    with pytest.raises(KeyError), holdings.transaction():
        holdings.apply(space_id, "products", 1, [HeldItem(identity='["A"]', deleted=False, payload=b"{}")])
        raise KeyError
    assert holdings.count(space_id, "products") == (0, 0)
    holdings.close()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "s.sqlite"
    command = [sys.executable, "-m", "syncengine.demo.services", "--port", "0", "--state", str(state)]
    held, bodies = [], []
    for round_number in range(2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process, process.stdout:
            client = Client(process.stdout.readline().split()[-1])
            bodies.append(client.post("products", [product("A", name="one")], key="k").content)
            held.append(client.ask("/feeds/products/items").content)
            client.session.close()
            os.kill(process.pid, signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL, round_number
    assert held[0] == held[1]
    assert bodies[0] == bodies[1]
