"""The picture of gradient descent: surface and path, loss against step, and the rate's scale.

All that does not depend on the sliders is drawn once and kept as pixels; a change draws only
the path, the curve and the mark upon them, which takes some milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.explore.base import new_figure
from helpers.explore.descent_math import Array, Surface, floor, limit
from helpers.plots.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["RATES", "DescentFigure"]

RATES = (-3.0, 0.5)  # powers of ten
LOSSES = (1e-6, 1e3)
MOST_STEPS = 60
# Colour, hatching and word of the three parts of the scale of learning rates.
ZONES = (
    (COLOURS["sky"], "", "converges"),
    (COLOURS["orange"], "//", "oscillates"),
    (COLOURS["vermillion"], "xx", "diverges"),
)


class DescentFigure:
    """A figure whose background is kept; `show` draws a path upon it."""

    def __init__(self, surface: Surface, dpi: int = 90) -> None:
        self.figure: Figure = new_figure(9.4, 4.4, dpi)
        self.canvas: Any = self.figure.canvas
        self.plane = self.figure.add_axes((0.065, 0.35, 0.445, 0.57))
        self.curve = self.figure.add_axes((0.585, 0.35, 0.4, 0.57))
        self.scale = self.figure.add_axes((0.065, 0.115, 0.92, 0.09))
        self.surface = surface
        self._draw_background()
        self.moving = self._moving_artists()
        self._keep_background()

    def set_surface(self, surface: Surface) -> None:
        """Draw another surface and keep it as the new background."""
        if surface is self.surface:
            return
        self.surface = surface
        for ax in (self.plane, self.curve, self.scale):
            ax.clear()
        self._draw_background()
        self.moving = self._moving_artists()
        self._keep_background()

    def show(self, path: Array, losses: Array, learning_rate: float) -> None:
        """Draw a path `(n, 2)`, its losses `(n,)` and the mark of the learning rate."""
        inside = np.clip(path, -100, 100)  # far points would overflow the renderer
        shown = np.clip(np.nan_to_num(losses, nan=np.inf) - floor(self.surface), *LOSSES)
        line, start, end, loss, mark = self.moving
        line.set_data(*inside.T)
        start.set_data(*inside[:1].T)
        end.set_data(*inside[-1:].T)
        loss.set_data(np.arange(len(shown)), shown)
        mark.set_data([learning_rate], [0.2])
        self.canvas.restore_region(self.background)
        for artist in self.moving:
            artist.axes.draw_artist(artist)

    def _keep_background(self) -> None:
        self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)

    def _draw_background(self) -> None:
        self._draw_plane(self.plane)
        self.curve.set(
            title="loss above the lowest", xlabel="step", yscale="log",
            xlim=(0, MOST_STEPS), ylim=LOSSES,
        )  # fmt: skip
        self.curve.grid(alpha=0.25)
        self._draw_scale(self.scale)

    def _draw_plane(self, ax: Axes) -> None:
        surface = self.surface
        x, y = (np.linspace(*ends, 121) for ends in (surface.x_range, surface.y_range))
        heights = surface.loss(*np.meshgrid(x, y)) - floor(surface)
        levels = np.geomspace(0.05, heights.max(), 14)
        ax.contourf(x, y, heights, [0, *levels], cmap="Greys", alpha=0.45)
        ax.contour(x, y, heights, levels, colors="0.45", linewidths=0.6)
        for place in surface.minima.values():
            ax.plot(*place, "+", color="black", ms=11, mew=2)
        ax.set(title=f"f(x, y) = {surface.formula}", xlabel="x", xlim=surface.x_range)
        ax.set_ylabel("y", labelpad=-4)
        ax.set_ylim(*surface.y_range)

    def _draw_scale(self, ax: Axes) -> None:
        low, high = (10.0**power for power in RATES)
        edges = (low, limit(self.surface) / 2, limit(self.surface), high)
        for (colour, hatch, word), left, right in zip(ZONES, edges, edges[1:], strict=False):
            ax.axvspan(left, right, fc=colour, alpha=0.45, hatch=hatch, ec="white", lw=0)
            box = {"fc": "white", "ec": "none", "alpha": 0.85, "boxstyle": "round,pad=0.15"}
            centre = float(np.sqrt(left * right))
            ax.text(centre, 0.68, word, ha="center", va="center", fontsize=9, bbox=box)
        ax.axvline(edges[2], color="black", lw=2)
        words = f"2/c = {edges[2]:.3g}"
        ax.text(edges[2], 1.12, words, ha="center", va="bottom", fontsize=9, weight="bold")
        ax.text(edges[1], 1.12, "1/c", ha="center", va="bottom", fontsize=9)
        ax.set(xscale="log", xlim=(low, high), ylim=(0, 1), yticks=[])
        ax.set_xlabel(
            "learning rate η;  c is the largest curvature at the lowest point", labelpad=1
        )

    def _moving_artists(self) -> tuple[Any, ...]:
        blue, black = COLOURS["blue"], "black"
        path: dict[str, Any] = {"color": blue, "lw": 1.5, "marker": "o", "ms": 3.5}
        edge: dict[str, Any] = {"mec": "white", "mew": 1}
        return (
            self.plane.plot([], [], animated=True, **path)[0],
            self.plane.plot([], [], "s", ms=9, color=black, animated=True, **edge)[0],
            self.plane.plot([], [], "D", ms=8, color=COLOURS["vermillion"], animated=True, **edge)[
                0
            ],
            self.curve.plot([], [], animated=True, clip_on=True, **path)[0],
            self.scale.plot([], [], "^", ms=13, color=blue, animated=True, mec=black)[0],
        )
