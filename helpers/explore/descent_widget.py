"""A loss surface with the path of gradient descent, redrawn while a slider moves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from helpers.explore.base import Explorer, new_figure
from helpers.explore.descent_model import SURFACES, Path, Surface, descend
from helpers.plots import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DescentExplorer", "DescentFigure"]

TITLE = "Gradient descent on a surface"
ALTERNATIVE = (
    "Left: contours of a loss over two parameters, and the path of gradient descent from its start "
    "to where it ends. Right: the loss after each step, on a logarithmic scale."
)
REACH = (2.2, 1.6)  # of the two parameters in the picture
Style = dict[str, Any]


class DescentFigure:
    """Contours and curve; the path and the losses are artists that get new data."""

    def __init__(self, dpi: int = 80) -> None:
        self.figure = new_figure(9.6, 3.7, dpi)
        grid = self.figure.add_gridspec(
            1, 2, left=0.065, right=0.985, bottom=0.14, top=0.9, wspace=0.2, width_ratios=(3, 2)
        )
        self.plane, self.curve = (self.figure.add_subplot(grid[0, n]) for n in range(2))
        self.contours: list[Any] = []
        blue, orange = COLOURS["blue"], COLOURS["vermillion"]
        (self.path,) = self.plane.plot([], [], "o-", ms=3.5, lw=1.3, color=blue, zorder=3)
        (self.start,) = self.plane.plot([], [], "s", ms=8, color=blue, zorder=4, label="start")
        (self.end,) = self.plane.plot([], [], "*", ms=14, color=orange, zorder=5, label="end")
        self.plane.set(xlim=(-REACH[0], REACH[0]), ylim=(-REACH[1], REACH[1]))
        self.plane.set(xlabel="$w_1$", ylabel="$w_2$")
        self.plane.legend(loc="upper right", framealpha=0.9)
        (self.losses,) = self.curve.plot([], [], "o-", ms=3, color=blue)
        self.curve.set(yscale="log", xlabel="step", title="loss", ylim=(1e-6, 1e2))
        self.curve.grid(alpha=0.3)

    def surface(self, surface: Surface) -> None:
        """Draw the contours of a surface."""
        for old in self.contours:
            old.remove()
        a, b = np.meshgrid(*(np.linspace(-reach, reach, 121) for reach in REACH))
        loss = surface.loss(a, b)
        levels = loss.min() + (loss.max() - loss.min()) * np.linspace(0.005, 1, 14) ** 2
        filled = self.plane.contourf(a, b, loss, [loss.min(), *levels], cmap="Greys", alpha=0.6)
        lines = self.plane.contour(a, b, loss, levels, colors="0.55", linewidths=0.6)
        self.contours = [filled, lines]

    def update(self, path: Path, rate: float) -> None:
        """Show a path and its losses."""
        shown = np.clip(path.points, -50, 50)  # what is far outside need not be exact
        self.path.set_data(*shown.T)
        self.start.set_data(*shown[:1].T)
        self.end.set_data(*shown[-1:].T)
        losses = np.clip(path.losses, 1e-12, 1e12)
        self.losses.set_data(np.arange(len(losses)), losses)
        self.curve.set_xlim(-0.5, max(len(losses) - 0.5, 5))
        self.curve.set_ylim(max(losses.min() / 3, 1e-9), min(max(losses.max() * 3, 1), 1e9))
        self.plane.set_title(f"learning rate {rate:.3g}: {path.verdict}")

    def png(self) -> bytes:
        """The figure as PNG."""
        stream = io.BytesIO()
        self.figure.canvas.print_png(stream, pil_kwargs={"compress_level": 1})  # type: ignore[attr-defined]
        return stream.getvalue()


class DescentExplorer(Explorer):
    """Sliders for learning rate, start and steps; `path` is the descent that is shown."""

    path: Path

    def __init__(self) -> None:
        self._controls()
        self.picture = widgets.Image(format="png", layout={"width": "768px"})
        self.message = widgets.HTML()
        self.drawing = DescentFigure()
        columns = [
            widgets.VBox([self.surface, self.learning_rate, self.steps]),
            widgets.VBox([self.first, self.second]),
        ]
        super().__init__(
            [widgets.HBox(columns, layout={"flex_flow": "row wrap"}), self.picture, self.message],
            title=TITLE, alternative=ALTERNATIVE, draw=_still,
        )  # fmt: skip
        self._new_surface()

    def _controls(self) -> None:
        style: Style = {"description_width": "92px"}
        wide: Style = {"width": "380px"}
        self.surface = widgets.Dropdown(
            options=list(SURFACES), value="long bowl", description="surface", style=style,
            layout=wide,
        )  # fmt: skip
        self.learning_rate = widgets.FloatLogSlider(
            value=0.1, min=-2, max=np.log10(3), step=0.02, description="learning rate",
            readout_format=".3f", style=style, layout=wide,
        )  # fmt: skip
        self.steps = widgets.IntSlider(
            value=25, max=100, description="steps", style=style, layout=wide
        )
        self.first, self.second = (
            widgets.FloatSlider(
                min=-reach, max=reach, step=0.05, description=name, style=style, layout=wide
            )
            for name, reach in zip(("start w1", "start w2"), REACH, strict=True)
        )
        self.surface.observe(lambda change: self._new_surface(), "value")
        for control in (self.learning_rate, self.steps, self.first, self.second):
            control.observe(lambda change: self._redraw(), "value")

    def _new_surface(self) -> None:
        surface = SURFACES[self.surface.value]
        self.drawing.surface(surface)
        with self.hold_trait_notifications():
            self.first.value, self.second.value = surface.start
        self._redraw()

    def _redraw(self) -> None:
        surface, rate = SURFACES[self.surface.value], self.learning_rate.value
        start = (self.first.value, self.second.value)
        self.path = descend(surface, start, rate, self.steps.value)
        self.drawing.update(self.path, rate)
        self.picture.value = self.drawing.png()
        side = "below" if rate < surface.limit else "above"
        self.message.value = (
            f'<span role="status">With a learning rate of {rate:.3g} the path '
            f"{self.path.verdict}. The largest curvature is {surface.curvature:g}, so the limit "
            f"2/c is {surface.limit:.3g}: this rate is {side} it.</span>"
        )


def _still() -> Figure:
    """The picture for where no kernel runs: the first values of the sliders."""
    drawing, surface = DescentFigure(), SURFACES["long bowl"]
    drawing.surface(surface)
    drawing.update(descend(surface, surface.start, 0.1, 25), 0.1)
    return drawing.figure
