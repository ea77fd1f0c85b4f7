"""Names and roles out of what a provider or a proxy says; what is not said plainly gives nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncengine.access.claims import is_stale, user_of_claims
from syncengine.settings import AccessSettings

ACCESS = AccessSettings(viewers=("staff",), operators=("sync-operators",), admins=("it", "root@shop.example"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["staff"], "viewer"),
        (["staff", "sync-operators"], "operator"),
        (["it", "staff"], "admin"),
        ("staff, sync-operators", "operator"),
        (["Staff"], None),
        (["staff-of-another-house"], None),
        ([], None),
        (None, None),
        ({"it": True}, None),
        ([["it"]], None),
        (7, None),
    ],
)
def test_the_highest_group_gives_the_role(groups: Any, role: str | None) -> None:
    user = user_of_claims({"email": "anna@shop.example", "groups": groups}, ACCESS)
    assert user is not None
    assert (user.name, user.role) == ("anna@shop.example", role)


def test_a_person_may_be_named_instead_of_a_group() -> None:
    user = user_of_claims({"email": "root@shop.example"}, ACCESS)
    assert user is not None and user.role == "admin"


def test_an_address_that_was_not_verified_gives_no_role_of_its_own() -> None:
    user = user_of_claims({"email": "root@shop.example", "email_verified": False, "groups": ["staff"]}, ACCESS)
    assert user is not None and user.role == "viewer"


def test_roles_may_stand_in_a_nested_claim() -> None:
    access = ACCESS.model_copy(update={"roles_claim": "realm_access.roles"})
    user = user_of_claims({"sub": "42", "realm_access": {"roles": ["it"]}}, access)
    assert user is not None and (user.name, user.role) == ("42", "admin")


def test_a_claim_whose_own_name_holds_dots_is_found() -> None:
    access = ACCESS.model_copy(update={"roles_claim": "https://shop.example/roles"})
    user = user_of_claims({"sub": "42", "https://shop.example/roles": ["it"]}, access)
    assert user is not None and user.role == "admin"


def test_everybody_who_is_signed_in_may_have_a_role() -> None:
    user = user_of_claims({"email": "anna@shop.example"}, ACCESS.model_copy(update={"default_role": "viewer"}))
    assert user is not None and user.role == "viewer"


@pytest.mark.parametrize("claims", [{}, {"email": ""}, {"email": "  "}, {"email": None}, {"groups": ["it"]}])
def test_claims_without_a_name_are_nobody(claims: dict[str, Any]) -> None:
    assert user_of_claims(claims, ACCESS) is None


def test_a_name_fits_the_audit() -> None:
    user = user_of_claims({"email": "a" * 5_000}, ACCESS)
    assert user is not None and len(user.name) <= 200


@pytest.mark.parametrize(
    ("issued", "stale"),
    [
        ((NOW - timedelta(hours=1)).timestamp(), False),
        ((NOW - timedelta(hours=13)).timestamp(), True),
        (None, True),
        ("yesterday", True),
        (True, True),
    ],
)
def test_a_sign_in_holds_for_the_hours_that_are_set(issued: Any, stale: bool) -> None:
    assert is_stale({"iat": issued}, ACCESS, NOW) is stale
