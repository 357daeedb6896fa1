"""`make env`: the right Python, room on the disk, nothing half-made left, quick the second time.

A pretended Python stands in for the real one: what it does is told by its name.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make env is for Linux and macOS")

# Makes an environment whose python writes down what pip is asked, or waits in it.
GOOD = """\
case "$1" in
-c) exit 0 ;;
-V) echo Python 3.12.0 ;;
-m) mkdir -p .venv/bin
    printf '#!/bin/sh\\n%s\\n' "$PIP_DOES" > .venv/bin/python
    chmod +x .venv/bin/python ;;
esac
"""
TOO_OLD = "exit 1\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the script and the two files that it looks at."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/make-env", tmp_path / "tools")
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1e9, 1e9))
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(clone: Path, name: str, text: str) -> None:
    path = clone / "bin" / name
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)


def start(clone: Path, pip: str = 'echo "$@" >> asked', **more: str) -> subprocess.Popen[str]:
    # of the machine's own programs only those that the script itself needs
    for name in ("sh", "dirname", "df", "awk", "rm", "mkdir", "chmod", "printf", "sleep", "touch"):
        if not (clone / "bin" / name).exists() and (found := shutil.which(name)):
            (clone / "bin" / name).symlink_to(found)
    return subprocess.Popen(
        ["/bin/sh", str(clone / "tools/make-env")],
        env={"PATH": str(clone / "bin"), "PIP_DOES": pip, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(clone: Path, pip: str = 'echo "$@" >> asked', **more: str) -> tuple[int, str, str]:
    process = start(clone, pip, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def asked(clone: Path) -> list[str]:
    return (clone / "asked").read_text(encoding="utf-8").splitlines()


def test_it_installs_the_locked_packages_with_the_tests(clone: Path) -> None:
    program(clone, "python3", GOOD)
    assert run(clone)[0] == 0
    assert asked(clone) == [
        "-m pip install --disable-pip-version-check --no-compile -c requirements.lock -e .[test]",
        "-m compileall -qq -j 0 .venv/lib",
    ]


def test_a_second_run_does_nothing_and_says_nothing(clone: Path) -> None:
    program(clone, "python3", GOOD)
    run(clone)
    assert run(clone) == (0, "", "")
    assert len(asked(clone)) == 2  # once installed, once compiled


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements.lock"])
def test_a_changed_list_of_packages_is_installed_again(clone: Path, changed: str) -> None:
    program(clone, "python3", GOOD)
    run(clone)
    os.utime(clone / changed, (4e9, 4e9))
    assert run(clone)[0] == 0
    assert len(asked(clone)) == 4


def test_another_python_is_found_where_python3_is_too_old(clone: Path) -> None:
    program(clone, "python3", TOO_OLD)
    program(clone, "python3.12", GOOD)
    assert "with Python 3.12.0" in run(clone)[1]


def test_no_suitable_python_is_one_sentence(clone: Path) -> None:
    program(clone, "python3", TOO_OLD)
    assert run(clone) == (
        2,
        "",
        "make env: no Python 3.11, 3.12 or 3.13 with venv was found: install one of them "
        "(on Debian and Ubuntu also python3-venv) or name it with PYTHON=...\n",
    )
    assert not (clone / ".venv").exists()


def test_the_python_that_was_named_is_the_only_one_tried(clone: Path) -> None:
    program(clone, "python3", GOOD)
    program(clone, "mine", TOO_OLD)
    code, _, err = run(clone, PYTHON="mine")
    assert code == 2
    assert err.startswith("make env: no Python 3.11, 3.12 or 3.13 with venv was found at mine:")


def test_a_full_disk_is_one_sentence(clone: Path) -> None:
    program(clone, "python3", GOOD)
    program(clone, "df", "echo Filesystem 1024-blocks; echo /dev/a 9000000 8500000 500000 95% /\n")
    assert run(clone) == (
        2,
        "",
        "make env: only 500 MB are free here and the environment needs 2000 MB: "
        "make room and try again.\n",
    )


def test_a_failed_installation_leaves_nothing(clone: Path) -> None:
    program(clone, "python3", GOOD)
    code, _, err = run(clone, pip="exit 1")
    assert code == 2
    assert "make env: the packages could not be installed: see above." in err
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(clone: Path, how: signal.Signals) -> None:
    program(clone, "python3", GOOD)
    process = start(clone, pip="touch begun; exec sleep 30")
    wait_for(clone / "begun")
    os.killpg(process.pid, how)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not (clone / ".venv").exists()


def test_after_a_run_that_was_killed_outright_it_starts_afresh(clone: Path) -> None:
    program(clone, "python3", GOOD)
    process = start(clone, pip="touch begun half-made; exec sleep 30")
    wait_for(clone / "begun")
    (clone / ".venv" / "half-made").touch()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    code, out, _ = run(clone)
    assert code == 0
    assert "removing the environment that an earlier run did not finish" in out
    assert not (clone / ".venv" / "half-made").exists()


def test_a_second_run_leaves_the_first_alone(clone: Path) -> None:
    program(clone, "python3", GOOD)
    first = start(clone, pip="touch begun; while [ ! -e end ]; do sleep 0.02; done")
    wait_for(clone / "begun")
    assert run(clone) == (
        2,
        "",
        f"make env: process {first.pid} is making the environment: wait for its end, then try "
        "again (if it is another program, remove .venv first).\n",
    )
    (clone / "end").touch()
    out, _ = first.communicate(timeout=30)
    assert first.returncode == 0 and out.endswith("make env: done\n")


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.02)
