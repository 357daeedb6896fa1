"""Every chapter holds what its syllabus asks for; what only one asks for stands in its own file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read


@dataclass(frozen=True)
class Syllabus:
    """What is promised of a chapter."""

    checked: int  # exercises at least
    functions: tuple[str, ...]  # that students write
    by_hand: int = 0  # answers at least
    kinds: tuple[str, ...] = ()  # of probes, each somewhere
    written_in: tuple[str, ...] = ("solve",)  # the kinds of cells where functions stand
    used: tuple[str, ...] = ()  # of the helpers
    hinted: tuple[str, ...] = ()  # exercises whose last hint leaves the result to the student


# fmt: off
SYLLABUS = {
    "02_activations": Syllabus(
        checked=12,
        by_hand=4,
        kinds=("call", "number", "choice", "true"),
        functions=(
            "arctan", "elu", "identity", "leaky_relu", "logistic", "maxout", "piecewise_linear",
            "prelu_backward", "relu", "sign", "softmax", "softmax_jacobian", "softplus", "step",
            "tanh",
        ),
        written_in=("given", "solve"),
    ),
    "06_convolution": Syllabus(
        checked=12,
        by_hand=4,
        kinds=("call", "number", "choice", "true"),
        functions=(
            "average_pool", "average_pool_backward", "cnn_gradients", "conv_backward",
            "conv_fft", "conv_im2col", "conv_loop", "conv_size", "convolve", "correlate",
            "im2col", "max_pool", "max_pool_backward", "receptive_field", "small_cnn",
            "transposed_size", "unpool", "unpool_backward",
        ),
        used=(
            "explore.convolution", "explore.drill", "plots.confusion_matrix", "plots.filters",
            "progress",
        ),
        hinted=("sizes", "counts", "two_sizes", "there_and_back"),
    ),
    "09_recurrent": Syllabus(
        checked=11,
        by_hand=4,
        kinds=("call", "number", "choice"),
        functions=(
            "bidirectional", "bptt", "clip", "generate", "jacobian", "multilayer",
            "rnn_forward", "rnn_step", "soften", "step_backward", "strongest_cell", "windows",
        ),
        used=(
            "explore.live", "plots.confusion_matrix", "plots.gradients", "training.fit",
            "training.loop",
        ),
    ),
    "10_lstm": Syllabus(
        checked=13,
        by_hand=4,
        kinds=("call", "number", "choice"),
        functions=(
            "adding_inputs", "bidirectional", "copy_inputs", "coupled_step", "delay_layer",
            "gru_after_step", "gru_step", "gru_to_torch", "lstm_backward", "lstm_forward",
            "lstm_gates", "lstm_step", "lstm_step_backward", "lstm_to_torch", "peephole_step",
            "set_forget_bias", "shift_gap", "stacked", "tdnn",
        ),
        used=("explore.live", "training.fit", "training.loop"),
        hinted=("blind", "contexts", "counts", "keeping"),
    ),
    "11_autoencoders": Syllabus(
        checked=10,
        by_hand=4,
        functions=(
            "best_code", "classifier", "context_loss", "corrupt", "denoising_loss",
            "few_labels", "hide", "linear_autoencoder", "linear_denoiser", "linear_gradients",
            "make_autoencoder", "nearest", "paired_gain", "pca", "principal_angles",
            "round_trip", "sparse_loss", "split_brain_features", "split_brain_loss",
            "tied_gradient",
        ),
    ),
    "12_variational": Syllabus(
        checked=11,
        functions=(
            "bayes", "draw", "gaussian_kl", "gradient_samples", "interpolate", "kl",
            "kl_monte_carlo", "sample", "vae_terms", "line_1", "line_2", "line_3", "elbo",
            "elbo_terms",
        ),
    ),
    "14_adversarial": Syllabus(
        checked=12,
        by_hand=3,
        kinds=("call", "number", "choice", "true"),
        functions=(
            "algorithm_1", "best_discriminator", "best_value", "climb", "conditioned",
            "count_modes", "dc_generator", "discriminator_step", "game_value", "gan_losses",
            "generator_slopes", "generator_step", "jsd", "push_forward", "reader_score",
            "report", "sample_ring", "seen_distance", "with_spread",
        ),
    ),
}
# fmt: on


def each(attribute: str) -> list[tuple[str, str]]:
    """Every chapter with each of its names of a kind."""
    return [(stem, name) for stem, asked in SYLLABUS.items() for name in getattr(asked, attribute)]


@cache
def lesson(stem: str) -> Lesson:
    return read(Path(__file__).parents[2] / "solutions" / f"{stem}.py")


def sources(stem: str, *kinds: str) -> list[str]:
    return [cell.source for cell in lesson(stem).cells if cell.kind in kinds]


@pytest.mark.parametrize("stem", SYLLABUS)
def test_a_chapter_is_as_large_as_promised(stem: str) -> None:
    exercises = lesson(stem).exercises.values()
    checked = [exercise for exercise in exercises if exercise.one("check")]
    by_hand = [exercise for exercise in exercises if exercise.one("answer")]
    assert len(checked) >= SYLLABUS[stem].checked
    assert len(by_hand) >= SYLLABUS[stem].by_hand


@pytest.mark.parametrize(("stem", "kind"), each("kinds"))
def test_a_chapter_mixes_the_kinds_of_its_exercises(stem: str, kind: str) -> None:
    assert any(f"probe.{kind}(" in source for source in sources(stem, "check"))


@pytest.mark.parametrize(("stem", "name"), each("functions"))
def test_a_chapter_has_each_function_of_its_syllabus(stem: str, name: str) -> None:
    written = sources(stem, *SYLLABUS[stem].written_in)
    assert any(f"def {name}(" in source for source in written)


@pytest.mark.parametrize(("stem", "name"), each("used"))
def test_a_chapter_uses_what_the_table_of_names_says(stem: str, name: str) -> None:
    assert any(f"{name}(" in source for source in sources(stem, "code"))


@pytest.mark.parametrize(("stem", "name"), each("hinted"))
def test_the_last_hint_of_an_exercise_by_hand_leaves_the_result(stem: str, name: str) -> None:
    cells, solved = lesson(stem).cells, lesson(stem).exercises[name].one("solve")
    last = [cell for cell in cells if cell.kind == "hint" and cell.name == name][-1]
    assert solved
    terms = [line.split(" = ")[1] for line in solved.source.splitlines() if " = " in line]
    assert not any(term in last.source for term in terms if len(term) > 1)
