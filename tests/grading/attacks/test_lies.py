"""Whatever a student's process says over its line, the judge comes to one end, and to no points.

Here the student's process is a thread of the test's own, which says exactly what it is told to.
"""

from __future__ import annotations

import itertools
import json
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import nbformat
import pytest
import torch  # noqa: F401  as in the judge, which is not to import it on the clock

from helpers.grading.boundary.client import Client
from helpers.grading.boundary.frames import Closed, Frames
from helpers.grading.boundary.packing import pack
from helpers.grading.engine.judge import grade
from helpers.grading.limits import Limits
from helpers.grading.showing.inert import inert
from helpers.grading.verdict import STATES

from .conftest import PAPER, submission

QUICK = Limits(cell=0.2, grace=0.05, whole=0.6, answer=2**20, text=1000, shown=50_000)
FUNCTION = ["handle", ["student", 0, {"type": "function", "has": ["__call__"], "classes": []}]]
HONEST: dict[str, Any] = {
    "run": {"outputs": [], "count": 1},
    "name": {"found": True, "value": FUNCTION},
    "do": {"value": ["list", [1]], "warned": [], "outputs": []},
    "define": {},
    "import": {},
}
Said = Callable[[dict[str, Any]], object]


def nested(depth: int, inner: Any = 0) -> Any:
    """Lists in lists."""
    for _ in range(depth):
        inner = [inner]
    return inner


def tree(depth: int) -> Any:
    """A value of so many lists."""
    value: Any = 1
    for _ in range(depth):
        value = ["list", [value]]
    return value


def judged(say: Said) -> dict[str, Any]:
    """How the judge ends; `say` makes the reply to a request: JSON, bytes as they are, or None."""
    (asks, answers), (commands, reports) = socket.socketpair(), socket.socketpair()

    def live() -> None:
        frames = Frames(answers)
        with suppress(Closed, OSError):
            while True:
                said = say(frames.receive()[0])
                if isinstance(said, bytes):
                    answers.sendall(said)
                elif said is not None:
                    frames.send(said)

    with asks, answers, commands, reports:
        reports.sendall(b'{"code": 3}')  # as a keeper would tell of its end
        student = threading.Thread(target=live, daemon=True)
        student.start()
        *scores, end = grade(PAPER, submission(), Client(asks, commands, QUICK))
        assert [list(each) for each in scores] == [["score"]] * len(scores)
        end["points"] = sum(each["score"]["points"] for each in scores)
        assert all(len(each["score"]["reason"]) <= 20_000 for each in scores)
        answers.close()
    return dict(end)


def fine(end: dict[str, Any]) -> bool:
    """Whether it is one end without points, and its notebook one that can be shown and kept."""
    notebook = inert(nbformat.from_dict(json.loads(json.dumps(end["notebook"]))))
    nbformat.validate(notebook)
    return end["end"] in STATES and end["points"] == 0.0 and len(json.dumps(end)) < 200_000


def kind(request: dict[str, Any]) -> str:
    """What is asked."""
    return next(name for name in HONEST if name in request)


def lying(about: str, lie: object) -> Said:
    """Says the lie when it is asked about one kind of thing, and something honest otherwise."""
    return lambda request: lie if kind(request) == about else HONEST[kind(request)]


