"""The side of the student: runs cells, and does what the checker asks of the objects they made.

Everything here may be rewritten by the student's code while it runs, and nothing of it is
trusted: what it answers is the answer of that student, and no more. In particular no verdict is
reached here, and nothing in this process knows a hidden check or a right answer.
"""

from __future__ import annotations

import operator
import os
import signal
import socket
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

from helpers.grading.boundary import library
from helpers.grading.boundary.frames import Closed, Frames, WireError
from helpers.grading.boundary.outputs import OUTPUTS
from helpers.grading.boundary.packing import Packer
from helpers.grading.boundary.raised import revived, told
from helpers.grading.boundary.remote import METHODS
from helpers.grading.boundary.unpacking import Unpacker
from helpers.grading.engine.shell import Shell, make_shell, run
from helpers.grading.limits import Limits

__all__ = ["OPERATIONS", "live", "prepare"]

_shell: list[Shell] = []

OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": lambda f, /, *a, **k: f(*a, **k),
    "getattr": getattr, "setattr": setattr, "delattr": delattr,
    "getitem": operator.getitem, "setitem": operator.setitem, "delitem": operator.delitem,
    "contains": operator.contains, "len": len, "iter": iter, "next": next, "bool": bool,
    "float": float, "int": int, "index": operator.index, "str": str, "repr": repr,
    "dir": dir, "hash": hash, "abs": abs, "enter": lambda x: x.__enter__(),
    "exit": lambda x: x.__exit__(None, None, None), "callable": callable,
    "isinstance": isinstance, "names": lambda f: sorted(_uses(f)),
    **{name: getattr(operator, name) for name in (
        "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "neg", "pos",
        "invert", "and_", "or_", "xor", "lshift", "rshift", "lt", "le", "gt", "ge", "eq", "ne",
        "iadd", "isub", "imul", "itruediv",
    )},
}  # fmt: skip


def prepare() -> None:
    """In the warm process: make the shell, which every fork inherits."""
    _shell.append(make_shell())


def live(channel: socket.socket, limits: Limits) -> None:
    """Answer the checker until it closes."""
    _fresh(limits)
    Side(Frames(channel, limits.answer), _shell[0]).answer_all()


def _fresh(limits: Limits) -> None:
    """What a fork must not share with its brothers: chance, and open files."""
    import random

    import numpy as np
    import torch

    seed = int.from_bytes(os.urandom(4), "big")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  the state that students' code may use
    torch.manual_seed(seed)
    OUTPUTS.limits = limits
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _uses(function: Any) -> set[str]:
    from helpers.check.uses import uses

    return uses([function])


class Side:
    """The objects of this process that the checker has a handle of, and what it may do to them."""

    def __init__(self, frames: Frames, shell: Shell) -> None:
        self.frames, self.shell = frames, shell
        self.kept: list[Any] = []
        self.numbers: dict[int, int] = {}  # of a kept object, by its id
        self.busy = False  # with what may be interrupted

    def answer_all(self) -> None:
        """Serve until the checker is gone."""
        while True:
            signal.signal(signal.SIGINT, self._interrupt)  # whatever a cell has put there
            try:
                request, data = self.frames.receive()
            except Closed:
                return
            self.answer(request, data)

    def answer(self, request: dict[str, Any], data: memoryview) -> None:
        """Do what is asked, and reply with one frame."""
        packer = Packer(self.keep)
        busy, self.busy = self.busy, True
        try:
            reply = self._do(request, data, packer)
            self.busy = busy
        except Closed:
            raise
        except BaseException as error:
            self.busy = busy
            packer, reply = Packer(self.keep), {"raised": told(error)}
        try:
            self.frames.send(reply, packer.buffers)
        except WireError as error:  # too large
            self.frames.send({"raised": told(error)})

    def _interrupt(self, number: int, frame: Any) -> None:
        if self.busy:
            raise KeyboardInterrupt

    def _do(self, request: dict[str, Any], data: memoryview, packer: Packer) -> dict[str, Any]:
        names = self.shell.user_ns
        if "run" in request:
            outputs, number = run(self.shell, request["run"])
            return {"outputs": outputs, "count": number}
        if "name" in request:
            if request["name"] not in names:
                return {"found": False}
            return {"found": True, "value": self._whole(names[request["name"]], packer)}
        if "import" in request:
            names[request["as"]] = import_module(request["import"])
            return {}
        if "define" in request:
            names[request["define"]] = Unpacker(data, self.find).value(request["value"])
            return {}
        return self.apply(request, data, packer)

    def _whole(self, value: Any, packer: Packer) -> Any:
        """The tree of a value, or a handle where it is too large or too deep."""
        try:
            tree = packer.tree(value)
            if packer.at < self.frames.most // 2:
                return tree
        except WireError:
            pass
        packer.buffers.clear()
        return self.keep(value)

    def apply(self, request: dict[str, Any], data: memoryview, packer: Packer) -> dict[str, Any]:
        """One operation on values; what it raises, prints and warns goes along."""
        unpacker = Unpacker(data, self.find)
        arguments = unpacker.value(request["arguments"])
        named = unpacker.value(request["named"])
        before = _packed(self.keep, (arguments, named))
        OUTPUTS.begin()
        reply: dict[str, Any] = {}
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                value = OPERATIONS[request["do"]](*arguments, **named)
            except Closed:
                raise
            except BaseException as error:
                reply["raised"] = told(error)
            else:
                reply["value"] = packer.tree(value)
        if _packed(self.keep, (arguments, named)) != before:
            reply["after"] = packer.tree((arguments, named))
        reply["warned"] = [[w.category.__name__, str(w.message)[:2000]] for w in warned[:50]]
        reply["outputs"] = OUTPUTS.done()
        return reply

    def keep(self, value: Any) -> Any:
        """A handle for what does not cross, with what can be told of it."""
        if isinstance(value, Callback):
            return ["handle", ["checker", value.number]]
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.kept)
            self.kept.append(value)
        kinds = type(value).__mro__
        about = {
            "type": type(value).__name__,
            "name": _name(value),
            "classes": [f"{each.__module__}.{each.__qualname__}" for each in kinds[:20]],
            "has": [name for name in METHODS if any(name in vars(each) for each in kinds)],
        }
        return ["handle", ["student", self.numbers[id(value)], about]]

    def find(self, handle: Any) -> Any:
        """The object of a handle: of this side, of a library, or a function of the checker's."""
        if handle[0] == "library":
            return library.find(handle[1], handle[2])
        return self.kept[handle[1]] if handle[0] == "student" else Callback(self, handle[1])


class Callback:
    """A function of the checker's, as an argument of the student's."""

    def __init__(self, side: Side, number: int) -> None:
        self.side, self.number = side, number
        self.__name__ = "function"

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        packer = Packer(self.side.keep)
        header = {"callback": self.number, "arguments": packer.tree(arguments)}
        header["named"] = packer.tree(named)
        self.side.frames.send(header, packer.buffers)
        while True:
            reply, data = self.side.frames.receive()
            if "do" not in reply:
                break
            self.side.answer(reply, data)  # the checker's function asks back
        if "raised" in reply:
            raise revived(reply["raised"])
        return Unpacker(data, self.side.find).value(reply["value"])


def _name(value: Any) -> str:
    try:
        return str(getattr(value, "__name__", ""))
    except Exception:  # a student's object may do anything
        return ""


def _packed(keep: Callable[[Any], Any], value: Any) -> Any:
    """A value as it would cross now, to see whether it has changed."""
    packer = Packer(keep)
    try:
        return packer.tree(value), packer.buffers
    except WireError:
        return None
