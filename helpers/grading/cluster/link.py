"""The way to a Dask cluster: its scheduler is reached, and every worker proven fit to grade."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import dask.config
from distributed import Client, Security
from distributed.comm.addressing import get_address_host_port, normalize_address

import helpers
from helpers.errors import GradingError
from helpers.grading.cluster.worker import Desk
from helpers.grading.limits import Limits
from helpers.grading.submission.paper import Paper

__all__ = ["by_name", "connected", "desks"]

CONNECTING = 10.0  # seconds until a scheduler must have answered
JOINING = 60.0  # and until it must have a worker


def by_name(name: str) -> Callable[..., Any]:
    """A function of cluster_worker's that passes through a scheduler without the course."""

    def call(*arguments: Any) -> Any:  # pickled by value, for it is defined in here
        from importlib import import_module

        return getattr(import_module("helpers.grading.cluster.worker"), name)(*arguments)

    return call


@contextmanager
def connected(scheduler: str) -> Iterator[Client]:
    """A line to a scheduler, secured as Dask's own configuration says."""
    try:
        address = normalize_address(scheduler)
        get_address_host_port(address, strict=True)
    except ValueError as error:
        raise GradingError(
            f"{scheduler!r} is no scheduler's address ({error}): write tcp://HOST:PORT."
        ) from None
    if address.startswith("tls:") and not _has_certificates():
        raise GradingError(
            f"{scheduler} wants TLS, and Dask's configuration names no certificates: name them "
            "under distributed.comm.tls in ~/.config/dask/distributed.yaml."
        )
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False, name="course-grade")
    except OSError as error:
        raise GradingError(
            f"No scheduler answers at {scheduler} ({error}): start it with dask scheduler, or "
            "correct the address."
        ) from None
    with client:
        yield client


def _has_certificates() -> bool:
    if dask.config.get("distributed.client.security-loader"):
        return True
    return bool(Security().get_connection_args("client").get("ssl_context"))


@contextmanager
def desks(client: Client, paper: Paper, limits: Limits, *, unsafe: bool) -> Iterator[str]:
    """An engine beside every worker, also beside those that come later; the name they go by."""
    try:
        client.wait_for_workers(1, timeout=JOINING)
    except TimeoutError:
        raise GradingError(
            "The scheduler has no workers: start some, with dask worker, then run this again."
        ) from None
    _refuse(_versions(client))
    desk = f"course-grade-{uuid4().hex}"
    try:
        client.register_plugin(Desk(desk, paper, limits, unsafe=unsafe))
        _refuse(client.run(by_name("fault"), desk))
        yield desk
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.unregister_worker_plugin(desk)


def _versions(client: Client) -> dict[str, str]:
    """What is wrong with each worker's version of the course; empty where it is ours."""
    ours, wrong = helpers.__version__, {}
    for worker, found in client.run(by_name("version"), on_error="return").items():
        if isinstance(found, Exception):
            wrong[worker] = f"the course, version {ours}, is not installed there ({found})."
        elif found != ours:
            wrong[worker] = f"install version {ours} of the course there, in place of {found}."
    return wrong


def _refuse(faults: Mapping[str, str]) -> None:
    """Raise GradingError with what is wrong at the first worker that cannot grade, if any."""
    if found := {worker: fault for worker, fault in faults.items() if fault}:
        worker, fault = next(iter(found.items()))
        others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise GradingError(f"The worker at {worker}{others} cannot grade: {fault}")
