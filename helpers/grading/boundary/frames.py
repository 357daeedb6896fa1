"""Frames: messages over a socket, each read whole, never beyond a size or a time.

A frame is the length of its header, the length of its buffers, the header (JSON), and the buffers.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

__all__ = ["Closed", "Frames", "WireError"]

LENGTHS = struct.Struct("!II")
MOST = 256 * 2**20  # bytes of one frame


class WireError(Exception):
    """What arrived is no message: damaged, too large, too deep, or of a kind that may not cross."""


class Closed(Exception):
    """The other side is gone."""


class Frames:
    """Frames over a socket, each read whole and never beyond `most` bytes."""

    def __init__(self, channel: socket.socket, most: int = MOST) -> None:
        self.channel, self.most = channel, most
        self.arrived = bytearray()  # of a frame that is not whole yet

    def send(
        self, header: Any, buffers: Sequence[bytes | memoryview] = (), seconds: float | None = None
    ) -> None:
        """Send one frame; Closed where nobody listens, TimeoutError where nobody reads."""
        json_text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
        text = json_text.encode("utf-8", "replace")  # half a character is none
        total = sum(len(buffer) for buffer in buffers)
        if len(text) + total > self.most:
            raise WireError(f"a message of {len(text) + total:,} bytes; the most is {self.most:,}")
        try:
            self.channel.settimeout(seconds)
            self.channel.sendall(LENGTHS.pack(len(text), total) + text)
            for buffer in buffers:
                self.channel.sendall(buffer)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self, seconds: float | None = None) -> tuple[Any, memoryview]:
        """The next frame: its header, and its buffers end to end.

        TimeoutError after so many seconds, however slowly the bytes drip in.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._until(LENGTHS.size, deadline)
        head, total = LENGTHS.unpack(self.arrived[: LENGTHS.size])
        if head + total > self.most:
            raise WireError(f"a message of {head + total:,} bytes; the most is {self.most:,}")
        size = LENGTHS.size + head + total
        self._until(size, deadline)
        frame, self.arrived = self.arrived[:size], self.arrived[size:]
        try:
            header = json.loads(frame[LENGTHS.size : LENGTHS.size + head])
        except (ValueError, RecursionError, MemoryError) as error:
            raise WireError(f"a message that is no JSON: {type(error).__name__}") from None
        return header, memoryview(frame)[LENGTHS.size + head :]

    def _until(self, size: int, deadline: float | None) -> None:
        """Wait until so many bytes have arrived; what has stays there after a TimeoutError."""
        while len(self.arrived) < size:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            try:
                self.channel.settimeout(left)
                piece = self.channel.recv(min(size - len(self.arrived), 2**20))
            except TimeoutError:
                raise
            except OSError as error:
                raise Closed(str(error)) from None
            if not piece:
                raise Closed("the other side has closed")
            self.arrived += piece
