"""What a submission may use before it is stopped."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; times in seconds, sizes in bytes."""

    cell: float = 180.0  # wall clock, one cell; then it is interrupted
    grace: float = 3.0  # after the interrupt; then the process is ended
    whole: float = 600.0  # wall clock, all cells
    address_space: int = 4 * 2**30  # of one process, shared memory too; torch needs 0.6 to 2 GiB
    memory: int = 4 * 2**30  # of all processes together
    processes: int = 64  # and threads
    files: int = 256  # open at once
    file: int = 256 * 2**20  # size of one
    scratch: int = 256 * 2**20  # all files together
    text: int = 200_000  # characters that one cell may print
    pictures: int = 20 * 2**20  # what one cell may show besides
    shown: int = 32 * 2**20  # by all cells together
    answer: int = 128 * 2**20  # one value that crosses to the checker
