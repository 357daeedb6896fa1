"""Names and text: each name has one language, the alphabet is fixed, no window is lost."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from helpers import data
from helpers.data import language
from helpers.errors import DataError

LOCKED_FAKER = "40.54.0"


def all_names() -> list[str]:
    names = data.names()
    arrays = names.numpy()
    return [names.decode(row) for x in (arrays.x_train, arrays.x_test) for row in x]


def test_names_have_the_promised_shapes_types_and_balance() -> None:
    names = data.names()
    assert names.x_train.shape[0] == 2400 and names.x_test.shape[0] == 600
    assert str(names.x_train.dtype) == "torch.int64"
    assert names.y_train.bincount().tolist() == [240] * 10
    assert names.y_test.bincount().tolist() == [60] * 10
    assert len(names.class_names) == 10
    assert names.x_train.max() < len(names.alphabet)


def test_each_name_stands_once_and_is_one_word_of_small_letters() -> None:
    names = all_names()
    assert len(set(names)) == len(names) == 3000
    assert all(name.isalpha() and name == name.lower() for name in names)


def test_padding_follows_a_name_and_is_never_inside() -> None:
    padded = data.names().numpy().x_train == 0
    assert (np.diff(padded.astype(int), axis=1) >= 0).all()
    assert data.names().alphabet[0] == "."


def test_the_names_of_a_language_are_from_its_list() -> None:
    from faker.providers.person.fi_FI import Provider

    names = data.names()
    finnish = names.x_train[names.y_train == names.class_names.index("Finnish")]
    known = {name.lower() for name in Provider.last_names}
    assert {names.decode(row) for row in finnish} <= known


@pytest.mark.skipif(version("faker") != LOCKED_FAKER, reason="another faker has other names")
def test_with_the_locked_faker_the_names_never_change() -> None:
    text = "\n".join(all_names())
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "aef2923e8576c135"


def test_text_has_the_promised_shapes_and_types() -> None:
    text = data.text()
    assert text.x_train.shape == text.y_train.shape == (7031, 64)
    assert text.x_test.shape == text.y_test.shape == (781, 64)
    assert str(text.x_train.dtype) == str(text.y_train.dtype) == "torch.int64"
    assert text.class_names == tuple(text.alphabet)
    assert text.alphabet.startswith("\n0123456789abc") and len(text.alphabet) == 96


def test_y_is_the_next_character_and_windows_follow_each_other() -> None:
    text = data.text(length=50, characters=60_000).numpy()
    x = np.concatenate([text.x_train, text.x_test]).ravel()
    y = np.concatenate([text.y_train, text.y_test]).ravel()
    assert (x[1:] == y[:-1]).all()
    assert len(x) == 59_950


def test_the_text_is_pythons_own_library() -> None:
    text = data.text()
    together = "".join(map(text.decode, text.x_train[:200]))
    assert "def __init__(self" in together


def test_every_module_of_the_text_is_there_and_fills_a_megabyte() -> None:
    assert 900_000 < len(language._corpus()) < 1_300_000


def test_too_short_a_text_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        data.text(length=64, characters=100)
    assert str(caught.value) == (
        "text(length=64, characters=100) has fewer than 10 windows: ask for more characters or "
        "shorter windows."
    )


def test_a_python_without_its_sources_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language.sysconfig, "get_path", lambda _: str(tmp_path))
    language._corpus.cache_clear()
    with pytest.raises(DataError) as caught:
        data.text()
    assert str(caught.value) == (
        "The text is the source of Python's own library, and "
        f"{tmp_path / 'argparse.py'} cannot be read: use a Python that comes with its sources, as "
        "those of python.org do."
    )
