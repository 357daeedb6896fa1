"""What this machine must have, and what it has: each shortcoming is one sentence.

`require_...` functions raise `MachineError`; `facts` lists everything for `course doctor`.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from helpers.errors import MachineError

__all__ = [
    "Fact",
    "facts",
    "require_kernel",
    "require_port",
    "require_python",
    "require_space",
    "table",
]

OLDEST, NEWEST = (3, 11), (3, 13)  # the Python versions of pyproject's requires-python
LAB_MEGABYTES = 200  # room for a checkpoint, a few figures and the kernel's own files
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Fact:
    """One line of `course doctor`: what was found, or the problem and what to do."""

    name: str
    text: str
    state: str = "ok"  # or "problem", or "missing" for what is optional


def require_python(running: tuple[int, ...] = sys.version_info[:2]) -> str:
    """The running Python's version; raises `MachineError` where the course does not run on it.

    >>> require_python((3, 12))
    '3.12'
    """
    found = ".".join(map(str, running))
    if not OLDEST <= tuple(running[:2]) <= NEWEST:
        raise MachineError(
            f"This is Python {found} and the course needs 3.11, 3.12 or 3.13: "
            "install one of them and make the environment with it."
        )
    return found


def require_space(folder: Path, megabytes: int) -> str:
    """The free space on `folder`'s disk in words; raises `MachineError` below `megabytes`."""
    free = shutil.disk_usage(folder).free // 10**6
    if free < megabytes:
        raise MachineError(
            f"Only {free} MB are free on the disk of {folder} and {megabytes} MB are needed: "
            "make room and try again."
        )
    return f"{free / 1000:.1f} GB free"


def require_port(port: int) -> int:
    """`port`, if a server can listen on it here; raises `MachineError` if not."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # there it would take a port that another program listens on
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                reason = f"Port {port} may not be used by an ordinary user"
            else:
                reason = f"Port {port} is in use"
            raise MachineError(
                f"{reason}: give another with --port, or none and a free one is found."
            ) from None
    return port


def require_kernel(name: str = "python3") -> str:
    """The program that the notebooks' kernel runs; raises `MachineError` if it cannot start."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    remedy = "run `python -m ipykernel install --sys-prefix` in the course's environment."
    try:
        program = str(KernelSpecManager().get_kernel_spec(name).argv[0])
        if program in {"python", "python3", f"python3.{sys.version_info.minor}"}:
            program = sys.executable  # as Jupyter itself reads these names
    except NoSuchKernel:
        raise MachineError(f"Jupyter has no kernel called {name}: {remedy}") from None
    if shutil.which(program) is None:
        raise MachineError(
            f"Jupyter's kernel {name} points to {program}, which is not there: {remedy}"
        )
    return program


def facts(folder: Path) -> list[Fact]:
    """Everything that `course doctor` prints about the environment, in order."""
    return [
        _fact("Python", require_python),
        _fact("torch", _torch),
        _fact("JupyterLab", lambda: _version("jupyterlab")),
        _fact("kernel", require_kernel),
        _fact("nbgrader", _nbgrader),
        _fact("disk", lambda: require_space(folder, LAB_MEGABYTES)),
        _browser(),
    ]


def table(found: list[Fact]) -> str:
    """The facts as lines of three columns: state, name, text.

    >>> print(table([Fact("Python", "3.12"), Fact("browser", "none found", "missing")]))
    ok       Python   3.12
    missing  browser  none found
    """
    width = max(len(fact.name) for fact in found)
    return "\n".join(f"{fact.state:<7}  {fact.name:<{width}}  {fact.text}" for fact in found)


def _fact(name: str, measure: Callable[[], str]) -> Fact:
    try:
        return Fact(name, measure())
    except MachineError as error:
        return Fact(name, str(error), "problem")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise MachineError(
            f"{package} is not installed: "
            "run `make env`, or `pip install -c requirements.lock -e .`."
        ) from None


def _torch() -> str:
    found = _version("torch")
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library of it is missing or does not fit
        reason = str(error).splitlines()[0]
        raise MachineError(f"torch {found} does not load ({reason}): install it again.") from None
    if torch.cuda.is_available():
        return f"{found} on {torch.cuda.get_device_name()}"
    return f"{found} on {'Apple GPU' if torch.backends.mps.is_available() else 'CPU'}"


def _nbgrader() -> str:
    """nbgrader makes its gradebook by calling `alembic`, which must be beside this Python."""
    found = _version("nbgrader")
    beside = str(Path(sys.executable).parent)
    if shutil.which("alembic", path=os.pathsep.join([beside, os.environ.get("PATH", "")])) is None:
        raise MachineError("nbgrader cannot find alembic: run `pip install --force alembic`.")
    return found


def _browser() -> Fact:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path:
        return Fact("chromium", path)
    return Fact("chromium", "only the browser tests need it", "missing")
