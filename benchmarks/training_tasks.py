"""What benchmarks/training.py trains: four small models of the course, each with one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim import Adam

from helpers import data

BATCH = 128
RATE = 1e-3


@dataclass
class Task:
    """Models, how their optimizers are made, and a step that returns the loss."""

    models: nn.ModuleList
    step: Callable[[nn.ModuleList, list[Adam], tuple[Tensor, ...]], Tensor]
    tensors: tuple[Tensor, ...]
    loss: Callable[[Tensor, Tensor], Tensor] | None = None  # None: two players

    def optimizers(self, **options: Any) -> list[Adam]:
        """One Adam for each model."""
        return [Adam(model.parameters(), RATE, **options) for model in self.models]


def supervised(
    model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], *tensors: Tensor
) -> Task:
    """A task with one model, inputs and targets."""

    def step(models: nn.ModuleList, optimizers: list[Adam], batch: tuple[Tensor, ...]) -> Tensor:
        value = loss(models[0](batch[0]), batch[1])
        update(optimizers[0], value)
        return value

    return Task(nn.ModuleList([model]), step, tensors, loss)


def update(optimizer: Adam, loss: Tensor) -> None:
    """The three lines that every step has."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def mlp(x: Tensor, y: Tensor) -> Task:
    """784 - 128 - 10."""
    layers = nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)
    return supervised(nn.Sequential(*layers), cross_entropy, x, y)


def convolutional() -> nn.Sequential:
    """Two convolutions and a dense layer."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 10),
    )  # fmt: skip


class Speller(nn.Module):
    """Characters to scores for the next character, by an LSTM of 128 units."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, 32)
        self.lstm = nn.LSTM(32, 128, batch_first=True)
        self.scores = nn.Linear(128, characters)

    def forward(self, codes: Tensor) -> Tensor:
        """Scores (batch, characters, time) for codes (batch, time)."""
        return self.scores(self.lstm(self.embedding(codes))[0]).transpose(1, 2)


def lstm() -> Task:
    """Predict each next character of 64."""
    text = data.text()
    return supervised(Speller(len(text.class_names)), cross_entropy, text.x_train, text.y_train)


def gan(x: Tensor, y: Tensor) -> Task:
    """A generator and a discriminator of one hidden layer each."""
    generator = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid())
    critic = nn.Sequential(nn.Linear(784, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1))

    def step(models: nn.ModuleList, optimizers: list[Adam], batch: tuple[Tensor, ...]) -> Tensor:
        (maker, judge), real = models, batch[0].flatten(1)
        fake = maker(torch.randn(len(real), 64, device=real.device))
        right, wrong = judge(real), judge(fake.detach())
        value = says(right, 1.0) + says(wrong, 0.0)
        update(optimizers[1], value)
        update(optimizers[0], says(judge(fake), 1.0))
        return value

    return Task(nn.ModuleList([generator, critic]), step, (x,))


def says(scores: Tensor, truth: float) -> Tensor:
    """How far the discriminator is from saying `truth`."""
    return binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))


def tasks(full: bool) -> Iterator[tuple[str, Callable[[], Task]]]:
    """Each task by name, made anew at each call from the same seed."""
    fashion = data.fashion(full=full)
    x, y = fashion.train

    def seeded(make: Callable[[], Task]) -> Callable[[], Task]:
        def made() -> Task:
            torch.manual_seed(0)
            return make()

        return made

    yield "mlp", seeded(lambda: mlp(x, y))
    yield "cnn", seeded(lambda: supervised(convolutional(), cross_entropy, x, y))
    yield "lstm", seeded(lstm)
    yield "gan", seeded(lambda: gan(x, y))
