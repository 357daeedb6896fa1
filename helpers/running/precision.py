"""How a GPU computes: TF32 and bfloat16 where they save time and cost no accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

__all__ = ["fast_matrices", "half_precision"]


@contextmanager
def fast_matrices(device: torch.device) -> Iterator[None]:
    """Inside `with`, a CUDA device may use TF32, and tries which convolution is the fastest.

    TF32 keeps float32's range and 10 bits of its 23-bit fraction.  On other devices nothing
    changes, nor does the choice of convolutions after `seed(..., deterministic=True)`.
    """
    if device.type != "cuda":
        yield
        return
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = not torch.are_deterministic_algorithms_enabled()
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.benchmark = before[1]


def half_precision(
    device: torch.device, wanted: bool | None, *, graphed: bool
) -> Callable[[], AbstractContextManager[object]]:
    """Return a function that makes the context in which a model computes.

    Products in bfloat16 if `wanted`; None means where a CUDA device has them in hardware.
    Inside a CUDA graph, weights may not be taken from autocast's cache.
    """
    if wanted is None:
        wanted = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    if not wanted:
        return nullcontext
    return lambda: torch.autocast(device.type, torch.bfloat16, cache_enabled=not graphed)
