"""The static picture of a sweep: the window halfway, and the cells computed up to there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.explore.base import new_figure
from helpers.explore.convolution_model import Settings
from helpers.explore.convolution_words import describe
from helpers.plots import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_convolution"]

WIDTH, HEIGHT = 9.4, 5.1  # inches
SIDE = 3.6  # of the widest table, in inches
WINDOW = COLOURS["vermillion"]


def draw_convolution(settings: Settings) -> Figure:
    """Return a figure of input, kernel and output, with formula and sum below.

    >>> len(draw_convolution(Settings()).axes)
    3
    """
    sweep = describe(settings)
    figure = new_figure(WIDTH, HEIGHT)
    cell = min(0.45, SIDE / settings.side)
    current = min(len(sweep["cells"]) // 2 + 1, len(sweep["cells"]) - 1)
    sizes = {
        "input": settings.side,
        "kernel": settings.kernel_size,
        "output": settings.output_size,
    }
    left = 0.15
    tables = {}
    for name, size in sizes.items():
        tables[name] = _axes(figure, left, cell, max(1, size))
        tables[name].set_title(sweep["titles"][name], fontsize=10, loc="left")
        left += max(cell * size, 1.35) + 0.35
    _draw_input(tables["input"], sweep, settings, current)
    _draw_kernel(tables["kernel"], sweep)
    _draw_output(tables["output"], sweep, current)
    below = [f"{sweep['symbols']} {sweep['formula']}", " ".join(sweep["remarks"])]
    if sweep["cells"]:
        below.append(_sum(sweep["cells"][current]))
    for line, text in enumerate(below):
        figure.text(0.016, 0.155 - 0.055 * line, text, fontsize=9)
    return figure


def _sum(cell: dict[str, Any]) -> str:
    """The sum in one line, cut in the middle where it has more than nine products."""
    products = [product for line in cell["lines"] for product in line]
    if len(products) > 9:
        products = [*products[:6], "…", *products[-2:]]
    return f"{cell['where'].partition(':')[0]} = {' + '.join(products)} {cell['total']}"


def _axes(figure: Figure, left: float, cell: float, sizes: int) -> Axes:
    """Axes in which one table cell is one unit, its top at the same height for each table."""
    side = cell * sizes
    box = (left / WIDTH, (HEIGHT - 0.4 - side) / HEIGHT, side / WIDTH, side / HEIGHT)
    ax = figure.add_axes(box)
    ax.set(xlim=(0, sizes), ylim=(sizes, 0))
    ax.axis("off")
    return ax


def _draw_cell(ax: Axes, row: int, column: int, text: str, **look: Any) -> None:
    from matplotlib.patches import Rectangle

    look = {"fc": "white", "ec": "0.55", "lw": 0.8, "clip_on": False, **look}
    ax.add_patch(Rectangle((column, row), 1, 1, **look))
    ax.text(column + 0.5, row + 0.53, text, ha="center", va="center", fontsize=9)


def _draw_input(ax: Axes, sweep: dict[str, Any], settings: Settings, current: int) -> None:
    rim, side = settings.padding, settings.side
    for row, line in enumerate(sweep["picture"]):
        for column, value in enumerate(line):
            inside = rim <= min(row, column) and max(row, column) < side - rim
            look: dict[str, Any] = {"fc": (0.0, 0.45, 0.7, 0.4 * value / 9)} if inside else {}
            if not inside:
                look = {"ls": (0, (2, 2)), "ec": "0.7"}
            elif sweep["untouched"][row][column]:
                look["hatch"] = "////"
            _draw_cell(ax, row, column, str(value), **look)
    if sweep["cells"]:
        _mark_window(ax, settings, *divmod(current, sweep["output_size"]))


def _mark_window(ax: Axes, settings: Settings, i: int, j: int) -> None:
    from matplotlib.patches import Rectangle

    style: dict[str, Any] = {"fc": "none", "ec": WINDOW, "clip_on": False, "zorder": 3}
    for row in settings.rows(i):
        for column in settings.rows(j):
            ax.add_patch(Rectangle((column + 0.05, row + 0.05), 0.9, 0.9, lw=2, **style))
    span, corner = settings.span, (j * settings.stride, i * settings.stride)
    ax.add_patch(Rectangle(corner, span, span, lw=1, **style))


def _draw_kernel(ax: Axes, sweep: dict[str, Any]) -> None:
    for row, line in enumerate(sweep["kernel"]):
        for column, text in enumerate(line):
            _draw_cell(ax, row, column, text, ec=WINDOW)


def _draw_output(ax: Axes, sweep: dict[str, Any], current: int) -> None:
    for place, (text, shade) in enumerate(zip(sweep["output"], sweep["shades"], strict=True)):
        row, column = divmod(place, sweep["output_size"])
        if place > current:
            _draw_cell(ax, row, column, "", ls=(0, (1, 2)))
            continue
        colour = (0.0, 0.45, 0.7) if shade >= 0 else (0.9, 0.62, 0.0)
        _draw_cell(ax, row, column, text, fc=(*colour, 0.45 * abs(shade)))
    if sweep["cells"]:
        row, column = divmod(current, sweep["output_size"])
        look: dict[str, Any] = {"fc": "none", "ec": WINDOW, "lw": 2.5, "zorder": 3}
        _draw_cell(ax, row, column, "", **look)
