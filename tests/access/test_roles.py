"""Each role may do what the ones before it may, and nothing more."""

from __future__ import annotations

import pytest

from syncengine.access.roles import NotAllowedError, Right, Role, User, local_user


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (None, set()),
        ("viewer", {"view"}),
        ("operator", {"view", "operate"}),
        ("admin", {"view", "operate", "administer"}),
    ],
)
def test_a_role_has_just_its_rights(role: Role | None, rights: set[Right]) -> None:
    user = User(name="anna", role=role)
    every: tuple[Right, ...] = ("view", "operate", "administer")
    assert {right for right in every if user.may(right)} == rights


def test_a_missing_right_says_which_role_it_needs() -> None:
    with pytest.raises(NotAllowedError, match="needs the role operator; anna is viewer") as caught:
        User(name="anna", role="viewer").require("operate")
    assert caught.value.code == "CS1009"


def test_who_sits_at_the_machine_may_do_everything() -> None:
    assert local_user().may("administer")
