"""What the drawing of a graph says: every number and sentence on it, as text.

The drawing in the browser and the static figure both show exactly these texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.explore.graph_examples import Drawing
from helpers.explore.graph_model import Evaluation, Node, evaluate

__all__ = ["describe", "layout", "letters", "number"]

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def letters(name: str) -> str:
    """Return a name as it is printed, digits below the line.

    >>> letters("w31")
    'w₃₁'
    """
    return name.translate(SUBSCRIPTS)


def number(value: float, decimals: int) -> str:
    """Return a number with a fixed count of decimals, a true minus sign and no minus zero.

    >>> number(-1.5, 2), number(-0.001, 2)
    ('−1.50', '0.00')
    """
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def layout(drawing: Drawing) -> dict[str, Any]:
    """Return what stays as it is while the student drags: places, edges, ranges, titles."""
    graph = drawing.graph
    return {
        "title": drawing.title,
        "size": list(drawing.size),
        "nodes": [
            {"name": name, "label": letters(name), "place": list(drawing.places[name])}
            for name in graph.names
            if name in drawing.places
        ],
        "edges": [
            {"parent": parent, "child": child, "along": drawing.along.get((parent, child), 0.5)}
            for parent, child in _drawn_edges(drawing)
        ],
        "inputs": [
            {"name": item.name, "label": letters(item.name), "low": item.low, "high": item.high,
             "step": item.step, "folded": item.name in drawing.folded}
            for item in graph.inputs
        ],
    }  # fmt: skip


def describe(drawing: Drawing, inputs: Mapping[str, float]) -> dict[str, Any]:
    """Return every text that changes with the inputs.

    >>> from helpers.explore.graph_examples import square
    >>> describe(square(), {"x": 2.0})["nodes"]["x"]["backward"]
    'df/dx = df/dy · ∂y/∂x + df/dz · ∂z/∂x = 1.00 · 1.00 + 1.00 · 1.00 = 2.00'
    """
    found = evaluate(drawing.graph, inputs)
    write = _Writer(drawing, found)
    return {
        "nodes": {name: write.node(name) for name in drawing.places},
        "edges": [write.edge(*edge) for edge in _drawn_edges(drawing)],
        "inputs": {item.name: write.input(item.name) for item in drawing.graph.inputs},
        "summary": write.summary(),
    }


def _drawn_edges(drawing: Drawing) -> list[tuple[str, str]]:
    return [
        (parent, child)
        for parent, child in drawing.graph.edges
        if parent in drawing.places and child in drawing.places
    ]


class _Writer:
    """The texts of one evaluation."""

    def __init__(self, drawing: Drawing, found: Evaluation) -> None:
        self.drawing, self.found, self.graph = drawing, found, drawing.graph
        self.rules: dict[str, Node] = {node.name: node for node in self.graph.nodes}

    def number(self, value: float) -> str:
        return number(value, self.drawing.decimals)

    def factor(self, value: float) -> str:
        """A number within a product or a difference: in brackets if negative."""
        text = self.number(value)
        return f"({text})" if text.startswith("−") else text

    def total(self, name: str) -> str:
        sign = self.drawing.derivative
        return f"{sign}{letters(self.graph.output)}/{sign}{letters(name)}"

    def node(self, name: str) -> dict[str, str]:
        gradient = self.number(self.found.gradients[name])
        shares = [self.found.shares[name, child] for child in self.children(name)]
        drawn = [child for child in self.children(name) if child in self.drawing.places]
        paths = " + ".join(map(self.number, shares)).replace("+ −", "− ")
        return {
            "value": f"{letters(name)} = {self.number(self.found.values[name])}",
            "total": f"{self.total(name)} = {gradient}",
            "paths": f"= {paths}" if len(drawn) > 1 else "",
            "forward": self.forward(name),
            "backward": self.backward(name),
        }

    def edge(self, parent: str, child: str) -> dict[str, str]:
        return {
            "value": self.number(self.found.values[parent]),
            "local": self.number(self.found.local[parent, child]),
            "share": self.number(self.found.shares[parent, child]),
            "local_name": f"∂{letters(child)}/∂{letters(parent)}",
        }

    def input(self, name: str) -> dict[str, str]:
        gradient = self.number(self.found.gradients[name])
        return {
            "value": self.number(self.found.values[name]),
            "gradient": f"{self.total(name)} = {gradient}",
        }

    def children(self, name: str) -> list[str]:
        return [child for parent, child in self.graph.edges if parent == name]

    def forward(self, name: str) -> str:
        value = self.number(self.found.values[name])
        if name not in self.rules:
            return f"{letters(name)} = {value}, an input"
        rule = self.rules[name]
        symbols = rule.rule.format(**{parent: letters(parent) for parent in rule.parents})
        numbers = rule.rule.format(
            **{parent: self.factor(self.found.values[parent]) for parent in rule.parents}
        )
        return f"{letters(name)} = {symbols} = {numbers} = {value}"

    def backward(self, name: str) -> str:
        if name == self.graph.output:
            return f"{self.total(name)} = 1: the backward pass starts here"
        children = self.children(name)
        symbols = " + ".join(
            f"{self.total(child)} · ∂{letters(child)}/∂{letters(name)}" for child in children
        )
        numbers = " + ".join(
            f"{self.factor(self.found.gradients[child])} · "
            f"{self.factor(self.found.local[name, child])}"
            for child in children
        )
        gradient = self.number(self.found.gradients[name])
        sentence = f"{self.total(name)} = {symbols} = {numbers} = {gradient}"
        return f"{sentence}; {self.delta(name)}" if self.has_delta(name) else sentence

    def has_delta(self, name: str) -> bool:
        return name in self.drawing.local_gradients

    def delta(self, name: str) -> str:
        value = self.number(-self.found.gradients[name])
        return f"{letters('δ' + name[1:])} = −{self.total(name)} = {value}"

    def summary(self) -> str:
        deltas = [self.delta(name) for name in self.drawing.local_gradients]
        return "Local gradients: " + ",  ".join(deltas) if deltas else ""
