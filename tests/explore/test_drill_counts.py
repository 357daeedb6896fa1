"""Questions on what layers cost and see, against what torch counts."""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from helpers.explore.drill_counts import multiply_adds, parameters, receptive_field
from helpers.explore.drill_question import Kind, Question


def many(kind: Kind, count: int = 100) -> list[Question]:
    return [kind(np.random.default_rng(seed)) for seed in range(count)]


def test_parameters_are_those_that_torch_makes() -> None:
    for question in many(parameters):
        numbers = dict(question.numbers)
        layer = torch.nn.Conv2d(**{**numbers, "bias": bool(numbers["bias"])})
        assert question.answer == sum(p.numel() for p in layer.parameters()), question
        assert ("without biases" in question.text) != numbers["bias"]


def test_multiply_adds_are_half_of_what_torch_counts_as_operations() -> None:
    for question in many(multiply_adds):
        numbers = dict(question.numbers)
        size = numbers.pop("size")
        layer = torch.nn.Conv2d(**numbers, bias=False)
        with FlopCounterMode(display=False) as counter:
            layer(torch.zeros(1, numbers["in_channels"], size, size))
        assert question.answer == counter.get_total_flops() // 2, question


def test_a_receptive_field_is_as_wide_as_the_gradient_of_one_output() -> None:
    for question in many(receptive_field):
        n, size = question.numbers, 2 * question.answer + 40
        picture = torch.zeros(1, 1, size, requires_grad=True)
        out = picture
        for layer in range(1, n["layers"] + 1):
            f, s, d = (n[f"{letter}{layer}"] for letter in "FSD")
            out = torch.nn.functional.conv1d(out, torch.ones(1, 1, f), stride=s, dilation=d)
        out[0, 0, out.shape[-1] // 2].backward()
        seen = picture.grad[0, 0].nonzero()
        assert question.answer == int(seen.max() - seen.min()) + 1, question


def test_a_stack_tells_all_its_layers_in_order() -> None:
    for question in many(receptive_field):
        n, place = question.numbers, 0
        for layer in range(1, n["layers"] + 1):
            f, s = n[f"F{layer}"], n[f"S{layer}"]
            place = question.text.index(f"{f} × {f}, stride {s}", place) + 1


def test_the_usual_mistakes_with_parameters_are_named() -> None:
    question = next(q for q in many(parameters) if q.numbers["bias"] and len(q.mistakes) == 5)
    f, depth, filters = (question.numbers[n] for n in ("kernel_size", "in_channels",
                                                       "out_channels"))  # fmt: skip
    assert question.mistakes[f * f * depth * filters] == (
        "The biases are missing: one for each filter."
    )
    assert question.mistakes[(f * f + 1) * filters] == (
        "A filter reaches through all channels: times D₁."
    )


def test_a_stack_without_its_strides_is_named() -> None:
    named = [q for q in many(receptive_field) if "strides before" in "".join(q.mistakes.values())]
    assert len(named) > 20
    question = named[0]
    n = question.numbers
    flat = 1 + sum(n[f"D{k}"] * (n[f"F{k}"] - 1) for k in range(1, n["layers"] + 1))
    assert question.mistakes[flat].startswith("After a stride, later layers take wider steps")
