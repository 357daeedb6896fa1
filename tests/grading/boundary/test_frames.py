"""Frames arrive whole, in time and no larger than allowed, or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from helpers.grading.boundary.frames import LENGTHS, Closed, Frames, WireError

Pair = tuple[Frames, Frames]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a line; the second takes a thousand bytes."""
    one, other = socket.socketpair()
    with one, other:
        yield Frames(one), Frames(other, most=1000)


def test_a_frame_is_a_header_and_its_buffers(pair: Pair) -> None:
    pair[0].send({"a": [1, None, "ü"]}, [b"12", memoryview(b"3")])
    header, data = pair[1].receive()
    assert header == {"a": [1, None, "ü"]} and bytes(data) == b"123"


def test_frames_come_one_after_another(pair: Pair) -> None:
    for number in range(3):
        pair[0].send(number, [bytes([number])])
    assert [pair[1].receive(1) for _ in range(3)] == [(0, b"\0"), (1, b"\1"), (2, b"\2")]


def test_numbers_that_json_does_not_know_cross(pair: Pair) -> None:
    pair[0].send([float("inf"), float("-inf")])
    assert pair[1].receive()[0] == [float("inf"), float("-inf")]


def test_half_a_character_becomes_a_question_mark(pair: Pair) -> None:
    pair[0].send(["\ud800 and \U0001f600"])
    assert pair[1].receive()[0] == ["? and \U0001f600"]


def test_nothing_is_waited_for_so_long_and_no_longer(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        pair[1].receive(0.01)
    with pytest.raises(TimeoutError):
        pair[1].receive(-1)


def test_bytes_that_drip_in_do_not_prolong_the_time(pair: Pair) -> None:
    one, other = pair
    enough = threading.Event()

    def drip() -> None:
        one.channel.sendall(LENGTHS.pack(500, 0))
        while not enough.wait(0.005):
            one.channel.sendall(b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        other.receive(0.1)
    enough.set()
    thread.join()
    assert time.monotonic() - began < 5


def test_a_frame_that_came_in_part_is_read_on_later(pair: Pair) -> None:
    one, other = pair
    whole = LENGTHS.pack(3, 2) + b"[1]" + b"ab"
    for at, byte in enumerate(whole[:-1]):
        one.channel.sendall(bytes([byte]))
        with pytest.raises(TimeoutError):
            other.receive(0.001)
        assert len(other.arrived) == at + 1
    one.channel.sendall(whole[-1:])
    header, data = other.receive(1)
    assert header == [1] and bytes(data) == b"ab" and not other.arrived


@pytest.mark.parametrize("lengths", [(1001, 0), (1, 1000), (2**32 - 1, 2**32 - 1)])
def test_a_frame_that_is_too_large_is_refused_before_it_is_read(
    pair: Pair, lengths: tuple[int, int]
) -> None:
    pair[0].channel.sendall(LENGTHS.pack(*lengths))
    says = f"a message of {sum(lengths):,} bytes; the most is 1,000"
    with pytest.raises(WireError, match=says):
        pair[1].receive(1)


def test_a_frame_that_is_too_large_is_not_sent(pair: Pair) -> None:
    with pytest.raises(WireError, match="a message of 1,001 bytes; the most is 1,000"):
        pair[1].send([], [bytes(999)])
    pair[1].send([], [bytes(998)])
    assert len(pair[0].receive()[1]) == 998


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe", b"[" * 900, b"[1] 2", b""])
def test_what_is_no_json_is_refused(pair: Pair, text: bytes) -> None:
    pair[0].channel.sendall(LENGTHS.pack(len(text), 0) + text)
    with pytest.raises(WireError, match="a message that is no JSON: "):
        pair[1].receive(1)


def test_json_that_is_nested_without_end_is_refused(pair: Pair) -> None:
    text = b"[" * 200_000
    pair[0].most = 2**20
    threading.Thread(
        target=pair[1].channel.sendall, args=(LENGTHS.pack(len(text), 0) + text,), daemon=True
    ).start()
    with pytest.raises(WireError, match="a message that is no JSON: "):
        pair[0].receive(5)


def test_a_line_that_is_closed_says_so(pair: Pair) -> None:
    one, other = pair
    one.channel.sendall(LENGTHS.pack(5, 0) + b"1")
    one.channel.close()
    with pytest.raises(Closed, match="the other side has closed"):
        other.receive(1)
    with pytest.raises(Closed):
        other.send([1])
    with pytest.raises(Closed):
        one.send([1])
