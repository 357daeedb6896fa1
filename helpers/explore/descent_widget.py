"""Gradient descent live: sliders for the learning rate, the start and the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from helpers.explore.base import Explorer, Message, Picture
from helpers.explore.descent_figure import MOST_STEPS, RATES, DescentFigure
from helpers.explore.descent_math import SURFACES, Surface, Verdict, descend, judge, limit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DescentExplorer"]

TITLE = "Gradient descent on a surface with two parameters"
ALTERNATIVE = (
    "Left, contour lines of a bowl, steep along y and flat along x, with a path from the start "
    "(square) to the last point (diamond); the minimum is a cross. Right, the loss after each "
    "step on a logarithmic scale. Below, the scale of learning rates: up to 1/c a path "
    "converges, up to 2/c it oscillates, above it diverges."
)
WIDTH = {"width": "400px", "max_width": "100%"}
STYLE = {"description_width": "95px"}


class DescentExplorer(Explorer):
    """A surface, a path of gradient descent on it, and sliders.

    The sliders are `surface_name`, `learning_rate`, `start_x`, `start_y` and `steps`; setting
    their `value` from code moves them.  `verdict` is the latest `Verdict`.
    """

    verdict: Verdict

    def __init__(self) -> None:
        self._make_controls()
        self.drawing = DescentFigure(self.surface)
        self.picture, self.message = Picture(self.drawing.figure), Message()
        controls = ipywidgets.HBox(
            [
                ipywidgets.VBox([self.learning_rate, self.steps, self.surface_name]),
                ipywidgets.VBox([self.start_x, self.start_y]),
            ],
            layout={"flex_flow": "row wrap"},
        )
        super().__init__(
            [controls, self.picture, self.message],
            title=TITLE, alternative=ALTERNATIVE, draw=self._still,
        )  # fmt: skip
        for control in (self.learning_rate, self.steps, self.start_x, self.start_y):
            control.observe(lambda change: self._update(), "value")
        self.surface_name.observe(lambda change: self._new_surface(), "value")
        self._update()

    @property
    def surface(self) -> Surface:
        """The surface that is chosen."""
        return SURFACES[self.surface_name.value]

    def _make_controls(self) -> None:
        def slider(kind: Any, description: str, **options: Any) -> Any:
            return kind(description=description, layout=WIDTH, style=STYLE, **options)

        self.surface_name = slider(ipywidgets.Dropdown, "surface", options=list(SURFACES))
        low, high = RATES
        self.learning_rate = slider(
            ipywidgets.FloatLogSlider, "learning rate",
            value=0.05, min=low, max=high, step=0.02, readout_format=".3f",
        )  # fmt: skip
        self.steps = slider(ipywidgets.IntSlider, "steps", value=30, min=1, max=MOST_STEPS)
        x, y = self.surface.start
        (left, right), (bottom, top) = self.surface.x_range, self.surface.y_range
        ends = {"min": left, "max": right, "step": 0.05}
        self.start_x = slider(ipywidgets.FloatSlider, "start x", value=x, **ends)
        ends = {"min": bottom, "max": top, "step": 0.05}
        self.start_y = slider(ipywidgets.FloatSlider, "start y", value=y, **ends)

    def _new_surface(self) -> None:
        self.drawing.set_surface(self.surface)
        self.start_x.value, self.start_y.value = self.surface.start
        self._update()

    def _update(self) -> None:
        self.verdict = self._draw_on(self.drawing)
        self.picture.push()
        rate, bound = self.learning_rate.value, limit(self.surface)
        sign = "<" if rate < bound else "≥"
        self.message.say(f"<b>{self.verdict.sentence}</b> η = {rate:.3f} {sign} 2/c = {bound:.3f}")

    def _draw_on(self, drawing: DescentFigure) -> Verdict:
        start = (self.start_x.value, self.start_y.value)
        rate = self.learning_rate.value
        path, losses = descend(self.surface, start, rate, self.steps.value)
        drawing.show(path, losses, rate)
        return judge(self.surface, path, losses)

    def _still(self) -> Figure:
        """The figure as it stands, with the path drawn in for good."""
        drawing = DescentFigure(self.surface)
        self._draw_on(drawing)
        for artist in drawing.moving:
            artist.set_animated(False)
        return drawing.figure
