"""The list of drills: what each asks, and that every question is whole."""

import numpy as np
import pytest

from helpers.explore.drill_answer import read
from helpers.explore.drills import DRILLS, KINDS, DrillError, kinds_of, question


def test_every_drill_asks_kinds_that_exist() -> None:
    for kinds in DRILLS.values():
        assert len(set(kinds)) == len(kinds) > 0
        assert set(kinds) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_of_its_kind_and_the_same_for_the_same_seed(kind: str) -> None:
    first, second = (question(kind, np.random.default_rng(7)) for _ in range(2))
    assert first == second and first.kind == kind
    assert first.text.endswith("?")


@pytest.mark.parametrize("kind", KINDS)
def test_working_and_answer_agree_and_no_mistake_is_the_answer(kind: str) -> None:
    for seed in range(100):
        asked = question(kind, np.random.default_rng(seed))
        assert asked.answer > 0
        assert asked.working.endswith(f" = {asked.answer}")
        assert asked.answer not in asked.mistakes
        assert all(advice.endswith(".") for advice in asked.mistakes.values())


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_of_the_working_comes_to_the_answer(kind: str) -> None:
    for seed in range(100):
        asked = question(kind, np.random.default_rng(seed))
        *steps, _ = asked.working.rpartition("; ")[2].removeprefix("side = ").split(" = ")
        for step in steps:
            plain = step.replace("²", "**2").replace("⌊", "(").replace(" / ", " // ")
            plain = plain.replace("⌋", ")").replace("·", "*").replace("−", "-")
            assert eval(plain) == asked.answer, asked.working


def test_an_unknown_drill_or_kind_is_one_sentence() -> None:
    words = "^There is no drill called 'sizes'; take one of 'output size'.$"
    with pytest.raises(ValueError, match=words):
        kinds_of("sizes")
    with pytest.raises(DrillError, match="There is no kind of question called 'pool'; take one"):
        question("pool", np.random.default_rng(0))


def test_the_answer_typed_as_in_the_working_is_right() -> None:
    asked = question("parameters", np.random.default_rng(0))
    assert read(asked.working.partition(" = ")[0]) == asked.answer
