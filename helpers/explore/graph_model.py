"""Computational graphs: values forward, local derivatives on the edges, gradients back.

The rules are plain functions of numbers; nothing here draws.  The backward pass is reverse
accumulation (Linnainmaa, 1970): the gradient of a node is the sum, over the edges that leave
it, of the gradient at the far end times the local derivative of the edge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Evaluation", "Graph", "Input", "Node", "evaluate"]

Edge = tuple[str, str]  # (parent, child), in the direction in which values flow


@dataclass(frozen=True)
class Input:
    """A number that the student sets: its name, its first value and its range."""

    name: str
    start: float
    low: float
    high: float
    step: float


@dataclass(frozen=True)
class Node:
    """A number computed from its parents.

    `rule` is the formula with the parents in braces, `"{x} - 1"`.  `value` takes the parents'
    values in order, and `partials` gives one local derivative for each.
    """

    name: str
    parents: tuple[str, ...]
    rule: str
    value: Callable[..., float]
    partials: Callable[..., tuple[float, ...]]


@dataclass(frozen=True)
class Graph:
    """Inputs and nodes, parents before children; the last node is the output.

    >>> double = Node("f", ("x",), "2 {x}", lambda x: 2 * x, lambda x: (2.0,))
    >>> Graph((Input("x", 1.0, -1.0, 1.0, 0.1),), (double,)).output
    'f'
    """

    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        known = {item.name for item in self.inputs}
        for node in self.nodes:
            if node.name in known:
                raise ValueError(f"The graph has two nodes called {node.name}.")
            if len(set(node.parents)) < len(node.parents):
                raise ValueError(f"{node.name} names a parent twice; put a node between.")
            unknown = [parent for parent in node.parents if parent not in known]
            if unknown:
                raise ValueError(f"{node.name} needs {unknown[0]}, which does not stand before it.")
            known.add(node.name)

    @property
    def output(self) -> str:
        """The name of the node whose gradients are computed."""
        return self.nodes[-1].name

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, in an order in which values can be computed."""
        return (*(item.name for item in self.inputs), *(node.name for node in self.nodes))

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, grouped by the child."""
        return tuple((parent, node.name) for node in self.nodes for parent in node.parents)


@dataclass(frozen=True)
class Evaluation:
    """What one forward and one backward pass find."""

    values: dict[str, float]
    gradients: dict[str, float]  # d output / d node
    local: dict[Edge, float]  # d child / d parent, the other parents held fixed
    shares: dict[Edge, float]  # what each edge adds to the gradient of its parent


def evaluate(graph: Graph, inputs: Mapping[str, float]) -> Evaluation:
    """Return the values, local derivatives and gradients of `graph` at `inputs`.

    >>> square = Node("f", ("x",), "{x}²", lambda x: x * x, lambda x: (2 * x,))
    >>> evaluate(Graph((Input("x", 3.0, -5.0, 5.0, 0.1),), (square,)), {"x": 3.0}).gradients
    {'f': 1.0, 'x': 6.0}
    """
    values = {item.name: float(inputs[item.name]) for item in graph.inputs}
    local: dict[Edge, float] = {}
    for node in graph.nodes:
        arguments = [values[parent] for parent in node.parents]
        values[node.name] = float(node.value(*arguments))
        for parent, slope in zip(node.parents, node.partials(*arguments), strict=True):
            local[parent, node.name] = float(slope)
    gradients, shares = _backward(graph, local)
    return Evaluation(values, gradients, local, shares)


def _backward(
    graph: Graph, local: Mapping[Edge, float]
) -> tuple[dict[str, float], dict[Edge, float]]:
    gradients = {graph.output: 1.0}
    shares: dict[Edge, float] = {}
    for node in reversed(graph.nodes):
        upstream = gradients.setdefault(node.name, 0.0)
        for parent in node.parents:
            shares[parent, node.name] = upstream * local[parent, node.name]
            gradients[parent] = gradients.get(parent, 0.0) + shares[parent, node.name]
    for item in graph.inputs:
        gradients.setdefault(item.name, 0.0)
    return gradients, shares
