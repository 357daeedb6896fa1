"""Does the playground train with the student's engine, and say what is wrong with a wrong one?"""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from helpers.explore import playground
from helpers.explore.playground_model import GRID, EngineError, Network, Plan
from helpers.explore.playground_widget import Playground
from helpers.explore.toys import points

spec = importlib.util.spec_from_file_location("engine", Path(__file__).with_name("engine.py"))
assert spec is not None and spec.loader is not None
engine = importlib.util.module_from_spec(spec)
spec.loader.exec_module(engine)
Value = engine.Value
x, label = points("circle", count=40)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_a_step_is_the_step_that_torch_takes(layers: int, activation: str) -> None:
    network = Network(Value, Plan(layers, 3, activation, learning_rate=0.5))
    tensors = [
        [torch.tensor(parameter.data, requires_grad=True) for parameter in layer]
        for layer in network.layers
    ]
    y = torch.tensor(x / 3)
    for number, (weights, bias) in enumerate(tensors):
        field = y @ weights + bias
        y = field.tanh() if number == layers else getattr(field, activation)()
    loss = ((y - torch.tensor(label)[:, None]) ** 2).mean() / 2
    loss.backward()
    assert network.step(x, label) == pytest.approx(loss.item())
    for layer, others in zip(network.layers, tensors, strict=True):
        for parameter, other in zip(layer, others, strict=True):
            assert np.allclose(parameter.data, (other - 0.5 * other.grad).detach())


@pytest.mark.parametrize(
    ("name", "plan", "epochs", "below"),
    [
        ("two clouds", Plan(layers=0), 30, 0.1),
        ("circle", Plan(layers=1, units=4), 80, 0.1),
        ("xor", Plan(layers=1, units=4), 80, 0.12),
    ],
)
def test_it_learns_what_can_be_learnt(name: str, plan: Plan, epochs: int, below: float) -> None:
    train, test = points(name, seed=1), points(name, count=100, seed=2)
    network, rng = Network(Value, plan), np.random.default_rng(0)
    for _ in range(epochs):
        network.epoch(*train, rng)
    assert network.measure(*train) < below and network.measure(*test) < below + 0.05


def test_a_straight_line_does_not_part_a_circle() -> None:
    network, rng = Network(Value, Plan(layers=0)), np.random.default_rng(0)
    for _ in range(60):
        network.epoch(*points("circle"), rng)
    assert network.measure(*points("circle")) > 0.35


def test_the_picture_is_the_output_at_the_points_of_the_plane() -> None:
    network = Network(Value, Plan())
    picture = network.picture()
    assert picture.shape == (GRID, GRID) and np.abs(picture).max() <= 1
    corner = network.output(np.array([[-6.0, 6.0]])).data.item()  # left, top
    assert picture[-1, 0] == pytest.approx(corner)


def changed(name: str, method: Any) -> type[Any]:
    return type("Mine", (Value,), {name: method})


def raises(*_: Any) -> Any:
    raise ValueError("matmul: shapes do not fit")


WRONG = [
    (changed("__matmul__", raises), "@ raised ValueError: matmul: shapes do not fit"),
    (changed("tanh", lambda self: None), ".tanh() returned nothing; is a `return` missing?"),
    (changed("tanh", None), ".tanh() raised TypeError"),
    (changed("backward", raises), ".backward() raised ValueError"),
    (changed("__mul__", lambda self, other: Value(np.nan)), "no longer finite"),
]


@pytest.mark.parametrize(("value", "says"), WRONG)
def test_what_the_engine_raises_is_told_with_its_operation(value: Any, says: str) -> None:
    shown = playground(value)
    shown.step()
    assert (
        says in shown.message.value.replace("&#x27;", "'") and 'role="alert"' in shown.message.value
    )


def test_a_gradient_of_the_wrong_shape_is_told() -> None:
    def add(self: Any, other: Any) -> Any:
        result = Value(self.data + other.data, (self, other))

        def push() -> None:
            self.grad = self.grad + result.grad
            other.grad = result.grad  # the broadcast is not undone

        result.push = push
        return result

    with pytest.raises(EngineError, match=r"a parameter of shape .* got a gradient of shape"):
        Network(changed("__add__", add), Plan()).step(x, label)


def test_an_unfinished_engine_is_no_error_of_the_playground() -> None:
    def stub(self: Any, other: Any) -> Any:
        raise NotImplementedError("Exercise 1.18: matmul")

    with pytest.raises(NotImplementedError, match=r"^Exercise 1\.18: matmul$"):
        playground(changed("__matmul__", stub))


def test_stepping_trains_and_redraws() -> None:
    shown = playground(Value)
    before, picture = shown.losses[-1], shown.picture.value
    shown.step(30)
    assert shown.losses[-1][0] == 30 and shown.losses[-1][1] < before[1]
    assert shown.picture.value != picture and bytes(shown.picture.value).startswith(b"\x89PNG")
    assert shown.message.value == (
        '<span role="status">epoch 30: training loss '
        f"{shown.losses[-1][1]:.3f}, test loss {shown.losses[-1][2]:.3f}</span>"
    )


def test_the_controls_begin_anew_and_the_rate_does_not() -> None:
    shown = playground(Value)
    shown.step(2)
    shown.rate.value = 0.3
    assert shown.epochs == 2 and shown.network.plan.learning_rate == 0.3
    for control, value in ((shown.layers, 2), (shown.units, 6), (shown.data, "xor")):
        shown.step()
        control.value = value
        assert shown.epochs == 0
    sizes = [weights.data.shape for weights, _ in shown.network.layers]
    assert sizes == [(2, 6), (6, 6), (6, 1)]
    shown.layers.value = 0
    assert shown.units.disabled and [w.data.shape for w, _ in shown.network.layers] == [(2, 1)]


def test_run_trains_until_pause_and_only_one_runs() -> None:
    async def story() -> tuple[Playground, Playground]:
        one, other = playground(Value), playground(Value)
        one.run.value = True
        assert one.run.description == "Pause"
        while one.epochs < 3:
            await asyncio.sleep(0.01)
        other.run.value = True
        assert not one.run.value
        await asyncio.sleep(0.3)
        rested = one.epochs
        while other.epochs < 3:
            await asyncio.sleep(0.01)
        assert one.epochs == rested
        other.run.value = False
        assert other.task is not None
        await other.task
        return one, other

    one, other = asyncio.run(story())
    assert one.epochs >= 3 and other.epochs >= 3


def test_an_error_stops_the_run() -> None:
    calls = []

    def backward(self: Any) -> None:
        calls.append(1)
        if len(calls) > 15:
            raise ZeroDivisionError("division by zero")
        Value.backward(self)

    async def story() -> Playground:
        shown = playground(changed("backward", backward))
        shown.run.value = True
        assert shown.task is not None
        await shown.task
        return shown

    shown = asyncio.run(story())
    assert not shown.run.value
    assert "stopped at epoch 1: .backward() raised ZeroDivisionError" in shown.message.value


def test_without_a_loop_run_says_what_to_do() -> None:
    shown = playground(Value)
    shown.run.value = True
    assert not shown.run.value and "use step(epochs)" in shown.message.value


def test_the_stored_picture_and_words() -> None:
    data, metadata = playground(Value)._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"].startswith("Playground. Left: the network")
    assert metadata["image/png"]["alt"] in data["text/plain"]


def test_many_epochs_keep_the_curve_short() -> None:
    shown = playground(Value)
    shown.losses = [(n, 0.5, 0.5) for n in range(2000)]
    shown.step(1)
    assert len(shown.losses) <= 1001 and shown.losses[-1][0] == 1
