"""Arrays in files that are whole or named: a SHA-256 for each, and no file half-written."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from helpers.data.dataset import Array
from helpers.errors import DataError


def cache_folder() -> Path:
    """Return the folder for what was loaded over the network; COURSE_CACHE names another."""
    if named := os.environ.get("COURSE_CACHE"):
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "neural-networks-course"


def pack(arrays: Mapping[str, Array], level: int = 1) -> bytes:
    """Return arrays as the bytes of an .npz file, the same on each call.

    >>> pack({"x": np.zeros(3)}) == pack({"x": np.zeros(3)})
    True
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            fixed = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, whenever it is written
            archive.writestr(fixed, member.getvalue(), zipfile.ZIP_DEFLATED, level)
    return file.getvalue()


def save(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write an .npz file and its SHA-256 beside it; neither is ever there in part."""
    raw = pack(arrays)
    write(path, raw)
    write(_beside(path), f"{hashlib.sha256(raw).hexdigest()}  {path.name}\n".encode())


def read(path: Path, sha256: str | None = None, remedy: str = "delete it") -> dict[str, Array]:
    """Return the arrays of an .npz file whose SHA-256 is `sha256`, or the one beside it.

    Raises DataError, which names the file and the remedy, when it is not what was written.
    """
    try:
        raw = path.read_bytes()
        expected = sha256 or _beside(path).read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError) as error:
        raise DataError(f"{path} or its checksum cannot be read: {remedy}.") from error
    if hashlib.sha256(raw).hexdigest() != expected:
        raise DataError(f"{path} is damaged, for its SHA-256 is another: {remedy}.")
    with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
        return dict(archive)


def write(path: Path, raw: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        begun.write_bytes(raw)
        os.replace(begun, path)
    finally:
        begun.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
