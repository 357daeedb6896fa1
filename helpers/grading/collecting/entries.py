"""The files in a zip file or a folder, one at a time; nothing is unpacked, no link is followed.

What is read is counted while it is read: what an archive says of its own sizes is not believed.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from helpers.grading.collecting.names import Refused

__all__ = ["ENTRIES", "NOTEBOOK_BYTES", "Entry", "entries"]

MEGABYTE = 2**20
NOTEBOOK_BYTES = 64 * MEGABYTE  # one notebook, unpacked: as much as is graded
ENTRIES = 100_000  # files and folders in one archive
INDEX_BYTES = 16 * MEGABYTE  # of a zip file's list of its entries, which is read as a whole
UTF8, ENCRYPTED = 0x800, 0x2041  # flags of an entry
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what others need may be without bound
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError,
    ValueError, OverflowError, IndexError,
)  # fmt: skip
KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class Entry(NamedTuple):
    """A file in an archive; `read` gives its bytes while the archive is gone through."""

    name: str
    fault: str  # why it cannot be taken, whatever is in it; mostly empty
    read: Callable[[], bytes]


def entries(archive: Path) -> Iterator[Entry]:
    """The files of a zip file or a folder; Refused where it cannot be read at all."""
    try:
        yield from _in_folder(archive) if archive.is_dir() else _in_zip(archive)
    except DAMAGED as error:
        raise Refused(f"it is no zip file, or a damaged one ({error})") from None
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror or error}") from None


# ---------------------------------------------------------------- zip files


class _Index(io.BufferedReader):
    """A file of which nobody reads more at once than a list of entries may be long."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > INDEX_BYTES:
            raise Refused(f"its list of entries is longer than {INDEX_BYTES // MEGABYTE} MB")
        return super().read(size)


def _in_zip(path: Path) -> Iterator[Entry]:
    with _Index(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) > ENTRIES:
            raise Refused(f"it has {len(infos):,} entries; at most {ENTRIES:,} are taken")
        for info in infos:
            name = _name(info)
            fault = _fault(info)
            if not info.is_dir() or fault:
                yield Entry(name, fault, partial(_unpack, archive, info))


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it stands in the file: zipfile cuts it at a NUL and turns backslashes."""
    whole = info.orig_filename
    name = whole if "\0" in whole or "\\" in whole else info.filename
    if info.flag_bits & UTF8 or name.isascii():
        return name
    try:  # many write UTF-8 and do not say so
        return name.encode("cp437").decode("utf-8")
    except UnicodeEncodeError:
        return name  # a Unicode name in an extra field
    except UnicodeDecodeError:
        return name.encode("cp437").decode("utf-8", "surrogateescape")


def _fault(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind in KINDS:
        return f"it is {KINDS[kind]}, not a file"
    if info.flag_bits & ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in METHODS and not info.is_dir():
        return f"it is compressed in a way that is not read here (method {info.compress_type})"
    return ""


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            return _bounded(stream)
    except (*DAMAGED, OSError) as error:
        raise Refused(f"it is damaged ({error})") from None


# ---------------------------------------------------------------- folders


def _in_folder(root: Path) -> Iterator[Entry]:
    pending, count = [root], 0
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as listed:
                inside = sorted(islice(listed, ENTRIES + 1), key=lambda entry: entry.name)
        except OSError as error:
            name = folder.relative_to(root).as_posix()
            yield Entry(name, f"it cannot be read: {error.strerror}", bytes)
            continue
        count += len(inside)
        if count > ENTRIES:
            raise Refused(f"it has more than {ENTRIES:,} entries")
        for entry in inside:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
            else:
                name = path.relative_to(root).as_posix()
                yield Entry(name, _kind(entry), partial(_read, path))


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return _unfit(found)


def _unfit(found: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return f"it is {KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, not a file"
    if found.st_nlink > 1:
        return "it is a hard link: the same file has another name elsewhere"
    return ""


def _read(path: Path) -> bytes:
    """The bytes of a file that is still the plain file that it was when it was listed."""
    flags = os.O_RDONLY
    for extra in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, extra, 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            if fault := _unfit(os.fstat(file.fileno())):
                raise Refused(fault)
            return _bounded(file)
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror or error}") from None


def _bounded(file: IO[bytes]) -> bytes:
    data = bytearray()
    while piece := file.read(MEGABYTE):
        data += piece
        if len(data) > NOTEBOOK_BYTES:
            raise Refused(f"it is larger than {NOTEBOOK_BYTES // MEGABYTE} MB")
    return bytes(data)
