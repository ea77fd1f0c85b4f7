"""Pictures of numbers."""

from __future__ import annotations

import re

from ui.charts import Column, axis, columns, legend, lines


def heights(html: str) -> list[float]:
    return [float(number) for number in re.findall(r"height:([\d.]+)%", html)]


def test_bars_are_as_high_as_their_values_are() -> None:
    html = columns(
        [Column(title="a", parts=((10, "ok"),)), Column(title="b", parts=((5, "ok"), (5, "bad")))], words="w"
    )
    assert heights(html) == [100.0, 50.0, 50.0]


def test_a_part_of_nothing_is_not_drawn() -> None:
    assert heights(columns([Column(title="a", parts=((0, "ok"), (0, "bad")))], words="w")) == []


def test_one_far_larger_value_is_cut_and_does_not_press_the_others_flat() -> None:
    bars = [Column(title="first", parts=((5_000, "ok"),)), *(Column(title="", parts=((10, "ok"),)) for _ in range(4))]
    html = columns(bars, words="w")
    assert html.count("cs-cut") == 1
    assert min(heights(html)) > 50


def test_the_picture_says_in_words_what_it_shows() -> None:
    assert 'role="img" aria-label="12 runs"' in columns([], words="12 runs")


def test_texts_of_data_are_escaped_everywhere() -> None:
    evil = '"><img src=x onerror=alert(1)>'
    shown = (
        columns([Column(title=evil, parts=((1, "ok"),))], words=evil)
        + lines([(evil, 1, evil)], words=evil)
        + legend([("ok", evil)])
        + axis(evil, evil)
    )
    assert "<img" not in shown
    assert "onerror=alert(1)&gt;" in shown


def test_lying_bars_have_their_label_and_number() -> None:
    html = lines([("name", 40, "40 items"), ("price", 10, "10 items")], words="Fields")
    assert re.findall(r"width:([\d.]+)%", html) == ["100.00", "25.00"]
    assert "<bdi>name</bdi>" in html
    assert "40 items" in html
