"""Steps recorded as CUDA graphs: on a GPU the same losses as without; elsewhere as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from helpers import training
from helpers.errors import TrainingError
from helpers.running.batches import Batches
from helpers.running.graphed import graphed
from helpers.running.optimizers import changes_what_is_fixed, ready_for_graph
from tests.running.conftest import network

Points = tuple[Tensor, Tensor]
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture
def on_cuda(monkeypatch: pytest.MonkeyPatch) -> torch.device:
    monkeypatch.setenv("COURSE_DEVICE", "cuda")
    return training.device()


def plain() -> nn.Sequential:
    training.seed(0)
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))


@needs_cuda
@pytest.mark.usefixtures("on_cuda")
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW])
@pytest.mark.parametrize("scheduled", [False, True])
def test_recorded_steps_give_the_losses_of_steps_that_are_not(
    points: Points, optimizer: type[torch.optim.Optimizer], scheduled: bool
) -> None:
    def run(graph: bool) -> list[float]:
        schedule = None
        if scheduled:
            schedule = lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.95)  # noqa: E731
        history = training.fit(
            plain(), points, epochs=8, batch_size=16, graph=graph, bf16=False, clip=1.0,
            optimizer=lambda p: optimizer(p, lr=0.05), schedule=schedule,
        )  # fmt: skip
        return history.steps["loss"].tolist()

    assert run(True) == pytest.approx(run(False), rel=1e-3)


@needs_cuda
def test_each_step_is_counted_and_its_loss_kept(on_cuda: torch.device) -> None:
    total = torch.zeros((), device=on_cuda)

    def step(x: Tensor) -> dict[str, Tensor]:
        total.add_(1)
        return {"count": total * 1, "sum": x.sum()}

    x = torch.arange(20.0)
    history = training.loop(step, x, epochs=6, batch_size=8, graph=True)
    assert history.steps["count"].tolist() == list(range(1, 19))  # 8, 8 and 4 examples an epoch
    assert history["sum"] == pytest.approx([history["sum"][0]] * 6)
    sums = history.steps["sum"].reshape(6, 3).sum(1)
    assert sums.tolist() == [x.sum().item()] * 6


@needs_cuda
@pytest.mark.usefixtures("on_cuda")
def test_dropout_is_drawn_anew_in_each_recorded_step() -> None:
    dropout = nn.Dropout(0.5)
    history = training.loop(
        lambda x: dropout(x).mean(), torch.ones(64, 100), epochs=10, batch_size=64, graph=True
    )
    assert len(set(history.steps["loss"].tolist())) > 5


@needs_cuda
@pytest.mark.usefixtures("on_cuda")
def test_a_step_that_waits_for_the_gpu_runs_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    history = training.loop(
        lambda x: x.mean().item(), torch.ones(64), epochs=8, batch_size=64, graph=True
    )
    assert history["loss"] == [1.0] * 8
    assert "cannot be recorded as a CUDA graph and runs as usual" in capsys.readouterr().out


@needs_cuda
def test_a_schedule_of_a_fixed_rate_is_refused_in_words(on_cuda: torch.device) -> None:
    model = network().to(on_cuda)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    with pytest.raises(
        TrainingError, match="repeats the learning rate and momentum with which it was"
    ):
        training.loop(lambda x: x.mean(), torch.ones(4), schedule=schedule, graph=True)


@needs_cuda
@pytest.mark.usefixtures("on_cuda")
def test_a_schedule_that_cycles_the_momentum_gives_the_losses_of_steps_that_are_not_recorded(
    points: Points,
) -> None:
    def run(graph: bool) -> list[float]:
        history = training.fit(
            plain(), points, epochs=8, batch_size=16, graph=graph, bf16=False,
            schedule=lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.05, total_steps=48),
        )  # fmt: skip
        return history.steps["loss"].tolist()

    assert run(True) == pytest.approx(run(False), rel=1e-3)


@needs_cuda
def test_a_rate_on_the_gpu_is_there_again_after_resuming(
    on_cuda: torch.device, points: Points, tmp_path: Path
) -> None:
    def run(path: Path | None, *epochs: int) -> list[float]:
        for each in epochs:
            history = training.fit(
                plain(), points, epochs=each, batch_size=16, bf16=False, checkpoint=path,
                schedule=lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
            )  # fmt: skip
        return history.steps["loss"].tolist()

    assert run(tmp_path / "run.pt", 4, 10) == pytest.approx(run(None, 10), rel=1e-3)


@needs_cuda
@pytest.mark.usefixtures("on_cuda")
def test_products_in_bfloat16_learn_as_well(points: Points) -> None:
    history = training.fit(
        plain(), points, epochs=40, batch_size=30, learning_rate=0.02, test=points, bf16=True
    )
    assert history["test accuracy"][-1] > 0.9


def test_without_a_gpu_the_step_is_called_as_it_is() -> None:
    source = Batches(torch.arange(6), 2, 0, True, torch.device("cpu"))
    step, batches = graphed(lambda batch: batch.sum(), source, None)
    assert batches is source
    assert [step(batch).item() for batch in Batches(torch.ones(4), 2, 0, True, source.device)] == [
        2.0,
        2.0,
    ]


def test_without_a_gpu_a_schedule_may_change_anything() -> None:
    optimizer = torch.optim.SGD(network().parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=5)
    assert not changes_what_is_fixed(schedule)


def test_without_a_gpu_the_optimizer_stays_as_it_is() -> None:
    optimizer = torch.optim.Adam(network().parameters())
    assert not ready_for_graph(optimizer, torch.device("cpu"), None)
    assert not optimizer.param_groups[0]["capturable"]
