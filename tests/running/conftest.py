"""Small models and data, and every device that this machine has."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from helpers import training

DEVICES = ["cpu"]
DEVICES += ["cuda"] if torch.cuda.is_available() else []
DEVICES += ["mps"] if torch.backends.mps.is_available() else []


@pytest.fixture(params=DEVICES)
def each_device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> torch.device:
    """One of this machine's devices, chosen as a student would."""
    monkeypatch.setenv("COURSE_DEVICE", request.param)
    return training.device()


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU, where the same seed gives the same bits."""
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    training.device()


@pytest.fixture
def points() -> tuple[Tensor, Tensor]:
    """Ninety points in the plane and on which side of a line they lie."""
    x = torch.randn(90, 2, generator=torch.Generator().manual_seed(1))
    return x, (x.sum(1) > 0).long()


def network(seed: int = 0) -> nn.Sequential:
    """A network with dropout: its losses depend on every generator and on its mode."""
    training.seed(seed)
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
