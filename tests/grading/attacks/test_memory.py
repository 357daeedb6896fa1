"""There is no memory and no file that a submission fills and no limit counts."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits

from .conftest import PAPER, SHORT, UNHURRIED, Attack, Result, submission

ROOT = Path(__file__).parents[3]

# Ways to hold memory that belongs to no process, or to none that shows it. Each is tried with a
# little; what is given, is given without an end, but for the files below, which have a size.
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of its calls")
HOLDING = """
import ctypes, json, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
def is_refused(do):
    try: return do() == -1
    except OSError: return True
def zero():
    with open("/dev/zero", "r+b") as file: mmap.mmap(file.fileno(), 4096)
def secret():
    with open("/tmp/held", "w+b") as file:
        file.truncate(4096)
        mmap.mmap(file.fileno(), 4096)
    os.remove("/tmp/held")
context = ctypes.c_ulong(0)
print(json.dumps({
    "a shared mapping without a file": is_refused(lambda: mmap.mmap(-1, 4096) and 0),
    "a file in memory": is_refused(lambda: os.close(os.memfd_create("held"))),
    "System V memory": is_refused(lambda: libc.shmget(0, 4096, 0o1600)),
    "System V messages": is_refused(lambda: libc.msgget(0, 0o1600)),
    "System V semaphores": is_refused(lambda: libc.semget(0, 1, 0o1600)),
    "a ring of asynchronous reads": is_refused(lambda: libc.syscall(206, 8, ctypes.byref(context))),
    "shared zeros": is_refused(zero),
    "a mapped file, which has a size": is_refused(secret),
}))
"""
# Fills every folder that it may write to, and says how much each took.
FILLING = """
import json, os
taken = {}
for folder, folders, _ in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in ("/proc", "/sys", "/usr")]
    if not os.access(folder, os.W_OK): continue
    size, names = 0, []
    try:
        for number in range(MOST):
            names.append(os.path.join(folder, f"filling{number}"))
            with open(names[-1], "wb", buffering=0) as file:
                for _ in range(16): size += file.write(bytes(2**20))
    except OSError: pass
    for name in names:
        if os.path.exists(name): os.remove(name)
    if size: taken[folder] = size
print(json.dumps(taken))
"""
# A process whose first thread has ended shows no memory of its own; its other threads hold it.
HEADLESS = """
import ctypes, os, threading, time
def hold():
    held = bytearray(b"x" * SIZE)
    time.sleep(30)
if os.fork() == 0:
    threading.Thread(target=hold).start()
    time.sleep(0.05)
    ctypes.CDLL(None).syscall(60, 0)
time.sleep(30)
"""
HIDDEN = "\nimport ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n" + HEADLESS
MIB = 2**20


def inside(attack: Attack, code: str) -> Any:
    """What a probe printed behind the walls."""
    return json.loads(attack(code + "\ndouble = None", seconds=UNHURRIED).printed)


def test_memory_that_belongs_to_nobody_is_refused(attack: Attack) -> None:
    refused = inside(attack, HOLDING)
    assert refused.pop("a mapped file, which has a size") is False
    assert set(refused.values()) == {True}, refused


def test_outside_it_is_given() -> None:
    """The control: the same code, in a process of this machine with its own System V memory."""
    apart = ["unshare", "--ipc"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode:
        apart = ["unshare", "--user", "--map-root-user", "--ipc"]
    ran = subprocess.run(
        [*apart, sys.executable, "-c", HOLDING], capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert set(json.loads(ran.stdout).values()) == {False}


def test_every_folder_that_takes_files_takes_so_many(engine: Engine) -> None:
    scratch = 40 * MIB
    engine.limits = Limits(**{**vars(SHORT), "scratch": scratch, "whole": 20.0, "cell": 10.0})
    try:
        code = f"MOST = 20{FILLING}double = None"
        taken = json.loads(Result(engine.grade(PAPER, "mallory", submission(code))).printed)
    finally:
        engine.limits = SHORT
    parents = {str(parent) for parent in ROOT.parents if parent.is_relative_to("/tmp")}
    to_a_course_there = parents - {"/tmp"}  # empty where it lies elsewhere
    assert set(taken) - to_a_course_there == {"/tmp", "/tmp/home", "/dev/shm"}, "the control"
    assert max(taken.values()) <= scratch < 20 * 16 * MIB


@pytest.mark.parametrize("way", [HEADLESS, HIDDEN], ids=["headless", "hidden"])
def test_memory_of_a_process_without_its_first_thread_counts(way: str, attack: Attack) -> None:
    result = attack(f"SIZE = {2 * SHORT.memory}{way}")
    assert result.verdict.state == "out of memory"
    assert result.verdict.reason == "The processes used more than 1 GiB together."


def test_as_much_as_is_allowed_is_not_too_much(attack: Attack) -> None:
    """The control: the same with less ends with the time."""
    assert attack(f"SIZE = {SHORT.memory // 4}{HEADLESS}").verdict.state == "timed out"


def test_no_limit_is_above_ours_and_none_dumps_its_memory(attack: Attack) -> None:
    limits = inside(attack, """
import json, resource
print(json.dumps({
    name: resource.getrlimit(getattr(resource, name))
    for name in ("RLIMIT_CORE", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_AS")
}))""")  # fmt: skip
    assert limits == {
        "RLIMIT_CORE": [1, 1],  # with 0, a kernel that pipes cores to a program would
        "RLIMIT_NPROC": [SHORT.processes] * 2,
        "RLIMIT_NOFILE": [SHORT.files] * 2,
        "RLIMIT_FSIZE": [SHORT.file] * 2,
        "RLIMIT_AS": [SHORT.address_space] * 2,
    }


PRINTING = """
import resource
def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = most()
for _ in range(20_000): print("x" * 10_000)
grown = [most() - before]
held = "x" * 200_000_000
grown.append(most() - before)
"""


def test_what_is_printed_is_not_kept(attack: Attack) -> None:
    printed = attack(PRINTING, "print(grown)").printed
    grown, held = json.loads(printed.splitlines()[-1])
    assert grown < 50 * MIB
    assert held > 150 * MIB, "the control"


BUFFER = """
import json, socket
made, _ = socket.socketpair()
sizes = []
for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
    before = made.getsockopt(socket.SOL_SOCKET, option)
    made.setsockopt(socket.SOL_SOCKET, option, 2 * before)
    sizes.append(made.getsockopt(socket.SOL_SOCKET, option) - before)
print(json.dumps(sizes))
"""


def test_sockets_hold_no_more_than_at_first(attack: Attack) -> None:
    assert inside(attack, BUFFER) == [0, 0]
    ran = subprocess.run([sys.executable, "-c", BUFFER], capture_output=True, check=True)
    assert min(json.loads(ran.stdout)) > 0, "the control"


# Processes that leave as much as they can in their sockets.
SOCKETS = """
import os, socket, time
for _ in range(PROCESSES):
    if os.fork() == 0: break
pairs = [socket.socketpair() for _ in range(100)]
for pair in pairs:
    for end in pair:
        end.setblocking(False)
        try:
            while True: end.send(bytes(2**15))
        except BlockingIOError: pass
time.sleep(30)
"""


def test_what_is_left_in_sockets_counts(attack: Attack) -> None:
    """In sixty processes it was 2.5 GB of the kernel's memory, which belonged to nobody."""
    result = attack(f"PROCESSES = 50{SOCKETS}")
    assert result.verdict.state == "out of memory"
    assert attack(f"PROCESSES = 2{SOCKETS}").verdict.state == "timed out", "the control"
