"""Batches: every example once an epoch, in an order that depends on the seed alone."""

import pytest
import torch

from helpers.errors import TrainingError
from helpers.running.batches import Batches, as_batches, examples, to_device

CPU = torch.device("cpu")


def batches(count: int = 10, size: int = 4, seed: int = 0, shuffle: bool = True) -> Batches:
    return Batches(torch.arange(count), size, seed, shuffle, CPU)


def test_each_example_comes_once_and_the_last_batch_is_smaller() -> None:
    sizes = [len(batch) for batch in batches()]
    assert sizes == [4, 4, 2]
    assert len(batches()) == 3
    assert torch.cat(list(batches())).sort().values.tolist() == list(range(10))


def test_inputs_and_targets_are_shuffled_alike() -> None:
    x = torch.arange(20)
    for left, right in Batches((x, -x), 3, 0, True, CPU):
        assert torch.equal(left, -right)


def test_each_epoch_has_an_order_of_its_own_and_the_seed_repeats_them() -> None:
    first, again, other = batches(), batches(), batches(seed=1)
    orders = [torch.cat(list(first)).tolist() for _ in range(2)]
    assert orders[0] != orders[1]
    assert orders == [torch.cat(list(again)).tolist() for _ in range(2)]
    assert torch.cat(list(other)).tolist() != orders[0]


def test_the_order_draws_nothing_from_the_global_generator() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    list(batches())
    assert torch.equal(torch.get_rng_state(), before)


def test_without_shuffling_the_order_stays() -> None:
    assert torch.cat(list(batches(shuffle=False))).tolist() == list(range(10))


def test_batches_live_on_the_device_that_was_chosen(each_device: torch.device) -> None:
    for batch in Batches(torch.arange(5), 2, 0, True, each_device):
        assert batch.device.type == each_device.type


def test_the_order_is_the_same_on_every_device(each_device: torch.device) -> None:
    here = [batch.tolist() for batch in Batches(torch.arange(50), 8, 3, True, each_device)]
    assert here == [batch.tolist() for batch in Batches(torch.arange(50), 8, 3, True, CPU)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_data_too_large_for_the_gpu_stay_in_pinned_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (16, 16))
    home = to_device(torch.arange(100), torch.device("cuda"))
    assert home.is_pinned()
    found = Batches(torch.arange(100), 32, 0, True, torch.device("cuda"))
    assert all(batch.is_cuda for batch in found)
    assert torch.cat(list(found)).sort().values.tolist() == list(range(100))


def test_a_data_set_gives_its_training_part() -> None:
    from helpers import data

    digits = data.digits()
    found = as_batches(digits, 500, 0, False, CPU)
    assert sum(len(x) for x, _ in found) == len(digits.x_train)


def test_any_other_iterable_is_taken_as_it_is() -> None:
    mine = [torch.ones(2), torch.ones(3)]
    assert as_batches(mine, 1, 0, True, CPU) is mine


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ((torch.ones(3), torch.ones(4)), "3 and 4 rows: each example needs one row in each"),
        (torch.ones(0, 2), "There is not one example in the data"),
        (5, "batches is of type int: give a tensor, a tuple of tensors, a data set"),
        ((n for n in range(3)), "can be iterated over only once .a generator.*list of batches"),
    ],
)
def test_what_cannot_be_cut_into_batches_is_refused_in_words(source: object, words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        as_batches(source, 2, 0, True, CPU)


def test_a_batch_size_of_zero_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="batch_size is 0: give a whole number of at least 1"):
        batches(size=0)


@pytest.mark.parametrize(
    ("batch", "size"),
    [(torch.ones(7, 2), 7), ([torch.ones(3)], 3), ({"x": torch.ones(2)}, 2), (1.5, 1), ((), 1)],
)
def test_the_examples_of_a_batch_are_counted_in_its_first_part(batch: object, size: int) -> None:
    assert examples(batch) == size
