"""JupyterLab as `course lab` starts it: where it opens, what it shows, what it leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers import lab
from helpers.errors import MachineError
from helpers.lab import exchange_configured  # before a test stands in for it

# What JupyterLab makes of the environment: asked in a process of its own, because it reads the
# variables when it is imported.
ASK = """
import json, sys
from jupyterlab.labapp import LabApp
from jupyterlab_server.config import get_page_config
from jupyterlab_server.settings_utils import _get_overrides
from jupyter_server.serverapp import ServerApp
from jupyter_server.extension.config import ExtensionConfigManager
from jupyter_core.paths import jupyter_config_path

server = ServerApp()
server.load_config_file()
app = LabApp(config=server.config)
extensions = {}
for folder in reversed(jupyter_config_path()):
    manager = ExtensionConfigManager(read_config_path=[folder])
    extensions.update(manager.get_jpserver_extensions())
extensions.update(server.config.ServerApp.get("jpserver_extensions", {}))
print(json.dumps({
    "disabled": get_page_config(app.labextensions_path)["disabledExtensions"],
    "overrides": _get_overrides(app.app_settings_dir)[0],
    "server": sorted(name for name, on in extensions.items() if on),
    "news": app.news_url,
    "updates": app.check_for_updates_class.__name__,
    "manager": app.extension_manager,
    "settings": app.user_settings_dir,
    "workspaces": app.workspaces_dir,
}))
"""


NAMES = ("JUPYTER_CONFIG_PATH", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of two chapters; the second was written first."""
    root = tmp_path_factory.mktemp("repository").resolve()
    for name in ("02_second", "01_first"):
        folder = root / "course" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").touch()
    return root


@pytest.fixture(autouse=True)
def _nothing_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests counts."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(lab, "exchange_configured", lambda: False)


def jupyterlab_sees(course: Path, instructor: bool, exchange: bool = False) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delenv(name, raising=False)
        patch.setattr(lab, "exchange_configured", lambda: exchange)
        variables = lab.lab_environment(course, instructor)
    home = str(course.parent)
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, **variables, "HOME": home, "USERPROFILE": home},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    seen: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return seen


@pytest.fixture(scope="module")
def students(course: Path) -> dict[str, Any]:
    return jupyterlab_sees(course, instructor=False)


@pytest.fixture(scope="module")
def instructors(course: Path) -> dict[str, Any]:
    return jupyterlab_sees(course, instructor=True)


def test_the_course_is_found_from_a_folder_inside_it(course: Path) -> None:
    assert lab.find_course(course / "course" / "01_first") == course.resolve()


def test_without_a_course_folder_it_says_to_clone_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "__file__", str(tmp_path / "site-packages" / "helpers" / "lab.py"))
    with pytest.raises(MachineError) as refusal:
        lab.find_course(tmp_path)
    assert str(refusal.value) == (
        "There is no course/ folder with chapters here or above: "
        "clone the course's repository and run `course lab` in it."
    )


def test_a_student_lands_on_the_first_chapter(course: Path) -> None:
    assert lab.arguments(course, instructor=False, browser=True, port=None) == [
        f"--ServerApp.root_dir={course / 'course'}",
        "--LabApp.default_url=/lab/tree/01_first/01_first.ipynb",
    ]


def test_an_instructor_sees_the_whole_repository(course: Path) -> None:
    assert lab.arguments(course, instructor=True, browser=True, port=None) == [
        f"--ServerApp.root_dir={course}",
        "--LabApp.default_url=/lab",
    ]


def test_a_port_that_was_asked_for_is_not_exchanged_for_the_next(course: Path) -> None:
    given = lab.arguments(course, instructor=False, browser=False, port=8890)
    assert given[2:] == ["--ServerApp.port=8890", "--ServerApp.port_retries=0", "--no-browser"]


