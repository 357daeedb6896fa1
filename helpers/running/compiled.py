"""A model whose operations torch.compile has fused, for the batches of one size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import Module

from helpers.errors import TrainingError

__all__ = ["compiled"]


def compiled(model: Module, size: int) -> Callable[[Any], Any]:
    """Return a function that computes `model(x)`, compiled for batches of `size` examples.

    Another size, such as an epoch's last batch, is computed by the model as it is: compiling
    for it would take longer than it saves.

    Raises `TrainingError` at the first batch if nothing here can compile.
    """
    fused = torch.compile(model, dynamic=False)

    def forward(x: Any) -> Any:
        if len(x) != size:
            return model(x)
        try:
            return fused(x)
        except torch._dynamo.exc.BackendCompilerFailed as error:
            reason = str(error).partition("\n")[0]
            raise TrainingError(
                f"compile=True cannot be had here: {reason}. Leave it out, or install a C++ "
                "compiler."
            ) from error

    return forward
