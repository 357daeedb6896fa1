"""What all explorers share: a widget in the page, and a picture in the file.

Where a kernel runs, the page shows the widget.  Where none runs (a stored notebook, a printed
page), it shows a figure drawn from the first values, with the same words for those who do not
see it.  Both stay the same from run to run.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Explorer", "new_figure", "png"]

HERE = Path(__file__).parent


class Frame(anywidget.AnyWidget):
    """An empty widget that makes the explorer around it fit for the keyboard and for readers.

    It names the explorer and its picture, and keeps JupyterLab's shortcuts out of it, so that
    arrow keys move a slider and not the selected cell.
    """

    _esm = HERE / "frame.js"
    title = traitlets.Unicode().tag(sync=True)
    alternative = traitlets.Unicode().tag(sync=True)


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """A box of widgets with a static figure for where no kernel runs.

    `draw` returns that figure; `alternative` says in words what it shows.
    """

    def __init__(
        self,
        children: Sequence[ipywidgets.Widget],
        *,
        title: str,
        alternative: str,
        draw: Callable[[], Figure],
    ) -> None:
        self.title, self.alternative, self.draw = title, alternative, draw
        self.frame = Frame(title=title, alternative=alternative)
        super().__init__([*children, self.frame])
        self.add_class("course-explorer")

    def __repr__(self) -> str:
        return f"{self.title}. {self.alternative}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        view: dict[str, Any] = super()._repr_mimebundle_(**options) or {}
        data = {**view, "image/png": png(self.draw()), "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alternative}}


def new_figure(width: float, height: float, dpi: int = 100) -> Figure:
    """Return a white figure in inches that no interactive back end knows of.

    >>> new_figure(6, 3).get_size_inches().tolist()
    [6.0, 3.0]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """Return the figure as the bytes of a PNG file."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
