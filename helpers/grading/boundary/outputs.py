"""Outputs of cells: collected as they come, and taken from an untrusted process.

They are cut at a size, and say so.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from helpers.grading.limits import Limits

__all__ = ["OUTPUTS", "Outputs", "count", "output"]

DEEPEST = 50  # containers in one another, in what is shown as JSON
MOST_CELLS = 10**6  # that a notebook may say to have run


class Outputs:
    """The outputs of the cell that runs."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.begin()

    def begin(self) -> None:
        """Forget the last cell's."""
        self.items: list[dict[str, Any]] = []
        self.text = self.pictures = 0
        self.clearing = self.cut = False

    def write(self, name: str, text: str) -> None:
        """Add to a stream."""
        if self.cut or not text:
            return
        room = self.limits.text - self.text
        self.text += len(text)
        if len(text) > room:
            self.cut = True
            text = text[:room] + f"\n... cut after {self.limits.text:,} characters ...\n"
        self._clear_if_asked()
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["pieces"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "pieces": [text]})

    def show(self, kind: str, data: Any, metadata: Any, place: Any = None, **more: Any) -> None:
        """Add something displayed, in all its representations; `place` is a display's id."""
        plain = {key: _plain(value) for key, value in data.items()}
        self.pictures += len(json.dumps(plain))
        if self.pictures > self.limits.pictures:
            plain = {"text/plain": f"(not shown: over {self.limits.pictures:,} bytes in one cell)"}
            metadata = {}
        self._clear_if_asked()
        item = {"output_type": kind, "data": plain, "metadata": _plain(metadata or {}), **more}
        self.items.append(item if place is None else {**item, "place": place})

    def update(self, place: Any, data: Any) -> None:
        """Show something else where a display of this cell stands."""
        for item in self.items:
            if item.get("place") == place:
                item["data"] = {key: _plain(value) for key, value in data.items()}

    def error(self, name: str, value: str, lines: list[str]) -> None:
        """Add an error."""
        cut = [line[:20_000] for line in lines[:100]]
        self.items.append(
            {"output_type": "error", "ename": name, "evalue": value[:20_000], "traceback": cut}
        )

    def done(self) -> list[dict[str, Any]]:
        """The outputs as a notebook holds them."""
        for item in self.items:
            item.pop("place", None)
            if "pieces" in item:
                item["text"] = "".join(item.pop("pieces"))
        items = self.items
        self.begin()
        return items

    def clear(self, wait: bool = False) -> None:
        """What `clear_output` asks for."""
        if wait:
            self.clearing = True
        else:
            self.items, self.clearing = [], False

    def _clear_if_asked(self) -> None:
        if self.clearing:
            self.clear()


def _plain(value: Any) -> Any:
    """JSON without anything else; pictures become base64."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return json.loads(json.dumps(value, default=str))


OUTPUTS = Outputs()


def output(told: Any) -> dict[str, Any] | None:
    """An output that a notebook may hold, from what an untrusted process says that it is."""
    if not isinstance(told, dict):
        return None
    kind, text = told.get("output_type"), told.get("text")
    if kind == "stream" and isinstance(text, str):
        name = "stderr" if told.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text}
    if kind == "error":
        lines = told.get("traceback")
        lines = list(filter(_is_text, lines)) if isinstance(lines, list) else []
        words = {key: told[key] if _is_text(told.get(key)) else "" for key in ("ename", "evalue")}
        return {"output_type": "error", **words, "traceback": lines}
    data = told.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    kept = {
        key: value
        for key, value in data.items()
        if _is_text(value) or (key.endswith("json") and not _is_deep(value))
    }
    made = {"output_type": kind, "data": kept, "metadata": {}}
    if kind == "execute_result":
        made["execution_count"] = count(told.get("execution_count"))
    return made


def count(told: Any) -> int | None:
    """The number of a cell, from what an untrusted process says that it is."""
    return told if type(told) is int and 0 <= told < MOST_CELLS else None


def _is_text(told: Any) -> bool:
    return isinstance(told, str)


def _is_deep(told: Any) -> bool:
    """Whether there are more containers in one another than those who read it can follow."""
    inside = [told]
    for _ in range(DEEPEST):
        rows = [each.values() if isinstance(each, dict) else each for each in inside]
        inside = [each for row in rows for each in row if isinstance(each, dict | list)]
        if not inside:
            return False
    return True
