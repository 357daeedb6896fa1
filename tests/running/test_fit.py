"""fit: the same as the loop that one would write by hand, and what it does besides."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from helpers import training
from helpers.errors import TrainingError
from helpers.running.batches import Batches
from tests.running.conftest import network

Points = tuple[Tensor, Tensor]
CPU = torch.device("cpu")


@pytest.mark.usefixtures("on_cpu")
def test_it_does_what_the_loop_by_hand_does(points: Points) -> None:
    mine = network()
    optimizer = torch.optim.Adam(mine.parameters(), lr=0.01, fused=True)
    losses = []
    batches = Batches(points, 32, 7, True, CPU)
    for _ in range(3):
        for x, y in batches:
            loss = cross_entropy(mine(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    model = network()
    history = training.fit(model, points, epochs=3, batch_size=32, learning_rate=0.01, seed=7)
    assert history.steps["loss"].tolist() == losses
    for a, b in zip(model.parameters(), mine.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.usefixtures("on_cpu")
def test_the_same_seed_gives_the_same_history_and_another_does_not(points: Points) -> None:
    def run(seed: int) -> list[float]:
        return training.fit(network(), points, epochs=3, batch_size=16, seed=seed)["loss"]

    assert run(0) == run(0) != run(1)


def test_it_learns_on_every_device_and_tells_the_accuracy(
    each_device: torch.device, points: Points
) -> None:
    model = network()
    history = training.fit(model, points, epochs=30, batch_size=30, learning_rate=0.02, test=points)
    assert history["test accuracy"][-1] > 0.9
    assert next(model.parameters()).device.type == each_device.type
    assert training.evaluate(model, points)["accuracy"] == pytest.approx(
        history["test accuracy"][-1], abs=0.03
    )


@pytest.mark.usefixtures("on_cpu")
def test_a_data_set_is_trained_on_and_tested() -> None:
    from helpers import data

    digits = data.digits()
    training.seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    history = training.fit(model, digits, epochs=5, learning_rate=0.02)
    assert list(history) == ["loss", "test loss", "test accuracy"]
    assert history["test accuracy"][-1] > 0.9


@pytest.mark.usefixtures("on_cpu")
def test_evaluation_is_without_dropout_and_training_with_it(points: Points) -> None:
    model = network()
    modes = []
    model.register_forward_pre_hook(lambda module, _: modes.append(module.training))
    training.fit(model, points, epochs=2, batch_size=90, test=points)
    assert modes == [True, False, True, False]
    assert model.training


@pytest.mark.usefixtures("on_cpu")
def test_other_losses_and_metrics_are_the_callers(points: Points) -> None:
    x, _ = points
    history = training.fit(
        nn.Linear(2, 2), (x, x), mse_loss, epochs=1, test=(x, x),
        metrics={"largest error": lambda prediction, y: (prediction - y).abs().max()},
    )  # fmt: skip
    assert list(history) == ["loss", "test loss", "test largest error"]


@pytest.mark.usefixtures("on_cpu")
def test_gradients_longer_than_clip_are_cut_and_shorter_ones_stay() -> None:
    def moved(scale: float) -> float:
        model = nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            model.weight.zero_()
        x = torch.ones(1, 1)
        training.fit(
            model, (x, x), lambda out, _: scale * out.mean(), epochs=1, clip=1.0,
            optimizer=lambda p: torch.optim.SGD(p, lr=1.0),
        )  # fmt: skip
        return -model.weight.item()

    assert moved(100.0) == pytest.approx(1.0, abs=1e-4)
    assert moved(0.25) == pytest.approx(0.25)


@pytest.mark.usefixtures("on_cpu")
def test_a_schedule_makes_a_step_after_each_batch(points: Points) -> None:
    optimizer = torch.optim.SGD((model := network()).parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    training.fit(model, points, epochs=2, batch_size=45, optimizer=optimizer, schedule=scheduler)
    assert scheduler.get_last_lr() == pytest.approx([0.01])
    rates = []

    def schedule(made: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        rates.append(made)
        return torch.optim.lr_scheduler.CosineAnnealingLR(made, T_max=4)

    training.fit(model, points, epochs=2, batch_size=45, learning_rate=0.5, schedule=schedule)
    assert float(rates[0].param_groups[0]["lr"]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.usefixtures("on_cpu")
def test_a_model_with_nothing_to_train_is_refused_in_words(points: Points) -> None:
    frozen = network().requires_grad_(False)
    with pytest.raises(TrainingError, match="nothing to train: all its parameters are frozen"):
        training.fit(frozen, points)


@pytest.mark.usefixtures("on_cpu")
def test_data_that_are_no_pair_are_refused_in_words(points: Points) -> None:
    with pytest.raises(TrainingError, match=r"data has 1 parts: give inputs and targets, \(x, y\)"):
        training.fit(network(), points[:1])


@pytest.mark.usefixtures("on_cpu")
def test_frozen_parameters_stay_put(points: Points) -> None:
    model = network()
    model[0].requires_grad_(False)
    before = model[0].weight.clone()
    training.fit(model, points, epochs=1)
    assert torch.equal(model[0].weight, before)


def test_targets_of_sequences_have_an_accuracy_too(each_device: torch.device) -> None:
    scores = torch.zeros(2, 3, 5)
    scores[:, 1] = 1.0
    y = torch.ones(2, 5, dtype=torch.long)
    assert training.evaluate(nn.Identity(), (scores, y))["accuracy"] == 1.0


@pytest.mark.usefixtures("on_cpu")
def test_evaluation_is_the_mean_over_examples_whatever_the_batches() -> None:
    x = torch.randn(2500, 3, generator=torch.Generator().manual_seed(0))
    y = torch.arange(2500) % 3
    found = training.evaluate(nn.Identity(), (x, y))
    assert found["loss"] == pytest.approx(cross_entropy(x, y).item(), rel=1e-5)
    assert found["accuracy"] == pytest.approx((x.argmax(1) == y).float().mean().item())


def test_a_learning_rate_is_found_on_a_copy(each_device: torch.device, points: Points) -> None:
    model = network().to(each_device)
    before = [p.clone() for p in model.parameters()]
    torch.manual_seed(4)
    chance = torch.get_rng_state()
    found = training.find_learning_rate(model, points, batch_size=32)
    assert 1e-5 < found.suggestion < 1.0
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


@pytest.mark.usefixtures("on_cpu")
def test_the_plot_of_learning_rates_marks_the_suggestion(points: Points) -> None:
    found = training.find_learning_rate(network(), points, steps=40)
    ax = found.plot()
    assert ax.get_xscale() == "log"
    assert ax.lines[0].get_xdata().tolist() == found.rates.tolist()
    assert ax.lines[1].get_xdata()[0] == found.suggestion


@pytest.mark.usefixtures("on_cpu")
def test_learning_rates_that_make_no_sense_are_refused_in_words(points: Points) -> None:
    with pytest.raises(TrainingError, match="needs 0 < low < high and at least 5 steps"):
        training.find_learning_rate(network(), points, low=1.0, high=0.1)


@pytest.mark.usefixtures("on_cpu")
def test_a_compiled_model_has_the_losses_of_one_that_is_not(points: Points) -> None:
    def run(compile: bool) -> list[float]:
        training.seed(0)
        model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
        history = training.fit(model, points, epochs=3, batch_size=40, compile=compile)
        return history.steps["loss"].tolist()

    try:
        assert run(True) == pytest.approx(run(False), rel=1e-4)
    except TrainingError as error:
        pytest.skip(str(error))  # no C++ compiler on this machine


@pytest.mark.usefixtures("on_cpu")
def test_where_nothing_compiles_it_says_so(points: Points, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._inductor import config

    monkeypatch.setattr(config.cpp, "cxx", (None, "/no/compiler"))
    with pytest.raises(TrainingError, match=r"compile=True cannot be had here: .*Leave it out"):
        training.fit(network(), points, epochs=1, batch_size=45, compile=True)
