"""What the units of each layer give: one row of bars a layer, and its numbers beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.plots.style import COLOURS, Array, new_axes, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["activations"]

BINS = 60
EDGE = 0.01  # of the range between the bounds: so near to one of them a unit is saturated


def activations(
    layers: Any,
    ax: Axes | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    x_label: str = "activation",
) -> Axes:
    """Return axes with the distribution of the activations of each layer, the first on top.

    `layers` has one array a layer, of any shape: a list, or a mapping from names.  Beside each
    row stand mean, standard deviation and the share of exact zeros; with `bounds`, the values
    between which the activation function stays, such as (-1, 1) for tanh, also the share of
    saturated units: nearer to a bound than 1 % of the range.  A row is as high as its highest
    bar; zeros, and what is not finite, have no bar.

    >>> activations([[0.1, 0.2], [0.0, 0.4]]).get_xlabel()
    'activation'
    """
    from matplotlib.patches import StepPatch

    named = _named(layers)
    low, high = _range(list(named.values()), bounds)
    ax = new_axes(7.0, 1.1 + 0.45 * len(named)) if ax is None else ax
    look: dict[str, Any] = {"fc": (COLOURS["blue"], 0.35), "ec": COLOURS["blue"], "lw": 1}
    edges = np.linspace(low, high, BINS + 1)
    for row, values in enumerate(named.values()):
        bars = np.histogram(values[np.isfinite(values) & (values != 0)], edges)[0]
        heights = 0.85 * bars / max(bars.max(), 1)
        # not ax.stairs, which spends long on the limits that are set below
        ax.add_artist(StepPatch(row - heights, edges, baseline=row, fill=True, **look))
    _write(ax, list(named.values()), bounds)
    ax.axvline(0, color="0.5", lw=0.8, ls=":")
    ax.set_yticks(range(len(named)), list(named))
    ax.set_ylabel("layer", labelpad=8)
    ax.set(xlabel=x_label, xlim=(low, high), ylim=(len(named) - 0.85, -1.0))
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.figure.set_facecolor("white")
    return ax


def _named(layers: Any) -> dict[str, Array]:
    """The values of each layer `(n,)`, by name."""
    if not isinstance(layers, Mapping):
        layers = {str(place): values for place, values in enumerate(layers, start=1)}
    named = {str(name): numbers(values).astype(float).ravel() for name, values in layers.items()}
    for name, values in named.items():
        if not len(values):
            raise ValueError(f"activations: layer {name} has no values.")
    if not named:
        raise ValueError("activations: there is no layer; give at least one.")
    return named


def _range(layers: list[Array], bounds: tuple[float, float] | None) -> tuple[float, float]:
    """The ends of the scale: all finite values and the bounds, and a little air."""
    every = np.concatenate([*layers, bounds or ()])
    finite = every[np.isfinite(every)]
    low, high = (finite.min(), finite.max()) if len(finite) else (-1.0, 1.0)
    air = 0.02 * (high - low) or 1.0
    return float(low - air), float(high + air)


def _write(ax: Axes, layers: list[Array], bounds: tuple[float, float] | None) -> None:
    """Columns of numbers at the right of the rows, under their heads."""
    columns: list[tuple[str, Callable[[Array], str]]] = [
        ("mean", lambda values: _short(values.mean())),
        ("std", lambda values: _short(_deviation(values))),
        ("zero", lambda values: f"{np.mean(values == 0):.0%}"),
    ]
    if bounds is not None:
        columns.append(("saturated", lambda values: f"{_saturated(values, bounds):.0%}"))
    right = 10.0  # points from the axes
    for head, tell in columns:
        right += 60 if head == "saturated" else 45
        ax.annotate(head, (1, -0.75), **_beside(ax, right))
        for row, values in enumerate(layers):
            ax.annotate(tell(values), (1, row - 0.2), **_beside(ax, right))


def _beside(ax: Axes, points: float) -> dict[str, Any]:
    """A text that ends so many points right of the axes."""
    place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
    return {**place, "xytext": (points, 0), "ha": "right", "va": "center", "fontsize": 9}


def _deviation(values: Array) -> float:
    with np.errstate(invalid="ignore"):  # infinities have none
        return float(values.std())


def _short(number: float) -> str:
    """At most six characters: '-0.25', '2e-05'.

    >>> _short(-0.25), _short(0.0), _short(0.000021)
    ('-0.25', '0.00', '2e-05')
    """
    return f"{number:.2f}" if number == 0 or 0.01 <= abs(number) < 100 else f"{number:.0e}"


def _saturated(values: Array, bounds: tuple[float, float]) -> float:
    low, high = bounds
    near = EDGE * (high - low)
    return float(np.mean((values <= low + near) | (values >= high - near)))
