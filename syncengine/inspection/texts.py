"""The search texts of a table in one piece of memory: where a text occurs is then one pass over plain bytes.

It takes a tenth of the work of looking through the compressed column, some 55 bytes of memory a product, and holds no
Python lock: people who search at the same moment do not wait for each other. Whole blocks of rows are looked through
first, then the rows of the blocks that hold the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MOST_ROWS = 2_000_000  # beyond, the memory is better used otherwise
_BLOCK = 256 * 1024  # bytes: small beside the whole, large beside a row
_NEW_LINE, _NUL = 10, 0
_LEAST_SHARED = 3  # letters that near SKUs have in common with a text, at one end
_ROWS_OF_PIECE = 300_000


@dataclass(frozen=True, slots=True)
class Matches:
    """The places that hold a text, and how near each one is to it (sql/listing_matches.sql)."""

    places: NDArray[np.int64]
    nearness: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SearchTexts:
    """Every search text followed by NUL, which no text holds, all of them in `buffer`.

    `rows` and `blocks` (whole rows) look at the same bytes; `ends[i]` is where the row of `places[i]` ends, `firsts[b]`
    is the first row of a block, and the number of rows stands last.
    """

    buffer: NDArray[np.uint8]
    rows: pl.Series
    blocks: pl.Series
    firsts: NDArray[np.int64]
    ends: NDArray[np.int64]
    places: NDArray[np.int64]

    def find(self, needle: str) -> Matches:
        """The rows that hold `needle` (lower case, no NUL, no line break)."""
        found = self.rows_with(needle)
        return Matches(self.places[found], self._nearness(found, needle.encode()))

    def rows_with(self, needle: str, *, most: int | None = None) -> NDArray[np.int64]:
        """The numbers of these rows, ascending; with `most`, of the first so many rows that are looked through."""
        parts, left = [], len(self.rows) if most is None else most
        for first, last in self._stretches(needle):
            looked_at = self.rows[first : min(last, first + left)]
            left -= len(looked_at)
            parts.append(looked_at.str.contains(needle, literal=True).arg_true().to_numpy().astype(np.int64) + first)
            if left <= 0:
                break
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def nearly(self, text: str, *, most: int) -> NDArray[np.int64]:
        """The places, at most so many, that share the longest beginning or the longest ending with `text` (as `find`
        takes it); those first that share both, and whose SKU is about as long."""
        begin_so = self._rows_of_piece(self._longest(text, from_end=False))
        end_so = self._rows_of_piece(self._longest(text, from_end=True))
        found = np.union1d(begin_so, end_so)
        lengths = self.rows.gather(found).str.find("\n", literal=True).to_numpy().astype(np.int64)
        share_both = np.isin(found, begin_so) & np.isin(found, end_so)
        order = np.lexsort((np.abs(lengths - len(text.encode())), ~share_both))
        return self.places[found[order[:most]]]

    def _longest(self, text: str, *, from_end: bool) -> str:
        """The longest beginning, or ending, of a text that stands in any row; "" for less than three letters."""
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            piece = text[-middle:] if from_end else text[:middle]
            low, high = (middle, high) if self.blocks.str.contains(piece, literal=True).any() else (low, middle - 1)
        piece = text[len(text) - low :] if from_end else text[:low]
        return piece if len(piece) >= min(_LEAST_SHARED, len(text)) else ""

    def _rows_of_piece(self, piece: str) -> NDArray[np.int64]:
        """The rows that hold a piece; of one that is everywhere, some."""
        if not piece:
            return np.zeros(0, dtype=np.int64)
        return self.rows_with(piece, most=_ROWS_OF_PIECE)

    def _stretches(self, needle: str) -> Iterator[tuple[int, int]]:
        """From which row to which one `needle` may stand: neighbouring blocks that hold it, put together."""
        held = self.blocks.str.contains(needle, literal=True).to_numpy()
        edges = np.flatnonzero(np.diff(held.astype(np.int8), prepend=0, append=0))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            yield int(self.firsts[begin]), int(self.firsts[end])

    def _nearness(self, found: NDArray[np.int64], wanted: bytes) -> NDArray[np.uint8]:
        """A search text is SKU, name and ID, each on its line; the ID is the last. Each of the rows holds `wanted`."""
        near = np.full(len(found), 2, dtype=np.uint8)
        starts, ends = np.where(found > 0, self.ends[found - 1], 0), self.ends[found] - 1
        begins_so = self._stands_at(starts, wanted)
        near[begins_so] = 1
        after = self.buffer[starts[begins_so] + len(wanted)]
        near[begins_so[(after == _NEW_LINE) | (after == _NUL)]] = 0
        last = ends - len(wanted)
        inner = np.flatnonzero(last > starts)
        own_line = inner[self.buffer[last[inner] - 1] == _NEW_LINE]
        near[own_line[self._stands_at(last[own_line], wanted)]] = 0
        return near

    def _stands_at(self, positions: NDArray[np.int64], wanted: bytes) -> NDArray[np.int64]:
        """Which of the positions `wanted` begins at."""
        left = np.arange(len(positions))
        for offset, byte in enumerate(wanted):
            left = left[self.buffer[positions[left] + offset] == byte]
        return left


def search_texts(table: pa.Table) -> SearchTexts:
    """The texts of a table with the columns place and text (ending in NUL)."""
    texts = table.column("text").cast(pa.large_string()).combine_chunks()
    ends = np.cumsum(pc.binary_length(texts).to_numpy(), dtype=np.int64)
    size = int(ends[-1]) if len(ends) else 0
    first = int(np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset]) if size else 0
    data = texts.buffers()[2].slice(first, size) if size else pa.py_buffer(b"")
    cuts = np.searchsorted(ends, np.arange(_BLOCK, size + _BLOCK, _BLOCK), side="left") + 1
    firsts = np.unique(np.concatenate(([0], np.minimum(cuts, len(ends))))).astype(np.int64)
    offsets = np.concatenate(([0], ends))
    return SearchTexts(
        buffer=np.frombuffer(data, dtype=np.uint8),
        rows=_strings(offsets, data),
        blocks=_strings(offsets[firsts], data),
        firsts=firsts,
        ends=ends,
        places=table.column("place").to_numpy(),
    )


def _strings(offsets: NDArray[np.int64], data: pa.Buffer) -> pl.Series:
    """The pieces of `data` between the offsets, which are not copied."""
    pieces = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(np.ascontiguousarray(offsets)), data)
    return pl.Series(pl.from_arrow(pieces))
