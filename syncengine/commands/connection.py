"""A test of the connections, as people ask for it: the engine makes it."""

from __future__ import annotations

from syncengine.control.audit import add_audit
from syncengine.control.connection_test import ask_connection_test
from syncengine.control.store import ControlStore


def request_connection_test(control: ControlStore, *, actor: str) -> bool:
    """Ask the engine to test the connections; False when it was asked already and has not answered yet."""
    with control.write() as connection:
        asked = ask_connection_test(connection, by=actor)
        if asked:
            add_audit(connection, actor=actor, action="test connections", subject="connections")
    return asked
