"""A correct engine, as a student would have it at the end of chapter 01."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def unbroadcast(grad: Any, shape: tuple[int, ...]) -> Any:
    while np.ndim(grad) > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


class Value:
    def __init__(self, data: Any, parents: tuple[Value, ...] = ()) -> None:
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.parents = parents
        self.push: Callable[[], None] = lambda: None

    def _result(self, data: Any, *shares: tuple[Value, Callable[[Any], Any]]) -> Value:
        result = type(self)(data, tuple(parent for parent, _ in shares))

        def push() -> None:
            for parent, share in shares:
                parent.grad = parent.grad + unbroadcast(share(result.grad), parent.data.shape)

        result.push = push
        return result

    def __add__(self, other: Value) -> Value:
        return self._result(self.data + other.data, (self, lambda g: g), (other, lambda g: g))

    def __sub__(self, other: Value) -> Value:
        return self._result(self.data - other.data, (self, lambda g: g), (other, lambda g: -g))

    def __mul__(self, other: Value) -> Value:
        a, b = self.data, other.data
        return self._result(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __matmul__(self, other: Value) -> Value:
        a, b = self.data, other.data
        return self._result(a @ b, (self, lambda g: g @ b.T), (other, lambda g: a.T @ g))

    def tanh(self) -> Value:
        y = np.tanh(self.data)
        return self._result(y, (self, lambda g: g * (1 - y**2)))

    def relu(self) -> Value:
        return self._result(np.maximum(self.data, 0), (self, lambda g: g * (self.data > 0)))

    def sum(self) -> Value:
        return self._result(self.data.sum(), (self, lambda g: g * np.ones_like(self.data)))

    def backward(self) -> None:
        order: list[Value] = []

        def visit(node: Value) -> None:
            if node not in order:
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = np.ones_like(self.data)
        for node in reversed(order):
            node.push()
