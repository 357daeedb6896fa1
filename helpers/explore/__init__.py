"""Figures to move: each function returns a widget; end a cell with the call to show it.

Where no kernel runs, a stored notebook shows a still picture instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.explore.convolution_widget import ConvolutionExplorer
    from helpers.explore.descent_widget import DescentExplorer
    from helpers.explore.drill_widget import Drill
    from helpers.explore.graph_widget import GraphExplorer
    from helpers.explore.live_widget import Live
    from helpers.explore.playground_widget import Playground

__all__ = ["convolution", "descent", "drill", "graph", "live", "playground"]


def convolution() -> ConvolutionExplorer:
    """Return a kernel that sweeps over a picture, with sliders for all that its output depends on.

    >>> convolution().set(size=7, kernel_size=3, stride=3, padding=0)
    """
    from helpers.explore.convolution_widget import ConvolutionExplorer

    return ConvolutionExplorer()


def graph(name: str) -> GraphExplorer:
    """Return a live computational graph: `"square"` or `"network"`.

    Values flow forward and gradients flow back while a slider moves.

    >>> graph("square").set(x=1.5)
    """
    from helpers.explore.graph_examples import example
    from helpers.explore.graph_widget import GraphExplorer

    return GraphExplorer(example(name))


def descent() -> DescentExplorer:
    """Return a loss surface with the path of gradient descent and sliders for it.

    >>> descent().learning_rate.description
    'learning rate'
    """
    from helpers.explore.descent_widget import DescentExplorer

    return DescentExplorer()


def drill(name: str, seed: int | None = None) -> Drill:
    """Return a drill, `"output size"`: questions with fresh numbers, judged at once, not graded.

    A `seed` makes it ask the same questions each time.

    >>> drill("output size", seed=1).question.kind
    'transposed convolution'
    """
    from helpers.explore.drill_widget import Drill

    return Drill(name, seed)


def live(
    draw: Callable[..., str | None],
    *,
    title: str,
    description: str,
    figure_size: tuple[float, float] = (7.0, 3.6),
    clear: bool = True,
    **controls: Any,
) -> Live:
    """Return a figure that is drawn anew whenever a control moves.

    `draw(figure, **values)` is given an empty figure and the value of each control, draws, and
    returns a sentence for the line below, or nothing.  A control is `(low, high)` or
    `(low, high, step)` for a slider, a list of choices, a bool, a number or a widget, and begins
    at the default of `draw`'s argument, or in the middle.  `description` is for those who do not
    see the figure; `figure_size` is in inches.  `NotImplementedError` from `draw` is passed on;
    any other exception is shown in the widget, and the figure stays.

    With `clear=False` the figure is empty the first time only; `draw` then finds its own axes in
    `figure.axes` and gives them new data, which is faster where there are many.

    >>> def draw(figure, slope):
    ...     figure.subplots().plot([0, 1], [0, slope])
    >>> live(draw, title="A line", description="It rises.", slope=(0, 4)).set(slope=3)
    """
    from helpers.explore.live_widget import Live

    return Live(
        draw, title=title, description=description, size=figure_size, clear=clear,
        controls=controls,
    )  # fmt: skip


def playground(value_class: type[Any]) -> Playground:
    """Return a classifier of points in the plane that trains on your own `value_class`.

    The class needs `value_class(array)`, `+`, `-`, `*`, `@`, `.tanh()`, `.relu()`, `.sum()`,
    `.backward()`, `.data` and `.grad`.  `NotImplementedError` from it is passed on; any other
    exception is shown in the widget, with the operation in which it arose.
    """
    from helpers.explore.playground_widget import Playground

    return Playground(value_class)
