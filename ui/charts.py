"""Pictures of numbers, drawn with boxes: nothing to load, both themes, and each says in words what it shows.

Every text in them is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui.escape import bdi, esc

# a value so much larger than the next one would press the others flat: its bar is cut, and says so
_FAR = 5.0
_MANY = 60  # beyond, there is no room for gaps on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One upright bar: parts from the bottom up as (value, tone), and what it says when pointed at."""

    title: str
    parts: tuple[tuple[float, str], ...]

    @property
    def value(self) -> float:
        """Its height."""
        return sum(part for part, _ in self.parts)


def columns(
    bars: Sequence[Column], *, words: str, size: str = "", least_top: float = 0.0, line: tuple[float, str] | None = None
) -> str:
    """Upright bars, oldest first; `words` says what they show, `size` is a class: tall, low or spark.

    `least_top`: a bar of that value is not higher than the picture, so that small values look small. `line`: a value
    across all bars, and what it says.
    """
    top = max(least_top, _top([one.value for one in bars]))
    inner = "".join(_column(one, top) for one in bars)
    if line is not None:
        inner += _line_at(100 * line[0] / top, line[1])
    side = f"cs-columns cs-{size}" if size else "cs-columns"
    side += " cs-dense" if len(bars) > _MANY else ""
    return f'<div class="{esc(side)}" role="img" aria-label="{esc(words)}">{inner}</div>'


def _top(values: Sequence[float]) -> float:
    """The value of the highest bar that is drawn whole."""
    ranked = sorted(values, reverse=True)
    if len(ranked) > 2 and ranked[0] > _FAR * ranked[1] > 0:
        return ranked[1] * 1.6
    return ranked[0] if ranked and ranked[0] > 0 else 1.0


def _column(one: Column, top: float) -> str:
    kind = "cs-column cs-cut" if one.value > top else "cs-column"
    scale = top if one.value <= top else one.value
    inner = "".join(_part(100 * value / scale, tone) for value, tone in one.parts if value > 0)
    return f'<div class="{esc(kind)}" title="{esc(one.title)}">{inner}</div>'


def _part(percent: float, tone: str) -> str:
    number = f"{percent:.2f}"
    return f'<i class="cs-t-{esc(tone)}" style="height:{number}%"></i>'


def _line_at(percent: float, says: str) -> str:
    number = f"{min(100.0, percent):.2f}"
    return f'<span class="cs-level" style="bottom:{number}%"><em>{esc(says)}</em></span>'


def lines(rows: Sequence[tuple[str, float, str]], *, words: str) -> str:
    """Lying bars with their labels: (label, value, what is written behind it)."""
    top = max((value for _, value, _ in rows), default=0) or 1
    inner = "".join(_line(text, 100 * value / top, after) for text, value, after in rows)
    return f'<div class="cs-lying" role="list" aria-label="{esc(words)}">{inner}</div>'


def _line(text: str, percent: float, after: str) -> str:
    number = f"{percent:.2f}"
    return (
        f'<div role="listitem"><span class="cs-lying-label">{bdi(text, longest=60)}</span>'
        f'<span class="cs-lying-bar"><i style="width:{number}%"></i></span><b>{esc(after)}</b></div>'
    )


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """What the tones mean: (tone, word)."""
    inner = "".join(f'<span><i class="cs-t-{esc(tone)}"></i>{esc(word)}</span>' for tone, word in entries)
    return f'<div class="cs-key">{inner}</div>'


def plot(bars: Sequence[Column], *, words: str, first: str, last: str, size: str = "") -> str:
    """Upright bars with what stands below the first and the last; a few bars do not take the whole width."""
    number = f"{max(26.0, 2.2 * len(bars)):.1f}"
    inner = columns(bars, words=words, size=size) + axis(first, last)
    return f'<div style="max-width:{number}rem">{inner}</div>'


def axis(first: str, last: str) -> str:
    """What stands below the first and the last bar."""
    return f'<div class="cs-axis"><span>{esc(first)}</span><span>{esc(last)}</span></div>'
