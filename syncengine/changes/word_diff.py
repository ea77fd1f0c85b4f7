"""Two texts, word by word: what was taken out and what was put in.

Words that are equal at both ends are cut off before the comparison, and what is still too large for it is taken as one
exchange: no comparison hangs on a long text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

_COMPARABLE = 1_000_000  # words left × words right
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that both sides have, or only one of them."""

    kind: Literal["equal", "removed", "added"]
    text: str


def diff_words(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces in order: without the added ones they are `before`, without the removed ones `after`."""
    words_before, words_after = _WORD.findall(before), _WORD.findall(after)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in _opcodes(words_before, words_after):
        if tag == "equal":
            pieces.append(Piece("equal", "".join(words_before[i1:i2])))
            continue
        if i1 < i2:
            pieces.append(Piece("removed", "".join(words_before[i1:i2])))
        if j1 < j2:
            pieces.append(Piece("added", "".join(words_after[j1:j2])))
    return tuple(pieces)


def word_spans(before: str, after: str) -> tuple[Spans, Spans]:
    """Where each text has words that the other has not, as (start, end)."""
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    at_before = at_after = 0
    for piece in diff_words(before, after):
        size = len(piece.text)
        if piece.kind == "removed":
            spans[0].append((at_before, at_before + size))
        elif piece.kind == "added":
            spans[1].append((at_after, at_after + size))
        at_before += size if piece.kind != "added" else 0
        at_after += size if piece.kind != "removed" else 0
    return tuple(spans[0]), tuple(spans[1])


def _opcodes(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """As difflib's, whatever the size."""
    head = common_head(before, after)
    tail = common_head(before[head:][::-1], after[head:][::-1])
    end_before, end_after = len(before) - tail, len(after) - tail
    found = [("equal", 0, head, 0, head)] if head else []
    if (end_before - head) * (end_after - head) > _COMPARABLE:
        found.append(("replace", head, end_before, head, end_after))
    else:
        matcher = difflib.SequenceMatcher(None, before[head:end_before], after[head:end_after], autojunk=False)
        found += [
            (tag, head + i1, head + i2, head + j1, head + j2)
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        ]  # fmt: skip
    if tail:
        found.append(("equal", end_before, len(before), end_after, len(after)))
    return found


def common_head(before: Sequence[str], after: Sequence[str]) -> int:
    """How many entries both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
