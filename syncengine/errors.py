"""Every error that Catalog Sync raises on purpose, by the step it belongs to.

    CatalogSyncError
    ├── SettingsError        CS1xxx   configuration and usage
    ├── CatalogError         CS2xxx   reading the catalog, compiling feeds
    │   └── FeedError
    ├── DiffError            CS3xxx   comparing states
    ├── ExportError          CS4xxx   sending and acknowledging
    └── StorageError         CS5xxx   files, the lake, the control store
        ├── LakeError
        └── ControlError

What to do about one is said by a second base: `Retriable` (back off, try again), `Skippable` (set the item
aside, go on) or `Fatal` (stop the run). The message says what happened and why; `hint` says what to do next.
"""

from __future__ import annotations

import errno
from typing import Any


class CatalogSyncError(Exception):
    """Base of all our errors. `code` is stable and documented; `exit_code` is what a command ends with."""

    code = "CS0001"
    exit_code = 1
    default_hint = ""

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        self.code = code or type(self).code
        self.run_id: str | None = fields.pop("run_id", None)
        self.feed: str | None = fields.pop("feed", None)
        self.fields = fields

    def as_json(self) -> dict[str, Any]:
        """The shape that `--json` prints: code, message, hint, run_id."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "run_id": self.run_id}


class Retriable:
    """Waiting may help: back off and try again."""


class Skippable:
    """One item is at fault: set it aside and go on."""


class Fatal:
    """Nothing but a person's action helps: stop the run."""


class SettingsError(CatalogSyncError, Fatal):
    """A setting, an option or an argument is missing or wrong."""

    code = "CS1001"
    exit_code = 2


class SyncInterruptedError(CatalogSyncError):
    """Somebody asked a command to stop; what it had begun can be gone on with."""

    code = "CS0005"
    exit_code = 130


class UnknownFeedError(SettingsError):
    """A feed name that the registry does not hold."""

    code = "CS1002"


class UnknownRunError(SettingsError):
    """A run id that the control store does not hold."""

    code = "CS1005"


class CatalogError(CatalogSyncError):
    """The catalog could not be read."""

    code = "CS2001"


class SourceUnreachableError(CatalogError, Retriable):
    """No usable answer from the store after all attempts."""

    code = "CS2002"
    exit_code = 5


class SourceRefusedError(CatalogError, Fatal):
    """The store refused us: wrong token or missing permission."""

    code = "CS2003"


class SourceAnswerError(CatalogError, Retriable):
    """The store answered something that is not the expected JSON."""

    code = "CS2004"


class IncompleteReadError(CatalogError, Retriable):
    """What was read does not add up to what the store says it holds; nothing is derived from it."""

    code = "CS2005"


class RecordsInvalidError(CatalogError, Fatal):
    """A directory of records that cannot be read as one."""

    code = "CS2006"


class FeedError(CatalogError):
    """A feed could not be compiled."""

    code = "CS2101"


class DiffError(CatalogSyncError, Fatal):
    """Two states could not be compared, or the counts of a changeset do not add up."""

    code = "CS3001"


class ExportError(CatalogSyncError):
    """A destination could not be served."""

    code = "CS4001"


class RunCancelledError(ExportError):
    """Somebody cancelled the run: what was acknowledged is kept, the rest waits."""

    code = "CS4103"
    exit_code = 3


class DestinationRefusedError(ExportError, Fatal):
    """The destination refused our credentials or our address: nothing is marked, all stays pending."""

    code = "CS4002"


class DestinationUnreachableError(ExportError, Retriable):
    """No usable answer from the destination after all attempts."""

    code = "CS4003"
    exit_code = 5


class DestinationAnswerError(ExportError, Retriable):
    """The destination answered something that is not a success of its contract: the outcome is unknown."""

    code = "CS4004"


class KeyReusedError(ExportError, Fatal):
    """The destination saw an idempotency key with other bytes: an internal fault, never resent under a new key."""

    code = "CS4005"


class StorageError(CatalogSyncError):
    """A file of the data directory could not be read or written."""

    code = "CS5001"


class DiskFullError(StorageError, Retriable):
    """No space left on the device that holds the data directory."""

    code = "CS5002"


class EngineBusyError(StorageError):
    """Another engine holds the data directory."""

    code = "CS5003"
    exit_code = 4


class LockLostError(StorageError, Fatal):
    """The lock file of the data directory is gone or another one: this engine may no longer be alone."""

    code = "CS5004"
    exit_code = 4


class NetworkDirectoryError(StorageError, Fatal):
    """The data directory lies on a network file system, where locks may hold nobody off."""

    code = "CS5005"
    exit_code = 2


class LakeError(StorageError):
    """The lake could not be opened, read or written."""

    code = "CS5101"


class NewerLayoutError(LakeError, Fatal):
    """The data directory was written by a newer version of Catalog Sync."""

    code = "CS5104"


class LakeUnavailableError(LakeError, Retriable):
    """Nothing has been published yet, or the published copy cannot be read now."""

    code = "CS5102"


class AnswerTooLargeError(LakeError, Fatal):
    """A question needs more memory and spill space than a reader may use."""

    code = "CS5103"


class ControlError(StorageError):
    """The control store could not be opened or written."""

    code = "CS5201"


class QueueFullError(ControlError, Retriable):
    """So many requests wait that no further one is taken."""

    code = "CS5202"
    default_hint = "Wait for the engine to work them off: `catalog-sync status` says whether one runs."


class LostControlStoreError(ControlError, Fatal):
    """There is no control store although the lake beside it has been published."""

    code = "CS5203"


def storage_error(error: OSError) -> StorageError:
    """The StorageError that says what an OSError of the data directory means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"The disk is full: `{error.filename or 'a file of the data directory'}` could not be written.",
            hint="Free space and run again; the last good state is untouched.",
        )
    return StorageError(
        f"`{error.filename or 'A file of the data directory'}` could not be used: {error.strerror or error}.",
        hint="Check the data directory's owner, permissions and disk.",
    )