LONG = "x" * 500_000
pytestmark = pytest.mark.filterwarnings("ignore")  # what the student's code is said to warn of
LIES: dict[str, list[object]] = {
    "run": [
        {}, [], None, "text", 7, {"outputs": 7}, {"outputs": [7, [], {}]}, {"count": LONG},
        {"outputs": [{"output_type": "stream", "text": LONG}]},
        {"outputs": [{"output_type": "stream", "text": {"a": 1}, "name": ["x"]}]},
        {"outputs": [{"output_type": "error", "traceback": [LONG, 7, nested(300)]}]},
        {"outputs": [{"output_type": "error", "ename": nested(300), "evalue": 3}]},
        {"outputs": [{"output_type": "display_data", "data": {"application/json": nested(900)}}]},
        {"outputs": [{"output_type": "display_data", "data": {"text/plain": nested(9), "": "x"}}]},
        {"outputs": [{"output_type": "display_data", "data": {"application/json": nested(9)}}]},
        {"outputs": [{"output_type": "execute_result", "data": {}, "execution_count": -3}]},
        {"outputs": [{"output_type": "execute_result", "data": {}, "execution_count": True}]},
        {"outputs": [{"output_type": "execute_result", "data": {"points": "2"}}] * 20_000},
        {"outputs": [], "count": 10**3000}, {"outputs": [], "count": True},
        {"callback": 0}, {"callback": -1}, {"callback": "x", "arguments": ["tuple", []]},
        {"raised": {"type": "Ended"}}, {"end": "graded"}, {"score": {"points": 2}},
    ],
    "name": [
        {}, {"found": True}, {"found": 1, "value": {"a": 1}}, {"found": True, "value": []},
        {"found": True, "value": ["handle", []]}, {"found": True, "value": ["handle", 7]},
        {"found": True, "value": ["handle", ["student", "x", {}]]},
        {"found": True, "value": ["handle", ["student", 0, {"has": 7}]]},
        {"found": True, "value": ["handle", ["student", 0, {"classes": 7}]]},
        {"found": True, "value": ["handle", ["student", 0, {"classes": [["a"], None]}]]},
        {"found": True, "value": ["handle", ["checker", 0]]},
        {"found": True, "value": ["handle", ["library", "os", "system"]]},
        {"found": True, "value": ["array", "<f8", [2**40], "C", False, [0, 8]]},
        {"found": True, "value": ["array", "O", [1], "C", False, [0, 8]]},
        {"found": True, "value": ["array", "f8,f8", [0], "C", False, [0, 0]]},
        {"found": True, "value": ["tensor", "float32", [2**40, 0], "S", 1, [0, 0], None]},
        {"found": True, "value": ["tensor", "__class__", [1], "C", 1, [0, 0], None]},
        {"found": True, "value": ["generator", ["dict", [["bit_generator", "os"]]]]},
        {"found": True, "value": ["chance", ["list", []]]},
        {"found": True, "value": ["again", 0]}, {"found": True, "value": ["int", "9" * 10**5]},
        {"found": True, "value": ["device", "cuda:99"]}, {"found": True, "value": ["kind", "O"]},
        {"found": True, "value": tree(200)}, {"found": True, "value": nested(900)},
        {"found": True, "value": ["dict", [[["list", []], 1]]]},
        {"found": True, "value": ["slice", ["a"], {}, 1]},
    ],
    "do": [
        {}, {"value": True}, {"value": {"points": 2}}, {"value": ["handle", ["student", 1]]},
        {"raised": True}, {"raised": {}}, {"raised": {"type": 7, "bases": 7, "text": nested(99)}},
        {"raised": {"type": "StudentMistake", "bases": ["AssertionError"], "text": LONG}},
        {"raised": {"type": "KeyboardInterrupt", "bases": ["KeyboardInterrupt"]}},
        {"raised": {"type": "GeneratorExit", "bases": ["GeneratorExit"]}},
        {"raised": {"type": "Ended", "bases": ["BaseException", "object", "print"]}},
        {"raised": {"type": "ExceptionGroup", "bases": ["ExceptionGroup"]}},
        {"raised": {"type": "UnicodeDecodeError", "bases": ["UnicodeDecodeError"], "text": "x"}},
        {"raised": {"type": "StopIteration", "bases": ["StopIteration"]}},
        {"raised": {"type": "SystemExit", "bases": ["SystemExit"], "text": "0"}},
        {"value": 1, "warned": 7}, {"value": 1, "warned": [[]]}, {"value": 1, "warned": [[1, 2]]},
        {"value": 1, "warned": [["x" * 10**5, LONG]] * 3}, {"value": 1, "outputs": {"a": 1}},
        {"value": 1, "after": 7}, {"value": 1, "after": ["tuple", []]},
        {"value": 1, "after": ["tuple", [["tuple", [1, 2, 3]], ["dict", []]]]},
        {"value": ["range", 0, 10**15, 1]}, {"value": ["int", "f" * 10**5]},
        {"value": ["array", "<U1", [0, 2**60], "S", False, [0, 0]]},
        {"callback": 0, "arguments": ["tuple", []], "named": ["dict", []]},
        *({"value": ["list", [float(n)] * 5]} for n in ("nan", "inf", "-inf")),
    ],
}  # fmt: skip
RAW: dict[str, bytes] = {
    "noise": bytes(range(256)) * 100,
    "no JSON": struct.pack("!II", 4, 0) + b"{{{{",
    "half a letter": struct.pack("!II", 3, 0) + b'"\xff"',
    "nested deeply": struct.pack("!II", 200_000, 0) + b"[" * 200_000,
    "a number without end": struct.pack("!II", 9000, 0) + b"9" * 9000,
    "a length that is too large": struct.pack("!II", 2**31, 2**31),
    "a length that does not come": struct.pack("!II", 1000, 1000) + b"{",
    "many objects": struct.pack("!II", 900_001, 0) + b"[" + b"{}," * 299_999 + b"{}]",
}


