"""The optimizer of `fit`: what is the default, and how it is made ready for a CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from helpers.errors import TrainingError

__all__ = ["changes_what_is_fixed", "make_optimizer", "make_scheduler", "ready_for_graph"]


def make_optimizer(
    given: Optimizer | Callable[[Any], Optimizer] | None,
    parameters: Iterable[torch.nn.Parameter],
    learning_rate: float,
) -> Optimizer:
    """Return the optimizer that is given, the one that the given function makes, or Adam."""
    if isinstance(given, Optimizer):
        return given
    learnt = [each for each in parameters if each.requires_grad]
    if not learnt:
        raise TrainingError("The model has nothing to train: all its parameters are frozen.")
    if given is not None:
        return given(learnt)
    try:
        return Adam(learnt, learning_rate, fused=True)  # one kernel for all parameters
    except RuntimeError:  # no such kernel for this device or type
        return Adam(learnt, learning_rate)


def make_scheduler(given: Any, optimizer: Optimizer) -> LRScheduler | None:
    """Return the scheduler that is given, or the one that the given function makes."""
    if given is None or hasattr(given, "step"):
        return given  # type: ignore[no-any-return]
    return given(optimizer)  # type: ignore[no-any-return]


def ready_for_graph(optimizer: Optimizer, device: torch.device, schedule: Any) -> bool:
    """Prepare the optimizer to be recorded in a CUDA graph; return whether it can be.

    A graph repeats numbers as they were when it was recorded.  What changes from step to step,
    the count of steps and a learning rate with a schedule, must be a tensor on the GPU.
    """
    if device.type != "cuda" or type(optimizer) not in (SGD, Adam, AdamW):
        return False
    if hasattr(schedule, "step"):  # it was made for the learning rate as a plain number
        return False
    for group in optimizer.param_groups:
        if "capturable" in group:
            group["capturable"] = True
        if schedule is not None:
            group["lr"] = torch.tensor(float(group["lr"]), device=device)
            group["fused"], group["foreach"] = True, False
    return True


def changes_what_is_fixed(schedule: Any) -> bool:
    """Whether a scheduler changes plain numbers of an optimizer on a CUDA device.

    That is a learning rate that is no tensor, or the momentum, as torch's OneCycleLR does.
    """
    groups = [g for g in schedule.optimizer.param_groups if g["params"][0].is_cuda]
    plain = any(not isinstance(group["lr"], torch.Tensor) for group in groups)
    return plain or (bool(groups) and getattr(schedule, "cycle_momentum", False))
