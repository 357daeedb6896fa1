"""A small lesson that every test of the builder can bend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.check import record

TEXT = '''\
# %% [markdown]
# # A small chapter

# %% given imports
import numpy as np
from helpers import Checks

check = Checks("01_mini")

def phi(v):
    return 1 / (1 + np.exp(-v))

# %% [markdown]
# ### Exercise 1.1 output_delta

# %% solve output_delta
def output_delta(d, v):
    """The local gradient of an output neuron."""
    # one line
    ### BEGIN SOLUTION
    y = phi(v)
    return (d - y) * y * (1 - y)
    ### END SOLUTION

# %% hint output_delta [markdown]
# Which way does the error point?

# %% hint output_delta [markdown]
# Error times slope.

# %% hint output_delta [markdown]
# `return e * slope`

# %% check output_delta points=2
with check("output_delta") as probe:
    probe.call("one neuron", output_delta, 1.0, 0.2)
    probe.call("three neurons", output_delta, np.array([1.0, 0, 1]), np.array([0.5, -1, 2]))
### BEGIN HIDDEN TESTS
with check.hidden("output_delta") as probe:
    v = np.linspace(-2, 2, 12).reshape(3, 4)
    secret = (0.5 - phi(v)) * phi(v) * phi(-v)
    probe.call("a batch", output_delta, 0.5, v, expected=secret)
### END HIDDEN TESTS

# %% mistake output_delta "the error has the wrong sign"
# Your value equals (y − d)·φ′(v): the error is e = d − y. See equation (3).
def output_delta(d, v):
    y = phi(v)
    return (y - d) * y * (1 - y)

# %% mistake output_delta "the derivative is forgotten"
# Your value equals e: multiply by φ′(v).
def output_delta(d, v):
    return d - phi(v)

# %% mistake output_delta "the function in place of its derivative"
# Your value equals e·φ(v): the local gradient needs the derivative φ′(v).
def output_delta(d, v):
    return (d - phi(v)) * phi(v)

# %% alternative output_delta
def output_delta(d, v):
    return (d - phi(v)) * phi(v) * phi(-v)

# %% [markdown]
# ### Exercise 1.2 slope

# %% solve slope
# Set slope to f'(-1).
### BEGIN SOLUTION
slope = -4
### END SOLUTION

# %% hint slope [markdown]
# a
# %% hint slope [markdown]
# b
# %% hint slope [markdown]
# c
# %% check slope points=1
with check("slope") as probe:
    probe.number("the slope at -1", slope)

# %% mistake slope "the sign is lost"
# The slope is negative left of the minimum.
slope = 4
# %% mistake slope "only one path is counted"
# Add the two paths.
slope = -2
# %% mistake slope "the slope at another point"
# Put x = -1.
slope = 2

# %% [markdown]
# ### Exercise 1.3 why

# %% answer why [markdown] points=3
# <!-- BEGIN SOLUTION -->
# Because the paths add up. Rubric: 2 points for the sum, 1 for the reason.
# <!-- END SOLUTION -->

# %% hint why [markdown]
# a
# %% hint why [markdown]
# b
# %% hint why [markdown]
# c

# %%
print(output_delta(1.0, 0.0))
'''


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one small chapter; what is recorded stays in it."""
    recorded = tmp_path / "recorded"
    monkeypatch.setenv("COURSE_RECORDED", str(recorded))
    monkeypatch.setattr(record, "FOLDER", recorded)
    monkeypatch.setattr("helpers.authoring.build.RECORDED", recorded)
    record.load.cache_clear()
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "01_mini.py").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def lesson_path(root: Path) -> Path:
    """The small lesson's file."""
    return root / "solutions" / "01_mini.py"


@pytest.fixture
def bend(lesson_path: Path) -> Callable[[str, str], Path]:
    """Replaces a piece of the small lesson's text."""

    def replace(old: str, new: str) -> Path:
        text = lesson_path.read_text(encoding="utf-8")
        assert old in text
        lesson_path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return lesson_path

    return replace
