"""Is a destination still the one that was served last? Its id and a fingerprint of its credential are remembered.

The fingerprint is a slow, salted hash: the credential cannot be had from it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.export.warnings import ExportWarning
from syncengine.settings import DestinationSettings, secret_value

_SALT_KEY = "credential-salt"
_ROUNDS = 100_000


def changed_since_last_export(
    control: ControlStore, destinations: Mapping[str, DestinationSettings]
) -> list[ExportWarning]:
    """A warning for each destination, by name, that is another one than its name led to at the last export, or that
    is served with another credential."""
    found: list[ExportWarning] = []
    for name, settings in destinations.items():
        with control.read() as connection:
            last = get_setting(connection, _key(name))
        if last is None:
            continue
        if last["destination_id"] != settings.destination_id:
            found.append(_another_destination(name, settings.destination_id, last))
        elif last["credential"] != _fingerprint(control, name, settings):
            found.append(_another_credential(name, settings.destination_id, last))
    return found


def remember_served(control: ControlStore, name: str, settings: DestinationSettings, run_id: str) -> None:
    """Keep what `name` led to, and which credential opened it, at this export."""
    value = {
        "destination_id": settings.destination_id,
        "credential": _fingerprint(control, name, settings),
        "run_id": run_id,
        "at": utc_now().isoformat(timespec="seconds"),
    }
    with control.write() as connection:
        put_setting(connection, _key(name), value)


def _key(name: str) -> str:
    return f"last-served:{name}"


def _fingerprint(control: ControlStore, name: str, settings: DestinationSettings) -> str | None:
    """The fingerprint of the destination's credential, None where it needs none."""
    section = "destination" if name == "default" else f"destinations.{name}"
    if settings.kind == "optimizer":
        secret = secret_value(settings.client_secret, settings.client_secret_file, f"{section}.client_secret_file")
        credential = f"{settings.client_id}\n{secret}"
    elif settings.kind == "services":
        credential = secret_value(settings.api_key, settings.api_key_file, f"{section}.api_key_file") or ""
    else:
        return None
    with control.write() as connection:
        salt = get_setting(connection, _SALT_KEY)
        if salt is None:
            salt = secrets.token_hex(16)
            put_setting(connection, _SALT_KEY, salt)
    return hashlib.pbkdf2_hmac("sha256", credential.encode(), bytes.fromhex(salt), _ROUNDS).hex()


def _another_destination(name: str, destination_id: str, last: Mapping[str, Any]) -> ExportWarning:
    return ExportWarning(
        kind="destination_changed",
        destination=destination_id,
        feed=None,
        sentence=f"`{name}` is another destination than at the last export ({last['at']}): `{destination_id}`, not "
        f"`{last['destination_id']}`. It has a memory of its own; what the earlier one was told says nothing about it.",
        hint="A plain `catalog-sync sync` sends it all that it was never sent. If it is the same place under a new "
        "address, set `known_as` to the address it had.",
    )


def _another_credential(name: str, destination_id: str, last: Mapping[str, Any]) -> ExportWarning:
    return ExportWarning(
        kind="credential_changed",
        destination=destination_id,
        feed=None,
        sentence=f"`{name}` is served with another credential than at the last export ({last['at']}).",
        hint="If it opens the same data, nothing is to be done. If not, `catalog-sync reconcile --repair` finds what "
        "is missing there, and `catalog-sync saas:resync --feed FEED --no-reindex` sends a feed anew.",
    )