def test_jupyterlab_asks_nothing_of_the_network(students: dict[str, Any]) -> None:
    assert students["news"] is None
    assert students["updates"] == "NeverCheckForUpdate"
    assert students["manager"] == "readonly"
    notification = students["overrides"]["@jupyterlab/apputils-extension:notification"]
    assert notification == {"checkForUpdates": False, "fetchNews": "false"}


def test_a_student_has_validate_and_none_of_the_instructors_tools(
    students: dict[str, Any],
) -> None:
    assert {name for name in students["disabled"] if name.startswith("@jupyter/nbgrader")} == {
        f"@jupyter/nbgrader:{tool}"
        for tool in ("assignment-list", "course-list", "create-assignment", "formgrader", "menu")
    }
    assert [name for name in students["server"] if "nbgrader" in name] == [
        "nbgrader.server_extensions.validate_assignment"
    ]


def test_an_exchange_brings_the_assignment_list(course: Path) -> None:
    seen = jupyterlab_sees(course, instructor=False, exchange=True)
    assert "@jupyter/nbgrader:assignment-list" not in seen["disabled"]
    assert "@jupyter/nbgrader:formgrader" in seen["disabled"]
    assert "nbgrader.server_extensions.assignment_list" in seen["server"]


def test_an_instructor_has_all_of_nbgrader(instructors: dict[str, Any]) -> None:
    assert not any("nbgrader" in name for name in instructors["disabled"])
    assert [name for name in instructors["server"] if "nbgrader" in name] == [
        f"nbgrader.server_extensions.{tool}"
        for tool in ("assignment_list", "course_list", "formgrader", "validate_assignment")
    ]


def test_a_lesson_never_opens_as_a_notebook(instructors: dict[str, Any]) -> None:
    assert "jupyterlab_jupytext" not in instructors["server"]
    assert "jupyterlab-jupytext" in instructors["disabled"]


def test_what_a_person_sets_is_kept_in_the_course_apart_from_the_other_role(
    course: Path, students: dict[str, Any], instructors: dict[str, Any]
) -> None:
    for seen, who in [(students, "student"), (instructors, "instructor")]:
        assert Path(seen["settings"]) == course / ".jupyter" / who / "user-settings"
        assert Path(seen["workspaces"]) == course / ".jupyter" / who / "workspaces"


def test_a_persons_own_jupyter_variables_are_respected(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/of/theirs")
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", "/settings/of/theirs")
    variables = lab.lab_environment(course, instructor=False)
    assert variables["JUPYTER_CONFIG_PATH"].split(os.pathsep)[-1] == "/of/theirs"
    assert variables["JUPYTERLAB_SETTINGS_DIR"] == "/settings/of/theirs"


def test_the_environments_own_programs_are_found_first(course: Path) -> None:
    path = lab.lab_environment(course, instructor=True)["PATH"]
    assert path.split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_root_is_let_in_and_told_what_that_means(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    assert lab._as_root() == ["--allow-root"]
    assert "you are root, so notebooks may change anything" in capsys.readouterr().err
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    assert lab._as_root() == [] and capsys.readouterr().err == ""


def test_starting_checks_the_machine_then_hands_over(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(lab, "_run", started.append)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.chdir(course)
    lab.lab_command(instructor=True, browser=False, port=None, extra=["--debug"])
    assert started == [
        [*lab.arguments(course.resolve(), True, False, None), *lab._as_root(), "--debug"],
    ]
    assert (course / "grading").is_dir()


@pytest.mark.skipif(
    Path("/usr/local/share/nbgrader/exchange").is_dir(), reason="this machine has an exchange"
)
@pytest.mark.parametrize(
    ("setting", "configured"),
    [(None, False), ("CourseDirectory.course_id", False), ("Exchange.root", True)],
)
def test_an_exchange_is_one_that_nbgraders_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None, configured: bool
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "of-the-person"))
    if setting:
        text = f"c = get_config()\nc.{setting} = 'somewhere'\n"
        (tmp_path / "nbgrader_config.py").write_text(text, encoding="utf-8")
    assert exchange_configured() == configured
