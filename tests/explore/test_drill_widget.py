"""A drill as it is worked: tries, verdicts, the count, and the choice of kinds."""

from itertools import pairwise

import pytest

from helpers import explore
from helpers.errors import CourseError
from helpers.explore.drill_question import Question
from helpers.explore.drill_widget import Drill

SIZE = Question(
    kind="pooling",
    text="What is the side?",
    answer=5,
    formula="(N − F) / S + 1",
    working="(10 − 2) / 2 + 1 = 5",
    numbers={},
    mistakes={4: "Add 1."},
)


@pytest.fixture
def drill() -> Drill:
    made = explore.drill("output size", seed=3)
    made.question = SIZE
    return made


def press(drill: Drill, what: str, answer: str = "", number: int | None = None) -> None:
    """As the browser does it."""
    content = {"press": what, "answer": answer, "number": number or drill.number}
    drill.view._handle_custom_msg(content, [])


def said(drill: Drill) -> str:
    shown = drill.view.shown
    return " ".join(filter(None, [shown["word"], *shown["lines"]]))


def test_a_right_answer_is_told_with_its_working_and_counted(drill: Drill) -> None:
    press(drill, "enter", "5")
    assert said(drill) == "Right. (10 − 2) / 2 + 1 = 5. Enter asks the next one."
    assert (drill.view.shown["state"], drill.view.shown["score"]) == ("right", "1 of 1 right")


def test_enter_judges_and_then_asks_the_next(drill: Drill) -> None:
    press(drill, "enter", "5")
    press(drill, "enter", "5")
    assert drill.view.shown["number"] == 2
    assert drill.view.shown["text"] == drill.question.text != SIZE.text
    assert (drill.asked, drill.right) == (1, 1)


def test_a_first_wrong_answer_gets_advice_and_another_try(drill: Drill) -> None:
    press(drill, "check", "4")
    assert said(drill) == "Not right. Add 1. Try again."
    assert not drill.view.shown["settled"]
    press(drill, "check", "5")
    assert drill.view.shown["score"] == "1 of 1 right"


def test_a_wrong_answer_that_no_mistake_gives_gets_no_advice(drill: Drill) -> None:
    press(drill, "enter", "77")
    assert said(drill) == "Not right. Try again."


def test_the_same_wrong_answer_again_is_no_second_try(drill: Drill) -> None:
    press(drill, "enter", "77")
    press(drill, "enter", "77")
    assert said(drill) == "Not right. That was your answer before; try another one."
    assert not drill.settled


def test_a_second_wrong_answer_shows_formula_and_numbers(drill: Drill) -> None:
    press(drill, "enter", "77")
    press(drill, "enter", "4")
    assert said(drill) == "Not right. Add 1. (N − F) / S + 1 = (10 − 2) / 2 + 1 = 5"
    assert drill.view.shown["settled"] and drill.view.shown["score"] == "0 of 1 right"


def test_show_settles_the_question_as_not_right(drill: Drill) -> None:
    press(drill, "show")
    assert said(drill) == "(N − F) / S + 1 = (10 − 2) / 2 + 1 = 5"
    assert drill.view.shown["score"] == "0 of 1 right"
    press(drill, "check", "5")
    assert (drill.asked, drill.right) == (1, 0)


def test_next_counts_a_question_only_if_it_was_tried(drill: Drill) -> None:
    press(drill, "next")
    assert (drill.asked, drill.view.shown["score"]) == (0, "not graded")
    drill.question = SIZE
    press(drill, "enter", "4")
    press(drill, "next")
    assert drill.view.shown["score"] == "0 of 1 right"


def test_what_cannot_be_read_is_no_try(drill: Drill) -> None:
    press(drill, "enter", "5 x 5")
    assert said(drill).startswith("Type a whole number")
    assert drill.given == [] and drill.asked == 0


def test_a_key_pressed_for_a_question_that_is_gone_does_nothing(drill: Drill) -> None:
    press(drill, "next", number=17)
    assert drill.number == 1


def test_only_ticked_kinds_are_asked_and_none_twice_in_a_row() -> None:
    drill = explore.drill("output size", seed=0)
    for kind, tick in drill.ticks.items():
        tick.value = kind in ("pooling", "parameters")
    kinds = []
    for _ in range(10):
        drill.go_on()
        kinds.append(drill.question.kind)
    assert set(kinds) == {"pooling", "parameters"}
    assert all(first != second for first, second in pairwise(kinds))


def test_a_kind_that_is_unticked_is_replaced_if_it_was_not_tried(drill: Drill) -> None:
    drill.ticks["pooling"].value = False
    assert drill.question.kind != "pooling" and drill.asked == 0


def test_with_no_kind_ticked_all_are_asked() -> None:
    drill = explore.drill("output size", seed=0)
    for tick in drill.ticks.values():
        tick.value = False
    assert said(drill) == "No kind is ticked, so all of them are asked."
    assert len({drill.go_on() or drill.question.kind for _ in range(40)}) == 6


def test_a_seed_asks_the_same_questions_and_none_asks_fresh_ones() -> None:
    first, second = (explore.drill("output size", seed=5) for _ in range(2))
    assert first.question == second.question
    texts = {explore.drill("output size").question.text for _ in range(6)}
    assert len(texts) > 1


def test_picture_and_words_for_the_file_never_change() -> None:
    first, second = (explore.drill("output size")._repr_mimebundle_()[0] for _ in range(2))
    assert first["image/png"] == second["image/png"]
    assert first["text/plain"] == second["text/plain"]
    assert first["text/plain"].startswith(
        "Drill: output size. Questions with fresh numbers about convolution, pooling, "
    )


def test_an_unknown_drill_is_refused() -> None:
    with pytest.raises(CourseError, match="There is no drill called 'sizes'"):
        explore.drill("sizes")
