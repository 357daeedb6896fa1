"""What a student's code sees, writes and reaches; every probe is also run outside, as a control."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from helpers.grading.sandbox.walls import HELPERS

from . import probes
from .conftest import CANARY, OF_THE_GRADER, UNHURRIED, Attack

ROOT = Path(__file__).parents[3]


def inside(attack: Attack, code: str, **names: object) -> Any:
    """What a probe printed behind the walls."""
    head = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    result = attack(head + code + "\ndouble = None", seconds=UNHURRIED)
    assert result.printed, result.text
    return json.loads(result.printed)


def outside(code: str, **names: object) -> Any:
    """What it prints in a process of this machine."""
    head = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    command = [sys.executable, "-c", head + code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(ran.stdout)


@pytest.fixture
def decoy(tmp_path: Path) -> Path:
    """A file that anybody on this machine may read and change."""
    os.chmod(tmp_path, 0o777)
    path = tmp_path / "gradebook.db"
    path.write_text("points")
    os.chmod(path, 0o666)
    return path


# ---------------------------------------------------------------- reading


def test_no_file_of_the_machine_is_there(attack: Attack, decoy: Path) -> None:
    paths = [
        "/etc/shadow", "/etc/passwd", "/etc/hostname", "/root/.bashrc", "/proc/1/environ",
        str(decoy), *map(str, ROOT.glob("solutions/*.py")), str(ROOT / "nbgrader_config.py"),
        str(ROOT / "pyproject.toml"), str(ROOT / ".git" / "HEAD"), __file__,
    ]  # fmt: skip
    assert outside(probes.FILES, PATHS=paths)[str(decoy)] == 6
    found = inside(attack, probes.FILES, PATHS=paths)
    found.pop("/proc/1/environ")  # its own
    assert set(found.values()) == {None}


def test_no_notebook_lesson_or_database_is_anywhere(attack: Attack) -> None:
    here = outside(probes.TREE.replace('"/"', repr(str(ROOT))))
    assert any(path.endswith("01_backpropagation.ipynb") for path in here)
    found = inside(attack, probes.TREE)
    public = (str(HELPERS), sys.base_prefix, sys.prefix)
    assert [path for path in found if not path.startswith(public)] == []
    assert not any(path.endswith((".ipynb", ".db")) for path in found)


def test_the_environment_is_not_the_graders(attack: Attack) -> None:
    assert OF_THE_GRADER in outside(probes.ENVIRONMENT).values()
    assert OF_THE_GRADER not in json.dumps(inside(attack, probes.ENVIRONMENT))


def test_no_other_process_is_seen(attack: Attack) -> None:
    assert len(outside(probes.PROCESSES)) > 3
    assert list(inside(attack, probes.PROCESSES)) == ["1"]


def test_no_secret_is_in_the_memory_that_a_fork_inherits(attack: Attack) -> None:
    """The probe knows how a secret begins, and of the rest a hash: it brings none along."""
    texts = {"hidden check": CANARY, "environment": OF_THE_GRADER, "its own": "this-is-" + "mine!"}
    secrets = {
        name: (text[:8], len(text) - 8, hashlib.sha256(text[8:].encode()).hexdigest())
        for name, text in texts.items()
    }
    head = 'known = "".join(["this-is-", "mine!"])\n'
    found = inside(attack, head + probes.MEMORY, SECRETS=secrets)
    assert found.pop("its own") > 0, "the search finds what is there"
    assert set(found.values()) == {0}


# ---------------------------------------------------------------- writing


def test_nothing_can_be_written_but_the_scratch_folder(attack: Attack, decoy: Path) -> None:
    own = ["/tmp/mine", "/tmp/home/mine"]
    paths = [
        str(decoy), "/mine", "/etc/mine", "/usr/mine", "/dev/mine", "/dev/pts/mine", "/root/mine",
        "/proc/sys/kernel/hostname", "/proc/self/oom_score_adj", "/proc/self/uid_map",
        str(HELPERS / "mine.py"), f"{sys.prefix}/mine", f"{sys.prefix}/lib/mine.pth",
        str(ROOT / "mine"), str(Path.home() / "mine"),
    ]  # fmt: skip
    assert outside(probes.WRITING, PATHS=[str(decoy)]) == {str(decoy): True}
    assert decoy.read_text() == "was here"
    decoy.write_text("points")
    done = inside(attack, probes.WRITING, PATHS=own + paths)
    assert [path for path, written in done.items() if written] in (
        own, [*own, "/proc/self/oom_score_adj"],  # a process may make itself the first to be ended
    )  # fmt: skip
    assert decoy.read_text() == "points"
    assert not any(Path(path).exists() for path in paths if path.endswith(("mine", "mine.py")))


def test_nothing_is_left_for_the_next_submission(attack: Attack) -> None:
    assert inside(attack, probes.LEAVE).count("left") == 2
    assert "left" not in inside(attack, probes.FIND)
    assert not Path("/tmp/left").exists() and not Path("/dev/shm/left").exists()


# ---------------------------------------------------------------- escaping


def test_system_calls_that_open_the_machine_are_refused(attack: Attack) -> None:
    done = inside(attack, probes.CALLS)
    allowed = {name: told for name, told in done.items() if told[0] != -1}
    assert allowed == {}
    assert done["clone3"][1] == 38, "said not to exist, so that programs use clone"


@pytest.mark.skipif(os.getuid() != 0, reason="as the control, root may do it")
def test_outside_root_may_do_some_of_them() -> None:
    code = "import os; os.unshare = None" if not hasattr(os, "unshare") else ""
    call = probes.CALLS.partition("print(json")[0] + "print(json.dumps(call(272, 0x20000)))"
    assert outside(code + call) == [0, 0]


def test_there_is_no_privilege_and_no_way_to_one(attack: Attack) -> None:
    status = inside(attack, probes.STATUS)
    assert {status[name].strip("0") for name in status if name.startswith("Cap")} == {""}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "0" not in status["Uid"].split()


def test_the_only_descriptors_are_nothing_and_the_line_to_the_checker(attack: Attack) -> None:
    read, _ = os.pipe()
    os.set_inheritable(read, True)
    found = inside(attack, probes.DESCRIPTORS)
    os.close(read)
    kinds = sorted(target.partition(":")[0] for target in found.values())
    assert kinds == ["/dev/null"] * 3 + ["socket"]


def test_nobody_can_be_reached(attack: Attack, tmp_path: Path) -> None:
    path, name = str(tmp_path / "socket"), f"course-attack-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as network,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as by_path,
    ):
        abstract.bind("\0" + name)
        by_path.bind(path)
        for each in (abstract, by_path):
            each.listen()
        told = {"PORT": network.getsockname()[1], "NAME": name, "PATH": path}
        assert set(outside(probes.REACH, **told).values()) == {True}
        assert set(inside(attack, probes.REACH, **told).values()) == {False}


def test_no_signal_reaches_anybody(attack: Attack) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert inside(attack, probes.SIGNALS) == {}
        assert bystander.poll() is None
    finally:
        bystander.kill()
        assert bystander.wait() == -9, "the control: a signal ends it"


def test_two_submissions_at_the_same_time_cannot_meet(attack: Attack) -> None:
    listen = """
import socket, time
with socket.socket(socket.AF_UNIX) as made:
    made.bind("\\0meeting"); made.listen(); made.settimeout(1.5)
    try: made.accept(); print("met")
    except OSError: print("nobody came")
double = None"""
    call = """
import socket, time
met = False
for _ in range(12):
    with socket.socket(socket.AF_UNIX) as made:
        try: made.connect("\\0meeting"); met = True; break
        except OSError: time.sleep(0.1)
print("met" if met else "nobody there")
double = None"""
    said: dict[str, str] = {}
    threads = [
        threading.Thread(target=lambda code=code: said.update({code: attack(code).printed}))
        for code in (listen, call)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said[listen], said[call]) == ("nobody came\n", "nobody there\n")
