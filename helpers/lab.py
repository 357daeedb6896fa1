"""Start JupyterLab for a student or an instructor, with the course's own settings.

The settings are folders of Jupyter configuration beside this module.  They are put in front of
Jupyter's search path for this one process, so that nothing is written to the home folder or to
the environment: common to all (no news, no update check, no list of extensions from the
network), for students (no instructor's tools), and where no exchange is configured (no list of
assignments to fetch).  What a person sets in the menus is kept in `.jupyter/` of the course.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.environment import (
    LAB_MEGABYTES,
    require_kernel,
    require_port,
    require_python,
    require_space,
)
from helpers.errors import MachineError

__all__ = ["arguments", "find_course", "lab_command", "lab_environment"]

SETTINGS = Path(__file__).parent / "settings"
CHAPTERS = "[0-9][0-9]_*/[0-9][0-9]_*.ipynb"  # below course/


def lab_command(
    instructor: bool, browser: bool, port: int | None, extra: Sequence[str] = ()
) -> None:
    """Check the machine, then run JupyterLab until it is shut down."""
    require_python()
    root = find_course(Path.cwd())
    require_space(root, LAB_MEGABYTES)
    require_kernel()
    if port is not None:
        require_port(port)
    if instructor:
        (root / "grading").mkdir(exist_ok=True)
    os.chdir(root)  # nbgrader reads nbgrader_config.py from here
    os.environ.update(lab_environment(root, instructor))
    _run([*arguments(root, instructor, browser, port), *_as_root(), *extra])


def find_course(start: Path) -> Path:
    """The course's folder: `start` or the nearest one above, else the one installed from.

    Raises `MachineError` where there is no such folder: the package alone has no notebooks.
    """
    for folder in (start, *start.parents, Path(__file__).parents[1]):
        if any((folder / "course").glob(CHAPTERS)):
            return folder.resolve()
    raise MachineError(
        "There is no course/ folder with chapters here or above: "
        "clone the course's repository and run `course lab` in it."
    )


def arguments(root: Path, instructor: bool, browser: bool, port: int | None) -> list[str]:
    """The command line for JupyterLab: where its files are and which page it opens."""
    course = root / "course"
    first = min(course.glob(CHAPTERS)).relative_to(course).as_posix()
    given = [
        f"--ServerApp.root_dir={root if instructor else course}",
        f"--LabApp.default_url={'/lab' if instructor else f'/lab/tree/{first}'}",
    ]
    if port is not None:
        given += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    return given if browser else [*given, "--no-browser"]


def lab_environment(root: Path, instructor: bool) -> dict[str, str]:
    """The environment variables that lead JupyterLab to the course's settings and tools."""
    folders = [SETTINGS / "common"]
    if not instructor:
        folders.append(SETTINGS / "student")
        if not exchange_configured():
            folders.append(SETTINGS / "no_exchange")
    kept = root / ".jupyter" / ("instructor" if instructor else "student")
    return {
        "JUPYTER_CONFIG_PATH": _joined(*map(str, folders), os.environ.get("JUPYTER_CONFIG_PATH")),
        "JUPYTERLAB_SETTINGS_DIR": os.environ.get(
            "JUPYTERLAB_SETTINGS_DIR", str(kept / "user-settings")
        ),
        "JUPYTERLAB_WORKSPACES_DIR": os.environ.get(
            "JUPYTERLAB_WORKSPACES_DIR", str(kept / "workspaces")
        ),
        # nbgrader calls `alembic` by name when it makes the gradebook
        "PATH": _joined(str(Path(sys.executable).parent), os.environ.get("PATH")),
    }


def exchange_configured() -> bool:
    """Whether this machine's nbgrader has an exchange: a default folder, or one in its settings."""
    from jupyter_core.paths import jupyter_config_path
    from traitlets.config.loader import Config, PyFileConfigLoader

    if Path("/usr/local/share/nbgrader/exchange").is_dir():
        return True
    found = Config()
    for folder in jupyter_config_path():
        if Path(folder, "nbgrader_config.py").is_file():
            found.merge(PyFileConfigLoader("nbgrader_config.py", path=folder).load_config())
    return "Exchange" in found and "root" in found.Exchange


def _as_root() -> list[str]:
    """What JupyterLab needs to start as root, as in a container; says what that means."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    print(
        "course: you are root, so notebooks may change anything on this machine; "
        "outside a container use an ordinary account.",
        file=sys.stderr,
    )
    return ["--allow-root"]


def _joined(*parts: str | None) -> str:
    return os.pathsep.join(part for part in parts if part)


def _run(command_line: list[str]) -> None:
    # imported here: jupyterlab reads the environment variables when it is imported
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=command_line)
