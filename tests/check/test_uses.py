"""Which functions another one uses: through others, in loops inside it, without end."""

from __future__ import annotations

from typing import Any

from helpers.check.uses import uses


def lowest() -> int:
    return 1


def middle() -> list[int]:
    return [lowest() for _ in range(2)]


def top() -> Any:
    return middle()


def around() -> Any:
    return again()


def again() -> Any:
    return around()


def test_it_follows_functions_and_what_is_written_inside_them() -> None:
    assert {"middle", "lowest"} <= uses([top])
    assert {"middle"} <= uses([lambda: top])


def test_an_attribute_of_the_same_name_is_no_use() -> None:
    assert "lowest" not in uses([lambda tree: tree.lowest()])


def test_a_library_is_not_looked_into() -> None:
    from json import dumps

    scope: dict[str, Any] = {"dumps": dumps}
    exec("def saves(x): return dumps(x)", scope)
    assert uses([scope["saves"]]) == {"dumps"}


def test_functions_that_call_each_other_are_no_endless_task() -> None:
    assert {"around", "again"} <= uses([around])


def test_what_has_no_code_of_its_own_uses_nothing() -> None:
    assert uses([len, int]) == set()
