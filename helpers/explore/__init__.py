"""Figures to move: each function returns a widget; end a cell with the call to show it.

Where no kernel runs, a stored notebook shows a still picture instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.explore.descent_widget import DescentExplorer
    from helpers.explore.graph_widget import GraphExplorer
    from helpers.explore.playground_widget import Playground

__all__ = ["descent", "graph", "playground"]


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


def playground(value_class: type[Any]) -> Playground:
    """Return a classifier of points in the plane that trains on your own `value_class`.

    The class needs `value_class(array)`, `+`, `-`, `*`, `@`, `.tanh()`, `.relu()`, `.sum()`,
    `.backward()`, `.data` and `.grad`.  `NotImplementedError` from it is passed on; any other
    exception is shown in the widget, with the operation in which it arose.
    """
    from helpers.explore.playground_widget import Playground

    return Playground(value_class)
