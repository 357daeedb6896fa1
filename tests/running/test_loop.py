"""The loop: it calls the student's step, writes down its losses, and stops where it should."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
import torch
from torch import Tensor, nn

from helpers import training
from helpers.errors import TrainingError
from tests.running.conftest import network

pytestmark = pytest.mark.usefixtures("on_cpu")


def test_the_step_gets_each_batch_of_each_epoch() -> None:
    seen: list[int] = []

    def step(batch: Tensor) -> float:
        seen.extend(batch.tolist())
        return 1.0

    history = training.loop(step, torch.arange(10), epochs=3, batch_size=4)
    assert sorted(seen) == sorted(3 * list(range(10)))
    assert history["loss"] == [1.0] * 3
    assert len(history.steps["loss"]) == 9


def test_two_players_are_a_few_lines() -> None:
    """A generator and a critic with losses of their own, as in an adversarial network."""
    training.seed(0)
    generator, critic = nn.Linear(1, 1), nn.Linear(1, 1)
    players = [torch.optim.SGD(each.parameters(), lr=0.05) for each in (generator, critic)]

    def step(real: Tensor) -> dict[str, Tensor]:
        fake = generator(torch.randn_like(real))
        c_loss = critic(fake.detach()).mean() - critic(real).mean()
        players[1].zero_grad()
        c_loss.backward()
        players[1].step()
        g_loss = -critic(fake).mean()
        players[0].zero_grad()
        g_loss.backward()
        players[0].step()
        return {"critic": c_loss, "generator": g_loss}

    history = training.loop(step, torch.randn(64, 1) + 3, epochs=2, batch_size=16)
    assert list(history) == ["critic", "generator"]
    assert len(history.steps["critic"]) == 8


def test_a_step_without_torch_is_a_step_too() -> None:
    history = training.loop(lambda batch: sum(batch), [[1, 2], [3, 4]], epochs=2)
    assert history.steps["loss"].tolist() == [3.0, 7.0, 3.0, 7.0]


def test_what_is_evaluated_stands_in_the_history() -> None:
    values = iter([0.5, 0.25])
    history = training.loop(
        lambda x: x.mean(), torch.ones(4), epochs=2, evaluate=lambda: {"test loss": next(values)}
    )
    assert history["test loss"] == [0.5, 0.25]


def test_a_name_used_twice_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="evaluate and step both return 'loss': rename one"):
        training.loop(lambda x: x.mean(), torch.ones(4), evaluate=lambda: {"loss": 1.0})


def test_no_epochs_are_no_steps() -> None:
    assert training.loop(lambda x: x.mean(), torch.ones(4), epochs=0).epochs == 0
    with pytest.raises(TrainingError, match="epochs is -1: give 0 or more"):
        training.loop(lambda x: x.mean(), torch.ones(4), epochs=-1)


def test_an_epoch_without_batches_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="An epoch had no batches"):
        training.loop(lambda x: x.mean(), [], epochs=1)


def test_an_exception_of_the_step_is_passed_on() -> None:
    def step(batch: Tensor) -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        training.loop(step, torch.ones(3))


def test_a_loss_that_is_no_number_stops_the_loop_and_names_the_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def step(batch: Tensor) -> Tensor:
        return batch.sum() / (batch.sum() - 5)  # 5 / 0 at the third

    batches = [torch.tensor([float(n)]) for n in (1, 2, 5, 4)]
    history = training.loop(step, batches, epochs=2)
    assert history.stopped == (
        "loss became inf at step 3 (epoch 1). Try a smaller learning rate, or clip the gradients"
    )
    assert len(history.steps["loss"]) == 3
    assert history.epochs == 0
    assert capsys.readouterr().out.endswith(f"Stopped: {history.stopped}.\n")


def test_a_budget_of_seconds_ends_it_after_the_step_at_hand() -> None:
    def step(batch: Tensor) -> float:
        time.sleep(0.02)
        return 1.0

    history = training.loop(step, torch.ones(1000), batch_size=1, seconds=0.3)
    assert 2 <= len(history.sizes) < 100
    assert history.stopped is not None
    assert history.stopped.startswith("the 0.3 seconds are over, after step ")


def test_ctrl_c_ends_it_after_the_step_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    whole = []

    def step(batch: Tensor) -> float:
        if len(whole) == 4:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        whole.append(1)  # the step in which the signal came is finished
        return 2.0

    before = signal.getsignal(signal.SIGINT)
    history = training.loop(step, torch.ones(8), epochs=5, batch_size=1)
    assert len(whole) == 5
    assert history.steps["loss"].tolist() == [2.0] * 5
    assert history.stopped == "interrupted after step 5 (epoch 1)"
    assert "Stopped: interrupted after step 5 (epoch 1)." in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    def step(batch: Tensor) -> float:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return 1.0

    with pytest.raises(KeyboardInterrupt):
        training.loop(step, torch.ones(3))


def test_an_interrupt_that_is_no_signal_leaves_the_history() -> None:
    def step(batch: Tensor) -> float:
        if batch.item() == 3:
            raise KeyboardInterrupt
        return 1.0

    history = training.loop(step, torch.arange(9), batch_size=1, shuffle=False)
    assert len(history.steps["loss"]) == 3
    assert history.stopped == "interrupted during step 4"


def test_it_runs_outside_the_main_thread() -> None:
    found: list[int] = []
    work = threading.Thread(
        target=lambda: found.append(training.loop(lambda x: x.mean(), torch.ones(4)).epochs)
    )
    work.start()
    work.join(20)
    assert found == [1]


def test_patience_ends_it_and_brings_back_the_best() -> None:
    model = nn.Linear(1, 1)
    losses = iter([3.0, 1.0, 2.0, 2.0, 0.1])

    def step(batch: Tensor) -> Tensor:
        with torch.no_grad():
            model.weight += 1
        return model.weight.mean()

    def evaluate() -> dict[str, float]:
        return {"test loss": next(losses)}

    with torch.no_grad():
        model.weight.zero_()
    history = training.loop(
        step, torch.ones(2), epochs=5, evaluate=evaluate, patience=2, keep=[model]
    )
    assert history["test loss"] == [3.0, 1.0, 2.0, 2.0]
    assert history.stopped == "test loss has not improved since epoch 2"
    assert model.weight.item() == 2.0


def test_an_accuracy_is_better_when_it_is_higher() -> None:
    values = iter([0.5, 0.9, 0.8, 0.7])
    history = training.loop(
        lambda x: x.mean(), torch.ones(2), epochs=4, patience=2, watch="test accuracy",
        evaluate=lambda: {"test accuracy": next(values)},
    )  # fmt: skip
    assert history.stopped == "test accuracy has not improved since epoch 2"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"patience": 0}, "patience is 0: give a number of epochs, at least 1"),
        ({"patience": 1, "watch": "x"}, "watch is 'x', but there are only loss"),
        ({"checkpoint": "a.pt"}, r"checkpoint= needs keep=.*\[model, optimizer\]"),
        ({"checkpoint": "a.pt", "keep": [3]}, r"keep holds a int, which has no state_dict\(\)"),
    ],
)
def test_options_that_cannot_be_met_are_refused_in_words(options: dict, words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        training.loop(lambda x: x.mean(), torch.ones(2), **options)


def test_a_graph_changes_nothing_without_a_gpu() -> None:
    history = training.loop(lambda x: x.mean(), torch.ones(4), graph=True)
    assert history["loss"] == [1.0]


def test_training_on_every_device_learns(
    each_device: torch.device, points: tuple[Tensor, Tensor]
) -> None:
    model = network().to(each_device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

    def step(batch: tuple[Tensor, Tensor]) -> Tensor:
        loss = nn.functional.cross_entropy(model(batch[0]), batch[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    history = training.loop(step, points, epochs=20, batch_size=30)
    assert history["loss"][-1] < history["loss"][0] / 2
