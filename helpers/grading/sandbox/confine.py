"""The inner wall: what one submission's processes can see and use.

`separate` puts the calling process into namespaces of its own; the first child that it forks
afterwards calls `furnish`, which gives it a scratch folder, takes every privilege and sets the
limits. The outer wall (walls.py) has already hidden the machine's files.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
from pathlib import Path

from helpers.grading.limits import Limits
from helpers.grading.sandbox import seccomp

__all__ = ["die_with_parent", "furnish", "limit", "mount_proc", "separate", "undumpable"]

SCRATCH = "/tmp"  # of the sandbox, not of the machine
NOSUID, NODEV, NOEXEC, READ_ONLY, REMOUNT, BIND = 2, 4, 8, 1, 32, 4096
RECURSIVE, PRIVATE, NEW_MOUNTS = 16384, 1 << 18, 1 << 17
PDEATHSIG, DUMPABLE, NO_NEW_PRIVILEGES, DROP_BOUND, SECUREBITS = 1, 4, 38, 24, 28
AMBIENT, AMBIENT_CLEAR = 47, 4
LOCKED_DOWN = 0b101111 | 0b10000  # no root, no set-uid fix-up, no keeping, all locked


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int, what: str) -> None:
    if result:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def separate() -> None:
    """Enter new user, mount, pid, network, ipc, uts and cgroup namespaces."""
    uid, gid = os.getuid(), os.getgid()
    libc = _libc()
    _call(libc.unshare(seccomp.NAMESPACES), "new namespaces")
    _call(libc.prctl(DUMPABLE, 1, 0, 0, 0), "the owner of /proc/self")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    undumpable()
    _mount(None, "/", None, RECURSIVE | PRIVATE)


def furnish(limits: Limits) -> None:
    """In the new namespaces' first process: its own scratch folder, no privileges, limits."""
    _call(_libc().unshare(NEW_MOUNTS), "mounts apart from the keeper's, who reads its own /proc")
    mount_proc(READ_ONLY)
    _mount_scratch(f"size={limits.scratch},nr_inodes=20000,mode=0700")
    size = f"size={limits.scratch},nr_inodes=2000"
    _mount("tmpfs", "/dev/shm", "tmpfs", NOSUID | NODEV | NOEXEC, size)
    os.mkdir(f"{SCRATCH}/home", 0o700)
    os.chdir(f"{SCRATCH}/home")
    die_with_parent()
    limit(limits)
    _call(_libc().prctl(DUMPABLE, 1, 0, 0, 0), "the keeper's right to count the memory")
    _give_up_privileges()
    seccomp.refuse()


def _mount_scratch(options: str) -> None:
    """An empty folder, but for what the outer wall shows there: a Python that lies in /tmp."""
    shown = {place: os.open(place, os.O_PATH) for place in _mounted_below(SCRATCH)}
    _mount("tmpfs", SCRATCH, "tmpfs", NOSUID | NODEV, options)
    for place, descriptor in shown.items():
        os.makedirs(place, exist_ok=True)
        _mount(f"/proc/self/fd/{descriptor}", place, None, BIND | RECURSIVE)
        os.close(descriptor)


def _mounted_below(folder: str) -> list[str]:
    """The outermost mounts in a folder."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = (re.sub(r"\\([0-7]{3})", _character, line.split()[4]) for line in lines)
    outermost: list[str] = []
    for place in sorted(places):
        if place.startswith(f"{folder}/") and not place.startswith(
            tuple(f"{o}/" for o in outermost)
        ):
            outermost.append(place)
    return outermost


def _character(octal: re.Match[str]) -> str:
    return chr(int(octal[1], 8))


def mount_proc(flags: int = 0) -> None:
    """A fresh /proc, which shows the processes of this pid namespace and no others."""
    _mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC | flags)


def limit(limits: Limits) -> None:
    """The limits that the kernel keeps for each process."""
    whole = int(limits.whole) + 10
    for what, most in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_CPU, whole),
        (resource.RLIMIT_CORE, 1),  # where cores go to a program, 1 is none, and 0 is all
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_NPROC, limits.processes),
        (getattr(resource, "RLIMIT_MSGQUEUE", resource.RLIMIT_CORE), 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _call(_libc().prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0), "the signal of a parent's death")


def undumpable() -> None:
    """Keep other processes of this user from reading this one's memory."""
    _call(_libc().prctl(DUMPABLE, 0, 0, 0, 0), "no dumps")


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    words = (text.encode() if text else None for text in (source, target, kind))
    data = options.encode() if options else None
    _call(_libc().mount(*words, ctypes.c_ulong(flags), data), f"mounting {target}")


def _give_up_privileges() -> None:
    """No capability, and no program that could bring one back."""
    libc = _libc()
    _call(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")
    _call(libc.prctl(AMBIENT, AMBIENT_CLEAR, 0, 0, 0), "no ambient capabilities")
    _call(libc.prctl(SECUREBITS, LOCKED_DOWN, 0, 0, 0), "no privileges of root")
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        _call(libc.prctl(DROP_BOUND, capability, 0, 0, 0), "no capability to gain")
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
    _call(libc.capset(header, (ctypes.c_uint32 * 6)()), "no capability")
