"""The history: by step and by epoch, as arrays, as a table, as a plot."""

import numpy as np
import pytest

from helpers.running.history import History, Table


@pytest.fixture
def history() -> History:
    made = History()
    made.by_step = {"loss": [4.0, 2.0, 1.0]}
    made.sizes = [1, 3, 2]
    made.close_epoch({"test accuracy": 0.5})
    made.by_step["loss"] += [0.5]
    made.sizes += [6]
    made.close_epoch({"test accuracy": 0.75})
    made.seconds = 4.0
    return made


def test_an_epochs_loss_is_the_mean_over_its_examples(history: History) -> None:
    assert history["loss"] == [(4 * 1 + 2 * 3 + 1 * 2) / 6, 0.5]


def test_it_is_a_mapping_with_what_was_evaluated(history: History) -> None:
    assert list(history) == ["loss", "test accuracy"]
    assert history.epochs == 2
    np.testing.assert_array_equal(history.arrays()["test accuracy"], [0.5, 0.75])
    np.testing.assert_array_equal(history.steps["loss"], [4.0, 2.0, 1.0, 0.5])


def test_a_name_that_is_not_there_is_answered_with_those_that_are(history: History) -> None:
    with pytest.raises(KeyError, match=r"'accuracy' is not in this history.*test accuracy"):
        history["accuracy"]


def test_examples_are_counted_by_the_second(history: History) -> None:
    assert history.examples_per_second == 3.0
    assert History().examples_per_second == 0.0


def test_its_words_hold_the_last_epoch(history: History) -> None:
    assert repr(history) == "History(2 epochs, 4 steps: loss 0.5, test accuracy 0.75)"
    assert repr(History()) == "History(0 epochs, 0 steps)"


def test_its_table_has_a_row_an_epoch(history: History) -> None:
    lines = str(history.table()).splitlines()
    assert [line.split() for line in lines] == [
        ["epoch", "loss", "test", "accuracy"], ["1", "2", "0.5"], ["2", "0.5", "0.75"],
    ]  # fmt: skip
    assert "<td>0.75</td>" in history.table()._repr_html_()


def test_a_long_table_shows_its_ends() -> None:
    lines = str(Table(["epoch"], [(n,) for n in range(1, 101)])).split()
    assert lines == ["epoch", *map(str, range(1, 13)), "…", *map(str, range(89, 101))]


def test_its_plot_has_a_line_for_each_series(history: History) -> None:
    ax = history.plot()
    drawn = {line.get_label(): line.get_ydata() for each in ax.figure.axes for line in each.lines}
    np.testing.assert_allclose(drawn["loss"], history["loss"])
    np.testing.assert_allclose(drawn["test accuracy"], [0.5, 0.75])


def test_before_the_second_epoch_its_plot_goes_by_steps() -> None:
    short = History()
    short.by_step, short.sizes = {"loss": [3.0, 2.0]}, [1, 1]
    ax = short.plot()
    assert ax.get_xlabel() == "step"
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [3.0, 2.0])
