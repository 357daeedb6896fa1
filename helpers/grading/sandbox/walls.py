"""The outer wall: a file system in which there is Python, and nothing of the machine's besides.

bubblewrap puts it up around the warm process (engine/warm.py): read-only system and Python, an
empty /tmp, no network, no other process. The course's folder, with its lessons and submissions, is
not in it, but for the package `helpers`. `missing` says what this machine lacks for the two walls.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from site import getsitepackages

import helpers
from helpers.check.record import FOLDER as RECORDED
from helpers.grading.sandbox import seccomp

__all__ = ["command", "environment", "missing", "not_installed"]

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")
SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "fonts", "alternatives")
# Not "zero": mapped and shared, it is memory that no limit counts.
DEVICES = ("null", "full", "random", "urandom")
HELPERS = Path(helpers.__file__).resolve().parent


def command(inside: list[str]) -> list[str]:
    """The command that runs another one behind the outer wall.

    Not --die-with-parent: bubblewrap that is killed so while it starts leaves a child that waits
    for ever, and it would also die with a thread. What is inside ends when its line is closed.
    """
    return [
        "bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup-try", "--new-session", "--hostname", "sandbox",
        *(["--unshare-user"] if os.getuid() else []),
        *_files(),
        "--chdir", "/", "--", *inside,
    ]  # fmt: skip


def environment() -> dict[str, str]:
    """The variables of the processes inside: one thread each, nothing of the instructor's."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    kept = ("COURSE_RECORDED", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return {
        **{f"{library}_NUM_THREADS": "1" for library in threads},
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": "/tmp/home",
        "TMPDIR": "/tmp",
        "USER": "student",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "COURSE_DEVICE": "cpu",
        "NBGRADER_EXECUTION": "autograde",
    }


def missing() -> list[str]:
    """What this machine lacks for safe grading, a sentence each; empty where it has all."""
    return not_installed() or list(_refused())


def not_installed() -> list[str]:
    """The part of it that is quickly seen."""
    if sys.platform != "linux":
        return ["The sandbox needs Linux: on Windows use WSL 2, on a Mac a virtual machine."]
    found = []
    if not shutil.which("bwrap"):
        found.append("bubblewrap is not installed: on Debian and Ubuntu, apt install bubblewrap.")
    try:
        seccomp.library()
    except OSError:
        found.append("libseccomp is not installed: on Debian and Ubuntu, apt install libseccomp2.")
    return found


def _refused() -> Iterator[str]:
    """Why the kernel does not let the two walls be put up, if it does not."""
    trial = [sys.executable, "-P", "-m", "helpers.grading.engine.warm", "--try"]
    ran = subprocess.run(
        command(trial), env=environment(), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if ran.returncode == 0:
        return
    said = (ran.stderr.strip().splitlines() or ["no reason was given"])[-1]
    yield f"This machine refuses the sandbox its namespaces ({said}). {_remedy()}"


def _remedy() -> str:
    def setting(name: str) -> str:
        path = Path("/proc/sys") / name
        return path.read_text().strip() if path.exists() else ""

    if setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor restricts them here (Ubuntu 24.04 and later): "
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0."
        )
    if setting("kernel/unprivileged_userns_clone") == "0":
        return "Allow them: sudo sysctl kernel.unprivileged_userns_clone=1."
    if setting("user/max_user_namespaces") == "0":
        return "Allow them: sudo sysctl user.max_user_namespaces=15000."
    return "In a container, allow it user namespaces; or grade on another machine."


def _files() -> Iterator[str]:
    """bubblewrap's options that lay out the file system, the last one first where they overlap."""
    yield from ("--tmpfs", "/", "--perms", "1777", "--tmpfs", "/tmp")
    for place in SYSTEM:
        if os.path.islink(place):
            yield from ("--symlink", os.readlink(place), place)
        elif os.path.isdir(place):
            yield from ("--ro-bind", place, place)
    yield from ("--dir", "/etc")
    for name in SETTINGS:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    for place in _pythons():
        yield from _bind(place)
    for hidden in _hidden():
        yield from ("--perms", "0755", "--tmpfs", str(hidden))
        for place in _pythons():
            if Path(place).is_relative_to(hidden):
                yield from _bind(place)
    yield from _bind(str(HELPERS))
    if not RECORDED.is_relative_to(HELPERS) and RECORDED.is_dir():
        yield from _bind(str(RECORDED))
    yield from ("--proc", "/proc", "--dir", "/dev/shm")
    for name in DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    yield from ("--symlink", "/proc/self/fd", "/dev/fd")
    for hidden in _hidden():
        yield from ("--remount-ro", str(hidden))
    yield from ("--remount-ro", "/")


def _bind(place: str) -> Iterator[str]:
    """Show a folder, read-only, in parents that any user may pass."""
    for parent in reversed(Path(place).parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))
    yield from ("--ro-bind", place, place)


def _hidden() -> list[Path]:
    """Folders that nobody inside may see, wherever they lie: the course's, and this one."""
    bound = [Path(place) for place in (*SYSTEM, *_pythons())]
    installed = any(HELPERS.is_relative_to(place) for place in bound)
    here = any(Path.cwd().is_relative_to(place) for place in bound)
    return ([] if installed else [HELPERS.parent]) + ([Path.cwd()] if here else [])


def _pythons() -> list[str]:
    """The folders of this Python and its packages."""
    paths = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *getsitepackages()}
    real = {Path(path).resolve() for path in paths if path and Path(path).is_dir()}
    not_these = {Path.cwd(), *HELPERS.parents} if HELPERS.parent.name != "site-packages" else {}
    outer: list[Path] = []
    for path in sorted(real - set(not_these)):
        if not any(path.is_relative_to(each) for each in [*outer, *map(Path, SYSTEM)]):
            outer.append(path)
    return [str(path) for path in outer]
