"""The tokens of the API: which program asks, and what it may do."""

from __future__ import annotations

import hmac

from syncengine.access.roles import User
from syncengine.settings import ApiSettings, secret_value


def user_of_token(given: str, api: ApiSettings) -> User | None:
    """The program that this token belongs to, or None. Every token is compared, so that time tells nothing.

    Raises: SettingsError when a token's file cannot be read.
    """
    found: User | None = None
    for name, own in api.tokens.items():
        expected = secret_value(own.token, own.token_file, f"api.tokens.{name}.token_file") or ""
        if hmac.compare_digest(given.encode(), expected.encode()) and expected:
            found = User(name=f"{name} (API)", role=own.role)
    return found
