"""The report's figures, as SVG in the page: no file beside it, no script, sharp on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence

from helpers.grading.reporting.markup import Html, join, tag

__all__ = ["COLOURS", "distribution", "mark", "shares"]

# Okabe and Ito's colours that differ for every kind of colour vision, and in brightness on paper.
COLOURS = {
    "full": "#0072b2",
    "part": "#56b4e9",
    "wrong": "#e69f00",
    "untouched": "#c8c8c8",
    "waiting": "#f0f0f0",
}
MOST_BARS = 20
WIDTH, HEIGHT = 720, 240
LEFT, BOTTOM, TOP = 44, 42, 22


def distribution(points: Sequence[float], most: float) -> Html:
    """A histogram of points; the bars' counts stand above them.

    >>> "2 submissions have 3 to 4 points" in distribution([4, 3, 0], 4)
    True
    """
    counts, width = _bars(points, most)
    top = max(counts)
    step = (WIDTH - LEFT) / len(counts)
    scale = (HEIGHT - BOTTOM - TOP) / max(top, 1)
    parts: list[Html] = [tag("title", f"Distribution of the points of {len(points)} submissions")]
    parts.append(tag("desc", _in_words(counts, width)))
    for place, count in enumerate(counts):
        x, y = LEFT + place * step, HEIGHT - BOTTOM - count * scale
        if count:
            parts.append(_bar(x + 1, y, step - 2, count * scale, COLOURS["full"]))
            parts.append(_text(x + step / 2, y - 5, str(count)))
    parts.append(_line(LEFT, HEIGHT - BOTTOM, WIDTH, HEIGHT - BOTTOM))
    every = max(1, math.ceil(len(counts) / 10))
    for place in range(0, len(counts) + 1, every):
        parts.append(_text(LEFT + place * step, HEIGHT - BOTTOM + 17, f"{place * width:g}"))
    parts.append(_text((LEFT + WIDTH) / 2, HEIGHT - 4, f"points, of {most:g}", "axis"))
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(
        tag("text", "submissions", class_="axis", text_anchor="middle",
            transform=f"translate(14 {middle:.0f}) rotate(-90)")
    )  # fmt: skip
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH + 14} {HEIGHT}", role="img", class_="wide")


def shares(parts: dict[str, int], words: str) -> Html:
    """A bar in which each kind of result has its share; `words` say the same."""
    total = sum(parts.values())
    drawn: list[Html] = [tag("title", words)]
    x = 0.0
    for kind, count in parts.items():
        width = 200 * count / total if total else 0
        if width:
            drawn.append(_bar(x, 0, width, 14, COLOURS[kind]))
        x += width
    return tag("svg", *drawn, viewBox="0 0 200 14", role="img", class_="shares",
               preserveAspectRatio="none")  # fmt: skip


def mark(value: float) -> Html:
    """A number from -1 to 1 as a dot on a line with a stroke at zero."""
    value = min(1.0, max(-1.0, value))
    return tag(
        "svg",
        tag("title", f"{value:.2f} on a scale from -1 to 1"),
        _line(2, 7, 98, 7),
        _line(50, 2, 50, 12),
        tag("circle", cx=f"{50 + 48 * value:.1f}", cy=7, r=4, fill=COLOURS["full"]),
        viewBox="0 0 100 14", role="img", class_="mark",
    )  # fmt: skip


def _bars(points: Sequence[float], most: float) -> tuple[list[int], float]:
    """Counts of equal ranges of points, and how wide a range is; the last one takes all above."""
    width = next(
        size * 10**power
        for power in range(-2, 9)
        for size in (1, 2, 2.5, 5)
        if size * 10**power * MOST_BARS >= most
    )
    if most > 1:
        width = max(1.0, float(math.ceil(width)))
    counts = [0] * max(1, math.ceil(most / width))
    for value in points:
        counts[min(max(int(value / width), 0), len(counts) - 1)] += 1
    return counts, width


def _in_words(counts: Sequence[int], width: float) -> str:
    said = [
        f"{count} {'submission has' if count == 1 else 'submissions have'} "
        f"{place * width:g} to {(place + 1) * width:g} points"
        for place, count in enumerate(counts)
        if count
    ]
    return "; ".join(said)


def _bar(x: float, y: float, width: float, height: float, colour: str) -> Html:
    return tag("rect", x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}",
               fill=colour)  # fmt: skip


def _line(x1: float, y1: float, x2: float, y2: float) -> Html:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke="#555", stroke_width=1)


def _text(x: float, y: float, words: str, kind: str = "tick") -> Html:
    return tag("text", join(words), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle", class_=kind)
