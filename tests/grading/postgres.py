"""A PostgreSQL server of the tests' own, on a unix socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

__all__ = ["postgres", "postgres_server"]

REQUIRE = "COURSE_REQUIRE_POSTGRES"
OPTIONS = "-c listen_addresses= -c fsync=off -c max_connections=20"


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    debians = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found).parent if found else debians[-1].parent if debians else None


def _user() -> str | None:
    """Whom it runs as: the server refuses root."""
    if os.geteuid() != 0:
        return None
    return next(name for name in ("postgres", "nobody") if _exists(name))


def _exists(name: str) -> bool:
    return any(each.pw_name == name for each in pwd.getpwall())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The folder of the socket of a running server."""
    programs = _programs()
    if programs is None:
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, and there is no PostgreSQL server here.")
        pytest.skip("There is no PostgreSQL server here.")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:  # a socket's path is short
        folder, user = Path(name), _user()
        if user:
            shutil.chown(folder, user)

        def run(program: str, *words: str) -> None:
            with (folder / "log").open("ab") as log:
                subprocess.run(
                    [programs / program, "-D", folder / "data", *words], user=user, cwd=folder,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, timeout=120,
                )  # fmt: skip

        try:
            run("initdb", "-U", "grader", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            run("pg_ctl", "-w", "-o", f"{OPTIONS} -k {folder}", "start")
            yield folder
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def postgres(postgres_server: Path) -> str:
    """The address of an empty database: a schema of its own, which is made at once."""
    name = f"course_{uuid.uuid4().hex}"
    url = f"postgresql+psycopg://grader@/postgres?host={postgres_server}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{url}&options=-csearch_path%3D{name}"
