"""Hostile and damaged archives: what is refused, and that nothing around them changes.

Each archive also holds an honest notebook, which is filed all the same.  That the probe would see
an effect is shown by a careless program, which unpacks the same archive.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpers.grading.collecting import entries, reading
from helpers.grading.collecting.entries import NOTEBOOK_BYTES
from helpers.grading.submission.rebuild import MOST_BYTES

if TYPE_CHECKING:
    from conftest import Course

HONEST = "bea/01_mini.ipynb"
NOT_UTF8 = (
    "its name is not in UTF-8: pack the archive again with names in UTF-8, "
    "or unpack it, give the file such a name, and collect the folder"
)
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")


def linked(
    target: str, name: str = "eve/01_mini.ipynb", kind: int = stat.S_IFLNK
) -> zipfile.ZipInfo:
    """An entry that is a link, or something else that is no file."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    info.comment = target.encode()  # for the careless program
    return info


def hostile(course: Course, *infos: zipfile.ZipInfo | str, data: bytes | None = None) -> Path:
    """A zip file with an honest notebook behind hostile entries."""
    path = course.around / "given" / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in infos:
            archive.writestr(info, course.of("01_mini", "eve") if data is None else data)
        archive.writestr(HONEST, course.of("01_mini"))
    return path


def careless(archive: Path, root: Path) -> None:
    """Unpacks as one should not: every name is followed, every link made."""
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            path = Path(os.path.join(root, info.filename.replace("\\", "/")))
            path.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(info.external_attr >> 16):
                path.symlink_to(info.comment.decode())
            else:
                path.write_bytes(opened.read(info))


def test_the_most_that_is_read_is_the_most_that_is_graded() -> None:
    assert NOTEBOOK_BYTES == MOST_BYTES


# ---------------------------------------------------------------- out of the folder

ESCAPES: dict[str, tuple[Callable[[Path], list[zipfile.ZipInfo | str]], str]] = {
    "up": (
        lambda around: ["../../../home/victim.ipynb"],
        "its name leads out of the folder ('..')",
    ),
    "up, from inside": (
        lambda around: ["eve/../../../../home/new.ipynb"],
        "its name leads out of the folder ('..')",
    ),
    "absolute": (
        lambda around: [f"{around}/home/victim.ipynb"],
        "its name is an absolute path",
    ),
    "backslashes": (
        lambda around: ["..\\..\\..\\home\\victim.ipynb"],
        "its name has a backslash, which on Windows leads to another folder",
    ),
    "a link to a folder, and a file in it": (
        lambda around: [linked(f"{around}/home", "eve"), "eve/victim.ipynb"],
        "it is a link, not a file",
    ),
    "a link to a file, and a file over it": (
        lambda around: [linked(f"{around}/home/victim.ipynb"), "eve/01_mini.ipynb"],
        "it is a link, not a file",
    ),
    "into Jupyter's folders": (
        lambda around: ["__MACOSX/../../../../home/.jupyter/jupyter_config.py"],
        "its name leads out of the folder ('..')",
    ),
}


@posix
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("way", ESCAPES)
def test_nothing_is_written_outside(course: Course, way: str) -> None:
    names, reason = ESCAPES[way]
    archive = hostile(course, *names(course.around))
    before = course.outside()
    outcomes = course.collect(archive)
    assert course.outside() == before
    assert (outcomes[0].state, outcomes[0].reason) == ("refused", reason)
    assert outcomes[-1].state == "filed"
    places = {"bea/01_mini/01_mini.ipynb", "eve/01_mini/01_mini.ipynb"}
    assert set(course.filed()) <= places
    assert not any(path.is_symlink() for path in course.submitted.rglob("*"))

    shutil.rmtree(course.submitted)
    careless(archive, course.submitted)  # the positive control
    assert course.outside() != before


