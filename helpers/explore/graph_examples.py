"""The two graphs of chapter 01, with the places at which they are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from helpers.errors import CourseError
from helpers.explore.graph_model import Edge, Graph, Input, Node

__all__ = ["EXAMPLES", "Drawing", "example", "network", "square"]


@dataclass(frozen=True)
class Drawing:
    """A graph and its picture: places in pixels from the top left; what has none is not drawn."""

    graph: Graph
    title: str
    size: tuple[int, int]
    places: Mapping[str, tuple[float, float]]
    derivative: str = "d"  # the sign in df/dx: d, or ∂ where there are many variables
    decimals: int = 2
    folded: tuple[str, ...] = ()  # inputs whose sliders are folded away at first
    local_gradients: tuple[str, ...] = ()  # nodes v that have a local gradient δ = -∂E/∂v
    along: Mapping[Edge, float] = field(default_factory=dict)  # where labels stand, 0 to 1


def square() -> Drawing:
    """Return f(x) = (x - 1)² drawn as y = x - 1, z = x - 1, f = y·z.

    >>> square().graph.names
    ('x', 'y', 'z', 'f')
    """
    graph = Graph(
        inputs=(Input("x", 2.0, -3.0, 5.0, 0.1),),
        nodes=(
            Node("y", ("x",), "{x} − 1", lambda x: x - 1, lambda x: (1.0,)),
            Node("z", ("x",), "{x} − 1", lambda x: x - 1, lambda x: (1.0,)),
            Node("f", ("y", "z"), "{y} · {z}", lambda y, z: y * z, lambda y, z: (z, y)),
        ),
    )
    places = {"x": (110, 165), "y": (350, 75), "z": (350, 255), "f": (590, 165)}
    return Drawing(graph, "f(x) = (x − 1)² as a graph", (700, 335), places)


def network() -> Drawing:
    """Return two inputs, two hidden logistic neurons and a logistic output neuron.

    The letters are Haykin's: local field v, output y, target d, error e = d - y, energy
    E = e²/2.  Neurons 1 and 2 are hidden, 3 is the output; `w31` leads from 1 to 3.

    >>> network().graph.output
    'E'
    """
    nodes = (
        _field("1", ("x1", "x2")),
        _field("2", ("x1", "x2")),
        _logistic("1"),
        _logistic("2"),
        _field("3", ("y1", "y2")),
        _logistic("3"),
        Node("e", ("d", "y3"), "{d} − {y3}", lambda d, y: d - y, lambda d, y: (1.0, -1.0)),
        Node("E", ("e",), "½ {e}²", lambda e: e * e / 2, lambda e: (e,)),
    )
    weights = {"w11": 1.5, "w12": -1.0, "b1": 0.0, "w21": -0.8, "w22": 1.2, "b2": 0.2}
    weights |= {"w31": 1.4, "w32": -1.1, "b3": 0.1}
    inputs = (
        Input("x1", 1.0, -3.0, 3.0, 0.1),
        Input("x2", 0.5, -3.0, 3.0, 0.1),
        Input("d", 1.0, 0.0, 1.0, 0.05),
        *(Input(name, start, -4.0, 4.0, 0.1) for name, start in weights.items()),
    )
    top, middle, low = 80, 190, 300
    return Drawing(
        graph=Graph(inputs, nodes),
        title="A network of two hidden neurons and one output neuron",
        size=(1110, 390),
        places={
            "x1": (90, top), "x2": (90, low), "d": (690, low + 38),
            "v1": (350, top), "v2": (350, low), "y1": (485, top), "y2": (485, low),
            "v3": (650, middle), "y3": (785, middle), "e": (918, middle), "E": (1050, middle),
        },
        derivative="∂",
        decimals=3,
        folded=tuple(weights),
        local_gradients=("v1", "v2", "v3"),
        along={("x1", "v2"): 0.33, ("x2", "v1"): 0.33, ("d", "e"): 0.4},
    )  # fmt: skip


def _field(neuron: str, parents: tuple[str, str]) -> Node:
    """An induced local field: v = w·a + w'·b + bias; its derivatives are weights and inputs."""
    first, second = parents
    weights = (f"w{neuron}{first[1]}", f"w{neuron}{second[1]}")
    return Node(
        name=f"v{neuron}",
        parents=(first, second, *weights, f"b{neuron}"),
        rule=f"{{{weights[0]}}}·{{{first}}} + {{{weights[1]}}}·{{{second}}} + {{b{neuron}}}",
        value=lambda a, b, w, u, bias: w * a + u * b + bias,
        partials=lambda a, b, w, u, bias: (w, u, a, b, 1.0),
    )


def _logistic(neuron: str) -> Node:
    def value(v: float) -> float:
        return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

    return Node(
        name=f"y{neuron}",
        parents=(f"v{neuron}",),
        rule=f"φ({{v{neuron}}})",
        value=value,
        partials=lambda v: (value(v) * value(-v),),  # φ' = φ (1 - φ)
    )


EXAMPLES: Mapping[str, Callable[[], Drawing]] = {"network": network, "square": square}


def example(name: str) -> Drawing:
    """Return the drawing called `name`; an unknown name is a `CourseError` that lists all.

    >>> example("square").title
    'f(x) = (x − 1)² as a graph'
    """
    if name not in EXAMPLES:
        known = " and ".join(f'"{each}"' for each in sorted(EXAMPLES))
        raise CourseError(f"There is no graph called {name!r}; the graphs are {known}.")
    return EXAMPLES[name]()
