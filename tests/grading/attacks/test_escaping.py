"""Signals to groups, other kinds of system calls and sockets, and everything that can be opened."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from helpers.grading.engine.engine import Engine

from .conftest import PAPER, RIGHT, UNHURRIED, Attack, Result, submission

# What reaches a process's group, in whatever namespace its members are.
GROUP = """
import ctypes, json, os
done = {}
for kind, which in (("group", 1), ("user", 2)):
    try: os.setpriority(which, 0, 19); done[kind] = os.getpriority(which, 0)
    except OSError as error: done[kind] = str(error)
ctypes.CDLL(None).syscall(251, 2, 0, 3 << 13)  # ioprio_set of the group: idle
print(json.dumps(done))
os.kill(0, 9)
try: os.killpg(os.getpgid(0), 9)
except OSError: pass
try: os.kill(-1, 9)
except OSError: pass
"""
# The calls of a 32-bit program, and those of the x32 kind, made by machine code of one's own.
CALLS = """
import ctypes, json, mmap, os
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
page.write(
    b"\\x53\\x89\\xf8\\x89\\xf3\\xcd\\x80\\x5b\\xc3"  # eax = edi; ebx = esi; int 80
    + bytes(7) + b"\\x48\\x89\\xf8\\x48\\x89\\xf7\\x0f\\x05\\xc3"  # rax = rdi; rdi = rsi; syscall
)
start = ctypes.addressof(ctypes.c_char.from_buffer(page))
kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_long, ctypes.c_long)
old, new = kind(start), kind(start + 16)
def tried(call, *arguments):
    child = os.fork()
    if not child: os._exit(0 if call(*arguments) >= 0 else 1)
    status = os.waitpid(child, 0)[1]
    return "killed" if os.WIFSIGNALED(status) else "done" if not status else "refused"
print(json.dumps({
    "plain": tried(new, 39, 0),
    "32 bits": tried(old, 20, 0),
    "32 bits, a namespace": tried(old, 310, 0x10000000),
    "x32": tried(new, 0x40000000 | 39, 0),
    "x32, a namespace": tried(new, 0x40000000 | 272, 0x10000000),
}))
"""
FAMILIES = """
import json, socket
def is_made(family):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try: socket.socket(family, kind).close(); return True
        except OSError: pass
    return False
print(json.dumps([family for family in range(64) if is_made(family)]))
"""
# Tells of every file that can be opened to be changed, and every folder that takes files.
OPENED = """
import json, os, stat
found = []
for folder, folders, files in os.walk(START):
    if folder == "/proc": folders[:] = [f for f in folders if not f.isdigit()]
    folders[:] = [f for f in folders if f not in ("usr", "site-packages")]  # see MOUNTS
    for name in files:
        path = os.path.join(folder, name)
        try:
            if stat.S_ISLNK(os.lstat(path).st_mode): continue
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_APPEND))
            found.append(path)
        except OSError: pass
    try: os.mkdir(os.path.join(folder, "made")); os.rmdir(os.path.join(folder, "made"))
    except OSError: continue
    found.append(folder)
    folders[:] = []
print(json.dumps(found))
"""
MOUNTS = """
import json
with open("/proc/self/mountinfo") as file: lines = [line.split() for line in file]
print(json.dumps({line[4]: line[5].split(",") for line in lines}))
"""
LEASE = """
import fcntl, json, os
fd = os.open(PATH, os.O_RDONLY | os.O_CREAT, 0o600)
try: fcntl.fcntl(fd, 1024, fcntl.F_RDLCK); print(json.dumps(True))
except PermissionError: print(json.dumps(False))
"""
DATAGRAM = """
import json, socket
sent = False
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as made:
            made.sendto(b"hello", (host, PORT)); sent = True
    except OSError: pass