@posix
def test_links_and_odd_files_in_a_folder_are_not_followed(course: Course, tmp_path: Path) -> None:
    given = course.given({HONEST: course.of("01_mini")})
    secret = course.around / "home" / "secret.ipynb"
    secret.write_bytes(course.of("01_mini", "the solution"))
    for student in ("eve", "fay", "hal"):
        (given / student).mkdir()
    (given / "eve" / "01_mini.ipynb").symlink_to(secret)
    (given / "fay" / "01_mini.ipynb").hardlink_to(secret)
    (given / "gus").symlink_to(course.around / "home", target_is_directory=True)
    os.mkfifo(given / "hal" / "01_mini.ipynb")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(given)  # the name of a socket must be short
        listener.bind("ivy.ipynb")
    before = course.outside()
    assert sorted(course.told(given)) == [
        (HONEST, "filed", ""),
        ("eve/01_mini.ipynb", "refused", "it is a link, not a file"),
        (
            "fay/01_mini.ipynb", "refused",
            "it is a hard link: the same file has another name elsewhere",
        ),
        ("gus", "refused", "it is a link, not a file"),
        ("hal/01_mini.ipynb", "refused", "it is a pipe, not a file"),
        ("ivy.ipynb", "refused", "it is a socket, not a file"),
    ]  # fmt: skip
    assert course.outside() == before
    assert set(course.filed()) == {"bea/01_mini/01_mini.ipynb"}
    # what a careless program would have taken
    assert (given / "eve" / "01_mini.ipynb").read_bytes() == secret.read_bytes()


@posix
def test_a_file_that_becomes_a_link_after_it_was_listed_is_refused(course: Course) -> None:
    given = course.given({"eve/01_mini.ipynb": course.of("01_mini")})
    listed = list(entries.entries(given))
    (given / "eve" / "01_mini.ipynb").unlink()
    (given / "eve" / "01_mini.ipynb").symlink_to(course.around / "home" / "victim.ipynb")
    with pytest.raises(entries.Refused, match="it cannot be read: Too many levels of symbolic"):
        listed[0].read()


@posix
def test_a_name_that_is_not_utf8_is_refused(course: Course) -> None:
    given = course.given({HONEST: course.of("01_mini")})
    name = os.fsdecode(b"jos\xe9.ipynb")
    try:
        (given / name).write_bytes(course.of("01_mini"))
    except OSError:
        pytest.skip("this file system has no such names")
    assert sorted(course.told(given)) == [
        (HONEST, "filed", ""),
        (name, "refused", NOT_UTF8),
    ]


def test_what_cannot_be_read_is_refused(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    given = course.given({HONEST: course.of("01_mini"), "eve/01_mini.ipynb": b"{}", "fay/x": b""})
    really = os.open, os.scandir

    def opened(path: Any, *more: Any, **named: Any) -> int:
        if path == given / "eve" / "01_mini.ipynb":
            raise PermissionError(13, "Permission denied")
        return really[0](path, *more, **named)

    def listed(path: Any) -> Any:
        if path == given / "fay":
            raise PermissionError(13, "Permission denied")
        return really[1](path)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "scandir", listed)
    assert sorted(course.told(given)) == [
        (HONEST, "filed", ""),
        ("eve/01_mini.ipynb", "refused", "it cannot be read: Permission denied"),
        ("fay", "refused", "it cannot be read: Permission denied"),
    ]


# ---------------------------------------------------------------- what is in a zip file


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (stat.S_IFIFO, "it is a pipe, not a file"),
        (stat.S_IFCHR, "it is a device, not a file"),
        (stat.S_IFBLK, "it is a device, not a file"),
        (stat.S_IFSOCK, "it is a socket, not a file"),
    ],
)
def test_what_is_no_file_is_refused(course: Course, kind: int, reason: str) -> None:
    archive = hostile(course, linked("", kind=kind))
    assert course.told(archive) == [
        ("eve/01_mini.ipynb", "refused", reason),
        (HONEST, "filed", ""),
    ]


def patched(archive: Path, old: bytes, new: bytes) -> Path:
    """The archive with other bytes, in the list of entries and before each entry."""
    data = archive.read_bytes()
    assert old in data and len(old) == len(new)
    archive.write_bytes(data.replace(old, new))
    return archive


