"""A small network whose every operation is the student's: the mathematics of the playground."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from helpers.explore.toys import REACH

__all__ = ["EngineError", "Network", "Plan"]

GRID = 40  # cells along each side of the decision picture


@dataclass(frozen=True)
class Plan:
    """What to build and how to train it."""

    layers: int = 1  # hidden layers
    units: int = 4  # in each hidden layer
    activation: str = "tanh"  # or "relu"
    learning_rate: float = 0.1
    batch: int = 20
    seed: int = 0


class EngineError(Exception):
    """The student's class raised, or gave something that is no number; says in which operation."""


@dataclass
class Network:
    """Weights and biases as values of the student's class, and one step of training.

    The inputs are scaled to about -1 to 1; the output is tanh of the last layer's field, so a
    number from -1 to 1; the loss is the mean of (output - label)² / 2.
    """

    value: type[Any]
    plan: Plan
    layers: list[tuple[Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.plan.seed)
        sizes = [2, *[self.plan.units] * self.plan.layers, 1]
        for inputs, outputs in pairwise(sizes):
            weights = rng.normal(0.0, 1.0 / np.sqrt(inputs), (inputs, outputs))
            self.layers.append((self._value(weights), self._value(np.zeros(outputs))))

    def output(self, x: np.ndarray) -> Any:
        """The output for points of shape (points, 2), a value of shape (points, 1)."""
        y = self._value(x / REACH * 2)
        for number, (weights, bias) in enumerate(self.layers, 1):
            field_ = self._do("+", lambda y=y, w=weights, b=bias: self._do("@", lambda: y @ w) + b)
            last = number == len(self.layers)
            name = "tanh" if last else self.plan.activation
            y = self._do(f".{name}()", getattr(field_, name, _missing(name)))
        return y

    def loss(self, x: np.ndarray, label: np.ndarray) -> Any:
        """The loss over points and labels, a value without axes."""
        output = self.output(x)
        error = self._do("-", lambda: output - self._value(label[:, None]))
        square = self._do("*", lambda: error * error)
        total = self._do(".sum()", lambda: square.sum())
        return self._do("*", lambda: total * self._value(0.5 / max(len(x), 1)))

    def step(self, x: np.ndarray, label: np.ndarray) -> float:
        """One step of gradient descent on a batch; returns its loss before the step."""
        parameters = [parameter for layer in self.layers for parameter in layer]
        for parameter in parameters:
            parameter.grad = np.zeros_like(parameter.data)
        loss = self.loss(x, label)
        self._do(".backward()", loss.backward)
        for parameter in parameters:
            gradient = self._array(parameter.grad, "the gradient of a parameter")
            if gradient.shape != np.shape(parameter.data):
                raise EngineError(
                    f"a parameter of shape {np.shape(parameter.data)} got a gradient of shape "
                    f"{gradient.shape}; is the broadcast undone?"
                )
            parameter.data = parameter.data - self.plan.learning_rate * gradient
        return float(self._array(loss.data, "the loss"))

    def epoch(self, x: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> None:
        """One pass over the points in random batches."""
        order = rng.permutation(len(x))
        for start in range(0, len(x), self.plan.batch):
            batch = order[start : start + self.plan.batch]
            self.step(x[batch], label[batch])

    def measure(self, x: np.ndarray, label: np.ndarray) -> float:
        """The loss over points, as a number."""
        return float(self._array(self.loss(x, label).data, "the loss"))

    def picture(self) -> np.ndarray:
        """The output over the plane, shape (GRID, GRID), the first row at the bottom."""
        side = np.linspace(-REACH, REACH, GRID)
        x = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        return self._array(self.output(x).data, "the output").reshape(GRID, GRID)

    def _value(self, data: Any) -> Any:
        return self._do("Value(array)", lambda: self.value(data))

    def _do(self, operation: str, run: Any) -> Any:
        """Runs one operation of the student's class; says which one failed."""
        try:
            result = run()
        except (EngineError, NotImplementedError):
            raise
        except Exception as error:
            raise EngineError(f"{operation} raised {type(error).__name__}: {error}") from error
        if result is None and operation != ".backward()":
            raise EngineError(f"{operation} returned nothing; is a `return` missing?")
        return result

    def _array(self, data: Any, what: str) -> np.ndarray:
        array = np.asarray(data, dtype=float)
        if not np.isfinite(array).all():
            raise EngineError(f"{what} is no longer finite; take a smaller learning rate and reset")
        return array


def _missing(name: str) -> Any:
    def raise_it() -> None:
        raise AttributeError(f"your class has no {name}")

    return raise_it
