"""What may be typed as an answer, and what is said to the rest."""

import pytest

from helpers.explore.drill_answer import AnswerError, read


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (" 32 ", 32),
        ("1,792", 1792),
        ("1 792 000", 1792000),
        ("1'792", 1792),
        ("32.0", 32),
        ("16·(3·3·3 + 1)", 448),
        ("(7 − 3)//3 + 1", 2),
        ("5×5×3 * 10 + 10", 760),
        ("-2*-3", 6),
        ("6/4*2", 3),
        ("0.1*30", 3),
    ],
)
def test_numbers_and_calculations_are_read(typed: str, number: int) -> None:
    assert read(typed) == number


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type a whole number, then press Enter."),
        ("2.5", "That is 2.5; the answer is a whole number."),
        ("7/3", "That is 2.333; the answer is a whole number."),
        ("1/0", "That divides by 0."),
        ("9" * 81, "Type at most 80 characters."),
    ],
)
def test_what_is_no_whole_number_is_told(typed: str, words: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read(typed)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    "typed", ["32x32", "thirty", "9**9", "True", "f(1)", "1,2", "(", "1; 2", "'a'*9", "1 2", "\0"]
)
def test_everything_else_gets_an_example(typed: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read(typed)
    assert str(caught.value) == (
        "Type a whole number, such as 32, or a calculation, such as 3*3*8 + 1."
    )
