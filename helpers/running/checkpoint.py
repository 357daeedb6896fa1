"""Checkpoints from which training goes on as if it had not stopped."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from helpers.errors import TrainingError

__all__ = ["Checkpoint", "chance", "set_chance"]

FORMAT = 1


def chance() -> dict[str, Any]:
    """Return the state of every generator that training draws from."""
    _, keys, place, has_gauss, gauss = np.random.get_state(legacy=True)  # noqa: NPY002
    state: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": (torch.from_numpy(np.array(keys, dtype=np.int64)), place, has_gauss, gauss),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_chance(state: dict[str, Any]) -> None:
    """Put every generator where it was when `state` was taken."""
    random.setstate(state["python"])
    keys, place, has_gauss, gauss = state["numpy"]
    words = keys.numpy().astype(np.uint32)
    np.random.set_state(("MT19937", words, place, has_gauss, gauss))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.device_count() == len(state["cuda"]):
        torch.cuda.set_rng_state_all(state["cuda"])
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])


class Checkpoint:
    """A file with the states of `keep`: models, optimizers, whatever has a `state_dict`.

    Writing replaces the file in one move: killed at any moment, the old or the new one is whole.
    """

    def __init__(self, path: str | Path, keep: Iterable[Any]) -> None:
        self.path, self.keep = Path(path), tuple(keep)
        if not self.keep:
            raise TrainingError(
                "checkpoint= needs keep=: a list of what to save, such as [model, optimizer]."
            )
        for each in self.keep:
            if not hasattr(each, "state_dict"):
                raise TrainingError(
                    f"keep holds a {type(each).__name__}, which has no state_dict(): list "
                    "models, optimizers and schedulers."
                )

    def save(self, progress: dict[str, Any]) -> None:
        """Write the states of all that is kept, and `progress`."""
        states = [each.state_dict() for each in self.keep]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            torch.save({"format": FORMAT, "keep": states, "progress": progress}, beside)
            os.replace(beside, self.path)
        finally:
            beside.unlink(missing_ok=True)

    def load(self) -> dict[str, Any] | None:
        """Bring back all that is kept and return `progress`, or None if there is no file."""
        if not self.path.exists():
            return None
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            assert content["format"] == FORMAT
            states, progress = content["keep"], content["progress"]
        except Exception as error:
            raise TrainingError(
                f"The checkpoint {self.path} cannot be read: it is damaged, or of another "
                "program. Delete it to begin anew, or give another name."
            ) from error
        try:
            for each, state in zip(self.keep, states, strict=True):
                each.load_state_dict(state)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise TrainingError(
                f"The checkpoint {self.path} is of another model or optimizer. Delete it to "
                "begin anew, or give another name."
            ) from error
        for each in self.keep:
            for group in getattr(each, "param_groups", ()):
                if isinstance(group.get("lr"), torch.Tensor):  # a CUDA graph reads it there
                    group["lr"] = group["lr"].to(group["params"][0].device)
        return dict(progress)
