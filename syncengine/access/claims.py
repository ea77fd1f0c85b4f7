"""From what a provider or a proxy says of somebody to a name and a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syncengine.access.roles import Role, User
from syncengine.settings import AccessSettings

_LONGEST_NAME = 180  # the control store keeps 200 characters of who asked
_NAMES = ("email", "preferred_username", "name", "sub")  # what people are known by, where the chosen claim is missing


def user_of_claims(claims: Mapping[str, Any], access: AccessSettings) -> User | None:
    """Who the claims speak of, with the highest role that a group or their name gives; None when they name nobody."""
    name = _text(_claim(claims, access.name_claim)) or next(
        (text for key in _NAMES if (text := _text(claims.get(key)))), None
    )
    if name is None:
        return None
    held = {*_texts(_claim(claims, access.roles_claim)), name}
    if claims.get("email_verified") is False and name == _text(claims.get("email")):
        held.discard(name)  # anybody can claim an address that was not verified
    role: Role | None = None if access.default_role == "none" else access.default_role
    given: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("admin", access.admins),
        ("operator", access.operators),
        ("viewer", access.viewers),
    )
    return User(name=name, role=next((found for found, names in given if held & set(names)), role))


def is_stale(claims: Mapping[str, Any], access: AccessSettings, now: datetime) -> bool:
    """Whether the sign-in is older than `access.session_hours`; one that tells no time is not believed."""
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return True
    return now.timestamp() - issued > access.session_hours * 3600


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """`groups`, or `realm_access.roles` through a nested claim; a claim whose own name holds dots comes first."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _texts(value: Any) -> list[str]:
    """The values of a claim: a list, or one text with commas, as proxies send it."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, Sequence):
        return [one for one in value if isinstance(one, str)]
    return []


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    return value.strip()[:_LONGEST_NAME]
