"""The live drawing of a graph: Python computes, the browser draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from helpers.explore.base import HERE, Explorer
from helpers.explore.graph_examples import Drawing
from helpers.explore.graph_figure import draw_graph
from helpers.explore.graph_words import describe, layout

__all__ = ["GraphExplorer", "GraphView"]


class GraphView(anywidget.AnyWidget):
    """The drawing in the page: `inputs` comes from its sliders, `texts` goes to it."""

    _esm = HERE / "graph.js"
    _css = HERE / "graph.css"
    plan = traitlets.Dict().tag(sync=True)
    inputs = traitlets.Dict().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        inputs = {item.name: item.start for item in drawing.graph.inputs}
        super().__init__(plan=layout(drawing), inputs=inputs, texts=describe(drawing, inputs))

    @traitlets.observe("inputs")
    def _compute(self, change: Mapping[str, Any]) -> None:
        self.texts = describe(self.drawing, change["new"])


class GraphExplorer(Explorer):
    """A computational graph with sliders for its inputs.

    `set(x=1.5)` moves a slider from code.
    """

    def __init__(self, drawing: Drawing) -> None:
        self.view = GraphView(drawing)
        super().__init__(
            [self.view],
            title=drawing.title,
            alternative=_alternative(self.view.texts),
            draw=lambda: draw_graph(drawing, self.view.inputs),
        )

    def set(self, **inputs: float) -> None:
        """Set inputs by name, as the sliders do."""
        unknown = set(inputs) - set(self.view.inputs)
        if unknown:
            raise KeyError(f"The graph has no input called {sorted(unknown)[0]}.")
        self.view.inputs = {**self.view.inputs, **inputs}


def _alternative(texts: Mapping[str, Any]) -> str:
    values = ", ".join(node["value"] for node in texts["nodes"].values())
    gradients = ", ".join(node["total"] for node in texts["nodes"].values())
    return f"Values flow forward: {values}. Gradients flow back: {gradients}."