def test_what_is_honest_and_right_gets_the_points() -> None:
    """The control: the points can be had over this line."""
    count = itertools.count()

    def right(request: dict[str, Any]) -> object:
        if kind(request) != "do":
            return HONEST[kind(request)]
        first, x = next(count), [0.0, 2.0, 4.0, 6.0, 8.0]
        y = [6.0 + n / 3 for n in range(7)]
        return {"value": [["list", x], ["list", y], 7][first]}

    end = judged(right)
    assert (end["end"], end["points"], end["reason"]) == ("graded", 3.0, "")


@pytest.mark.parametrize("about", LIES)
def test_no_lie_gets_a_point_or_breaks_the_judge(about: str) -> None:
    for lie in LIES[about]:
        assert fine(judged(lying(about, lie))), str(lie)[:200]


@pytest.mark.parametrize("about", LIES)
@pytest.mark.parametrize("way", RAW)
def test_no_bytes_get_a_point_or_break_the_judge(way: str, about: str) -> None:
    end = judged(lying(about, RAW[way]))
    assert fine(end) and end["end"] in ("died", "timed out")
    assert end["reason"].endswith(".")


def test_answers_before_they_are_asked_for_are_no_better() -> None:
    text = json.dumps({"found": True, "value": True, "outputs": [], "end": "graded"}).encode()
    frame = struct.pack("!II", len(text), 0) + text
    for about in LIES:
        assert fine(judged(lying(about, frame * 50)))


WORDS = """list tuple dict array tensor scalar handle again int objects generator chance kind
dtype student checker value raised after warned outputs type has classes C S T <f8 float32
__call__ __len__ __getitem__ __iter__ AssertionError run name do callback"""


def pieces(chance: random.Random) -> Iterator[Any]:
    """Parts of trees, for ever."""
    words = WORDS.split()
    while True:
        yield chance.choice([*words, 0, 1, -1, 2, 7.5, None, True, 2**63, [], {}, ""])


def a_tree(chance: random.Random, parts: Iterator[Any], depth: int = 0) -> Any:
    """Something that looks like an answer here and there."""
    if depth > 4 or chance.random() < 0.3:
        return next(parts)
    if chance.random() < 0.3:
        keys = (str(next(parts)) for _ in range(chance.randrange(4)))
        return {key: a_tree(chance, parts, depth + 1) for key in keys}
    return [next(parts), *(a_tree(chance, parts, depth + 1) for _ in range(chance.randrange(5)))]


def test_chance_gets_no_point_and_breaks_no_judge() -> None:
    chance = random.Random(0)
    parts = pieces(chance)
    for _ in range(300):
        about = chance.choice([*LIES])
        made = a_tree(chance, parts)
        lie = {**HONEST[about], chance.choice(["value", "raised", "after", "outputs"]): made}
        assert fine(judged(lying(about, lie))), lie


def test_who_reads_nothing_does_not_hold_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are there before the questions, which nobody takes from the line."""
    (asks, answers), (commands, reports) = socket.socketpair(), socket.socketpair()
    with asks, answers, commands, reports:
        client = Client(asks, commands, QUICK)
        client.begin_cell()
        text = json.dumps({"outputs": []}).encode()
        answers.sendall((struct.pack("!II", len(text), 0) + text) * 100)
        with pytest.raises(BaseException, match="s and read nothing"):
            for _ in range(100):
                client.run("x" * 50_000)


def test_only_a_call_changes_what_it_was_given() -> None:
    """A check that sets `layer.W = W` may go on with its W."""
    (asks, answers), (commands, reports) = socket.socketpair(), socket.socketpair()

    def live() -> None:
        frames = Frames(answers)
        with suppress(Closed, OSError):
            frames.receive()
            frames.send(HONEST["name"])
            for first in ([None, "W"], [None]):  # of setattr's arguments, and of the call's
                frames.receive()
                after, _ = pack(((*first, [0.0, 0.0, 0.0]), {}))
                frames.send({"value": None, "after": after})

    with asks, answers, commands, reports:
        threading.Thread(target=live, daemon=True).start()
        client = Client(asks, commands, QUICK)
        client.begin_cell()
        layer, weights = client.name("layer")[1], [1.0, 2.0]
        layer.W = weights
        assert weights == [1.0, 2.0]
        layer(weights)
        assert weights == [0.0, 0.0, 0.0], "the control: a call may"
