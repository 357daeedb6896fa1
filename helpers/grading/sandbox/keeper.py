"""Watches over one student's processes from outside their namespaces.

Ends them when they use too much memory together, when told to, or when nobody is left to tell;
then reports how it ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from helpers.grading.limits import Limits

__all__ = ["END", "INTERRUPT", "watch"]

INTERRUPT, END = b"i", b"e"  # what the judge asks for
TICK = 0.2  # seconds between two looks at the memory
SOCKET = 212_992  # bytes that the kernel keeps for one, at most: more cannot be asked for here


def watch(student: int, reports: socket.socket, limits: Limits, *, isolated: bool = False) -> None:
    """Wait for the end of a process and report it as JSON: signal, memory, seconds."""
    ended = os.pidfd_open(student) if sys.platform == "linux" else None
    too_much, waited = False, None
    while True:
        waiting = [reports.fileno()] + ([] if ended is None else [ended])
        ready, _, _ = select.select(waiting, [], [], TICK if ended is not None else 0.02)
        if reports.fileno() in ready:
            _obey(student, reports)
        held = memory(student) + (in_sockets(student) if isolated else 0)
        if not too_much and held > limits.memory:
            too_much = True
            os.kill(student, signal.SIGKILL)
        waited = _waited(student)
        process, status, usage = os.wait4(student, os.WNOHANG)
        if process:
            break
    report = {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
        "memory": too_much,
        "seconds": usage.ru_utime + usage.ru_stime,
        "waited": waited,
        "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with suppress(OSError):
        reports.sendall(json.dumps(report).encode() + b"\n")


def _obey(student: int, reports: socket.socket) -> None:
    try:
        said = reports.recv(1)
    except OSError:
        said = b""
    os.kill(student, signal.SIGINT if said == INTERRUPT else signal.SIGKILL)


def _waited(process: int) -> float | None:
    """For how many seconds it could have run and had no core, where the kernel tells."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def memory(process: int) -> int:
    """Bytes that a process and its descendants hold, what they share counted once (Linux only)."""
    total, waiting = 0, [process]
    while waiting:
        here = Path(f"/proc/{waiting.pop()}")
        with suppress(OSError, ValueError):
            tasks = list((here / "task").iterdir())
            # The first may have ended, and says nothing then of the memory that the others hold.
            total += next(filter(None, map(_held, tasks)), 0)
            for task in tasks:
                waiting += map(int, (task / "children").read_text().split())
    return total


def in_sockets(process: int) -> int:
    """Bytes that may lie in the sockets of its network namespace; no other limit sees them."""
    try:
        return int(Path(f"/proc/{process}/net/sockstat").read_text().split()[2]) * SOCKET
    except (OSError, ValueError, IndexError):
        return 0


def _held(task: Path) -> int:
    """Its process's share of its memory; all of it, where it hides its share."""
    kinds: tuple[str, ...] = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")
    try:
        text = (task / "smaps_rollup").read_text()
    except PermissionError:
        text, kinds = (task / "status").read_text(), ("RssAnon:", "RssShmem:", "VmSwap:")
    except OSError:
        return 0
    lines = (line for line in text.splitlines() if line.startswith(kinds))
    return sum(int(line.split()[1]) * 1024 for line in lines)
