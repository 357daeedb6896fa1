"""What a student reads, to the word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helpers.check import BrokenCheck, Checks, StudentMistake
from helpers.check.answers import encode
from helpers.check.probe import Probe
from helpers.check.record import Exercise, Mistake


def phi(v: Any) -> Any:
    return 1 / (1 + np.exp(-v))


def delta(d: Any, v: Any) -> Any:
    return (d - phi(v)) * phi(v) * (1 - phi(v))


def named(function: Any) -> Any:
    function.__name__ = "delta"
    return function


def asks(probe: Any, function: Any) -> None:
    probe.call("one neuron", function, 1.0, 0.2)
    probe.call("three neurons", function, np.array([1.0, 0, 1]), np.array([0.5, -1, 2]))


MISTAKES = {
    "the error has the wrong sign": (
        "The error is e = d − y. See equation (3).",
        lambda d, v: -delta(d, v),
    ),
    "the derivative is forgotten": (
        "Your value equals e: the local gradient needs φ′(v). See equation (13).",
        lambda d, v: d - phi(v),
    ),
    "it does not take arrays": ("Use NumPy's functions.", lambda d, v: float(delta(d, v))),
}


def said(run: Any, answer: Any) -> str:
    with pytest.raises(StudentMistake) as raised:
        run(answer)
    return str(raised.value)


def test_a_pass_says_that_hidden_checks_follow(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.open(asks, delta, MISTAKES, hidden=True)(delta)
    assert capsys.readouterr().out == (
        "Exercise 1.4 delta: visible checks passed; hidden checks run after you submit\n"
    )
    desk.open(asks, delta, MISTAKES, hidden=False)(delta)
    assert capsys.readouterr().out == "Exercise 1.4 delta: passed\n"


def test_a_known_mistake_is_named(desk: Any) -> None:
    run = desk.open(asks, delta, MISTAKES)
    assert said(run, named(lambda d, v: d - phi(v))) == (
        "Exercise 1.4 delta: the derivative is forgotten\n"
        "  checked   one neuron: delta(1, 0.2)\n"
        "  expected  0.111424\n"
        "  got       0.450166\n"
        "  try this  Your value equals e: the local gradient needs φ′(v). See equation (13)."
    )


def test_one_answer_alike_is_no_proof_of_a_mistake(desk: Any) -> None:
    run = desk.open(asks, delta, MISTAKES)
    text = said(run, named(lambda d, v: d - phi(v) if np.ndim(v) else -99.0))
    assert text.splitlines()[:2] == [
        "Exercise 1.4 delta: not right yet",
        "  checked   one neuron: delta(1, 0.2)",
    ]


def test_each_number_is_a_question_of_its_own(desk: Any) -> None:
    def asks_two(probe: Any, values: Any) -> None:
        probe.number("y", values[0])
        probe.number("f", values[1])

    run = desk.open(asks_two, (1, 4), {"the sign of f is lost": ("f is a square.", (1, -4))})
    assert said(run, (1, -4)).startswith("Exercise 1.4 delta: the sign of f is lost\n")
    assert said(run, (7, -4)).startswith("Exercise 1.4 delta: not right yet\n  checked   y\n")


def test_a_known_mistake_in_a_fact_alone_is_named(desk: Any) -> None:
    def asks_fact(probe: Any, value: Any) -> None:
        probe.values("sorted", sorted(value))
        probe.true("in another order", value != sorted(value), "Draw an order.")

    run = desk.open(asks_fact, [2, 1], {"nothing is shuffled": ("Shuffle.", [1, 2])})
    assert said(run, [1, 2]).startswith("Exercise 1.4 delta: nothing is shuffled\n")
    assert said(run, [1, 3]).startswith("Exercise 1.4 delta: not right yet\n  checked   sorted\n")


def test_the_order_of_keys_hides_no_mistake(desk: Any) -> None:
    def asks_values(probe: Any, value: Any) -> None:
        probe.values("gradients", value)

    right, wrong = ([{"W": 1.0, "b": 2.0}], 3.0), ([{"W": 1.0, "b": -2.0}], 3.0)
    run = desk.open(asks_values, right, {"the sign of b": ("Turn it.", wrong)})
    assert said(run, ([{"b": -2.0, "W": 1.0}], 3.0)).startswith(
        "Exercise 1.4 delta: the sign of b\n"
    )


def test_an_unknown_mistake_shows_both_values_and_the_pattern(desk: Any) -> None:
    run = desk.open(asks, delta)
    assert said(run, named(lambda d, v: 3 * delta(d, v))) == (
        "Exercise 1.4 delta: not right yet\n"
        "  checked   one neuron: delta(1, 0.2)\n"
        "  expected  0.111424\n"
        "  got       0.334271\n"
        "  try this  Compare the two values and read the task again; the hints go step by step."
    )
    assert "  try this  Only the sign is wrong." in said(run, named(lambda d, v: -delta(d, v)))


def test_what_the_code_raises_is_told_with_its_line(desk: Any) -> None:
    space: dict[str, Any] = {}
    source = "def delta(d, v):\n    e = d - v\n    return e.missing\n"
    exec(compile(source, "<answer>", "exec"), space)
    run = desk.open(asks, delta)
    assert said(run, space["delta"]).splitlines()[:4] == [
        "Exercise 1.4 delta: not right yet",
        "  checked   one neuron: delta(1, 0.2)",
        "  expected  a value",
        "  got       AttributeError: 'float' object has no attribute 'missing' (in delta, line 3)",
    ]


@pytest.mark.parametrize(
    "answer", [lambda d: d, lambda d, v, rate: d, lambda *, d, v: d, lambda: 0.0]
)
def test_other_parameters_than_asked_for_are_told_as_such(desk: Any, answer: Any) -> None:
    assert "Give your function the parameters that the task names" in said(
        desk.open(asks, delta), answer
    )


def test_a_call_that_does_not_fit_inside_the_answer_is_told_with_its_line(desk: Any) -> None:
    space: dict[str, Any] = {"delta": delta}
    exec(compile("def call(d, v):\n    return delta(d)\n", "<answer>", "exec"), space)
    text = said(desk.open(asks, delta), space["call"])
    assert "(in call, line 2)" in text
    assert "Your code stopped with this error" in text


def test_a_known_mistake_may_be_an_exception(desk: Any) -> None:
    run = desk.open(asks, delta, MISTAKES)
    assert said(run, named(lambda d, v: float(delta(d, v)))).startswith(
        "Exercise 1.4 delta: it does not take arrays\n  checked   three neurons"
    )


def test_nothing_returned(desk: Any) -> None:
    text = said(desk.open(asks, delta), named(lambda d, v: None))
    assert text.splitlines()[2:] == [
        "  expected  the number 0.111424",
        "  got       None",
        "  try this  Your function returned nothing: is a `return` missing?",
    ]


def test_a_wrong_shape_is_told_before_values(desk: Any) -> None:
    def matrix(probe: Any, function: Any) -> None:
        probe.call("a batch", function, np.arange(6.0).reshape(2, 3))

    run = desk.open(matrix, lambda x: x * 2)
    assert said(run, lambda x: x.T).splitlines()[2:] == [
        "  expected  shape (2, 3)",
        "  got       shape (3, 2)",
        "  try this  The shape is the transposed one.",
    ]


def test_the_first_differing_index_is_told_and_how_many_differ(desk: Any) -> None:
    def matrix(probe: Any, function: Any) -> None:
        probe.call("a batch", function, np.arange(12.0).reshape(3, 4))

    def wrong(x: Any) -> Any:
        y = x * 2
        y[1, 2], y[2, 0] = 0.0, 7.0
        return y

    assert said(desk.open(matrix, lambda x: x * 2), named(wrong)).splitlines()[1:4] == [
        "  checked   a batch: delta(an array of shape (3, 4))",
        "  expected  12 at [1, 2]",
        "  got       0 at [1, 2] (2 of 12 values differ; this is the first)",
    ]


def test_a_change_in_place_is_told_and_undone(desk: Any) -> None:
    given = np.array([1.0, 2.0])

    def vector(probe: Any, function: Any) -> None:
        probe.call("two values", function, given)

    def wrong(x: Any) -> Any:
        x *= 2
        return x

    run = desk.open(vector, lambda x: x * 2)
    assert said(run, wrong).splitlines()[2:] == [
        "  expected  the arguments as they were",
        "  got       argument 1 was changed in place",
        "  try this  Work on a copy, or build a new array.",
    ]
    assert given.tolist() == [1.0, 2.0]


def test_the_right_number_is_not_printed(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = desk.open(
        lambda probe, value: probe.number("the slope", value, decimals=2),
        -4.37,
        {"the sign is lost": ("Left of the minimum the slope is negative.", 4.37)},
    )
    run(-4.37)
    run(-4.3661)
    run(np.float32(-4.37))
    assert said(run, 4.37) == (
        "Exercise 1.4 delta: the sign is lost\n"
        "  checked   the slope\n"
        "  expected  another answer\n"
        "  got       the number 4.37\n"
        "  try this  Left of the minimum the slope is negative."
    )
    for wrong in (-4.4, -4.34, 0, 1e300, float("nan"), float("inf")):
        assert "-4.37" not in said(run, wrong)
    assert "expected  a number" in said(run, "4")
    assert "expected  a number" in said(run, True)


def test_the_right_letter_is_not_printed(desk: Any) -> None:
    run = desk.open(
        lambda probe, value: probe.choice("why", value), "c", {"a is wrong": ("Think again.", "a")}
    )
    run("c")
    run(" C ")
    run("(c)")
    assert said(run, "a").startswith("Exercise 1.4 delta: a is wrong\n")
    assert "'c'" not in said(run, "b")
    for nonsense in (3, "", "cc", None):
        assert "one letter in quotes, such as 'a'" in said(run, nonsense)


def test_a_fact_says_what_to_do(desk: Any) -> None:
    run = desk.open(
        lambda probe, value: probe.true("95 % of the test set", value > 0.95, "Train longer."), 0.97
    )
    assert said(run, 0.5) == (
        "Exercise 1.4 delta: not right yet\n"
        "  checked   95 % of the test set\n"
        "  expected  yes\n"
        "  got       no\n"
        "  try this  Train longer."
    )


def test_an_unfinished_exercise_is_no_mistake(desk: Any) -> None:
    def stub(d: Any, v: Any) -> Any:
        raise NotImplementedError("Exercise 1.4: delta")

    with pytest.raises(NotImplementedError, match=r"^Exercise 1\.4: delta$"):
        desk.open(asks, delta)(stub)


def test_an_undefined_name_is_an_unfinished_exercise(desk: Any) -> None:
    run = desk.open(lambda probe, value: probe.number("x", value), 1)
    with pytest.raises(NotImplementedError) as raised, run.checks("delta") as probe:
        probe.number("x", slope)  # type: ignore[name-defined]  # noqa: F821
    assert str(raised.value) == (
        "Exercise 1.4 delta: slope is not defined yet; finish and run its cell first"
    )


def test_a_warning_is_told_and_is_no_mistake(desk: Any, capfd: pytest.CaptureFixture[str]) -> None:
    def warns(d: Any, v: Any) -> Any:
        np.exp(1000.0 * np.ones(1))
        return delta(d, v)

    desk.open(asks, delta)(warns)
    out, err = capfd.readouterr()
    assert err == "" and out == (
        "Exercise 1.4 delta: passed\n"
        "  note      your code warned: RuntimeWarning: overflow encountered in exp\n"
    )


def test_long_lines_are_wrapped_under_their_beginning(desk: Any) -> None:
    advice = "The error is e = d − y, and this advice goes on and on, " * 3
    run = desk.open(asks, delta, {"long": (advice.strip(), lambda d, v: -delta(d, v))})
    lines = said(run, lambda d, v: -delta(d, v)).splitlines()
    assert max(map(len, lines)) <= 92
    assert lines[4].startswith("  try this  The error") and lines[5].startswith(12 * " ")
    assert advice.strip() in " ".join(line.strip() for line in lines[4:])


def test_a_student_mistake_is_shown_without_a_traceback(desk: Any) -> None:
    with pytest.raises(StudentMistake) as raised:
        desk.open(asks, delta)(lambda d, v: 0)
    assert raised.value._render_traceback_() == str(raised.value).splitlines()
    assert raised.value.__suppress_context__


def test_another_version_of_the_notebook_is_no_mistake_of_the_student(desk: Any) -> None:
    run = desk.open(asks, delta)
    with pytest.raises(BrokenCheck) as raised, run.checks("delta") as probe:
        probe.call("four neurons", delta, 1.0, 0.2)
    assert str(raised.value) == (
        "Exercise 1.4 delta: this notebook and the installed helpers are not of the same version "
        "(probe 'four neurons'); run: course doctor"
    )
    assert raised.value._render_traceback_() == [str(raised.value)]
    with pytest.raises(BrokenCheck, match="asked with other numbers than when it was built"):
        with run.checks("delta") as probe:
            probe.call("one neuron", delta, 1.0, 0.3)


def test_an_unknown_exercise_and_an_unknown_chapter(desk: Any) -> None:
    run = desk.open(asks, delta)
    with pytest.raises(
        BrokenCheck, match="this chapter has no exercise 'nothing'; run: course doctor"
    ):
        run.checks("nothing")


def test_the_summary(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = desk.open(asks, delta)
    run.checks.summary()
    run(delta)
    with pytest.raises(StudentMistake):
        run(lambda d, v: 0)
    run(delta)
    capsys.readouterr()
    run.checks.summary()
    assert capsys.readouterr().out == (
        "1 of 1 exercises pass their visible checks\n  1.4   delta                   passed\n"
    )


def test_a_hidden_check_shows_the_values_but_no_traceback(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = desk.open(asks, delta, MISTAKES, hidden=True)
    with run.checks.hidden("delta") as probe:
        probe.call("another", delta, 0.0, 0.0, expected=-0.125)
    assert capsys.readouterr().out == "Exercise 1.4 delta: hidden checks passed\n"
    with pytest.raises(StudentMistake) as raised, run.checks.hidden("delta") as probe:
        probe.call("another", lambda d, v: 1 / 0, 0.0, 0.0, expected=-0.125)
    assert str(raised.value).splitlines() == [
        "Exercise 1.4 delta: a hidden check: not right yet",
        "  checked   another",
        "  expected  a value",
        "  got       ZeroDivisionError: division by zero",
        "  try this  Your code stopped with this error; call it yourself on these arguments.",
    ]


def test_a_hidden_probe_must_say_what_it_expects(desk: Any) -> None:
    run = desk.open(asks, delta)
    with pytest.raises(
        BrokenCheck, match="the hidden probe 'another' does not say what it expects"
    ):
        with run.checks.hidden("delta") as probe:
            probe.call("another", delta, 0.0, 0.0)


def test_an_exception_between_probes_is_the_students(desk: Any) -> None:
    run = desk.open(asks, delta)
    with pytest.raises(StudentMistake, match="KeyError: 'W'"), run.checks("delta") as probe:
        probe.call("one neuron", delta, 1.0, 0.2)
        {}["W"]


def test_a_count_has_to_be_whole(desk: Any) -> None:
    run = desk.open(lambda probe, got: probe.number("layers", got, decimals=0), 5)
    run(5.0)
    assert said(run, 4.983) == (
        "Exercise 1.4 delta: not right yet\n"
        "  checked   layers\n"
        "  expected  a whole number\n"
        "  got       the number 4.983\n"
        "  try this  It counts something: decide whether to round up or down."
    )


def test_a_wrong_number_or_letter_is_not_compared_with_one_that_is_not_shown(desk: Any) -> None:
    run = desk.open(lambda probe, got: probe.choice("the cause", got), "c")
    assert "  try this  Read the letters that the task lists again;" in said(run, "h")


def test_comparisons_where_numbers_are_due_are_told_how_to_become_numbers(desk: Any) -> None:
    run = desk.open(lambda probe, got: probe.values("slope", got), np.array([0.0, 1.0]))
    assert "multiply the comparison by 1.0" in said(run, np.array([False, False]))


def test_several_values_where_one_array_is_due_are_told_so(desk: Any) -> None:
    run = desk.open(lambda probe, got: probe.values("p", got), np.array([0.5, 0.5]))
    assert "One array is due, and several values came" in said(run, (np.ones(2), np.ones(2)))
    objects = np.array([0.5, 0.25], dtype=object)
    assert "The array holds Python objects" in said(run, objects)


def test_an_array_where_several_values_are_due_is_told_by_its_kind(desk: Any) -> None:
    run = desk.open(lambda probe, got: probe.values("both", got), (np.ones(4), np.ones(4)))
    assert "  got       an array of shape (4,)" in said(run, np.ones(4))


def test_an_empty_argument_is_shown_with_its_shape(desk: Any) -> None:
    run = desk.open(lambda probe, f: probe.call("no rows", f, np.zeros((0, 3))), delta_of_rows)
    assert "  checked   no rows: delta_of_rows(np.zeros((0, 3)))" in said(run, named_rows(None))


def delta_of_rows(rows: Any) -> Any:
    return rows.sum(0)


def named_rows(value: Any) -> Any:
    def answer(rows: Any) -> Any:
        return value

    answer.__name__ = "delta_of_rows"
    return answer


def test_an_answer_that_ends_python_is_an_error_of_the_answer(desk: Any) -> None:
    def leaves(rows: Any) -> Any:
        raise SystemExit(3)

    run = desk.open(lambda probe, f: probe.call("rows", f, np.ones((1, 3))), delta_of_rows)
    assert "  got       SystemExit: 3" in said(run, leaves)


def test_a_wrong_kind_between_two_probes_says_what_to_set(desk: Any) -> None:
    def asks_between(probe: Any, rate: Any) -> None:
        probe.true("it learns", rate * 1.0 > 0, "Take a larger rate.")

    run = desk.open(asks_between, 0.5)
    assert "Compare what your code sets or returns with what is asked for" in said(run, None)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ("lambda d: d", "Give your function the parameters that the task names"),
        ("lambda d, v: None", "is a `return` missing?"),
        ("lambda d, v: {}", "is a `return` missing?"),
        ("lambda d, v: 1 / 0", "Your code stopped with this error"),
    ],
)
def test_an_error_in_a_function_of_the_check_is_told_by_its_cause(
    desk: Any, answer: str, advice: str
) -> None:
    space: dict[str, Any] = {}
    source = "def try_delta(delta):\n    return [2 * each for each in (delta(1.0, 0.2),)]\n"
    exec(compile(source, "<given>", "exec"), space)

    def asks_through(probe: Any, delta: Any) -> None:
        probe.values("one more", space["try_delta"](delta))

    wrong = eval(compile(answer, "<answer>", "eval"))
    text = said(desk.open(asks_through, delta), wrong)
    assert advice in " ".join(text.split())


def test_exercises_that_fail_are_named_where_the_answer_uses_them_until_they_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probe = Probe()
    probe.call("value", lambda x: x, 3.0)
    asked, print_of_three = probe.answers[0].asked, probe.answers[0].print("tanh")
    probes = {"value": {"asked": asked, "expected": encode(1.0)}}
    known = Mistake("a known one", "Mend it.", {"value": print_of_three})
    exercises = {
        name: Exercise(name, number, False, probes, [known])
        for name, number in (("tanh", "1.1"), ("alone", "1.2"), ("flow", "1.3"))
    }
    monkeypatch.setattr("helpers.check.checks.load", lambda chapter: exercises)
    check = Checks("01_any")

    def told(name: str, function: Any) -> str:
        with pytest.raises(StudentMistake) as raised, check(name) as asking:
            asking.call("value", function, 3.0)
        return str(raised.value)

    first = "  first     your code uses Exercise 1.1 tanh, which did not pass when last checked"
    assert "  first  " not in told("tanh", doubled)
    assert first in told("flow", flow)  # through a function of the notebook
    assert first in told("flow", lambda x: doubled(x) / 2)  # a known mistake may be due to it too
    assert first not in told("alone", lambda x: x + 1)
    with check("tanh") as asking:
        asking.call("value", lambda x: 1.0, 3.0)
    assert first not in told("flow", flow)


def doubled(x: Any) -> Any:
    return 2 * x


def between(x: Any) -> Any:
    return next(doubled(each) for each in (x,))


def flow(x: Any) -> Any:
    return between(x) + 1


def test_an_almost_right_count_is_not_taken_for_a_known_mistake(desk: Any) -> None:
    run = desk.open(
        lambda probe, got: probe.number("layers", got, decimals=0), 5, {"too few": ("Up.", 4)}
    )
    assert said(run, 4).startswith("Exercise 1.4 delta: too few\n")
    text = said(run, 4.0000002)
    assert text.startswith("Exercise 1.4 delta: not right yet\n")
    assert "  got       the number 4.0000002" in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (5 + 0j, "  got       '(5+0j)'\n  try this  Set it to a number."),
        (float("nan"), "the number nan\n  try this  It is not finite: was divided by zero?"),
        ("five", "  got       'five'\n  try this  Set it to a number."),
    ],
)
def test_what_is_no_number_on_a_line_is_told_so(desk: Any, answer: Any, words: str) -> None:
    run = desk.open(lambda probe, got: probe.number("layers", got), 5.0)
    assert words in said(run, answer)


def test_a_tensor_where_an_array_is_due_is_told_how_to_become_one(desk: Any) -> None:
    import torch

    run = desk.open(lambda probe, got: probe.values("p", got), np.ones(2))
    assert "Return a NumPy array: .detach().numpy() makes one of a tensor." in said(
        run, torch.ones(2)
    )
