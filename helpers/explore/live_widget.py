"""Any drawing live: a control for each of its arguments, one figure that is kept and pushed.

A front end holds back a control's further values until the kernel has answered to the last
one, so that a redraw that takes long skips values and never falls behind.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from helpers.explore.base import Explorer, Message, Picture, new_figure
from helpers.explore.live_controls import make_controls, set_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Live"]

Draw = Callable[..., str | None]


class Live(Explorer):
    """Controls above, the figure that `draw(figure, **values)` draws below.

    `controls` has the widgets by name; `set(name=value)` moves them from code.
    """

    def __init__(
        self,
        draw: Draw,
        *,
        title: str,
        description: str,
        size: tuple[float, float],
        clear: bool,
        controls: dict[str, Any],
    ) -> None:
        self.controls = make_controls(draw, controls)
        self.function, self.size, self.clear = draw, size, clear
        self.first = self.values
        self.figure = self._empty_figure()
        self.picture, self.message = Picture(self.figure), Message()
        self._draw()
        for control in self.controls.values():
            control.observe(self._changed, "value")
        row = ipywidgets.HBox([*self.controls.values()], layout={"flex_flow": "row wrap"})
        super().__init__(
            [row, self.picture, self.message],
            title=title, alternative=description, draw=self._still,
        )  # fmt: skip

    @property
    def values(self) -> dict[str, Any]:
        """What the controls say, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values: Any) -> None:
        """Move controls by name, as a person does, and draw once.

        Raises ValueError for a name or a value that is not there.
        """
        for name in values:
            if name not in self.controls:
                known = ", ".join(self.controls)
                raise ValueError(f"live: there is no control called {name}; there are: {known}.")
        self._held = True
        try:
            for name, value in values.items():
                set_value(name, self.controls[name], value)
        finally:
            self._held = False
            self._update()

    _held = False  # while several controls move at once

    def _changed(self, change: Any) -> None:
        if not self._held:
            self._update()

    def _update(self) -> None:
        try:
            self._draw()
        except NotImplementedError as error:  # nobody would see it raised: no cell runs
            self.message.complain(str(error))

    def _draw(self) -> None:
        """Draw the values of the controls; what goes wrong is told, and the picture stays."""
        try:
            if self.clear:
                self.figure.clear()
            sentence = self.function(self.figure, **self.values)
            self.figure.canvas.draw()
        except NotImplementedError:
            raise
        except Exception as error:
            self.figure.clear()  # half drawn; the page still has the last picture
            words = f"{type(error).__name__}: {error}".splitlines()[0]
            stays = " The figure is the last that could be drawn." if self.picture.value else ""
            self.message.complain(f"The figure could not be drawn. {words}.{stays}")
            return
        self.picture.push()
        self.message.say(html.escape(sentence or ""))

    def _still(self) -> Figure:
        """The figure of the first values, for where no kernel runs."""
        figure = self._empty_figure()
        try:
            self.function(figure, **self.first)
        except Exception:  # the widget says what is wrong
            figure.clear()
        return figure

    def _empty_figure(self) -> Figure:
        figure = new_figure(*self.size)
        figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.08)  # inches
        return figure
