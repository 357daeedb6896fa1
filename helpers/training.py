"""Training, short enough to read: `loop` calls your step, and `fit` is a step for the usual case.

    def step(batch):                     # yours: as many models and optimizers as you like
        x, y = batch
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss                      # or {"generator": g_loss, "critic": c_loss}

    history = loop(step, (x, y), epochs=10)

What stands around the steps, a bar, the record of losses, reasons to stop and checkpoints, is in
`helpers/running/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

from torch import Tensor
from torch.nn import Module
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from helpers.device import device, seed
from helpers.errors import TrainingError
from helpers.running.batches import as_batches, to_device
from helpers.running.compiled import compiled
from helpers.running.evaluation import Metric, evaluate
from helpers.running.finder import find_learning_rate
from helpers.running.graphed import graphed
from helpers.running.history import History
from helpers.running.layout import channels_last
from helpers.running.optimizers import (
    changes_what_is_fixed,
    make_optimizer,
    make_scheduler,
    ready_for_graph,
)
from helpers.running.precision import fast_matrices, half_precision
from helpers.running.run import Run

__all__ = ["device", "evaluate", "find_learning_rate", "fit", "loop", "seed"]

Loss = Callable[[Any, Any], Tensor]


class Options(TypedDict, total=False):
    """What `fit` hands on to `loop`."""

    seed: int
    shuffle: bool
    checkpoint: str | Path | None
    patience: int | None
    watch: str | None
    seconds: float | None
    live: bool
    description: str


def loop(
    step: Callable[[Any], Any],
    batches: Any,
    epochs: int = 1,
    *,
    batch_size: int = 128,
    seed: int = 0,
    shuffle: bool = True,
    evaluate: Callable[[], Mapping[str, float]] | None = None,
    schedule: Any = None,
    keep: Iterable[Any] = (),
    checkpoint: str | Path | None = None,
    patience: int | None = None,
    watch: str | None = None,
    seconds: float | None = None,
    live: bool = False,
    graph: bool = False,
    description: str = "training",
) -> History:
    """Call `step(batch)` for each batch of each epoch and return the history of its losses.

    - `step` returns a loss (a tensor or a number), or a dict from names to losses.
    - `batches`: a tensor, a tuple of tensors or a data set of `helpers.data`, which is moved to
      `device()`, and shuffled with `seed` and cut into batches of `batch_size` there; or any
      iterable of batches that can be gone through once an epoch.
    - `evaluate()`, after each epoch, returns more numbers for the history.
    - `schedule`: a torch scheduler; it makes a step after each batch.
    - `checkpoint`: a file.  It is written every 30 s and at the end, with the states of `keep`
      (models, optimizers, schedulers).  If it exists, training goes on from it, exactly.
    - `patience`: stop when the series `watch` was not better for so many epochs, and put what
      is in `keep` back to where it was best.
    - `seconds`: stop when they are over.  Ctrl-C stops after the step at hand.  Both leave a
      whole model and history, as does a loss that becomes infinite or NaN.
    - `live` draws the losses while they come.  `graph` records the step as a CUDA graph: for
      small models several times as fast on a GPU, if the step never waits for it (`.item()`).

    >>> import torch
    >>> loop(lambda x: x.mean(), torch.ones(6, 2), epochs=2, batch_size=3)["loss"]
    [1.0, 1.0]
    """
    source = as_batches(batches, batch_size, seed, shuffle, device())
    if graph:
        step, source = graphed(step, source, schedule)
    kept = [*keep, schedule] if schedule is not None else keep
    run = Run(
        source, epochs, keep=kept, checkpoint=checkpoint, patience=patience, watch=watch,
        seconds=seconds, live=live, description=description,
    )  # fmt: skip
    with run:
        for _ in run.epochs():
            for batch in run.batches():
                losses = step(batch)
                if schedule is not None:
                    schedule.step()
                run.record(losses, batch)
            if run.whole:
                run.end_epoch(evaluate() if evaluate is not None else {})
    return run.history


def fit(
    model: Module,
    data: Any,
    loss: Loss = cross_entropy,
    *,
    epochs: int = 10,
    batch_size: int = 128,
    optimizer: Optimizer | Callable[[Any], Optimizer] | None = None,
    learning_rate: float = 1e-3,
    schedule: Any = None,
    clip: float | None = None,
    test: Any = None,
    metrics: Mapping[str, Metric] | None = None,
    bf16: bool | None = None,
    compile: bool = False,
    graph: bool = True,
    **options: Unpack[Options],
) -> History:
    """Train `model` on `data` and return the history; the model is moved to `device()`.

    - `data`: inputs and targets (x, y), or a data set of `helpers.data`, which also gives `test`.
    - `loss(model(x), y)` is a mean over the batch.
    - `optimizer`: one of your own, or a function from parameters to one; Adam with
      `learning_rate` if left out.  `schedule`: a torch scheduler, or a function from the
      optimizer to one; it makes a step after each batch.
    - `clip`: gradients are scaled down to this norm when they are longer, never up.
    - `test`: (x, y) to evaluate after each epoch, with the `metrics` (see `evaluate`).
    - `bf16` (products in bfloat16; None: if the GPU has them) and `graph` (the step recorded as
      a CUDA graph, if it can be) change nothing on a CPU.  `compile`: operations fused by
      torch.compile, which needs a C++ compiler and takes a while before the first step.
    - all others: as in `loop`.

    >>> import torch
    >>> x, y = torch.zeros(4, 2), torch.zeros(4, dtype=torch.long)
    >>> fit(torch.nn.Linear(2, 3), (x, y), epochs=2).epochs
    2
    """
    home = device()
    model.to(home).train()
    if isinstance(data, tuple) and len(data) != 2:
        raise TrainingError(f"data has {len(data)} parts: give inputs and targets, (x, y).")
    inputs = data[0] if isinstance(data, tuple) else getattr(data, "x_train", None)
    if isinstance(inputs, Tensor):
        channels_last(model, inputs[:2].to(home))
    optimizer = make_optimizer(optimizer, model.parameters(), learning_rate)
    graph = graph and ready_for_graph(optimizer, home, schedule)
    scheduler = make_scheduler(schedule, optimizer)
    graph = graph and not (scheduler is not None and changes_what_is_fixed(scheduler))
    half = half_precision(home, bf16, graphed=graph)
    forward = compiled(model, batch_size) if compile else model
    test = data.test if test is None and hasattr(data, "test") else test
    tested = tuple(to_device(part, home) for part in test or ())

    def step(batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        with half():
            value = loss(forward(x), y)
        optimizer.zero_grad()  # not earlier: on a CPU memory that was just given back costs time
        value.backward()  # type: ignore[no-untyped-call]
        if clip is not None:
            clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return value

    def test_it() -> dict[str, float]:
        with half():
            found = evaluate(model, tested, loss, metrics)
        return {f"test {name}": value for name, value in found.items()}

    with fast_matrices(home):
        return loop(
            step, data, epochs, batch_size=batch_size, evaluate=test_it if tested else None,
            schedule=scheduler, keep=[model, optimizer], graph=graph, **options,
        )  # fmt: skip
