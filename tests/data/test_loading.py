"""OpenML, played by a server on this machine: whole, cut off, silent, damaged or not there."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
from sklearn.datasets import _openml

from helpers import data
from helpers.data import loading
from helpers.errors import DataError

PIXELS = np.arange(40).reshape(10, 4)
LABELS = np.arange(10) % 3
TINY = loading.Source(
    "Tiny", "tiny_4", 1, (1, 2, 2), (6, 4), ("a", "b", "c"), megabytes=1, instead="digits()"
)
ARFF = "\n".join(
    [
        "@RELATION tiny",
        *(f"@ATTRIBUTE pixel{n} NUMERIC" for n in range(4)),
        "@ATTRIBUTE class {0,1,2}",
        "@DATA",
        *(",".join(map(str, [*row, label])) for row, label in zip(PIXELS, LABELS, strict=True)),
    ]
).encode()


class OpenML:
    """What the server answers; `mood` is what is wrong with it, `asked` the paths."""

    def __init__(self) -> None:
        self.mood = "well"
        self.asked: list[str] = []
        self.address = ""

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        if "/download/" in path:
            return ARFF.replace(b"17", b"71") if self.mood == "damaged" else ARFF
        return json.dumps(self.facts(path)).encode()

    def facts(self, path: str) -> dict[str, Any]:
        if "/list/" in path:
            return {"data": {"dataset": [{"did": 7, "version": 1}]}}
        if "/features/" in path:
            common = {"is_ignore": "false", "is_row_identifier": "false"}
            common["number_of_missing_values"] = "0"
            columns = [
                {"name": f"pixel{n}", "data_type": "numeric", "is_target": "false", "index": str(n)}
                for n in range(4)
            ] + [{"name": "class", "data_type": "nominal", "is_target": "true", "index": "4"}]
            return {"data_features": {"feature": [{**common, **each} for each in columns]}}
        if "/qualities/" in path:
            quality = [{"name": "NumberOfInstances", "value": str(len(LABELS))}]
            return {"data_qualities": {"quality": quality}}
        described = {
            "id": "7", "name": "tiny_4", "version": "1", "status": "active", "format": "ARFF",
            "url": f"{self.address}/data/v1/download/7/tiny.arff", "description": "tiny",
            "md5_checksum": hashlib.md5(ARFF).hexdigest(), "default_target_attribute": "class",
        }  # fmt: skip
        return {"data_set_description": described}


@pytest.fixture
def openml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenML]:
    """A server on the loopback address in OpenML's place, and an empty cache."""
    facts = OpenML()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = facts.answer(self.path)
            if facts.mood == "silent":
                time.sleep(1.0)
            self.send_response(503 if facts.mood == "busy" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = facts.mood == "cut off" and "/download/" in self.path
            self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    facts.address = f"http://127.0.0.1:{server.server_port}"

    def open_here(request: Request, *arguments: Any, **named: Any) -> Any:
        path = request.full_url.partition("://")[2].partition("/")[2]
        return urlopen(f"{facts.address}/{path}", *arguments, **named)

    monkeypatch.setattr(_openml, "urlopen", open_here)
    monkeypatch.setattr(_openml, "time", SimpleNamespace(sleep=lambda _: None))  # between tries
    monkeypatch.setattr(loading, "SOURCES", {"tiny": TINY})
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    yield facts
    server.shutdown()
    server.server_close()


def refusal() -> str:
    with pytest.raises(DataError) as caught:
        data.openml("tiny")
    return str(caught.value)


def test_a_set_is_loaded_split_and_scaled(openml: OpenML) -> None:
    tiny = data.openml("tiny")
    assert tiny.x_train.shape == (6, 1, 2, 2) and tiny.x_test.shape == (4, 1, 2, 2)
    pixels = np.concatenate([tiny.numpy(flat=True).x_train, tiny.numpy(flat=True).x_test])
    np.testing.assert_array_equal(pixels, PIXELS / 255)
    assert [*tiny.y_train.tolist(), *tiny.y_test.tolist()] == LABELS.tolist()
    assert tiny.class_names == ("a", "b", "c")


def test_it_says_once_what_it_loads_and_where_it_is_kept(
    openml: OpenML, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.openml("tiny")
    data.openml("tiny")
    assert capsys.readouterr().out == (
        f"Loading Tiny from OpenML, about 1 MB; it is kept in {tmp_path / 'cache'}.\n"
    )


def test_the_second_call_needs_no_network(openml: OpenML) -> None:
    first = data.openml("tiny").numpy()
    asked = len(openml.asked)
    second = data.openml("tiny").numpy()
    assert len(openml.asked) == asked > 0
    assert (first.x_train == second.x_train).all()


def test_a_damaged_file_of_the_cache_is_named_and_loaded_again(
    openml: OpenML, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = data.openml("tiny").numpy()
    path = loading.cached("tiny")
    path.write_bytes(path.read_bytes()[:-9])
    capsys.readouterr()
    again = data.openml("tiny").numpy()
    assert capsys.readouterr().out.startswith(f"{path} is damaged and is loaded again.\n")
    assert (again.x_train == whole.x_train).all()
    data.openml("tiny")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("mood", ["damaged", "cut off"])
def test_half_or_wrong_data_is_refused_and_not_kept(openml: OpenML, mood: str) -> None:
    openml.mood = mood
    assert refusal() == (
        "Tiny cannot be loaded, for what OpenML sent is damaged or cut off (ValueError): try again "
        "later, or use digits()."
    )
    assert not loading.cached("tiny").exists()
    openml.mood = "well"
    assert len(data.openml("tiny").y_train) == 6


def test_without_a_network_the_message_says_what_to_do(
    openml: OpenML, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        from urllib.error import URLError

        raise URLError(OSError(-3, "Temporary failure in name resolution"))

    monkeypatch.setattr(_openml, "urlopen", unreachable)
    assert refusal() == (
        "Tiny cannot be loaded, for OpenML cannot be reached ([Errno -3] Temporary failure in "
        "name resolution): connect to the network and try again, or use digits(), which needs none."
    )


def test_a_server_that_refuses_is_not_reached(openml: OpenML) -> None:
    openml.mood = "busy"
    assert refusal().startswith(
        "Tiny cannot be loaded, for OpenML cannot be reached (Service Unavailable): "
    )


def test_a_server_that_says_nothing_is_given_up(
    openml: OpenML, monkeypatch: pytest.MonkeyPatch
) -> None:
    openml.mood = "silent"
    monkeypatch.setattr(loading, "SECONDS", 0.1)
    assert refusal().startswith("Tiny cannot be loaded, for OpenML cannot be reached (timed out): ")
    import socket

    assert socket.getdefaulttimeout() is None


def test_another_set_than_expected_is_refused(
    openml: OpenML, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(loading, "SOURCES", {"tiny": replace(TINY, counts=(8, 4))})
    assert refusal() == (
        "Tiny of OpenML has the shape (10, 4) and not (12, 4): use digits(), and tell the authors "
        "of the course."
    )


def test_a_cache_that_cannot_be_written_costs_only_the_next_load(
    openml: OpenML, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert len(data.openml("tiny").y_train) == 6
    assert "Tiny could not be kept in " in capsys.readouterr().out


def test_what_openml_calls_the_sets_is_understood_too() -> None:
    known = {loading.known(name) for name in ("mnist_784", "MNIST", "CIFAR_10", "Fashion-MNIST")}
    assert known == {"mnist", "cifar10", "fashion"}


@pytest.mark.parametrize("source", loading.SOURCES.values(), ids=lambda source: source.title)
def test_every_source_has_ten_classes_and_70_or_60_thousand_pictures(
    source: loading.Source,
) -> None:
    assert len(source.class_names) == 10
    assert sum(source.counts) in (60_000, 70_000)
    assert callable(getattr(data, source.instead.removesuffix("()")))
