"""What a person sees while a loop runs: one bar, and on request a figure of the losses."""

from __future__ import annotations

import time
from typing import Any

from helpers.plots.showing import Picture
from helpers.progress import bar, in_notebook
from helpers.running.history import History

__all__ = ["Display"]

REDRAWN = 1.0  # seconds between two drawings of the figure, at least
WORDS = "The losses of this training so far."
SHARE = 10  # a drawing may take one part in so many of the time


class Display:
    """A bar over all steps; `live` adds a figure, in a notebook."""

    def __init__(self, description: str, steps: int | None, done: int, *, live: bool) -> None:
        self.bar = bar(total=steps, initial=done, description=description)
        self.done = done
        self.picture: Any = None
        self.next_drawing = 0.0
        if live and in_notebook():
            self._open_picture()

    def show(self, history: History, words: str, *, last: bool = False) -> None:
        """Bring the bar, and now and then the figure, up to the history."""
        steps = len(history.sizes)
        self.bar.set_postfix_str(words, refresh=False)
        self.bar.update(steps - self.done)
        self.done = steps
        now = time.perf_counter()
        if self.picture is not None and steps and (last or now >= self.next_drawing):
            self._draw(history)
            taken = time.perf_counter() - now
            self.next_drawing = now + max(REDRAWN, SHARE * taken)

    def close(self) -> None:
        """End the bar; the figure stays."""
        self.bar.close()

    def _open_picture(self) -> None:
        from IPython.display import display
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure((6.0, 3.4), layout="constrained", facecolor="white")
        FigureCanvasAgg(self.figure)
        self.figure.subplots().set(xlabel="epoch", ylabel="loss")
        self.picture = display(self._drawn(), display_id=True)  # type: ignore[no-untyped-call]

    def _draw(self, history: History) -> None:
        self.figure.clear()
        history.plot(self.figure.subplots())
        self.picture.update(self._drawn())

    def _drawn(self) -> Picture:
        from IPython.core.pylabtools import print_figure

        return Picture(print_figure(self.figure, base64=True), WORDS)  # type: ignore[no-untyped-call]
