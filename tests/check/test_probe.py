"""Does each word of the vocabulary ask what it says?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from helpers.check import BrokenCheck, StudentMistake
from helpers.check.arrays import changed, restore, snapshot
from helpers.check.probe import Probe, central_differences


def test_gradient_compares_with_central_differences(desk: Any) -> None:
    w = np.array([[1.0, -2.0], [0.5, 3.0]])
    run = desk.open(
        lambda probe, g: probe.gradient("dE/dw", g, lambda w: (w**3).sum(), w), 3 * w**2
    )
    run(3 * w**2)
    for wrong in (-3 * w**2, 3 * w, (3 * w**2).T, 3 * w**2 * 1.001):
        with pytest.raises(StudentMistake):
            run(wrong)
    assert w.tolist() == [[1.0, -2.0], [0.5, 3.0]]


def test_gradient_of_tensors(desk: Any) -> None:
    w = torch.tensor([1.0, -2.0], dtype=torch.float64)
    run = desk.open(
        lambda probe, g: probe.gradient("dE/dw", g, lambda w: (w**3).sum(), w), 3 * w**2
    )
    run(3 * w**2)
    with pytest.raises(StudentMistake, match="torch tensor"):
        run((3 * w**2).numpy())


def test_central_differences_against_torch() -> None:
    point = torch.randn(
        3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    ).requires_grad_()
    torch.tanh(point @ point.T).sum().backward()
    numeric = central_differences(lambda w: np.tanh(w @ w.T).sum(), point.detach().numpy())
    assert np.allclose(numeric, point.grad, atol=1e-8)


def test_shape_alone(desk: Any) -> None:
    run = desk.open(lambda probe, x: probe.shape("the batch", x, (2, 3)), np.zeros((2, 3)))
    run(np.ones((2, 3)))
    run(torch.ones(2, 3))
    with pytest.raises(StudentMistake, match=r"\[0\]: 3"):
        run(np.zeros((3, 2)))


def test_a_call_keeps_strides_and_types_of_its_arguments() -> None:
    seen: list[Any] = []
    column = np.arange(6.0).reshape(2, 3)[:, 1]
    Probe().call("strided", lambda x: seen.append(x) or 0, column)
    assert seen[0] is column and not seen[0].flags.contiguous


def test_all_probes_are_asked_even_after_a_fault(desk: Any) -> None:
    asked = []

    def asks(probe: Any, function: Any) -> None:
        for label in "abc":
            probe.call(label, function, label)

    run = desk.open(asks, lambda label: 1)
    with pytest.raises(StudentMistake):
        run(lambda label: asked.append(label))
    assert asked == ["a", "b", "c"]


def test_two_probes_of_one_label_are_the_authors_fault() -> None:
    probe = Probe()
    probe.values("x", 1)
    with pytest.raises(BrokenCheck, match="two probes of one check are called 'x'"):
        probe.values("x", 2)


@pytest.mark.parametrize(
    ("value", "edit"),
    [
        (np.zeros(3), lambda x: x.fill(1)),
        (torch.zeros(3), lambda x: x.fill_(1)),
        ([np.zeros(3)], lambda x: x[0].fill(1)),
        ([1, 2], lambda x: x.append(3)),
        ([1, 2, 3], lambda x: x.pop()),
        ({"W": np.zeros(2)}, lambda x: x["W"].fill(1)),
        ({"W": np.zeros(2)}, lambda x: x.pop("W")),
        ({"W": np.zeros(2)}, lambda x: x.update(b=1)),
        (([np.zeros(2)], 1.0), lambda x: x[0][0].fill(1)),
        (np.zeros(3), lambda x: np.negative(x, out=x)),
    ],
)
def test_a_change_in_place_is_seen_and_undone(value: Any, edit: Any) -> None:
    before = snapshot(value)
    assert not changed(before, value)
    edit(value)
    assert changed(before, value)
    restore(before, value)
    assert not changed(before, value)


def test_a_generator_may_be_used_up() -> None:
    rng = np.random.default_rng(0)
    probe = Probe()
    probe.call("draws", lambda rng: float(rng.normal()), rng)
    assert not probe.answers[0].changed
