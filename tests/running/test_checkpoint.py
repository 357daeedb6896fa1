"""Checkpoints: a training that was stopped goes on as if it had not been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from helpers import training
from helpers.errors import TrainingError
from helpers.running import run as run_module
from helpers.running.history import History
from tests.running.conftest import network

pytestmark = pytest.mark.usefixtures("on_cpu")
Points = tuple[Tensor, Tensor]


class Stopping(torch.nn.Module):
    """A model that asks for an end, as Ctrl-C does, in its n-th training step."""

    def __init__(self, inner: torch.nn.Module, after: int) -> None:
        super().__init__()
        self.inner, self.left = inner, after

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGINT)
        return self.inner(x)


def train(points: Points, path: Path | None, after: int = -1, **options: object) -> tuple:
    model = Stopping(network(), after)
    history = training.fit(
        model, points, epochs=4, batch_size=16, test=points, checkpoint=path,
        schedule=lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [5, 9]), **options,
    )  # fmt: skip
    return history, model


def equal(one: tuple, other: tuple) -> bool:
    (history, model), (again, same) = one, other
    weights = zip(model.parameters(), same.parameters(), strict=True)
    return (
        history.by_step == again.by_step
        and history.by_epoch == again.by_epoch
        and all(torch.equal(a, b) for a, b in weights)
    )


@pytest.mark.parametrize("after", [1, 5, 6, 7, 12, 23])  # six steps an epoch
def test_training_goes_on_exactly_where_it_was_stopped(
    points: Points, tmp_path: Path, after: int
) -> None:
    path = tmp_path / "run.pt"
    stopped, _ = train(points, path, after)
    assert len(stopped.sizes) == after
    assert equal(train(points, path), train(points, None))


def test_it_can_be_stopped_again_and_again(points: Points, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    for _ in range(12):
        train(points, path, after=2)
    assert equal(train(points, path), train(points, None))


def test_a_loader_of_torch_goes_on_exactly_too(points: Points, tmp_path: Path) -> None:
    def run(path: Path | None, after: int) -> History:
        model = Stopping(network(), after)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        data = torch.utils.data.TensorDataset(*points)
        loader = torch.utils.data.DataLoader(data, batch_size=16, shuffle=True)

        def step(batch: list[Tensor]) -> Tensor:
            loss = torch.nn.functional.cross_entropy(model(batch[0]), batch[1])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        return training.loop(step, loader, epochs=3, checkpoint=path, keep=[model, optimizer])

    path = tmp_path / "run.pt"
    for after in (4, 7):
        run(path, after)
    assert run(path, -1).by_step == run(None, -1).by_step


def test_a_training_that_is_complete_is_not_repeated(points: Points, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    first = train(points, path)
    again = train(points, path)
    assert equal(first, again)
    assert again[1].left == -1  # not one step more


def test_more_epochs_go_on_from_the_end(points: Points, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    for epochs in (2, 5):
        history = training.fit(network(), points, epochs=epochs, batch_size=16, checkpoint=path)
    whole = training.fit(network(), points, epochs=5, batch_size=16)
    assert history.by_step == whole.by_step


def test_early_stopping_stays_stopped_and_keeps_its_best(points: Points, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    found = []
    for _ in range(2):
        model = network()
        history = training.fit(
            model, points, epochs=40, batch_size=16, test=points, learning_rate=0.3, patience=2,
            checkpoint=path,
        )  # fmt: skip
        found.append((history, model))
    assert equal(*found)
    assert found[1][0].stopped is not None
    best = min(found[1][0]["test loss"])
    assert training.evaluate(found[1][1], points)["loss"] == pytest.approx(best)


def test_a_killed_process_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    code = (
        "import sys, torch\n"
        "from helpers import training\n"
        "from helpers.running import run\n"
        "run.LOOK = run.SAVE = 0.0\n"  # a checkpoint after each step
        "torch.manual_seed(0)\n"
        "x = torch.randn(64, 2); y = (x.sum(1) > 0).long()\n"
        "model = torch.nn.Linear(2, 2)\n"
        "training.fit(model, (x, y), epochs=10**6, batch_size=8, checkpoint=sys.argv[1])\n"
    )
    path = tmp_path / "run.pt"
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.DEVNULL,
            env={**os.environ, "COURSE_DEVICE": "cpu"},
        )  # fmt: skip
        until = time.monotonic() + 60
        before = path.stat().st_mtime_ns if path.exists() else 0
        while time.monotonic() < until and (not path.exists() or path.stat().st_mtime_ns == before):
            time.sleep(0.02)
        process.kill()
        process.wait(20)
        content = torch.load(path, weights_only=True)
        assert len(content["progress"]["history"]["sizes"]) > 0


def test_a_diverged_training_does_not_overwrite_its_checkpoint(
    points: Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "LOOK", 0.0)
    path = tmp_path / "run.pt"
    training.fit(network(), points, epochs=1, batch_size=16, checkpoint=path)
    before = path.read_bytes()
    history = training.fit(
        network(), (points[0] * float("nan"), points[1]), epochs=2, batch_size=16, checkpoint=path
    )
    assert "became nan at step 7" in str(history.stopped)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", None])
def test_a_damaged_file_is_named_and_kept(
    points: Points, tmp_path: Path, damage: bytes | None
) -> None:
    path = tmp_path / "run.pt"
    train(points, path, after=2)
    content = path.read_bytes()[:-200] if damage is None else damage
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"run\.pt cannot be read: it is damaged"):
        train(points, path)
    assert path.read_bytes() == content


def test_a_file_that_would_run_code_is_refused(points: Points, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "harm"),)

    path = tmp_path / "run.pt"
    torch.save({"format": 1, "keep": [], "progress": Evil()}, path)
    with pytest.raises(TrainingError, match="cannot be read"):
        train(points, path)
    assert not (tmp_path / "harm").exists()


def test_a_checkpoint_of_another_model_is_refused_in_words(points: Points, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    train(points, path, after=2)
    with pytest.raises(TrainingError, match="is of another model or optimizer"):
        training.fit(torch.nn.Linear(2, 2), points, checkpoint=path)


def test_a_checkpoint_of_other_batches_is_refused_in_words(points: Points, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    training.fit(network(), points, epochs=1, batch_size=16, checkpoint=path)
    with pytest.raises(TrainingError, match=r"with 6 batches an epoch, and now there are 3"):
        training.fit(network(), points, epochs=2, batch_size=32, checkpoint=path)


def test_nothing_is_left_beside_the_file(points: Points, tmp_path: Path) -> None:
    train(points, tmp_path / "deep" / "run.pt", after=3)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run.pt"]
