"""Channels last: the same numbers, and only where a model can."""

import torch
from torch import Tensor, nn

from helpers import training
from helpers.running.layout import channels_last


def network(flatten: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), flatten, nn.LazyLinear(2))


class View(nn.Module):
    """How many tutorials flatten."""

    def forward(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), -1)


def pictures() -> Tensor:
    return torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_a_convolution_is_laid_out_anew_and_computes_the_same() -> None:
    model = network(nn.Flatten()).eval()
    before = model(pictures())
    assert channels_last(model, pictures())
    assert model[0].weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(model(pictures()), before)


def test_a_model_that_views_its_pictures_stays_as_it_is_and_trains() -> None:
    model = network(View())
    model(pictures())
    assert not channels_last(model, pictures())
    assert model[0].weight.is_contiguous()
    labels = torch.tensor([0, 1])
    assert training.fit(model, (pictures(), labels), epochs=1).epochs == 1


def test_trying_changes_neither_the_mode_nor_statistics_nor_chance() -> None:
    model = network(nn.Flatten())
    model(pictures())
    mean, chance = model[1].running_mean.clone(), torch.get_rng_state()
    channels_last(model, pictures())
    assert model.training
    assert torch.equal(model[1].running_mean, mean)
    assert torch.equal(torch.get_rng_state(), chance)


def test_a_model_without_convolutions_is_not_even_tried() -> None:
    assert not channels_last(nn.Linear(2, 2), torch.ones(2, 5))
