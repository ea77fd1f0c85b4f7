"""Facts kept between runs."""

from __future__ import annotations

import pytest

from syncengine.control.settings import drop_setting, get_setting, put_setting
from syncengine.control.store import ControlStore


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "text ä \U0001f600", [1, {"a": None}], {"b": 1, "a": [2]}])
def test_a_setting_comes_back_as_it_was_kept(store: ControlStore, value: object) -> None:
    with store.write() as connection:
        put_setting(connection, "key", value)

    with store.read() as connection:
        assert get_setting(connection, "key") == value


def test_the_last_value_counts_and_a_dropped_one_is_gone(store: ControlStore) -> None:
    with store.write() as connection:
        put_setting(connection, "key", 1)
        put_setting(connection, "key", 2)
        put_setting(connection, "other", 3)
        assert get_setting(connection, "key") == 2
        drop_setting(connection, "key")
        drop_setting(connection, "key")

        assert (get_setting(connection, "key"), get_setting(connection, "other")) == (None, 3)
