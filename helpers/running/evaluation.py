"""How good a model is on data that it does not learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import cross_entropy

from helpers.device import device
from helpers.running.batches import Batches

__all__ = ["Metric", "accuracy", "evaluate"]

Metric = Callable[[Tensor, Tensor], Any]
SIZE = 1000  # examples at a time


def evaluate(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Tensor] = cross_entropy,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, float]:
    """Return the mean loss and metrics of `model` on `data`, in evaluation mode.

    `data` is inputs and targets (x, y), or a data set of `helpers.data`, whose test part is
    taken.  A metric takes predictions and targets of a batch and returns their mean.  If none
    are given and the targets are class numbers, `accuracy` is the share of right ones.

    >>> x, y = torch.eye(3), torch.tensor([0, 1, 0])
    >>> round(evaluate(torch.nn.Identity(), (x, y))["accuracy"], 4)
    0.6667
    """
    x, y = data.test if hasattr(data, "test") else data
    was_training = model.training
    model.to(device()).eval()
    sums: dict[str, Any] = {}
    try:
        with torch.inference_mode():
            for inputs, targets in Batches((x, y), SIZE, 0, False, device()):
                prediction = model(inputs)
                found = {"loss": loss(prediction, targets)}
                for name, metric in (metrics or _usual(prediction, targets)).items():
                    found[name] = metric(prediction, targets)
                for name, value in found.items():
                    sums[name] = sums.get(name, 0.0) + value * len(inputs)
    finally:
        model.train(was_training)
    return {name: float(total) / len(x) for name, total in sums.items()}


def accuracy(prediction: Tensor, targets: Tensor) -> Tensor:
    """Return the share of targets whose class has the highest score.

    Classes lie along axis 1, as in torch's losses, or along the last.

    >>> accuracy(torch.tensor([[2.0, 1.0], [0.0, 1.0]]), torch.tensor([0, 0])).item()
    0.5
    """
    axis = 1 if _without(prediction, 1) == targets.shape else -1
    return (prediction.argmax(axis) == targets).float().mean()


def _usual(prediction: Any, targets: Tensor) -> Mapping[str, Metric]:
    """Accuracy, where targets are class numbers and predictions a score for each class."""
    if targets.is_floating_point() or not isinstance(prediction, Tensor) or prediction.ndim < 2:
        return {}
    fits = targets.shape in (_without(prediction, 1), _without(prediction, -1))
    return {"accuracy": accuracy} if fits else {}


def _without(tensor: Tensor, axis: int) -> tuple[int, ...]:
    shape = list(tensor.shape)
    del shape[axis]
    return tuple(shape)
