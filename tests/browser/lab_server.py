"""JupyterLab as `course lab` starts it, on a free port and with no settings of this machine."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import psutil

direct = build_opener(ProxyHandler({}))  # never through a proxy of this machine


@dataclass
class LabServer:
    """A running server: its course's folder, its address and the token that opens it."""

    root: Path
    port: int
    token: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        """'http://127.0.0.1:8901'."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """The address of a page, with the token."""
        return f"{self.address}{path}?token={self.token}"

    def ask(self, path: str, method: str = "GET") -> Any:
        """The server's answer to a call of its interface, as JSON."""
        headers = {"Authorization": f"token {self.token}"}
        with direct.open(Request(self.address + path, method=method, headers=headers)) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop_kernels(self) -> None:
        """Ends every session: kernels outlive the page that started them."""
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")
        assert self.ask("/api/kernels") == []

    @contextmanager
    def kernels_held(self) -> Iterator[None]:
        """Kernels stand still meanwhile: what they are sent waits for them."""
        kernels = psutil.Process(self.process.pid).children()
        for kernel in kernels:
            kernel.suspend()
        try:
            yield
        finally:
            for kernel in kernels:
                kernel.resume()


@contextmanager
def course_lab(root: Path, logs: Path, *options: str) -> Iterator[LabServer]:
    """Run `course lab --no-browser` with `options` in `root`; kernels and server end with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, log = secrets.token_hex(8), logs / f"server-{port}.log"
    command = [sys.executable, "-m", "helpers.cli", "lab", "--no-browser", "--port", str(port)]
    command += [*options, f"--IdentityProvider.token={token}"]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=root, env=_environment(logs), stdout=written, stderr=written
        )
        server = LabServer(root, port, token, process, log)
        try:
            wait_until(lambda: _answers(server), f"JupyterLab to answer (see {log})", 90)
            yield server
            server.stop_kernels()
            server.ask("/api/shutdown", "POST")
            assert process.wait(30) == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Return as soon as `condition` holds; raises AssertionError naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def _answers(server: LabServer) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        server.ask("/api/status")
    except OSError:
        return False
    return True


def _environment(folder: Path) -> dict[str, str]:
    """This process's environment, without the settings that a person keeps in the home folder."""
    own = {
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter-config"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter-runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    dropped = {"JUPYTER_CONFIG_PATH", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"}
    return {key: text for key, text in os.environ.items() if key not in dropped} | own
