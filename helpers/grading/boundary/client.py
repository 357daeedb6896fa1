"""The checker's line to a student's process: asks, waits only so long, trusts no answer."""

from __future__ import annotations

import json
import socket
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from helpers.check.outcomes import BrokenCheck
from helpers.grading.boundary import library
from helpers.grading.boundary.arguments import update
from helpers.grading.boundary.ends import Ended, Lost, how_it_ended
from helpers.grading.boundary.frames import Closed, Frames, WireError
from helpers.grading.boundary.outputs import OUTPUTS, count, output
from helpers.grading.boundary.packing import Packer
from helpers.grading.boundary.raised import revived, told
from helpers.grading.boundary.remote import Remote, make_remote, warning_class
from helpers.grading.boundary.unpacking import Unpacker
from helpers.grading.limits import Limits
from helpers.grading.sandbox.keeper import END, INTERRUPT
from helpers.grading.verdict import State

__all__ = ["Client", "Ended", "Lost"]

HASTE = 6  # a function that hung is called again by later cells: so much less they wait


class Client:
    """The student's process. `interrupted` counts the cells that were stopped for their time."""

    def __init__(self, channel: socket.socket, reports: socket.socket, limits: Limits) -> None:
        self.frames, self.reports, self.limits = Frames(channel, limits.answer), reports, limits
        self.until = self.end = time.monotonic() + limits.whole
        self.known: dict[int, Remote] = {}
        self.functions: list[Callable[..., Any]] = []  # of the checker's, by number
        self.methods = frozenset[str]()  # that the chapter's own classes have
        self.interrupted = 0
        self.allowed = limits.cell
        self.report: dict[str, Any] = {}
        self.lost = False
        self.room = limits.shown  # what outputs may still take in the notebook

    def begin_cell(self) -> None:
        """From now on the time of one cell counts; less, once one was stopped for its time."""
        self.allowed = self.limits.cell / (HASTE if self.interrupted else 1)
        self.until = min(time.monotonic() + self.allowed, self.end)

    def run(self, source: str) -> tuple[list[Any], int | None]:
        """Run a cell: outputs and count, as told by the student's process."""
        stopped = self.interrupted
        reply, _ = self._request({"run": source})
        outputs = self._outputs(reply)
        if self.interrupted > stopped:
            text = f"This cell ran longer than {self.allowed:g} s and was stopped."
            told = {"ename": "TimeoutError", "evalue": text, "traceback": [text]}
            outputs.append({"output_type": "error", **told})
        return outputs, count(reply.get("count"))

    def name(self, name: str) -> tuple[bool, Any]:
        """Whether a global name is defined over there, and its value or a Remote of it."""
        reply, data = self._request({"name": name})
        return bool(reply.get("found")), self._value(reply.get("value"), data)

    def define(self, name: str, value: Any) -> None:
        """Bind a global name over there to a plain value."""
        packer = Packer(self._keep)
        self._request({"define": name, "value": packer.tree(value)}, packer)

    def import_module(self, module: str, name: str) -> None:
        """Import a module over there under a name."""
        self._request({"import": module, "as": name})

    def ask(self, operation: str, *arguments: Any, **named: Any) -> Any:
        """Have an operation done over there; raises here what it raised there."""
        if time.monotonic() >= self.until:
            raise self._stopped()
        packer = Packer(self._keep)
        request = {"do": operation, "arguments": packer.tree(arguments)}
        request["named"] = packer.tree(named)
        reply, data = self._request(request, packer)
        unpacker = Unpacker(data, self._find)
        self._tell(reply)
        raised = reply.get("raised")
        value = None if raised else unpacker.value(reply.get("value"))
        if operation == "call" and "after" in reply:
            update((arguments, named), unpacker.value(reply["after"]))
        if isinstance(raised, dict):
            stopped = raised.get("type") == "KeyboardInterrupt"
            raise self._stopped() if stopped else revived(raised, operation)
        return value

    def close(self) -> None:
        """End the student's process, and learn what it used."""
        self.frames.channel.close()
        self._await_report(self.limits.grace)
        if not self.report:
            self._command(END)
            self._await_report(self.limits.grace)

    def _request(self, request: Any, packer: Packer | None = None) -> tuple[Any, memoryview]:
        """One frame there, one back; in between it may call the checker's functions."""
        try:
            self._send(request, packer)
            while True:
                reply, data = self._receive()
                if not isinstance(reply, dict):
                    raise WireError("a message that is no object")
                if "callback" not in reply:
                    return reply, data
                self._call_back(reply, data)
        except Closed:
            raise self._how_it_ended() from None
        except WireError as error:
            raise self._end("died", f"The process sent what is no answer: {error}.") from None

    def _send(self, message: Any, packer: Packer | None) -> None:
        left = max(self.until - time.monotonic(), 0.0) + self.limits.grace
        try:
            self.frames.send(message, packer.buffers if packer else (), left)
        except TimeoutError:
            raise self._end("timed out", self._too_long("and read nothing")) from None

    def _receive(self) -> tuple[Any, memoryview]:
        try:
            return self.frames.receive(self.until - time.monotonic())
        except TimeoutError:
            self.interrupted += 1
        self._command(INTERRUPT)
        try:
            reply = self.frames.receive(self.limits.grace)
        except TimeoutError:
            told = self._too_long("and could not be interrupted")
            raise self._end("timed out", told) from None
        if time.monotonic() >= self.end:
            whole = f"All cells together ran longer than {self.limits.whole:g} s."
            raise self._end("timed out", whole)
        return reply

    def _too_long(self, how: str) -> str:
        return f"A cell ran longer than {self.allowed:g} s {how}."

    def _stopped(self) -> TimeoutError:
        return TimeoutError(f"the code ran longer than {self.allowed:g} s and was stopped")

    def _how_it_ended(self) -> Ended:
        self._await_report(self.limits.grace)
        return how_it_ended(self.report, self.lost, self.limits)

    def _await_report(self, seconds: float) -> None:
        """Read how the process ended, where its keeper has said so."""
        try:
            self.reports.settimeout(seconds)
            text = self.reports.recv(2**12)
            self.report = json.loads(text) if text else self.report
            self.lost = not text
        except (OSError, ValueError):
            return

    def _command(self, what: bytes) -> None:
        with suppress(OSError):
            self.reports.sendall(what)

    def _end(self, state: State, reason: str) -> Ended:
        self._command(END)
        return Ended(state, reason)

    def _call_back(self, request: dict[str, Any], data: memoryview) -> None:
        """The student's code calls a function of the checker's, which a check gave it."""
        unpacker = Unpacker(data, self._find)
        number = request["callback"]
        if not isinstance(number, int) or not 0 <= number < len(self.functions):
            raise WireError("a call of a function that it was not given")
        arguments = unpacker.value(request.get("arguments"))
        named = unpacker.value(request.get("named"))
        packer = Packer(self._keep)
        try:
            reply = {"value": packer.tree(self.functions[number](*arguments, **named))}
        except Exception as error:
            reply, packer = {"raised": told(error)}, Packer(self._keep)
        self._send(reply, packer)

    def _value(self, tree: Any, data: memoryview) -> Any:
        try:
            return Unpacker(data, self._find).value(tree)
        except WireError as error:
            raise self._end("died", f"The process sent what is no answer: {error}.") from None

    def _keep(self, value: Any) -> Any:
        """A handle for what a check passes: a Remote, or a function of its own."""
        if issubclass(type(value), Remote):  # isinstance asks what it says that it is
            return ["handle", ["student", object.__getattribute__(value, "_number")]]
        if name := library.called(value):
            return ["handle", ["library", *name]]
        if not callable(value):
            kind = type(value).__name__
            raise BrokenCheck(f"a check passes an object of type {kind}, which cannot cross")
        self.functions.append(value)
        return ["handle", ["checker", len(self.functions) - 1]]

    def _find(self, handle: Any) -> Any:
        if handle[0] == "checker":
            return self.functions[handle[1]]
        number, about = handle[1], handle[2]
        if not isinstance(number, int) or not isinstance(about, dict):
            raise WireError("a message with a handle that is none")
        if number not in self.known:
            self.known[number] = make_remote(self.ask, number, about, self.methods)
        return self.known[number]

    def _outputs(self, reply: dict[str, Any]) -> list[dict[str, Any]]:
        """A reply's outputs as a notebook may hold them, and no more than there is room for."""
        told = reply.get("outputs")
        outputs = [made for each in told if (made := output(each))] if type(told) is list else []
        size = sum(len(json.dumps(each)) for each in outputs)
        most = min(self.room, self.limits.pictures + 4 * self.limits.text)
        if size > most:
            text = f"(outputs of {size:,} bytes are not shown; the most is {most:,} here)\n"
            return [{"output_type": "stream", "name": "stdout", "text": text}]
        self.room -= size
        return outputs

    def _tell(self, reply: dict[str, Any]) -> None:
        """Show and warn here what was shown and warned there."""
        for each in self._outputs(reply):
            if each["output_type"] == "stream":
                getattr(sys, each["name"]).write(each["text"])
            else:
                OUTPUTS.items.append(each)
        for pair in (reply.get("warned") or ())[:50]:
            name, text = map(str, pair)
            warnings.warn(text, warning_class(name), stacklevel=2)
