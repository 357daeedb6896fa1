"""The grader's line to its warm process: starts it behind the outer wall, has it fork."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from helpers.errors import GradingError
from helpers.grading.boundary.frames import Closed
from helpers.grading.limits import Limits
from helpers.grading.sandbox import walls

__all__ = ["UNSAFE", "WarmProcess"]

PATIENCE = 5  # seconds until bubblewrap must have a child
STARTING = 120  # seconds until a warm process must be ready
UNSAFE = (
    "Or grade without a sandbox, with --unsafe: then a student's code can read, change and delete "
    "whatever you can."
)


class WarmProcess:
    """The process that is forked (see warm.py), and the line to it."""

    def __init__(self, *, unsafe: bool = False) -> None:
        self.control, theirs = socket.socketpair()
        inside = [sys.executable, "-P", "-m", "helpers.grading.engine.warm", str(theirs.fileno())]
        if unsafe:
            inside.append("--unsafe")
        self.process = subprocess.Popen(
            inside if unsafe else walls.command(inside),
            env=walls.environment()
            | ({"TMPDIR": os.environ.get("TMPDIR", "/tmp")} if unsafe else {}),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        self.lock = threading.Lock()
        self.unsafe, self.ready = unsafe, False
        self.imported: set[str] = set()
        self.control.settimeout(STARTING)

    def prepare(self, modules: Iterable[str]) -> None:
        """Wait until it is there, and have it import what its forks will use."""
        with self.lock:
            try:
                if not self.ready:
                    self._await()
                wanted = sorted(set(modules) - self.imported)
                if not wanted:
                    return
                self.control.sendall(json.dumps({"import": wanted}).encode())
                if not self._answer():
                    raise OSError("it ended while it imported")
            except OSError as error:
                raise Closed(f"the warm process is gone ({error})") from None
            self.imported.update(wanted)

    def _await(self) -> None:
        if not self._answer():
            _, said = self.process.communicate()
            if self.process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
                raise Closed("the warm process was killed while it started")
            lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            lacks = [] if self.unsafe else walls.missing()
            told = " ".join(lacks) or f"The process that grades could not start: {lines[-1]}"
            raise GradingError(f"{told} {UNSAFE}" if lacks else told)
        threading.Thread(target=self._forget_errors, daemon=True).start()
        self.ready = True

    def fork(self, role: str, limits: Limits, channels: list[socket.socket]) -> int:
        """Fork a student or a judge that has these channels; its number there."""
        request = json.dumps({"role": role, "limits": asdict(limits)}).encode()
        descriptors = [channel.fileno() for channel in channels]
        with self.lock:
            try:
                socket.send_fds(self.control, [request], descriptors)
                return int(self._answer()["process"])
            except (OSError, KeyError) as error:
                raise Closed(f"the warm process is gone ({error})") from None

    def alive(self) -> bool:
        """Whether it answers; if not, it is no more, or will be."""
        with self.lock:
            try:
                self.control.sendall(json.dumps({"import": []}).encode())
                return bool(self._answer())
            except OSError:
                return False

    def end(self, process: int) -> None:
        """Kill a fork."""
        with self.lock, suppress(OSError):
            self.control.sendall(json.dumps({"end": process}).encode())
            self._answer()

    def close(self) -> None:
        """End it, and everything that it has forked."""
        self.control.close()
        if not self.unsafe:
            self._end_first_inside()
        self.process.kill()
        self.process.wait()

    def _end_first_inside(self) -> None:
        """With it ends all that is inside; bubblewrap that is killed would leave it behind."""
        number, until = self.process.pid, time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            with suppress(OSError):
                children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
                for child in children:
                    os.kill(int(child), signal.SIGKILL)
                if children:
                    return
            time.sleep(0.001)

    def _answer(self) -> dict[str, Any]:
        text = b""
        while not text.endswith(b"\n"):
            piece = self.control.recv(2**12)
            if not piece:
                return {}
            text += piece
        return {"said": True, **cast(dict[str, Any], json.loads(text))}

    def _forget_errors(self) -> None:
        assert self.process.stderr
        with suppress(ValueError, OSError):
            while self.process.stderr.read(2**12):
                pass
