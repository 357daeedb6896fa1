"""A warm process for the tests of this folder, and a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.grading.boundary.client import Client
from helpers.grading.boundary.remote import METHODS
from helpers.grading.engine.forking import WarmProcess
from helpers.grading.sandbox import walls

from .postgres import postgres, postgres_server
from .two_sides import connected

__all__ = ["postgres", "postgres_server", "warm"]


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmProcess]:
    """A warm process, behind the outer wall where this machine has one."""
    process = WarmProcess(unsafe=bool(walls.missing()))
    yield process
    process.close()


@pytest.fixture
def student(warm: WarmProcess) -> Iterator[Client]:
    """A line to a new student's process."""
    with connected(warm) as client:
        client.begin_cell()
        client.methods = frozenset(METHODS)  # as of a chapter whose classes have them all
        yield client
