"""What all explorers share: a widget in the page, and a picture in the file.

Where a kernel runs, the page shows the widget.  Where none runs (a stored notebook, a printed
page), it shows a figure drawn from the first values, with the same words for those who do not
see it.  Both stay the same from run to run.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anywidget
import ipywidgets
import traitlets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Explorer", "Message", "Picture", "new_figure", "png"]

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


class Picture(ipywidgets.Image):  # type: ignore[misc]
    """A figure in the page: as wide as its pixels, so that nothing is blurred."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        super().__init__(format="png", layout={"width": f"{round(figure.bbox.width)}px"})

    def push(self) -> None:
        """Send what the figure's canvas holds now, packed loosely: speed before size."""
        from PIL import Image

        stream, canvas = io.BytesIO(), cast(Any, self.figure.canvas)
        Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert(
            "RGB"
        ).save(stream, "PNG", compress_level=1)
        self.value = stream.getvalue()


class Message(ipywidgets.HTML):  # type: ignore[misc]
    """A line below the picture, which a screen reader reads out when it changes."""

    def say(self, text: str) -> None:
        """Show what is so; `text` is HTML."""
        self.value = f'<span role="status">{text}</span>'

    def complain(self, text: str) -> None:
        """Show what is wrong; `text` is plain."""
        self.value = f'<span role="alert"><b>Error.</b> {html.escape(text)}</span>'


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
