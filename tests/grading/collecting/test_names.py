"""Names: no accepted one leaves the folder, and each platform's are understood."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers.grading.collecting.names import (
    Handed,
    Refused,
    folded,
    handed_in,
    is_litter,
    parts,
    shown,
    student_id,
)

CHAPTERS = ["01_mini", "02_more"]
NOT_UTF8 = (
    "its name is not in UTF-8: pack the archive again with names in UTF-8, "
    "or unpack it, give the file such a name, and collect the folder"
)
NASTY = st.text(
    st.one_of(st.sampled_from("./\\:\0~ *+?-_cCoOnN1aé\u0301\ud800\u202e\x1b"), st.characters())
)


@given(NASTY)
@example("..")
@example(" ..")
@example("C:")
@example("a\\..\\b")
@example("COM¹")
@example("nul.ipynb")
def test_an_accepted_id_is_one_visible_folder_on_every_system(text: str) -> None:
    try:
        name = student_id(text)
    except Refused:
        return
    for kind in (PurePosixPath, PureWindowsPath):
        assert kind(name).parts == (name,)
        assert not kind(name).anchor
    assert name == name.strip() and name[0] != "." and name[-1] != "."
    assert folded(name).split(".")[0] not in {"con", "nul", "com1"}
    assert not set(name) & set('*+?[]{}<>|":,;$\0/\\')
    assert len(name.encode("utf-8")) <= 128
    assert student_id(name) == name


@given(st.lists(NASTY, min_size=1, max_size=5).map("/".join))
@example("/etc/passwd")
@example("a/../../b")
@example("C:/x")
@example("//host/share/x")
def test_accepted_parts_lead_downwards(path: str) -> None:
    try:
        names = parts(path)
    except Refused:
        return
    root = Path("/root/of/it")
    assert names
    assert (root.joinpath(*names)).is_relative_to(root)
    assert ".." not in names
    assert not any(PureWindowsPath(name).anchor for name in names)


@given(st.lists(NASTY, min_size=1, max_size=4).map("/".join))
def test_whoever_handed_it_in_has_an_id_that_is_one(path: str) -> None:
    try:
        handed = handed_in(parts(path), CHAPTERS)
    except Refused:
        return
    assert student_id(handed.student) == handed.student
    assert handed.student not in CHAPTERS


@given(NASTY)
def test_what_is_shown_cannot_steer_a_terminal(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text * 100)) <= 160


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "its name is empty or has a NUL in it"),
        ("ada\0/x.ipynb", "its name is empty or has a NUL in it"),
        (".", "its name is empty"),
        ("/etc/passwd", "its name is an absolute path"),
        ("ada/../x.ipynb", "its name leads out of the folder ('..')"),
        ("c:/x.ipynb", "its name has a drive letter"),
        ("ada/c:x.ipynb", "its name has a drive letter"),
        ("..\\x.ipynb", "its name has a backslash, which on Windows leads to another folder"),
        ("\udcff/x.ipynb", NOT_UTF8),
    ],
)
def test_a_path_that_is_not_followed(path: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parts(path)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' cannot be a student's id: it begins or ends with a space, dot or hyphen"),
        ("ada ", "'ada ' cannot be a student's id: it begins or ends with a space, dot or hyphen"),
        (".ada", "'.ada' cannot be a student's id: it begins or ends with a space, dot or hyphen"),
        (
            "--all",
            "'--all' cannot be a student's id: it begins or ends with a space, dot or hyphen",
        ),
        ("a+b", "a+b cannot be a student's id: it has '+' in it"),
        ("a*", "a* cannot be a student's id: it has '*' in it"),
        ("a[1]", "a[1] cannot be a student's id: it has '[' in it"),
        ("a,b", "a,b cannot be a student's id: it has ',' in it"),
        ("a\u202eb", "a\\u202eb cannot be a student's id: it has '\\\\u202e' in it"),
        ("Con", "Con cannot be a student's id: Windows has a device of that name"),
        ("lpt1.txt", "lpt1.txt cannot be a student's id: Windows has a device of that name"),
        ("COM³", "COM³ cannot be a student's id: Windows has a device of that name"),
        ("é" * 65, f"{'é' * 65} cannot be a student's id: it is longer than 128 bytes"),
    ],
)
def test_what_cannot_be_a_students_id(text: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        student_id(text)
    assert str(refused.value) == reason


def test_an_id_is_the_same_however_its_accents_are_written() -> None:
    assert student_id("Jose\u0301") == student_id("José") == "José"


@pytest.mark.parametrize(
    ("path", "handed"),
    [
        ("Ada L_47_assignsubmission_file_/mine.ipynb", Handed("47", "mine.ipynb", "Ada L")),
        ("Ada L_47_assignsubmission_file/a/b/x.ipynb", Handed("47", "x.ipynb", "Ada L")),
        ("Ada L_47_assignsubmission_file_x_1.ipynb", Handed("47", "x_1.ipynb", "Ada L")),
        ("Participant_47_assignsubmission_file_/x.ipynb", Handed("47", "x.ipynb", "Participant")),
        # the file's own name is the student's choice, and says nothing of who that is
        (
            "Eve_66_assignsubmission_file_Ada_47_assignsubmission_file_x.ipynb",
            Handed("66", "Ada_47_assignsubmission_file_x.ipynb", "Eve"),
        ),
        (
            "Eve_66_assignsubmission_file_/Ada_47_assignsubmission_file_/x.ipynb",
            Handed("66", "x.ipynb", "Eve"),
        ),
        ("lovelaceada_11_901_01_mini-1.ipynb", Handed("11", "01_mini-1.ipynb", "lovelaceada")),
        ("lovelaceada_late_11_901_01_mini.ipynb", Handed("11", "01_mini.ipynb", "lovelaceada")),
        ("lovelaceada_LATE_11_901_x.ipynb", Handed("11", "x.ipynb", "lovelaceada")),
        ("eve_66_901_ada_11_902_x.ipynb", Handed("66", "ada_11_902_x.ipynb", "eve")),
        ("anon_aB3d5_901_01_mini.ipynb", Handed("aB3d5", "01_mini.ipynb")),
        ("LATE_anon_aB3d5_901_01_mini.ipynb", Handed("aB3d5", "01_mini.ipynb")),
        # a zip file that was handed in, unpacked: the names in it are the student's choice
        ("zipnb_118_9019_x/01_mini.ipynb", Handed("118", "01_mini.ipynb", "zipnb")),
        ("zipnb_118_9019_x/hw/02_more/a.ipynb", Handed("118", "a.ipynb", "zipnb")),
        ("zipnb_118_9019_x/ada_11_901_x.ipynb", Handed("118", "ada_11_901_x.ipynb", "zipnb")),
        # a student's folder, as nbgrader has it: the name is the student's id
        ("ws_2024_12_ada/01_mini/01_mini.ipynb",
         Handed("ws_2024_12_ada", "01_mini.ipynb", folder="01_mini")),
        ("anon_aB3d5_901_work/x.ipynb", Handed("aB3d5", "x.ipynb")),
        ("zipnb_118_x/01_mini.ipynb", Handed("zipnb_118_x", "01_mini.ipynb")),
        ("ada/01_mini.ipynb", Handed("ada", "01_mini.ipynb")),
        ("ada/whatever.ipynb", Handed("ada", "whatever.ipynb")),
        ("./ada//01_mini/x.ipynb", Handed("ada", "x.ipynb", folder="01_mini")),
        ("ada.ipynb", Handed("ada", "")),
        ("ada.lovelace@example.org.IPYNB", Handed("ada.lovelace@example.org", "")),
    ],
)  # fmt: skip
def test_who_handed_it_in(path: str, handed: Handed) -> None:
    assert handed_in(parts(path), CHAPTERS) == handed


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (
            "Default group_assignsubmission_file_/x.ipynb",
            "Moodle gave it no number by which to know whose it is",
        ),
        (
            "01_mini/ada.ipynb",
            "01_mini is a chapter: the student's name is looked for in its place",
        ),
        (
            "01_mini.ipynb",
            "01_mini is a chapter: the student's name is looked for in its place",
        ),
        (
            "download/ada/01_mini.ipynb",
            "it does not lie where notebooks are looked for: STUDENT/CHAPTER.ipynb, "
            "STUDENT/CHAPTER/CHAPTER.ipynb or STUDENT.ipynb",
        ),
    ],
)
def test_where_nobody_can_tell_whose_it_is(path: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        handed_in(parts(path), CHAPTERS)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    "path",
    ["__MACOSX/ada/._x.ipynb", "ada/.DS_Store", "ada/._x.ipynb", "ada/Thumbs.db",
     "ada/.ipynb_checkpoints/x-checkpoint.ipynb"],
)  # fmt: skip
def test_what_systems_put_there_is_litter(path: str) -> None:
    assert is_litter(parts(path))
    assert not is_litter(parts("ada/x.ipynb"))