def test_a_name_with_a_nul_is_refused(course: Course) -> None:
    archive = patched(hostile(course, "eve#01_mini.ipynb"), b"eve#01", b"eve\x0001")
    assert course.told(archive) == [
        ("eve\x0001_mini.ipynb", "refused", "its name is empty or has a NUL in it"),
        (HONEST, "filed", ""),
    ]


def test_a_name_that_is_in_no_known_code_is_refused(course: Course) -> None:
    archive = patched(hostile(course, "eve##/01_mini.ipynb"), b"eve##", b"eve\xff\xfe")
    assert course.told(archive) == [
        ("eve\udcff\udcfe/01_mini.ipynb", "refused", NOT_UTF8),
        (HONEST, "filed", ""),
    ]


def test_what_is_advised_for_a_name_in_no_known_code_takes_it(course: Course) -> None:
    data = course.of("01_mini")
    again = course.zip({"josé/01_mini.ipynb": data})
    unpacked = course.given({"josé/01_mini.ipynb": data}, "unpacked")
    assert course.told(again) == [("josé/01_mini.ipynb", "filed", "")]
    assert course.told(unpacked) == [("josé/01_mini.ipynb", "already there", "")]


def test_a_name_in_utf8_that_does_not_say_so_is_read(course: Course) -> None:
    archive = patched(hostile(course, "jos##/01_mini.ipynb"), b"jos##", "josé".encode())
    assert [outcome.student for outcome in course.collect(archive)] == ["josé", "bea"]


def test_an_encrypted_entry_is_refused(course: Course) -> None:
    archive = hostile(course, "eve/01_mini.ipynb")
    data = bytearray(archive.read_bytes())
    at = data.index(b"PK\x01\x02")  # the list's first entry
    data[at + 8] |= 1
    archive.write_bytes(bytes(data))
    assert course.told(archive) == [
        ("eve/01_mini.ipynb", "refused", "it is encrypted"),
        (HONEST, "filed", ""),
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_to_compress_that_may_need_any_memory_is_refused(course: Course, method: int) -> None:
    path = course.around / "given" / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eve/01_mini.ipynb", course.of("01_mini"), method)
        archive.writestr(HONEST, course.of("01_mini"), zipfile.ZIP_STORED)
    reason = f"it is compressed in a way that is not read here (method {method})"
    assert course.told(path) == [("eve/01_mini.ipynb", "refused", reason), (HONEST, "filed", "")]


def test_an_archive_in_the_archive_is_not_opened(course: Course) -> None:
    inner = course.zip({"ada/01_mini.ipynb": course.of("01_mini")}, "inner.zip").read_bytes()
    archive = hostile(course, "eve/work.ZIP", "eve/report.pdf", data=inner)
    assert course.told(archive) == [
        (
            "eve/work.ZIP", "refused",
            "it is an archive in the archive: unpack it, and collect its folder",
        ),
        (
            "eve/report.pdf", "refused",
            "it is no notebook: its name does not end in .ipynb",
        ),
        (HONEST, "filed", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"[[[[" * 100_000, b'{"cells": 1}'])
def test_what_is_no_notebook_does_not_stop_the_others(course: Course, data: bytes) -> None:
    archive = hostile(course, "eve/01_mini.ipynb", data=data)
    assert [outcome.state for outcome in course.collect(archive)] == ["refused", "filed"]
    assert set(course.filed()) == {"bea/01_mini/01_mini.ipynb"}


# ---------------------------------------------------------------- damaged


def test_a_damaged_entry_does_not_stop_the_others(course: Course) -> None:
    archive = hostile(course, "eve/01_mini.ipynb")
    data = bytearray(archive.read_bytes())
    data[60] ^= 0xFF  # in what is compressed
    archive.write_bytes(bytes(data))
    outcomes = course.collect(archive)
    assert [outcome.state for outcome in outcomes] == ["refused", "filed"]
    assert outcomes[0].reason.startswith("it is damaged (")


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"Rar!\x1a\x07", b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_zip_file_is_refused(course: Course, data: bytes) -> None:
    path = course.around / "given" / "class.zip"
    path.write_bytes(data)
    (outcome,) = course.collect(path)
    assert (outcome.entry, outcome.state) == ("", "refused")
    assert outcome.reason.startswith("it is no zip file, or a damaged one (")


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_whatever_stops_the_other_archives(course: Course, seed: int) -> None:
    chance = random.Random(seed)
    archive = hostile(course, "eve/01_mini.ipynb", "José/01_mini.ipynb", linked("x", "fay.ipynb"))
    data = bytearray(archive.read_bytes())
    for _ in range(chance.choice([1, 3, 30])):
        data[chance.randrange(len(data))] = chance.choice([0, 0xFF, chance.randrange(256)])
    archive.write_bytes(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]))
    whole = course.zip({"ada/01_mini.ipynb": course.of("01_mini")}, "whole.zip")
    before = course.outside()
    assert course.collect(archive, whole)[-1].state in ("filed", "refused")
    assert course.outside() == before
    assert "ada/01_mini/01_mini.ipynb" in course.filed()


