"""Files of arrays: the same bytes each time, whole or named, never half-written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.data import storage
from helpers.errors import DataError

ARRAYS = {"x": np.arange(12, dtype=np.uint8).reshape(3, 4), "y": np.array([1.5, 2.5])}


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    storage.save(tmp_path / "folder" / "set.npz", ARRAYS)
    back = storage.read(tmp_path / "folder" / "set.npz")
    assert back.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert back[name].dtype == array.dtype
        assert (back[name] == array).all()
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == [
        "set.npz", "set.npz.sha256"
    ]  # fmt: skip


def test_the_checksum_beside_a_file_is_what_sha256sum_reads(tmp_path: Path) -> None:
    import hashlib

    storage.save(tmp_path / "set.npz", ARRAYS)
    digest = hashlib.sha256((tmp_path / "set.npz").read_bytes()).hexdigest()
    assert (tmp_path / "set.npz.sha256").read_text() == f"{digest}  set.npz\n"


def test_numpy_reads_the_file_too(tmp_path: Path) -> None:
    storage.save(tmp_path / "set.npz", ARRAYS)
    assert (np.load(tmp_path / "set.npz")["x"] == ARRAYS["x"]).all()


@pytest.mark.parametrize("damage", ["a byte", "cut off", "empty"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "set.npz"
    storage.save(path, ARRAYS)
    raw = path.read_bytes()
    spoilt = {"a byte": raw[:-1] + b"!", "cut off": raw[:50], "empty": b""}[damage]
    path.write_bytes(spoilt)
    with pytest.raises(DataError) as caught:
        storage.read(path)
    assert str(caught.value) == f"{path} is damaged, for its SHA-256 is another: delete it."


@pytest.mark.parametrize("missing", ["set.npz", "set.npz.sha256"])
def test_a_file_without_its_other_half_is_named(tmp_path: Path, missing: str) -> None:
    storage.save(tmp_path / "set.npz", ARRAYS)
    (tmp_path / missing).unlink()
    with pytest.raises(DataError) as caught:
        storage.read(tmp_path / "set.npz")
    said = f"{tmp_path / 'set.npz'} or its checksum cannot be read: delete it."
    assert str(caught.value) == said


def test_writing_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "set.npz"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(storage.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        storage.write(path, b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


def test_the_cache_is_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert storage.cache_folder() == tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "{value}"),
        ("win32", "LOCALAPPDATA", "{value}"),
        ("linux", None, "{home}/.cache"),
        ("darwin", None, "{home}/Library/Caches"),
    ],
)
def test_else_the_cache_is_where_the_system_keeps_its_own(
    platform: str,
    variable: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("COURSE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "caches"))
    monkeypatch.setattr(storage.sys, "platform", platform)
    folder = expected.format(value=tmp_path / "caches", home=tmp_path)
    assert storage.cache_folder() == Path(folder) / "neural-networks-course"
