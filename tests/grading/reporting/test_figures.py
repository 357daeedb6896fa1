"""Do the figures show all points, and say in words what they show?"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from helpers.grading.reporting.figures import COLOURS, distribution, mark, shares


@pytest.mark.parametrize("most", [0.5, 1, 3, 20, 21, 49, 100, 1000])
def test_every_submission_is_in_one_bar(most: float) -> None:
    points = [most * part / 7 for part in range(8)]
    figure = distribution(points, most)
    counts = [int(count) for count in re.findall(r"(\d+) submissions? ha", figure)]
    assert sum(counts) == len(points)
    assert figure.count("<rect") == len(counts) <= 21


def test_points_beyond_the_most_are_in_the_last_bar() -> None:
    assert "2 submissions have 9 to 10 points" in distribution([9.5, 12], 10)


def test_a_chapter_without_points_has_a_figure_too() -> None:
    assert "1 submission has 0 to" in distribution([0], 0)


def test_a_bar_of_shares_has_a_part_for_each_kind_that_there_is() -> None:
    bar = shares({"full": 3, "part": 0, "wrong": 1}, "all points: 3, no points: 1")
    assert re.findall(r'width="([\d.]+)"', bar) == ["150.0", "50.0"]
    assert "<title>all points: 3, no points: 1</title>" in bar
    assert "<rect" not in shares({"full": 0}, "no submission")


@pytest.mark.parametrize(("value", "x"), [(-1, 2), (0, 50), (1, 98), (1.0000001, 98)])
def test_a_mark_lies_between_its_ends(value: float, x: float) -> None:
    assert f'cx="{x:.1f}"' in mark(value)


def test_the_colours_differ_in_brightness_too() -> None:
    def brightness(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.3 * red + 0.59 * green + 0.11 * blue

    found = sorted(brightness(colour) for colour in COLOURS.values())
    assert min(b - a for a, b in pairwise(found)) > 4
