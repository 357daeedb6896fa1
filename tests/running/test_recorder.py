"""The record of losses: what a step may return, and the first loss that is no number."""

import pytest
import torch

from helpers.errors import TrainingError
from helpers.running.history import History
from helpers.running.recorder import Recorder


def record(*losses: object) -> tuple[History, str | None]:
    history = History()
    recorder = Recorder(history)
    for loss in losses:
        recorder.add(loss, 2)
    return history, recorder.read()


def test_tensors_and_numbers_are_losses() -> None:
    history, wrong = record(torch.tensor(1.5), 2, torch.tensor([0.5], dtype=torch.bfloat16))
    assert history.by_step == {"loss": [1.5, 2.0, 0.5]}
    assert wrong is None


def test_a_dict_gives_one_series_for_each_name() -> None:
    history, _ = record({"real": torch.tensor(1.0), "fake": 2.0}, {"real": 3.0, "fake": 4.0})
    assert history.by_step == {"real": [1.0, 3.0], "fake": [2.0, 4.0]}


def test_a_loss_keeps_no_graph_alive() -> None:
    recorder = Recorder(History())
    recorder.add(torch.ones(1, requires_grad=True).sum(), 1)
    assert not recorder.waiting[0][0].requires_grad


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), torch.tensor(float("nan"))])
def test_the_first_loss_that_is_no_number_is_named_and_ends_the_history(bad: object) -> None:
    history, wrong = record(1.0, 2.0, bad, 3.0)
    assert wrong is not None
    assert wrong.startswith("loss became ")
    assert wrong.endswith(" at step 3")
    assert len(history.by_step["loss"]) == len(history.sizes) == 3


def test_of_two_series_the_one_that_breaks_first_is_named() -> None:
    nan = float("nan")
    _, wrong = record({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": nan}, {"a": nan, "b": nan})
    assert wrong == "b became nan at step 2"


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (None, "step returned None: return the loss, or a dict from names to losses"),
        ("low", "step returned str: return the loss"),
        (torch.ones(128), r"a loss of shape \(128,\): return one number, for instance its mean"),
        ({}, "step returned an empty dict: return at least one loss"),
    ],
)
def test_what_is_no_loss_is_refused_in_words(loss: object, words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        record(loss)


def test_names_that_change_are_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="returned the losses b, and before a: return the same"):
        record({"a": 1.0}, {"b": 1.0})
