"""The static picture of a graph: the same numbers as in the live drawing, at the first values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from helpers.explore.base import new_figure
from helpers.explore.graph_examples import Drawing
from helpers.explore.graph_words import describe, layout
from helpers.plots.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_graph"]

RADIUS, GAP = 27, 4  # pixels, as in graph.js
FORWARD, BACKWARD = COLOURS["blue"], COLOURS["vermillion"]


def draw_graph(drawing: Drawing, inputs: Mapping[str, float]) -> Figure:
    """Return a figure of the graph with values, local derivatives and gradients at `inputs`.

    >>> from helpers.explore.graph_examples import square
    >>> len(draw_graph(square(), {"x": 2.0}).axes)
    1
    """
    width, height = drawing.size
    figure = new_figure(width / 100, (height + 30) / 100)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, -30))
    ax.axis("off")
    ax.text(10, -12, "→ value (above)", color=FORWARD)
    ax.text(150, -12, "⇠ gradient (below)", color=BACKWARD, style="italic")
    ax.text(310, -12, "▭ local derivative")
    fixed, texts = layout(drawing), describe(drawing, inputs)
    for edge, text in zip(fixed["edges"], texts["edges"], strict=True):
        places = drawing.places[edge["parent"]], drawing.places[edge["child"]]
        _draw_edge(ax, *places, edge["along"], text)
    for node in fixed["nodes"]:
        _draw_node(ax, node, texts["nodes"][node["name"]])
    return figure


def _draw_edge(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    along: float,
    text: Mapping[str, str],
) -> None:
    length = math.dist(start, end)
    right = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    down = (-right[1], right[0])

    def at(distance: float, below: float) -> tuple[float, float]:
        return (
            start[0] + right[0] * distance + down[0] * below,
            start[1] + right[1] * distance + down[1] * below,
        )

    near, far = RADIUS + 3, length - RADIUS - 3
    for tail, tip, below, colour, dashes in (
        (near, far, -GAP, FORWARD, "-"),
        (far, near, GAP, BACKWARD, (0, (4, 2))),
    ):
        arrow: dict[str, Any] = {"arrowstyle": "-|>", "color": colour, "ls": dashes}
        arrow |= {"shrinkA": 0, "shrinkB": 0, "lw": 1.3}
        ax.annotate("", xy=at(tip, below), xytext=at(tail, below), arrowprops=arrow)
    middle = near + (far - near) * along
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": 9,
        "rotation_mode": "anchor",
    }
    style["rotation"] = -math.degrees(math.atan2(right[1], right[0]))
    ax.text(*at(middle, -20), text["value"], color=FORWARD, **style)
    ax.text(*at(middle, 21), text["share"], color=BACKWARD, style="italic", **style)
    box = {"boxstyle": "round,pad=0.2", "fc": "white", "lw": 0.6}
    ax.text(*at(middle, 0), text["local"], bbox=box, **style)


def _draw_node(ax: Axes, node: Mapping[str, Any], text: Mapping[str, str]) -> None:
    from matplotlib.patches import Circle

    x, y = node["place"]
    ax.add_patch(Circle((x, y), RADIUS, fc="white", ec="black", lw=1.2))
    ax.text(x, y, node["label"], ha="center", va="center", fontsize=13)
    rim: dict[str, Any] = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8}
    style: dict[str, Any] = {"ha": "center", "fontsize": 9, "bbox": rim}
    ax.text(x, y - RADIUS - 14, text["value"], color=FORWARD, **style)
    below = f"{text['total']}\n{text['paths']}".rstrip()
    ax.text(x, y + RADIUS + 8, below, va="top", color=BACKWARD, fontstyle="italic", **style)
