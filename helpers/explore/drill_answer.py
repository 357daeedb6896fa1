"""What was typed as an answer, as a whole number: a number, or a product or sum of some."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from helpers.errors import CourseError

__all__ = ["AnswerError", "read"]

LONGEST = 80  # characters
OPERATIONS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: Fraction(left // right),
}
SIGNS = str.maketrans({"·": "*", "×": "*", "−": "-", "–": "-", ":": "/", "÷": "/"})


class AnswerError(CourseError):
    """What was typed is not a whole number; it counts as no answer."""


def read(typed: str) -> int:
    """Return the whole number that was typed, or that a typed expression comes to.

    Raises AnswerError with a sentence that says what to type instead.

    >>> read("1,792"), read("16·(3·3·3 + 1)"), read("(7 + 2 - 3)//2 + 1")
    (1792, 448, 4)
    """
    text = re.sub(r"(?<=\d)[,'\u2009\u00a0 ](?=\d{3}(?!\d))", "", typed.translate(SIGNS)).strip()
    if not text:
        raise AnswerError("Type a whole number, then press Enter.")
    if len(text) > LONGEST:
        raise AnswerError(f"Type at most {LONGEST} characters.")
    try:
        value = _value(ast.parse(text, mode="eval").body)
    except ZeroDivisionError:
        raise AnswerError("That divides by 0.") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise AnswerError(
            "Type a whole number, such as 32, or a calculation, such as 3*3*8 + 1."
        ) from None
    if value.denominator != 1:
        raise AnswerError(f"That is {float(value):.4g}; the answer is a whole number.")
    return int(value)


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Fraction(str(number))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATIONS:
            return OPERATIONS[type(sign)](_value(left), _value(right))
    raise ValueError
