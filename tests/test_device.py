"""The device and the seed: which one, said once, and what chance repeats."""

import random

import numpy as np
import pytest
import torch

from helpers import device as module
from helpers import training
from helpers.errors import MachineError


@pytest.fixture(autouse=True)
def _nothing_chosen_yet(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    module._chosen.cache_clear()
    yield
    module._chosen.cache_clear()


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen", "why"),
    [
        (True, True, "cuda", "It is a GPU: a card."),
        (False, True, "mps", "It is the GPU of this Mac."),
        (False, False, "cpu", "No GPU that torch can use was found."),
    ],
)
def test_cuda_comes_before_mps_and_mps_before_the_cpu(
    cuda: bool, mps: bool, chosen: str, why: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert training.device().type == chosen
    assert capsys.readouterr().out == f"Device: {chosen}. {why}\n"


def test_it_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert training.device() == training.device()
    assert capsys.readouterr().out.count("Device: ") == 1


def test_the_variable_overrides_the_choice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert training.device() == torch.device("cpu")
    assert capsys.readouterr().out == "Device: cpu. COURSE_DEVICE asks for it.\n"


@pytest.mark.parametrize("name", ["cuda:99", "gpu", "mps:7"])
def test_a_device_that_is_not_there_is_refused_in_words(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DEVICE", name)
    with pytest.raises(MachineError, match=f"COURSE_DEVICE={name} names no device of this machine"):
        training.device()


def draws() -> tuple[float, ...]:
    legacy = np.random.rand()  # noqa: NPY002
    return random.random(), legacy, torch.rand(1).item()


def test_the_same_seed_repeats_every_generator() -> None:
    training.seed(3)
    first = draws()
    training.seed(3)
    assert draws() == first
    training.seed(4)
    assert all(a != b for a, b in zip(draws(), first, strict=True))


def test_determinism_is_asked_for_and_given_up_again() -> None:
    training.seed(0, deterministic=True)
    assert torch.are_deterministic_algorithms_enabled()
    training.seed(0)
    assert not torch.are_deterministic_algorithms_enabled()