# ---------------------------------------------------------------- bombs


def test_a_bomb_is_counted_while_it_is_read(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "NOTEBOOK_BYTES", 2 * 2**20)
    archive = hostile(course, "eve/01_mini.ipynb", data=b" " * (50 * 2**20))
    assert archive.stat().st_size < 60_000
    tracemalloc.start()
    told = course.told(archive)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told == [
        ("eve/01_mini.ipynb", "refused", "it is larger than 2 MB"),
        (HONEST, "filed", ""),
    ]
    assert peak < 20 * 2**20
    assert sum(len(data) for data in course.filed().values()) < 10_000

    tracemalloc.start()  # the positive control
    careless(archive, course.submitted)
    assert tracemalloc.get_traced_memory()[1] > 45 * 2**20
    tracemalloc.stop()
    assert sum(len(data) for data in course.filed().values()) > 45 * 2**20


def test_a_bomb_that_says_it_is_small_is_no_larger_than_it_says(course: Course) -> None:
    archive = hostile(course, "eve/01_mini.ipynb", data=b" " * 2**20)
    patched(archive, (2**20).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    told = course.told(archive)
    assert told[0][1] == "refused" and told[0][2].startswith("it is damaged (Bad CRC-32")
    assert told[1] == (HONEST, "filed", "")


def test_all_that_is_read_in_one_call_is_counted(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "NOTEBOOK_BYTES", 2**20)
    monkeypatch.setattr(reading, "NOTEBOOK_BYTES", 2**20)
    monkeypatch.setattr(reading, "TOTAL_BYTES", 3 * 2**30 // 1024)
    names = [f"eve{number}/01_mini.ipynb" for number in range(4)]
    archive = hostile(course, *names, data=b" " * (2 * 2**20))
    reasons = [outcome.reason for outcome in course.collect(archive)]
    assert reasons[:4] == ["it is larger than 1 MB"] * 4
    assert reasons[4] == "0 GB were read in this call: collect it by itself"


def test_an_archive_of_too_many_entries_is_refused(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "ENTRIES", 10)
    many = {f"s{number}/01_mini.ipynb": b"{}" for number in range(11)}
    assert course.told(course.zip(many), course.given(many)) == [
        ("", "refused", "it has 11 entries; at most 10 are taken"),
        ("", "refused", "it has more than 10 entries"),
    ]
    assert course.filed() == {}


def test_a_long_list_of_entries_is_not_even_read(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "INDEX_BYTES", 2**20)
    path = course.around / "given" / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(40):
            archive.writestr(f"{number}{'x' * 60_000}", b"")
    tracemalloc.start()
    told = course.told(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told == [("", "refused", "its list of entries is longer than 1 MB")]
    assert peak < 2 * 2**20


@posix
def test_a_path_that_is_too_long_does_not_stop_the_others(course: Course) -> None:
    given = course.given({HONEST: course.of("01_mini")})
    here = os.getcwd()
    try:
        os.chdir(given)
        for _ in range(20):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
    finally:
        os.chdir(here)
    states = {outcome.reason: outcome.state for outcome in course.collect(given)}
    assert states == {"": "filed", "it cannot be read: File name too long": "refused"}
