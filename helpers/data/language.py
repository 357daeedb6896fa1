"""Text from what is installed: surnames by language, and the source of Python's own library."""

from __future__ import annotations

import string
import sysconfig
from collections import Counter
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np

from helpers.data.dataset import Array, Dataset, stratified
from helpers.errors import DataError

LANGUAGES = {
    "Croatian": "hr_HR", "Dutch": "nl_NL", "English": "en_US", "Estonian": "et_EE",
    "Finnish": "fi_FI", "French": "fr_FR", "German": "de_DE", "Italian": "it_IT",
    "Spanish": "es_ES", "Swedish": "sv_SE",
}  # fmt: skip
NAMES_EACH = 300
END = "."  # fills a name up to the longest, and says where it ends

CHARACTERS = "\n" + string.printable[:95]  # a line's end, digits, letters, signs, the space
MODULES = (
    "argparse", "calendar", "configparser", "contextlib", "dataclasses", "difflib", "enum",
    "fractions", "functools", "heapq", "optparse", "pickle", "random", "shutil",
    "smtplib", "socket", "statistics", "subprocess", "tempfile", "textwrap", "threading",
)  # fmt: skip  # in every Python of the course, long, and full of comments


def names() -> Dataset:
    """Return surnames in ten languages: x is the codes of the letters, y the language.

    300 a language in small letters, with their accents; a fifth for testing.  Shorter names
    are filled up with code 0, "." in `alphabet`; `decode(row)` takes it off.  A name that is
    used in several of the languages is left out, for it has no one right label; so are names
    of more than one word.  They come from the package faker: another version of it may have
    others.

    >>> names().class_names[:3]
    ('Croatian', 'Dutch', 'English')
    """
    words, labels, alphabet = _surnames()
    x = np.zeros((len(words), max(map(len, words))), np.uint8)
    for row, word in zip(x, words, strict=True):
        row[: len(word)] = [alphabet.index(letter) for letter in word]
    order = np.random.default_rng(0).permutation(len(words))
    x, labels = x[order], labels[order]
    test = stratified(labels, 0.2, seed=0)
    return Dataset(
        "names",
        (x[~test], labels[~test]),
        (x[test], labels[test]),
        tuple(LANGUAGES),
        alphabet=alphabet,
        padding=END,
    )


@lru_cache(maxsize=1)
def _surnames() -> tuple[list[str], Array, str]:
    """The names, their languages' numbers, and the alphabet."""
    found = [_of(locale) for locale in LANGUAGES.values()]
    uses = Counter(name for each in found for name in each)
    words, labels = [], []
    for label, each in enumerate(found):
        own = sorted(name for name in each if uses[name] == 1)
        count = min(NAMES_EACH, len(own))
        words += [own[place * len(own) // count] for place in range(count)]  # from a to z
        labels += [label] * count
    return words, np.array(labels), END + "".join(sorted(set("".join(words))))


def _of(locale: str) -> set[str]:
    """The surnames of one word that faker has for a locale, in small letters."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    return {name.lower() for name in provider.last_names if name.isalpha()}


def text(length: int = 64, characters: int = 500_000) -> Dataset:
    """Return windows of running text: x `(n, length)` codes, y the character after each.

    The text is the source of modules of Python's own library, prose and code, so that it
    differs a little from one version of Python to the next; it has about 1,000,000 characters,
    of which the first `characters` are used.  Windows follow each other without a gap; the
    test part is the last tenth.  `alphabet` is fixed: a line's end and what ASCII can print.

    >>> text(length=100, characters=100_000)
    Dataset('text', 899 for training, 100 for testing, 100)
    """
    codes = _corpus()[:characters]
    count = (len(codes) - 1) // length if length > 0 else 0
    if count < 10:
        raise DataError(
            f"text(length={length}, characters={characters}) has fewer than 10 windows: ask for "
            "more characters or shorter windows."
        )
    x = codes[: count * length].reshape(count, length)
    y = codes[1 : count * length + 1].reshape(count, length)
    train = count - max(1, round(0.1 * count))
    return Dataset(
        "text", (x[:train], y[:train]), (x[train:], y[train:]), CHARACTERS, alphabet=CHARACTERS
    )


@lru_cache(maxsize=1)
def _corpus() -> Array:
    """The codes of the whole text, read-only."""
    library = Path(sysconfig.get_path("stdlib"))
    try:
        sources = [(library / f"{name}.py").read_text(encoding="utf-8") for name in MODULES]
    except OSError as error:
        raise DataError(
            f"The text is the source of Python's own library, and {error.filename} cannot be "
            "read: use a Python that comes with its sources, as those of python.org do."
        ) from error
    kept = "".join(filter(set(CHARACTERS).__contains__, "".join(sources)))
    table = np.zeros(128, np.uint8)
    table[[ord(character) for character in CHARACTERS]] = np.arange(len(CHARACTERS))
    codes: Array = table[np.frombuffer(kept.encode("ascii"), np.uint8)]
    codes.setflags(write=False)
    return codes
