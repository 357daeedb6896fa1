"""How fast `helpers.training` is: one JSON line for each model and each way to train it.

Usage: python benchmarks/training.py [ROUNDS] [--full]      (needs: pip install -e .[bench])

Each way trains the same model on the same data for a few epochs, by turns, ROUNDS times.  An
epoch's time is the shortest one seen, without the first epoch of each run, in which kernels are
chosen and graphs are recorded.  `ratio` is its time over ours: above 1, ours is faster.

- loader: the usual loop with a DataLoader over a TensorDataset, a loss printed now and then
- lightning: the same model as a LightningModule, without logger, checkpoints and bar
- by hand: the best loop we could write: data on the device, one indexing operation a batch,
  fused Adam, convolutions with channels last; on a GPU the whole step, gathering included, is
  one CUDA graph, in bfloat16
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from training_tasks import BATCH, RATE, Task, convolutional, tasks

from helpers import data, training
from helpers.errors import DataError

EPOCHS = 4
Stamp = Callable[[], None]


def ours(task: Task, stamp: Stamp) -> None:
    """`fit` for one model, `loop` for two players."""
    if task.loss is not None:
        x, y = task.tensors
        end = {"end": lambda prediction, target: stamp() or 0.0}
        training.fit(task.models[0], (x, y), task.loss, epochs=EPOCHS, batch_size=BATCH,
                     learning_rate=RATE, test=(x[:1], y[:1]), metrics=end)  # fmt: skip
        return
    cuda = training.device().type == "cuda"
    models = task.models.to(training.device())
    optimizers = task.optimizers(fused=True, capturable=cuda)
    training.loop(lambda batch: task.step(models, optimizers, (batch,)), task.tensors[0],
                  EPOCHS, batch_size=BATCH, graph=True, evaluate=lambda: stamp() or {})  # fmt: skip


def loader(task: Task, stamp: Stamp) -> None:
    """The loop of most tutorials."""
    home = training.device()
    models = task.models.to(home)
    optimizers = task.optimizers()
    batches = DataLoader(TensorDataset(*task.tensors), BATCH, shuffle=True)
    for _ in range(EPOCHS):
        for number, batch in enumerate(batches):
            loss = task.step(models, optimizers, tuple(part.to(home) for part in batch))
            if number % 100 == 0:
                loss.item()
        stamp()


def lightning(task: Task, stamp: Stamp) -> None:
    """The same with Lightning; two players in manual optimization."""
    from lightning.pytorch import LightningModule, Trainer

    class Module(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.models = task.models
            self.automatic_optimization = task.loss is not None

        def training_step(self, batch: list[Tensor], number: int) -> Tensor | None:
            if task.loss is not None:
                return task.loss(self.models[0](batch[0]), batch[1])
            task.step(self.models, self.optimizers(), tuple(batch))
            return None

        def configure_optimizers(self) -> list[torch.optim.Adam]:
            return task.optimizers()

        def on_train_epoch_end(self) -> None:
            stamp()

    trainer = Trainer(
        max_epochs=EPOCHS, accelerator=training.device().type, devices=1, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    batches = DataLoader(TensorDataset(*task.tensors), BATCH, shuffle=True)
    trainer.fit(Module(), batches)


def by_hand(task: Task, stamp: Stamp) -> None:
    """No framework at all."""
    home = training.device()
    models = task.models.to(home, memory_format=torch.channels_last)
    parts = [part.to(home) for part in task.tensors]
    if home.type == "cuda":
        return _one_graph(task, parts, stamp)
    optimizers = task.optimizers(fused=True)
    for _ in range(EPOCHS):
        losses = []
        for rows in torch.randperm(len(parts[0])).split(BATCH):
            batch = tuple(part.index_select(0, rows) for part in parts)
            losses.append(task.step(models, optimizers, batch).detach())
        torch.stack(losses).tolist()
        stamp()
    return None


def _one_graph(task: Task, parts: list[Tensor], stamp: Stamp) -> None:
    """Every launch of an epoch is the replay of one graph that finds its own batch."""
    home, count = parts[0].device, len(parts[0])
    optimizers = task.optimizers(fused=True, capturable=True)
    order = torch.zeros(count, dtype=torch.long, device=home)
    place = torch.zeros((), dtype=torch.long, device=home)
    span, losses = torch.arange(BATCH, device=home), torch.zeros(count // BATCH, device=home)

    def step() -> None:
        rows = order[place * BATCH + span]
        batch = tuple(part.index_select(0, rows) for part in parts)
        with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
            loss = task.step(task.models, optimizers, batch)
        losses.index_copy_(0, place.reshape(1), loss.detach().float().reshape(1))
        place.add_(1)

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    for _ in range(EPOCHS):
        order.copy_(torch.randperm(count, device=home))
        place.zero_()
        for _ in range(count // BATCH):  # the last, smaller batch is left out
            graph.replay()
        losses.tolist()
        stamp()


def epoch_times(way: Callable[[Task, Stamp], None], make: Callable[[], Task]) -> list[float]:
    """The seconds of each epoch but the first."""
    ends: list[float] = []

    def stamp() -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        ends.append(time.perf_counter())

    way(make(), stamp)
    return [after - before for before, after in pairwise(ends)]


def say(**facts: object) -> None:
    """One line."""
    print(json.dumps({"device": _machine(), **facts}), flush=True)


def _machine() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{training.device()}, {torch.get_num_threads()} threads"


def compare(rounds: int, full: bool) -> None:
    """All ways for all tasks."""
    ways = {"ours": ours, "loader": loader, "lightning": lightning, "by hand": by_hand}
    for name, make in tasks(full):
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(rounds):
            for way, run in ways.items():
                best[way] = min(best[way], *epoch_times(run, make))
        for way in ("loader", "lightning", "by hand"):
            say(model=name, against=way, ours_s=round(best["ours"], 4),
                theirs_s=round(best[way], 4), ratio=round(best[way] / best["ours"], 3))  # fmt: skip


def to_ninety() -> None:
    """How long it takes from nothing to 90 % of the test pictures of the full Fashion-MNIST."""
    try:
        fashion = data.fashion(full=True)
    except DataError as error:
        say(model="cnn, to 90 % test accuracy", not_measured=str(error))
        return
    training.seed(0)
    model, start = convolutional(), time.perf_counter()
    for epoch in range(1, 21):
        history = training.fit(model, fashion, epochs=1, learning_rate=3e-3, seed=epoch)
        if history["test accuracy"][-1] >= 0.9:
            break
    say(model="cnn, to 90 % test accuracy", seconds=round(time.perf_counter() - start, 2),
        epochs=epoch, reached=history["test accuracy"][-1])  # fmt: skip


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    compare(numbers[0] if numbers else 3, "--full" in sys.argv)
    to_ninety()
