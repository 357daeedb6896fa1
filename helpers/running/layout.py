"""Pictures with their channels innermost: convolutions read them faster that way."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Conv2d, Module

__all__ = ["channels_last"]


def channels_last(model: Module, x: Tensor) -> bool:
    """Lay out a model's convolutions channels last, and return whether that was done.

    Only the order in memory changes, not a shape nor an index.  The model is tried on `x`, a
    few inputs on its device: one that reshapes with `.view()` cannot, and stays as it is.
    """
    if x.device.type == "mps" or not any(isinstance(part, Conv2d) for part in model.modules()):
        return False
    was_training = model.training
    devices = [x.device.index or 0] if x.is_cuda else []
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    try:
        with torch.inference_mode(), torch.random.fork_rng(devices=devices):
            model.eval()(x)
    except Exception:  # what is wrong otherwise, training says with the whole batch
        model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        return False
    finally:
        model.train(was_training)
    return True
