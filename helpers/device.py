"""Where tensors live, and from which numbers chance is drawn: `device` and `seed`."""

from __future__ import annotations

import os
import random
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from helpers.errors import MachineError

if TYPE_CHECKING:
    import torch

__all__ = ["device", "seed"]

VARIABLE = "COURSE_DEVICE"


def device() -> torch.device:
    """Return the device to train on: CUDA if there is one, else MPS (Apple), else the CPU.

    The first call prints which one it is and why.  The environment variable `COURSE_DEVICE`,
    for instance `cpu` or `cuda:1`, overrides the choice.

    Raises `MachineError` if that variable names a device that this machine does not have.
    """
    return _chosen(os.environ.get(VARIABLE, "").strip())


@lru_cache(maxsize=8)
def _chosen(wanted: str) -> torch.device:
    """The device, found and announced once for each value of the variable."""
    import torch

    if wanted:
        found, why = _named(wanted), f"{VARIABLE} asks for it."
    elif torch.cuda.is_available():
        found, why = torch.device("cuda"), f"It is a GPU: {torch.cuda.get_device_name()}."
    elif torch.backends.mps.is_available():
        found, why = torch.device("mps"), "It is the GPU of this Mac."
    else:
        found, why = torch.device("cpu"), "No GPU that torch can use was found."
    print(f"Device: {found}. {why}")
    return found


def _named(wanted: str) -> torch.device:
    import torch

    try:
        torch.empty(0, device=wanted)
        return torch.device(wanted)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise MachineError(
            f"{VARIABLE}={wanted} names no device of this machine; use cpu, cuda or mps, or unset "
            "the variable."
        ) from error


def seed(number: int, *, deterministic: bool = False) -> None:
    """Set the seed of every generator that training draws from: Python's, NumPy's, torch's.

    What is guaranteed:

    - On the CPU, the same seed, code, versions, processor type and number of threads give the
      same losses, bit for bit.
    - On a GPU they give the same order of batches and the same first weights.  Sums may be taken
      in another order on each run, so losses differ in their last digits, and later in earlier
      ones.  `deterministic=True` makes torch use operations that do not: bit for bit the same on
      the same model of GPU, somewhat slower, and an operation that has no such version raises.
    - Between devices, versions of torch or kinds of processor nothing is guaranteed.

    `deterministic` holds until the next call.

    >>> seed(0); first = random.random(); seed(0); first == random.random()
    True
    """
    import torch

    if deterministic:  # cuBLAS reads this when it first starts
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.deterministic = deterministic
    random.seed(number)
    np.random.seed(number % 2**32)  # noqa: NPY002 - the generator that students' code may use
    torch.manual_seed(number)
