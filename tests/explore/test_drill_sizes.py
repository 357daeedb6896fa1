"""Questions on output sizes, against the shapes that torch gives."""

import numpy as np
import torch

from helpers.explore.drill_question import Kind, Question
from helpers.explore.drill_sizes import convolution, pooling, transposed


def many(kind: Kind) -> list[Question]:
    return [kind(np.random.default_rng(seed)) for seed in range(200)]


def sides(questions: list[Question], layer: type[torch.nn.Module], *channels: int) -> list[int]:
    """The sides of what torch's layer gives for the numbers of each question."""
    found = []
    for question in questions:
        numbers = dict(question.numbers)
        picture = torch.zeros(1, 1, *[numbers.pop("size")] * 2)
        found.append(layer(*channels, **numbers)(picture).shape[-1])
    return found


def test_a_convolutions_side_is_that_of_torch() -> None:
    questions = many(convolution)
    assert [question.answer for question in questions] == sides(questions, torch.nn.Conv2d, 1, 1)


def test_a_pools_side_is_that_of_torch() -> None:
    questions = many(pooling)
    assert [question.answer for question in questions] == sides(questions, torch.nn.MaxPool2d)
    assert {question.text.split()[0] for question in questions} == {"Max", "Average"}


def test_a_transposed_convolutions_side_is_that_of_torch() -> None:
    questions = many(transposed)
    expected = sides(questions, torch.nn.ConvTranspose2d, 1, 1)
    assert [question.answer for question in questions] == expected


def test_a_question_tells_all_its_numbers() -> None:
    for question in many(convolution) + many(pooling) + many(transposed):
        n = question.numbers
        kernel = f"{n['kernel_size']} × {n['kernel_size']}"
        parts = [f"{n['size']} × {n['size']}", kernel, f"stride {n['stride']}"]
        parts += [f"padding {n['padding']}"] if n["padding"] else []
        parts += [f"dilation {n['dilation']}"] if n.get("dilation", 1) > 1 else []
        parts += [f"output padding {n['output_padding']}"] if "output_padding" in n else []
        assert all(part in question.text for part in parts), question


def test_divisions_that_are_not_whole_are_asked_often() -> None:
    rounded = sum("Round down" in "".join(q.mistakes.values()) for q in many(convolution))
    assert rounded > 50


def test_a_missing_padding_and_a_missing_stride_are_named() -> None:
    padding = stride = 0
    for question in many(convolution):
        n, f, s, p, d = question.numbers.values()
        bare = question.mistakes.get((n - d * (f - 1) - 1) // s + 1, "")
        padding += bare == "The padding is missing: the input grows by 2P."
        whole = question.mistakes.get(n + 2 * p - d * (f - 1), "")
        stride += whole == "The stride is missing: divide by S before you add 1."
    assert padding > 60 and stride > 100