try: known = bool(socket.getaddrinfo("localhost.example.org", 80))
except OSError: known = False
print(json.dumps([sent, known]))
"""


def inside(attack: Attack, code: str) -> Any:
    """What a probe printed behind the walls."""
    return json.loads(attack(code + "\ndouble = None", seconds=UNHURRIED).printed)


def outside(code: str) -> Any:
    """What it prints in a process of this machine."""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(ran.stdout)


# ---------------------------------------------------------------- signals


def test_a_signal_to_ones_group_reaches_nobody_else(engine: Engine, attack: Attack) -> None:
    assert attack(RIGHT).points["double_check"] == 2.0
    warm, before = engine.warm.process.pid, _niceness(engine)
    others: list[Result] = []
    slow = "import time\ntime.sleep(1.0)\n" + RIGHT

    def honest() -> None:
        others.append(Result(engine.grade(PAPER, "ada", submission(slow))))

    beside = threading.Thread(target=honest)
    beside.start()
    result = attack(GROUP)
    beside.join()
    assert result.points == {"double_check": 0.0, "last_check": 1.0}
    assert json.loads(result.printed)["group"] == 19, "the control: its own group it may slow"
    assert engine.warm.process.pid == warm and engine.warm.process.poll() is None
    assert _niceness(engine) == before
    assert [other.points for other in others] == [{"double_check": 2.0, "last_check": 1.0}]


def test_outside_it_ends_its_whole_group() -> None:
    """The control."""
    code = f"import subprocess, sys\nsubprocess.Popen(['sleep', '60'])\n{GROUP}"
    ran = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, process_group=0)
    said, _ = ran.communicate(timeout=60)  # ends where the sleeper has ended, too
    assert ran.returncode == -signal.SIGKILL and json.loads(said)["group"] == 19


def _niceness(engine: Engine) -> list[int]:
    found, waiting = [], [engine.warm.process.pid]
    while waiting:
        process = waiting.pop()
        found.append(os.getpriority(os.PRIO_PROCESS, process))
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            waiting += map(int, path.read_text().split())
    return found[:3]  # bubblewrap, its first process, the warm process


# ---------------------------------------------------------------- system calls


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its machine code")
def test_other_kinds_of_system_calls_are_no_way_around(attack: Attack) -> None:
    assert inside(attack, CALLS) == {
        "plain": "done", "32 bits": "killed", "32 bits, a namespace": "killed",
        "x32": "killed", "x32, a namespace": "killed",
    }  # fmt: skip


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its machine code")
def test_outside_that_machine_code_works() -> None:
    """The control, as far as this machine's kernel knows these kinds."""
    done = outside(CALLS)
    assert done["plain"] == "done"
    known = [kind for kind in ("32 bits", "x32") if done[kind] == "done"]
    assert all(done[kind] in ("done", "refused", "killed") for kind in done), known


def test_sockets_are_of_three_families_only(attack: Attack) -> None:
    assert set(outside(FAMILIES)) >= {1, 2, 16}, "the control: netlink is there"
    assert set(inside(attack, FAMILIES)) <= {1, 2, 10}


def test_nobody_waits_for_a_file_that_it_leased(attack: Attack, tmp_path: Path) -> None:
    assert outside(f"PATH = {str(tmp_path / 'mine')!r}{LEASE}") is True, "the control"
    assert inside(attack, f"PATH = '/tmp/mine'{LEASE}") is False


# ---------------------------------------------------------------- files and the network


def test_nothing_of_the_machine_can_be_opened_to_be_changed(attack: Attack, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = outside(f"START = {str(tmp_path)!r}{OPENED}")
    assert found == [str(tmp_path / "file"), str(tmp_path)], "the control"
    found = inside(attack, f"START = '/'{OPENED}")
    assert {"/tmp", "/dev/shm", "/dev/null"} <= set(found), "the control"
    assert set(found) <= {
        "/tmp", "/dev/shm", "/dev/null", "/dev/full", "/dev/random", "/dev/urandom",
    }  # fmt: skip


def test_what_is_not_its_own_is_mounted_to_be_read_only(attack: Attack) -> None:
    mounts = inside(attack, MOUNTS)
    written = {place for place, options in mounts.items() if "rw" in options}
    assert "/" in mounts and {"/tmp", "/dev/shm"} <= written, "the control"
    assert written <= {
        "/tmp", "/dev/shm", "/dev/null", "/dev/full", "/dev/random", "/dev/urandom",
        "/proc/irq", "/proc/bus",  # hidden by the last /proc
    }  # fmt: skip
    assert all("nosuid" in options for options in mounts.values())


def test_no_datagram_arrives_and_no_name_is_known(attack: Attack) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.5)
        port = listener.getsockname()[1]
        assert inside(attack, f"PORT = {port}{DATAGRAM}") == [False, False]
        with pytest.raises(TimeoutError):
            listener.recv(100)
        assert outside(f"PORT = {port}{DATAGRAM}")[0] is True
        assert listener.recv(100) == b"hello", "the control"
