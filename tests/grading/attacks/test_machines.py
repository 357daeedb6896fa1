"""As root, as an ordinary user, and where the machine refuses namespaces."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.errors import GradingError
from helpers.grading.engine.engine import Engine
from helpers.grading.sandbox import seccomp, walls

from .conftest import PAPER, SHORT, submission

SOMEBODY, NOBODY = 12345, 65534
UNSAFE = (
    "Or grade without a sandbox, with --unsafe: then a student's code can read, change and delete "
    "whatever you can."
)
# Grades one submission that says who it is, and whether it sees a file of the machine.
GRADE = """
import ctypes, json, os, sys
from dataclasses import asdict
from helpers.errors import GradingError
from helpers.grading.sandbox import seccomp
from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits
from helpers.grading.submission.paper import Paper
told = json.load(sys.stdin)
if told["refuse"]:
    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # no new privileges; then anybody may filter calls
    seccomp.refuse()
try:
    with Engine(Limits(**told["limits"]), unsafe=told["unsafe"]) as engine:
        made = engine.grade(Paper.from_json(told["paper"]), "ada", told["submission"].encode())
    print(json.dumps({"by": os.getuid(), **made.to_json(), "points": made.points}))
except GradingError as error:
    print(json.dumps({"error": str(error)}))
"""
WHO = "import os\nprint(os.getuid(), os.path.exists({decoy!r}))\n"
# Runs a command as another user, who may read the Python of root's home and nothing else in it.
AS_SOMEBODY = """
kept=$(mktemp -d) && mount --bind "$0" $kept && mount -t tmpfs -o mode=755 none "$1" &&
mkdir -p "$0" && mount --move $kept "$0" && rmdir $kept && shift &&
exec setpriv --reuid={0} --regid={0} --clear-groups "$@"
"""
WITHOUT_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" "$@"'


def as_somebody() -> list[str]:
    """A command's beginning that runs the rest as an ordinary user, in a view of his own."""
    base, home = Path(sys.base_prefix).resolve(), Path.home()
    if not base.is_relative_to(home):
        return ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups"]
    code = AS_SOMEBODY.format(SOMEBODY)
    return ["unshare", "--mount", "sh", "-c", code, str(base), str(home)]


def graded(
    decoy: Path, *before: str, python: str = sys.executable, refuse: bool = False,
    unsafe: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What a grader of its own says, started by a command."""
    right = WHO.format(decoy=str(decoy)) + "def double(x):\n    return FACTOR * x"
    told = {
        "paper": PAPER.to_json(), "submission": submission(right).decode(), "refuse": refuse,
        "unsafe": unsafe, "limits": vars(SHORT) | {"whole": 60.0, "cell": 20.0},
    }  # fmt: skip
    ran = subprocess.run(
        [*before, python, "-c", GRADE], input=json.dumps(told), capture_output=True,
        text=True, timeout=120, cwd=decoy.parent,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def said(verdict: dict[str, Any]) -> str:
    """What the student's cell printed."""
    cells = {cell["id"]: cell for cell in verdict["notebook"]["cells"]}
    return str(cells["double"]["outputs"][0]["text"]).strip()


@pytest.fixture
def decoy(tmp_path: Path) -> Path:
    """A file that every user of this machine sees."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.owner() == Path.home().owner() and folder != Path("/tmp"):
            folder.chmod(0o755)
    path = tmp_path / "decoy"
    path.write_text("seen")
    return path


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
needs_walls = pytest.mark.skipif(bool(walls.missing()), reason="this machine has no sandbox")


@needs_walls
@needs_root
def test_root_grades_as_nobody(decoy: Path) -> None:
    verdict = graded(decoy)
    assert (verdict["by"], verdict["points"], verdict["isolated"]) == (0, 3.0, True)
    assert said(verdict) == f"{NOBODY} False"


@needs_walls
@needs_root
def test_an_ordinary_user_grades_as_himself(decoy: Path) -> None:
    verdict = graded(decoy, *as_somebody())
    assert (verdict["by"], verdict["points"], verdict["isolated"]) == (SOMEBODY, 3.0, True)
    assert said(verdict) == f"{SOMEBODY} False"


@needs_walls
@pytest.mark.skipif(os.getuid() == 0, reason="root is tested above")
def test_who_runs_this_grades_as_himself(decoy: Path) -> None:
    assert said(graded(decoy)) == f"{os.getuid()} False"


@needs_walls
def test_a_python_that_lies_in_a_temporary_folder_grades(decoy: Path, tmp_path: Path) -> None:
    """The sandbox has a /tmp of its own, and so has each submission."""
    made = tmp_path / "an environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], check=True)
    packages = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    shutil.rmtree(made / packages)
    (made / packages).symlink_to(Path(sys.prefix) / packages)
    assert made.is_relative_to("/tmp")
    said = graded(decoy, python=str(made / "bin/python"))
    assert (said["state"], said["points"]) == ("graded", 3.0)


def test_where_namespaces_are_refused_it_says_so_and_does_not_grade(decoy: Path) -> None:
    if sys.platform != "linux" or walls.not_installed():
        pytest.skip("another sentence is tested below")
    error = graded(decoy, refuse=True)["error"]
    assert error.startswith("This machine refuses the sandbox its namespaces (")
    assert "Operation not permitted)" in error
    assert error.endswith(UNSAFE)


def test_there_unsafe_grades_and_says_that_nothing_is_isolated(decoy: Path) -> None:
    if sys.platform != "linux" or walls.not_installed():
        pytest.skip("there is no filter here to refuse namespaces with")
    verdict = graded(decoy, refuse=True, unsafe=True)
    assert (verdict["state"], verdict["points"], verdict["isolated"]) == ("graded", 3.0, False)
    assert said(verdict) == f"{os.getuid()} True", (
        "the control: it sees what an isolated one does not"
    )


def test_a_limit_of_no_namespaces_is_named_with_its_remedy(decoy: Path) -> None:
    before = ["unshare", "--user", "--map-root-user", "sh", "-c", WITHOUT_NAMESPACES]
    if walls.not_installed() or subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("the control: here nobody may make a namespace, even without the limit")
    error = graded(decoy, *before)["error"]
    assert error.startswith("This machine refuses the sandbox its namespaces (")
    assert error.endswith(f"Allow them: sudo sysctl user.max_user_namespaces=15000. {UNSAFE}")


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if sys.platform != "linux":
        with pytest.raises(GradingError, match=r"^The sandbox needs Linux: "):
            Engine()
        return

    def absent() -> None:
        raise OSError("no such library")

    if shutil.which("bwrap"):
        assert walls.not_installed() == [], "the control"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(seccomp, "library", absent)
    with pytest.raises(GradingError) as refused:
        Engine()
    assert str(refused.value) == (
        "bubblewrap is not installed: on Debian and Ubuntu, apt install bubblewrap. "
        "libseccomp is not installed: on Debian and Ubuntu, apt install libseccomp2. " + UNSAFE
    )
