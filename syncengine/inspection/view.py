"""What every question starts from: the published copies, the control store and the destinations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import duckdb
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection

from syncengine.control.settings import get_setting
from syncengine.control.store import ControlStore, has_control_store, open_control
from syncengine.errors import AnswerTooLargeError, LakeUnavailableError, SettingsError
from syncengine.feeds.feed import Feed
from syncengine.feeds.noise import noise_key, without_noise
from syncengine.feeds.registry import FEEDS
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publication import Publication, publication_to_read
from syncengine.lake.reader import CurrentReader, LakeReader
from syncengine.lake.spill import SPILL_LIMIT_GB
from syncengine.lake.statements import statements_beside
from syncengine.settings import Settings

_REMEMBERED = 128

Answer = TypeVar("Answer")


sql_text = statements_beside(__file__)  # the text of a statement in inspection/sql


@contextmanager
def translated() -> Iterator[None]:
    """DuckDB's errors turned into ours. Raises: LakeUnavailableError when the copy cannot be read."""
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException):
        raise  # a fault of ours, which no second try mends
    except duckdb.OutOfMemoryException as error:
        raise AnswerTooLargeError(
            f"The answer needs more than the memory and the {SPILL_LIMIT_GB} GB of spill space that a reader may use.",
            hint="Ask for less at once: one feed, fewer rows, or without sorting; and see that the disk has room.",
        ) from error
    except duckdb.Error as error:
        raise LakeUnavailableError(
            f"The published copy cannot be read: {str(error).splitlines()[0]}",
            hint="Try again; if it stays so, run `catalog-sync sync`: it publishes anew.",
        ) from error


@contextmanager
def asked(reader: LakeReader) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor for one question, with DuckDB's errors turned into ours."""
    with translated(), reader.cursor() as cursor:
        try:
            yield cursor
        except duckdb.Error as error:
            reader.distrust(error)
            raise


def rows(reader: LakeReader, statement: str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """The rows of a question, on a cursor of its own. Raises: LakeUnavailableError when the copy cannot be read."""
    with asked(reader) as cursor:
        return cursor.sql(statement, params=dict(parameters or {})).pl()


def row_batches(
    reader: LakeReader, statement: str, parameters: Mapping[str, Any] | None = None, *, size: int = 2_000
) -> Iterator[pl.DataFrame]:
    """The rows of a question, `size` at a time, for more of them than memory should hold. Raises: as `rows`."""
    with asked(reader) as cursor:
        for batch in cursor.sql(statement, params=dict(parameters or {})).to_arrow_reader(size):
            yield pl.DataFrame(pl.from_arrow(batch))


def arrays(reader: LakeReader, statement: str, parameters: Mapping[str, Any] | None = None) -> dict[str, NDArray[Any]]:
    """The columns of a question as arrays, for millions of numbers without a null. Raises: as `rows`."""
    with asked(reader) as cursor:
        return cursor.sql(statement, params=dict(parameters or {})).fetchnumpy()


def table(reader: LakeReader, statement: str) -> pa.Table:
    """The rows of a question as Arrow, for millions of texts. Raises: as `rows`."""
    with asked(reader) as cursor:
        return cursor.sql(statement).to_arrow_table()


class CatalogView:
    """The read side of one installation: one per process, thread-safe, cheap while nothing changes.

    It works before the first sync too: questions then have empty answers. It writes nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._directory = DataDirectory(settings.data_dir)
        self._current = CurrentReader(self._directory)
        self._control: ControlStore | None = None
        self._lock = threading.Lock()
        self._remembered: dict[Any, Any] = {}
        self._remembered_of: Publication | None = None
        self._read: dict[Any, Any] = {}
        self._read_of: int | None = None

    # -- the published copies -------------------------------------------------------------------------------------

    def reader(self) -> LakeReader:
        """The newest publication. Raises: LakeUnavailableError before the first one, or when it is damaged."""
        return self._current.get()

    def reader_or_none(self) -> LakeReader | None:
        """The newest publication, or None before the first one. Raises: LakeUnavailableError when it is damaged."""
        if publication_to_read(self._directory) is None:
            return None
        return self._current.get()

    def remembered(self, reader: LakeReader, question: Any, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about this publication, worked out once; forgotten when the next one comes."""
        with self._lock:
            if self._remembered_of != reader.publication:
                self._remembered_of, self._remembered = reader.publication, {}
            if question in self._remembered:
                return cast(Answer, self._remembered[question])
        found = answer()
        with self._lock:
            if self._remembered_of == reader.publication:
                while len(self._remembered) >= _REMEMBERED:
                    self._remembered.pop(next(iter(self._remembered)))
                self._remembered[question] = found
        return found

    def feeds(self, reader: LakeReader, snapshot: int | None = None) -> tuple[Feed, ...]:
        """The feeds that this publication has tables of, now or in a snapshot, in registry order."""

        def present() -> tuple[Feed, ...]:
            tables = rows(reader, sql_text("tables_then.sql"), {"snapshot": snapshot})["table_name"].to_list()
            return tuple(feed for feed in FEEDS.values() if feed.name in tables)

        return self.remembered(reader, ("feeds", snapshot), present)

    def noise(self) -> dict[str, frozenset[str]]:
        """The fields that the content hashes of the lake leave out, by feed: those set when it was last compiled."""

        def found(connection: Connection) -> dict[str, frozenset[str]]:
            chosen = {name: get_setting(connection, noise_key(name)) for name in FEEDS}
            return {name: frozenset(fields) for name, fields in chosen.items() if fields}

        return self.read_once("noise", found) or {}

    def contract(self, feed: Feed) -> Feed:
        """The feed as its content is compared: what the hashes leave out is not part of it."""
        return without_noise(feed, self.noise())

    # -- the control store ----------------------------------------------------------------------------------------

    @property
    def control(self) -> ControlStore:
        """The control store, opened when first asked for (and made, when there is none)."""
        with self._lock:
            if self._control is None:
                self._control = open_control(self.settings)
            return self._control

    @contextmanager
    def read_control(self) -> Iterator[Connection | None]:
        """A reading connection to the control store, or None where no command has made one yet."""
        if self._control is None and not has_control_store(self.settings):
            yield None
            return
        with self.control.read() as connection:
            yield connection

    def read_once(self, question: str, read: Callable[[Connection], Answer]) -> Answer | None:
        """What is read of the control store, and read again when something was written there; None where there is none.

        The answer is shared by all who ask: it is not to be changed.
        """
        if self._control is None and not has_control_store(self.settings):
            return None
        version = self.control.version()
        with self._lock:
            if self._read_of != version:
                self._read_of, self._read = version, {}
            if version is not None and question in self._read:
                return cast(Answer, self._read[question])
        with self.control.read() as connection:
            found = read(connection)
        with self._lock:
            if self._read_of == version:
                self._read[question] = found
        return found

    # -- destinations ---------------------------------------------------------------------------------------------

    @property
    def destinations(self) -> dict[str, str]:
        """The names of the configured destinations, by id."""
        return {value.destination_id: name for name, value in self.settings.all_destinations().items()}

    @property
    def default_destination(self) -> str:
        """The id of the destination that is meant when none is named: the first one configured."""
        return next(iter(self.destinations))

    def destination_id(self, name: str | None) -> str:
        """The id meant by a name, an id, or nothing. Raises: SettingsError listing the names."""
        if name is None:
            return self.default_destination
        known = self.destinations
        for destination, own_name in known.items():
            if name in (destination, own_name):
                return destination
        raise SettingsError(f"There is no destination `{name}`.", hint=f"There are: {', '.join(known.values())}.")
