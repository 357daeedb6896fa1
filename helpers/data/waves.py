"""Signals with a short motif at a random time: made here, for networks that look along time."""

from __future__ import annotations

import numpy as np

from helpers.data.dataset import Array, Dataset, stratified
from helpers.errors import DataError

MOTIFS = ("rising chirp", "falling chirp", "up then down", "down then up")
LENGTH = 16  # samples of a motif


def signals(
    count: int = 2000, time: int = 128, *, noise: float = 0.3, shifted: bool = False, seed: int = 0
) -> Dataset:
    """Return noisy signals `(count, 1, time)`, each with one of four motifs at a random time.

    A motif has 16 samples and a peak of about 1; `noise` is the standard deviation of what is
    added everywhere.  Motifs 1 and 3 are 0 and 2 backwards, so that only the order in time tells
    them apart.  A fifth is for testing.  With `shifted` the motifs begin in the first half of
    the training signals and in the second half of the test signals.

    >>> signals(count=100)
    Dataset('signals', 80 for training, 20 for testing, 1 x 128)
    """
    if time < 2 * LENGTH or count < 20:
        raise DataError(
            f"signals needs a count of at least 20 and a time of at least {2 * LENGTH} samples, "
            f"and got count={count} and time={time}."
        )
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.arange(count) % len(MOTIFS))
    test = stratified(labels, 0.2, seed)
    low, high = np.zeros(count, int), np.full(count, time - LENGTH)
    if shifted:
        low[test], high[~test] = time // 2, time // 2 - LENGTH
    begins = generator.integers(low, high, endpoint=True)
    x = generator.normal(0.0, noise, (count, 1, time))
    x[np.arange(count)[:, None], 0, begins[:, None] + np.arange(LENGTH)] += motifs()[labels]
    return Dataset("signals", (x[~test], labels[~test]), (x[test], labels[test]), MOTIFS)


def motifs() -> Array:
    """Return the four motifs without noise, `(4, 16)`.

    >>> bool((motifs()[1] == motifs()[0][::-1]).all())
    True
    """
    t = (np.arange(LENGTH) + 0.5) / LENGTH
    window = np.sin(np.pi * t)  # begins and ends at zero
    chirp = window * np.sin(2 * np.pi * (0.5 * t + 2.5 * t**2))  # from 0.5 to 5.5 turns
    swing = np.sin(2 * np.pi * t)
    return np.stack([chirp, chirp[::-1], swing, swing[::-1]])
