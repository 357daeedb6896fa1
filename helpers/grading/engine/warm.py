"""The warm process: has imported what students import, and is forked for every submission.

It holds no secret and has one thread. Over its control socket it is asked, a line of JSON and a
few sockets at a time, to fork a *student* (in namespaces of its own, see sandbox/confine.py) or a
*judge* (which is sent its secrets after the fork), or to end one of these.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterable
from importlib import import_module
from types import FrameType
from typing import Any

from helpers.grading.limits import Limits
from helpers.grading.sandbox import confine

__all__ = ["main", "serve"]

NOBODY = 65534
MODULES = ("numpy", "torch", "matplotlib.pyplot", "helpers.grading.engine.judge")
# What the flat names of helpers import when they are first used.
LATE = {"helpers": ("sklearn.datasets", "scipy.special", "anywidget", "PIL.Image", "tqdm.auto")}


def main(arguments: list[str]) -> None:
    """`--try` puts up both walls and says nothing; else: FD [--unsafe]."""
    unsafe = "--unsafe" in arguments
    if not unsafe:
        _become_nobody()
    if "--try" in arguments:
        _try()
        return
    serve(socket.socket(fileno=int(arguments[0])), isolated=not unsafe)


def serve(control: socket.socket, *, isolated: bool) -> None:
    """Answer requests until the other side closes; then every child ends too."""
    from helpers.grading.engine.student import prepare

    prepare()
    _import(MODULES)
    if sys.platform == "linux":
        confine.undumpable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    control.sendall(b'{"ready": true}\n')
    while True:
        text, descriptors, *_ = socket.recv_fds(control, 2**16, 4)
        if not text:
            return
        request = json.loads(text)
        if "import" in request:
            _import(request["import"])
            control.sendall(b"{}\n")
            continue
        if "end" in request:
            with contextlib.suppress(ProcessLookupError):
                os.kill(request["end"], signal.SIGKILL)
            control.sendall(b"{}\n")
            continue
        process = _fork(control, request, descriptors, isolated)
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(json.dumps({"process": process}).encode() + b"\n")


def _fork(
    control: socket.socket, request: dict[str, Any], descriptors: list[int], isolated: bool
) -> int:
    """Fork a student or a judge; returns its number, and in the child never."""
    process = os.fork()
    if process:
        return process
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        limits = Limits(**request["limits"])
        channels = [socket.socket(fileno=each) for each in descriptors]
        if sys.platform == "linux":
            confine.die_with_parent()
        if request["role"] == "judge":
            from helpers.grading.engine.judge import judge

            confine.limit(limits)
            judge(channels[0], channels[1], channels[2], limits)
        else:
            _keep(channels[0], channels[1], limits, isolated)
    except BaseException as error:  # nothing of a child may go on as the warm process
        print(f"{request.get('role')}: {type(error).__name__}: {error}", file=sys.__stderr__)
        os._exit(70)
    os._exit(0)


def _keep(channel: socket.socket, reports: socket.socket, limits: Limits, isolated: bool) -> None:
    """Start the student's process, and watch over it until it ends or is to end."""
    from helpers.grading.sandbox.keeper import watch

    if isolated:
        confine.separate()
    student = os.fork()
    if student:
        channel.close()
        watch(student, reports, limits, isolated=isolated)
        return
    from helpers.grading.engine.student import live

    reports.close()
    os.setsid()  # a signal to one's group reaches all of it, in whatever namespace: a group alone
    if isolated:
        confine.furnish(limits)
    else:
        if sys.platform == "linux":
            confine.die_with_parent()
        confine.limit(limits)
    live(channel, limits)


def _import(modules: Iterable[str]) -> None:
    """Import what the forks will use; a module that is not there is left to them."""
    gc.disable()
    for module in modules:
        for each in (module, *LATE.get(module, ())):
            with contextlib.suppress(Exception):
                import_module(each)
    gc.freeze()  # else each fork's first collection would copy the pages of all that is here
    gc.enable()
    threads = os.listdir("/proc/self/task") if sys.platform == "linux" else ["one"]
    assert len(threads) == 1, "a process with threads cannot be forked safely"


def _become_nobody() -> None:
    """From root to a user without rights, once /proc is one that children may mount again."""
    if os.getuid() != 0:
        return
    confine.mount_proc()
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def _try() -> None:
    """Put up the inner wall in a child; exit 1 with the reason where that fails."""
    confine.separate()
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        sys.exit(1 if status else 0)
    try:
        confine.furnish(Limits())
    except OSError as error:
        print(error.strerror or error, file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _reap(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
