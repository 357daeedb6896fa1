"""Losses, kept on the device until they are read in bulk: no step waits for a GPU."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from helpers.errors import TrainingError
from helpers.running.history import History

__all__ = ["Recorder"]


class Recorder:
    """Takes what each step returns; `read` writes it into the history."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.names: tuple[str, ...] | None = tuple(history.by_step) or None
        self.waiting: list[tuple[Any, ...]] = []  # one row of losses a step
        self.sizes: list[int] = []

    def add(self, losses: Any, size: int) -> None:
        """Take the losses of one step over `size` examples."""
        if isinstance(losses, Mapping):
            row, names = tuple(losses.values()), tuple(losses)
        else:
            row, names = (losses,), ("loss",)
        if names != self.names:
            self._new_names(names)
        self.waiting.append(tuple(map(_detached, row)))
        self.sizes.append(size)

    def read(self) -> str | None:
        """Move what waits into the history; return what is wrong with the first bad loss.

        The history then ends with that step.
        """
        rows, sizes = self.waiting, self.sizes
        self.waiting, self.sizes = [], []
        if not rows:
            return None
        before = len(self.history.sizes)
        self.history.sizes += sizes
        bad = []
        for name, column in zip(self.names or (), zip(*rows, strict=True), strict=True):
            values = _numbers(column)
            self.history.by_step.setdefault(name, []).extend(values)
            wrong = next((k for k, value in enumerate(values) if not math.isfinite(value)), None)
            if wrong is not None:
                bad.append((before + wrong + 1, name, values[wrong]))
        if not bad:
            return None
        step, name, value = min(bad)
        self.history.cut(step)
        return f"{name} became {value} at step {step}"

    def _new_names(self, names: tuple[str, ...]) -> None:
        if self.names:
            raise TrainingError(
                f"step returned the losses {', '.join(names)}, and before "
                f"{', '.join(self.names)}: return the same names each time."
            )
        if not names:
            raise TrainingError("step returned an empty dict: return at least one loss.")
        self.names = names


def _detached(loss: Any) -> Any:
    """A loss without its graph, or a sentence that says what is wrong with it."""
    if isinstance(loss, Tensor):
        if loss.ndim and loss.numel() != 1:
            raise TrainingError(
                f"step returned a loss of shape {tuple(loss.shape)}: return one number, "
                "for instance its mean()."
            )
        return loss.detach()
    try:
        return float(loss)
    except (TypeError, ValueError):
        raise TrainingError(
            f"step returned {'None' if loss is None else type(loss).__name__}: return the loss, "
            "or a dict from names to losses."
        ) from None


def _numbers(column: tuple[Any, ...]) -> list[float]:
    """One loss at many steps, fetched from its device in one transfer."""
    if all(isinstance(value, Tensor) for value in column):
        stacked = torch.stack([value.reshape(()) for value in column])
        return stacked.double().tolist() if stacked.device.type != "mps" else stacked.tolist()
    return [float(value) for value in column]
