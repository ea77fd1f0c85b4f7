"""The tree of errors: stable codes, exit codes, and what to do about each."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator

import pytest

from syncengine import errors
from syncengine.errors import (
    CatalogError,
    CatalogSyncError,
    DestinationUnreachableError,
    DiffError,
    DiskFullError,
    EngineBusyError,
    ExportError,
    Fatal,
    Retriable,
    SettingsError,
    SourceUnreachableError,
    StorageError,
    storage_error,
)

STAGES = {
    "CS0": CatalogSyncError,
    "CS1": SettingsError,
    "CS2": CatalogError,
    "CS3": DiffError,
    "CS4": ExportError,
    "CS5": StorageError,
}


def every_error(kind: type[CatalogSyncError] = CatalogSyncError) -> Iterator[type[CatalogSyncError]]:
    for inner in kind.__subclasses__():
        if inner.__module__ == errors.__name__:
            yield inner
            yield from every_error(inner)


ALL = tuple(dict.fromkeys(every_error()))


def test_no_two_errors_share_a_code() -> None:
    assert [code for code, times in Counter(kind.code for kind in ALL).items() if times > 1] == []


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_belongs_to_the_stage_of_its_code_and_says_what_it_is(kind: type[CatalogSyncError]) -> None:
    assert kind.__name__.endswith("Error")
    assert kind.__doc__
    assert issubclass(kind, STAGES[kind.code[:3]])
    assert not (issubclass(kind, Retriable) and issubclass(kind, Fatal))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (CatalogSyncError, 1), (SettingsError, 2), (EngineBusyError, 4), (SourceUnreachableError, 5),
        (DestinationUnreachableError, 5), (DiskFullError, 1),
    ],
)  # fmt: skip
def test_exit_codes_are_those_of_the_conventions(kind: type[CatalogSyncError], code: int) -> None:
    assert kind("What happened.").exit_code == code


def test_an_error_as_json_has_code_message_hint_and_run() -> None:
    error = SettingsError("Two and two.", hint="Count again.", run_id="r-1", feed="products", line=3)

    assert error.as_json() == {"code": "CS1001", "message": "Two and two.", "hint": "Count again.", "run_id": "r-1"}
    assert (str(error), error.feed, error.fields) == ("Two and two.", "products", {"line": 3})


def test_a_code_of_its_own_belongs_to_the_one_error() -> None:
    assert CatalogSyncError("x", code="CS4101").code == "CS4101"
    assert CatalogSyncError("x").code == CatalogSyncError.code == "CS0001"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_or_quota_is_told_as_one_naming_the_file(number: int) -> None:
    error = storage_error(OSError(number, "No space left on device", "/data/outbox/x"))

    assert isinstance(error, DiskFullError)
    assert isinstance(error, Retriable)
    assert "/data/outbox/x" in error.message
    assert error.hint


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENOENT])
def test_other_troubles_of_a_disk_name_the_file_and_the_reason(number: int) -> None:
    error = storage_error(OSError(number, "The reason", "/data/lake/x"))

    assert type(error) is StorageError
    assert error.message == "`/data/lake/x` could not be used: The reason."
    assert error.hint


def test_a_trouble_without_a_file_is_told_all_the_same() -> None:
    assert "could not be used: odd" in storage_error(OSError("odd")).message
