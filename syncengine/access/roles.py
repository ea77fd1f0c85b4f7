"""People and programs that use Catalog Sync, and what each may do."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from syncengine.errors import CatalogSyncError, Fatal

Role = Literal["viewer", "operator", "admin"]
Right = Literal["view", "operate", "administer"]

# each role may do what the ones before it may
ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")
RIGHTS: dict[Right, Role] = {"view": "viewer", "operate": "operator", "administer": "admin"}


class NotSignedInError(CatalogSyncError, Fatal):
    """Nobody says who asks, or not believably."""

    code = "CS1008"
    exit_code = 2


class NotAllowedError(CatalogSyncError, Fatal):
    """Who asks may not do this."""

    code = "CS1009"
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks. `role` None: signed in, and allowed nothing."""

    name: str
    role: Role | None

    def may(self, right: Right) -> bool:
        """Whether this one has the right."""
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(RIGHTS[right])

    def require(self, right: Right) -> None:
        """Go on only with the right. Raises: NotAllowedError."""
        if not self.may(right):
            raise NotAllowedError(
                f"This needs the role {RIGHTS[right]}; {self.name} is {self.role or 'not known'} here.",
                hint="An administrator gives roles in the section `access` of the settings.",
            )


def local_user() -> User:
    """Whoever sits at this machine, where nobody is asked who they are: they may read the data directory anyway."""
    return User(name=os.environ.get("USER") or os.environ.get("LOGNAME") or "someone", role="admin")
