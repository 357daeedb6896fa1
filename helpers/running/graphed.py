"""A training step recorded as one CUDA graph: a small model's step costs launches, not sums.

The first steps of each shape run as usual; they are training steps like any other.  The next is
recorded, and from then on a step is one launch.  On another device nothing is recorded.
Source: PyTorch, "CUDA semantics", section on whole-network capture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from helpers.errors import TrainingError
from helpers.running.batches import Batches, Rows
from helpers.running.optimizers import changes_what_is_fixed

__all__ = ["graphed"]

WARM_UP = 3  # steps of a shape before it is recorded: libraries choose their kernels in them


def graphed(
    step: Callable[[Any], Any], source: Iterable[Any], schedule: Any
) -> tuple[Callable[[Any], Any], Iterable[Any]]:
    """Return `step`, recorded, and what to call it with in each epoch.

    Where the data are on the GPU, gathering a batch is a part of the graph: the recorded step is
    called with the numbers of its examples.

    Raises `TrainingError` if a schedule would change numbers that the graph has fixed.
    """
    if schedule is not None and changes_what_is_fixed(schedule):
        raise TrainingError(
            "A graph repeats the learning rate and momentum with which it was recorded: give the "
            "optimizer lr=torch.tensor(...) on the GPU and the schedule cycle_momentum=False, or "
            "leave out graph=True."
        )
    if not isinstance(source, Batches) or source.device.type != "cuda" or not source.near:
        return Graphed(step), source
    return Graphed(lambda rows: step(source.gather(rows))), Rows(source)


class Graphed:
    """`step`, recorded for each shape of batch; called like `step`, with the same results.

    The step may not wait for the GPU (`.item()`, printing a tensor), nor take another branch
    from one call to the next.  One that does is noticed while it is recorded, and run as it is.
    """

    def __init__(self, step: Callable[[Any], Any]) -> None:
        self.step = step
        self.recorded: dict[Any, tuple[torch.cuda.CUDAGraph, Any, Any]] = {}
        self.seen: dict[Any, int] = {}
        self.refused = False

    def __call__(self, batch: Any) -> Any:
        """Return the losses of one step, copies that later steps don't overwrite."""
        tensors = _tensors(batch)
        if self.refused or tensors is None or not all(part.is_cuda for part in tensors):
            return self.step(batch)
        key = tuple((part.shape, part.dtype) for part in tensors)
        if key in self.recorded:
            return self._replay(key, tensors)
        self.seen[key] = self.seen.get(key, 0) + 1
        if self.seen[key] <= WARM_UP:
            return self._aside(batch)
        return self._record(key, batch)

    def _aside(self, batch: Any) -> Any:
        """A usual step, on a stream of its own, as recording asks for."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            losses = self.step(batch)
        torch.cuda.current_stream().wait_stream(stream)
        return losses

    def _record(self, key: Any, batch: Any) -> Any:
        graph = torch.cuda.CUDAGraph()
        inputs = _copied(batch)
        try:
            with torch.cuda.graph(graph):
                losses = self.step(inputs)
        except RuntimeError as error:
            self.refused = True
            torch.cuda.synchronize()
            reason = str(error).strip().partition("\n")[0]
            print(f"The step cannot be recorded as a CUDA graph and runs as usual: {reason}")
            return self.step(batch)
        self.recorded[key] = (graph, inputs, _each(losses, Tensor.detach))
        return self._replay(key, _tensors(batch))

    def _replay(self, key: Any, tensors: Any) -> Any:
        graph, inputs, losses = self.recorded[key]
        torch._foreach_copy_(list(_tensors(inputs) or ()), list(tensors))
        graph.replay()
        return _each(losses, Tensor.clone)


def _tensors(batch: Any) -> tuple[Tensor, ...] | None:
    """The tensors of a batch in order, or None if it holds anything else."""
    if isinstance(batch, Tensor):
        return (batch,)
    parts = batch.values() if isinstance(batch, dict) else batch
    if isinstance(batch, (tuple, list, dict)) and all(isinstance(p, Tensor) for p in parts):
        return tuple(parts)
    return None


def _copied(batch: Any) -> Any:
    """A batch of the same kind in memory of its own: the recorded step reads it from there."""
    if isinstance(batch, Tensor):
        return batch.clone()
    if isinstance(batch, dict):
        return {name: part.clone() for name, part in batch.items()}
    return type(batch)(part.clone() for part in batch)


def _each(losses: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """The function of each tensor among the losses."""
    if isinstance(losses, dict):
        return {name: _each(loss, function) for name, loss in losses.items()}
    return function(losses) if isinstance(losses, Tensor) else losses
