"""Signals: a motif at a random time, balanced, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import data
from helpers.data.waves import motifs
from helpers.errors import DataError


def best_match(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The motif that fits each signal best, and where it begins."""
    windows = np.lib.stride_tricks.sliding_window_view(x[:, 0], 16, axis=-1)
    shapes = motifs() / np.linalg.norm(motifs(), axis=1, keepdims=True)
    scores = np.einsum("ntk,mk->nmt", windows, shapes)
    return scores.max(axis=2).argmax(axis=1), scores.max(axis=1).argmax(axis=1)


def test_signals_have_the_promised_shapes_types_and_balance() -> None:
    signals = data.signals()
    assert signals.x_train.shape == (1600, 1, 128)
    assert signals.x_test.shape == (400, 1, 128)
    assert str(signals.x_train.dtype) == "torch.float32"
    assert signals.y_train.bincount().tolist() == [400] * 4
    assert signals.y_test.bincount().tolist() == [100] * 4
    assert len(signals.class_names) == 4


def test_a_matched_filter_finds_the_motif_that_the_label_says() -> None:
    signals = data.signals().numpy()
    found, _ = best_match(signals.x_test)
    assert (found == signals.y_test).mean() > 0.95


def test_two_motifs_are_the_others_backwards() -> None:
    rising, falling, up, down = motifs()
    assert (falling == rising[::-1]).all() and (down == up[::-1]).all()
    assert np.abs(motifs()).max() == pytest.approx(1.0, abs=0.1)


def test_shifted_signals_train_on_one_half_and_test_on_the_other() -> None:
    signals = data.signals(noise=0.0, shifted=True).numpy()
    assert best_match(signals.x_train)[1].max() <= 48
    assert best_match(signals.x_test)[1].min() >= 64


def test_motifs_begin_anywhere() -> None:
    _, begins = best_match(data.signals(noise=0.0).numpy().x_train)
    assert begins.min() == 0 and begins.max() == 112


def test_the_seed_decides_everything() -> None:
    first, again, other = (data.signals(seed=seed).numpy() for seed in (5, 5, 6))
    assert (first.x_train == again.x_train).all() and (first.y_test == again.y_test).all()
    assert not (first.x_train == other.x_train).all()


def test_too_little_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        data.signals(count=8, time=20)
    assert str(caught.value) == (
        "signals needs a count of at least 20 and a time of at least 32 samples, and got count=8 "
        "and time=20."
    )
