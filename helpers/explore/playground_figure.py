"""The pictures of the playground: network, decision, losses. Drawn once, then updated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.explore.base import new_figure
from helpers.explore.playground_model import GRID, Network
from helpers.explore.toys import REACH
from helpers.plots.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection

__all__ = ["PlaygroundFigure"]

POSITIVE, NEGATIVE = COLOURS["blue"], COLOURS["orange"]
THICKEST = 4.0  # points, of the line for the largest weight
Losses = Sequence[tuple[int, float, float]]  # epoch, training loss, test loss


class PlaygroundFigure:
    """A figure whose artists are kept and given new data."""

    def __init__(self, dpi: int = 80) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        self.figure = new_figure(9.6, 3.6, dpi)
        grid = self.figure.add_gridspec(
            1, 3, left=0.01, right=0.985, bottom=0.14, top=0.9, wspace=0.2, width_ratios=(1, 1, 1)
        )
        self.net, self.plane, self.curve = (self.figure.add_subplot(grid[0, n]) for n in range(3))
        shades = LinearSegmentedColormap.from_list("classes", ["#f2b34c", "#ffffff", "#5aa2d6"])
        square = (-REACH, REACH, -REACH, REACH)
        self.image = self.plane.imshow(
            np.zeros((GRID, GRID)), cmap=shades, vmin=-1, vmax=1, extent=square, origin="lower",
            interpolation="bilinear",
        )  # fmt: skip
        self.border: Any = None
        self.dots = [self._dots(self.plane, colour, mark) for colour, mark in _marks()]
        self.plane.set(title="decision", xlabel="$x_1$", xlim=square[:2], ylim=square[:2])
        self.plane.set_ylabel("$x_2$", labelpad=-4)
        (self.train,) = self.curve.plot([], [], color=COLOURS["black"], label="training")
        (self.test,) = self.curve.plot([], [], "--", color=COLOURS["vermillion"], label="test")
        self.curve.set(title="loss", xlabel="epoch", ylim=(0, 0.75))
        self.curve.legend(loc="upper right", frameon=False)
        self.net.set(title="weights", xlim=(-0.12, 1.12), ylim=(0, 1))
        self.net.axis("off")
        self.lines: list[LineCollection] = []

    def points(self, x: np.ndarray, label: np.ndarray) -> None:
        """Show these training points."""
        for dots, sign in zip(self.dots, (1, -1), strict=True):
            dots.set_data(*x[label == sign].T)

    def network(self, sizes: Sequence[int]) -> None:
        """Draw units in columns, and a line for each weight."""
        from matplotlib.collections import LineCollection

        for artist in [*self.net.lines, *self.net.collections, *self.net.texts]:
            artist.remove()
        columns = np.linspace(0, 1, len(sizes))
        rows = [(np.arange(size) + 0.5) / size for size in sizes]
        self.lines = []
        for left in range(len(sizes) - 1):
            ends = [
                [(columns[left], a), (columns[left + 1], b)]
                for a in rows[left]
                for b in rows[left + 1]
            ]
            self.lines.append(LineCollection(ends, zorder=1))
            self.net.add_collection(self.lines[-1])
        for column, row in zip(columns, rows, strict=True):
            self.net.plot(
                [column] * len(row), row, "o", ms=13, mfc="white", mec="0.3", mew=1.5, zorder=2
            )
        names = ["input", *["hidden"] * (len(sizes) - 2), "output"]
        for column, name in zip(columns, names, strict=True):
            self.net.text(column, -0.06, name, ha="center", va="top", fontsize=8)

    def update(self, network: Network, losses: Losses) -> None:
        """Show the network's weights, its decision over the plane, and the losses so far."""
        picture = network.picture()
        self.image.set_data(picture)
        if self.border is not None:
            self.border.remove()
        side = np.linspace(-REACH, REACH, GRID)
        self.border = None
        if picture.min() < 0 < picture.max():
            self.border = self.plane.contour(side, side, picture, [0.0], colors="0.2", linewidths=1)
        for lines, (weights, _) in zip(self.lines, network.layers, strict=True):
            flat = np.asarray(weights.data, dtype=float).ravel()
            size = np.abs(flat) / max(float(np.abs(flat).max()), 1e-12)
            lines.set_linewidth(THICKEST * size + 0.2)
            lines.set_color([POSITIVE if weight > 0 else NEGATIVE for weight in flat])
            lines.set_linestyle(["-" if weight > 0 else (0, (2, 1)) for weight in flat])
        if losses:
            epochs, train, test = zip(*losses, strict=True)
            self.train.set_data(epochs, train)
            self.test.set_data(epochs, test)
            self.curve.set_xlim(0, max(epochs[-1], 10))
            self.curve.set_ylim(0, max(0.75, 1.05 * max(*train, *test)))

    @staticmethod
    def _dots(ax: Axes, colour: str, mark: str) -> Any:
        (line,) = ax.plot([], [], mark, ms=4.5, mfc=colour, mec="white", mew=0.6, zorder=3)
        return line


def _marks() -> tuple[tuple[str, str], tuple[str, str]]:
    """Colour and shape of the two classes, which differ in both."""
    return (POSITIVE, "o"), ("#B36B00", "s")
