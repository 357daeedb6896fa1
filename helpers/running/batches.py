"""Batches cut from tensors that live where the training does, without worker processes.

A data set of this course is far smaller than a GPU's memory.  So it is moved there once, and each
epoch one permutation is drawn and each batch gathered by one indexing operation, on the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from helpers.errors import TrainingError

__all__ = ["Batches", "Rows", "as_batches", "examples", "to_device"]

SHARE = 0.5  # of a GPU's free memory that a data set may take


class Batches:
    """Tensors of equal length, cut into batches, in a new order each epoch.

    Each batch is a tuple with one tensor for each of `tensors`, or one tensor if `tensors` is
    one.  The order comes from a generator of its own on the CPU: the same on every device.
    """

    def __init__(
        self, tensors: Tensor | tuple[Tensor, ...], size: int, seed: int, shuffle: bool,
        device: torch.device,
    ) -> None:  # fmt: skip
        self.single = isinstance(tensors, Tensor)
        parts = (tensors,) if isinstance(tensors, Tensor) else tensors
        self.count = _common_length(parts)
        if size < 1:
            raise TrainingError(f"batch_size is {size}: give a whole number of at least 1.")
        self.size, self.shuffle, self.device = size, shuffle, device
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors = tuple(to_device(part, device) for part in parts)
        self.near = all(part.device.type == device.type for part in self.tensors)  # they fit

    def __len__(self) -> int:
        return -(-self.count // self.size)

    def __iter__(self) -> Iterator[Any]:
        return map(self.gather, self.rows())

    def rows(self) -> Iterator[Tensor]:
        """The numbers of the examples of each batch of one epoch."""
        if self.shuffle:
            order = torch.randperm(self.count, generator=self.generator)
        else:
            order = torch.arange(self.count)
        return iter(order.to(self.tensors[0].device).split(self.size))  # type: ignore[no-untyped-call]

    def gather(self, rows: Tensor) -> Any:
        """The batch of the examples with these numbers."""
        batch = tuple(part.index_select(0, rows) for part in self.tensors)
        if not self.near:
            batch = tuple(part.to(self.device, non_blocking=True) for part in batch)
        return batch[0] if self.single else batch

    def state_dict(self) -> dict[str, Tensor]:
        """Return what the order of the next epoch depends on."""
        return {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Make the next epoch come in the order that `state` was taken before."""
        self.generator.set_state(state["generator"])


class Rows:
    """`Batches` whose epochs give the numbers of a batch's examples, and not the examples."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self.state_dict, self.load_state_dict = batches.state_dict, batches.load_state_dict

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Tensor]:
        return self.batches.rows()


def as_batches(
    source: Any, size: int, seed: int, shuffle: bool, device: torch.device
) -> Iterable[Any]:
    """Return `Batches` of tensors or of a data set; any other iterable as it is."""
    if hasattr(source, "x_train"):
        source = source.train
    if isinstance(source, Tensor):
        return Batches(source, size, seed, shuffle, device)
    if isinstance(source, tuple) and source and all(isinstance(p, Tensor) for p in source):
        return Batches(source, size, seed, shuffle, device)
    if not isinstance(source, Iterable):
        raise TrainingError(
            f"batches is of type {type(source).__name__}: give a tensor, a tuple of tensors, a "
            "data set, or something that can be iterated over once an epoch."
        )
    if iter(source) is source:
        raise TrainingError(
            "batches can be iterated over only once (a generator?), but each epoch needs it anew: "
            "give a list of batches, a DataLoader, or an object with __iter__."
        )
    return source


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Return the tensor on the device, or pinned on the CPU if it would not fit there."""
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device)
    free, _ = torch.cuda.mem_get_info(device)
    if tensor.nbytes <= SHARE * free:
        return tensor.to(device)
    return tensor.pin_memory()


def examples(batch: Any) -> int:
    """Return the number of examples in a batch: the length of its first tensor or array.

    >>> examples((torch.zeros(8, 3), torch.zeros(8))), examples({"x": torch.zeros(2, 1)})
    (8, 2)
    """
    if isinstance(batch, dict):
        batch = tuple(batch.values())
    if isinstance(batch, (tuple, list)):
        return examples(batch[0]) if batch else 1
    return len(batch) if getattr(batch, "ndim", 0) else 1


def _common_length(parts: tuple[Tensor, ...]) -> int:
    lengths = [len(part) if part.ndim else 0 for part in parts]
    if len(set(lengths)) != 1:
        raise TrainingError(
            f"The tensors have {' and '.join(map(str, lengths))} rows: each example needs one "
            "row in each."
        )
    if not lengths[0]:
        raise TrainingError("There is not one example in the data.")
    return lengths[0]
