"""Which learning rate to begin with: one short training in which it rises from step to step.

Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from helpers.device import device
from helpers.errors import TrainingError
from helpers.running.batches import as_batches
from helpers.running.optimizers import make_optimizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningRates", "find_learning_rate"]

SMOOTHING = 0.9  # of the running mean of the losses
TOO_HIGH = 4.0  # times the lowest loss: the training has diverged


class LearningRates:
    """Learning `rates`, the smoothed `losses` that they led to, and a `suggestion`.

    The suggestion is the rate at which half of the loss's fall is done: on the slope, well
    before the lowest point, where the training is about to diverge.
    """

    def __init__(self, rates: list[float], losses: list[float]) -> None:
        self.rates: NDArray[np.float64] = np.array(rates)
        self.losses: NDArray[np.float64] = np.array(losses)
        lowest = int(self.losses.argmin())
        half = (self.losses[: lowest + 1].max() + self.losses[lowest]) / 2
        above = np.flatnonzero(self.losses[: lowest + 1] > half)
        self.suggestion = float(self.rates[above[-1] if len(above) else lowest])

    def __repr__(self) -> str:
        return f"LearningRates(suggestion={self.suggestion:.2g})"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with the losses over the rates, and the suggestion marked."""
        from helpers.plots.style import COLOURS, new_axes

        ax = new_axes(6.0, 3.4) if ax is None else ax
        ax.plot(self.rates, self.losses, color=COLOURS["blue"], lw=2)
        ax.axvline(self.suggestion, color=COLOURS["vermillion"], ls="--", label="suggestion")
        ax.set(xscale="log", xlabel="learning rate", ylabel="smoothed loss")
        ax.set_ylim(top=min(ax.get_ylim()[1], 2 * self.losses[0]))
        ax.grid(alpha=0.25)
        ax.legend()
        return ax


def find_learning_rate(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Tensor] = cross_entropy,
    *,
    optimizer: Callable[[Any], Optimizer] | None = None,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    batch_size: int = 128,
    seed: int = 0,
) -> LearningRates:
    """Return how the loss goes while the learning rate rises from `low` to `high`.

    A copy is trained, for at most `steps` steps: `model` and torch's generators stay as they
    are.  It ends early when the loss is four times the lowest.

    >>> x, y = torch.randn(64, 2), torch.zeros(64, dtype=torch.long)
    >>> 1e-6 < find_learning_rate(torch.nn.Linear(2, 3), (x, y)).suggestion < 10
    True
    """
    if not 0 < low < high or steps < 5:
        raise TrainingError("find_learning_rate needs 0 < low < high and at least 5 steps.")
    with torch.random.fork_rng(devices=_devices()):
        torch.manual_seed(seed)
        trained = copy.deepcopy(model).to(device()).train()
        losses = _rising(trained, data, loss, optimizer, low, (high / low) ** (1 / (steps - 1)),
                         steps, batch_size, seed)  # fmt: skip
    if len(losses) < 5:
        raise TrainingError(f"The loss diverges at a learning rate of {low:g} already: lower low.")
    return LearningRates([low * (high / low) ** (k / (steps - 1)) for k in range(len(losses))],
                         losses)  # fmt: skip


def _rising(
    model: Module, data: Any, loss: Any, optimizer: Any, rate: float, factor: float, steps: int,
    batch_size: int, seed: int,
) -> list[float]:  # fmt: skip
    """The smoothed losses of up to `steps` steps with a rate that grows by `factor`."""
    batches = as_batches(data, batch_size, seed, True, device())
    chosen = make_optimizer(optimizer, model.parameters(), rate)
    mean = 0.0
    losses: list[float] = []
    for k, (x, y) in enumerate(_for_ever(batches, steps)):
        for group in chosen.param_groups:
            group["lr"] = rate * factor**k
        value = loss(model(x), y)
        chosen.zero_grad()
        value.backward()
        chosen.step()
        mean = SMOOTHING * mean + (1 - SMOOTHING) * value.item()
        smoothed = mean / (1 - SMOOTHING ** (k + 1))
        if not math.isfinite(smoothed) or (losses and smoothed > TOO_HIGH * min(losses)):
            break
        losses.append(smoothed)
    return losses


def _for_ever(batches: Any, steps: int) -> Any:
    """So many batches, epoch after epoch."""
    count = 0
    while count < steps:
        for batch in batches:
            yield batch
            count += 1
            if count == steps:
                return


def _devices() -> list[int]:
    return [torch.cuda.current_device()] if torch.cuda.is_available() else []
