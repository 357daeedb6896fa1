"""Digits and clothes: their split never changes, and a damaged file is named or made again."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers import data
from helpers.data import pictures, storage
from helpers.errors import DataError

ROOT = Path(__file__).parents[2]
needs_debian = pytest.mark.skipif(
    not pictures.DEBIAN.exists(), reason="Debian's dataset-fashion-mnist is not installed"
)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the bundled file to spoil, no Debian package, an empty cache."""
    copy = tmp_path / "fashion.npz"
    copy.write_bytes(pictures.BUNDLED.read_bytes())
    monkeypatch.setattr(pictures, "BUNDLED", copy)
    monkeypatch.setattr(pictures, "DEBIAN", tmp_path / "no-package")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    pictures._bundled.cache_clear()
    yield copy
    pictures._bundled.cache_clear()


def spoil(path: Path) -> None:
    """Change one byte in the middle."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_digits_have_the_promised_shapes_and_types() -> None:
    digits = data.digits()
    assert digits.x_train.shape == (1437, 1, 8, 8)
    assert digits.x_test.shape == (360, 1, 8, 8)
    assert str(digits.x_train.dtype) == str(digits.x_test.dtype) == "torch.float32"
    assert str(digits.y_train.dtype) == str(digits.y_test.dtype) == "torch.int64"
    assert digits.class_names == tuple("0123456789")


def test_pixels_of_digits_lie_between_paper_and_ink() -> None:
    digits = data.digits()
    for part in (digits.x_train, digits.x_test):
        assert part.min() == 0.0
        assert part.max() == 1.0


def test_no_digit_is_lost_or_in_both_parts_of_the_split() -> None:
    from sklearn.datasets import load_digits

    digits = data.digits().numpy(flat=True)
    together = np.concatenate([digits.x_train, digits.x_test])
    original = load_digits().data / 16
    assert sorted(map(bytes, together)) == sorted(map(bytes, original))


def test_each_digit_has_a_fifth_of_its_pictures_in_the_test_part() -> None:
    digits = data.digits().numpy()
    train, test = np.bincount(digits.y_train), np.bincount(digits.y_test)
    np.testing.assert_allclose(test / (train + test), 0.2, atol=0.01)


def test_the_split_of_digits_is_the_one_that_the_stored_results_were_made_with() -> None:
    labels = data.digits().numpy().y_test.astype("<i8").tobytes()
    assert hashlib.sha256(labels).hexdigest()[:16] == "4493b2052e7b4258"


def test_the_bundled_clothes_are_balanced_and_of_the_promised_shapes() -> None:
    fashion = data.fashion()
    assert fashion.x_train.shape == (8000, 1, 28, 28)
    assert fashion.x_test.shape == (1000, 1, 28, 28)
    assert str(fashion.x_train.dtype) == "torch.float32"
    assert fashion.x_train.min() == 0.0
    assert fashion.x_train.max() == 1.0
    assert fashion.y_train.bincount().tolist() == [800] * 10
    assert fashion.y_test.bincount().tolist() == [100] * 10
    assert fashion.class_names[9] == "ankle boot"


def test_the_bundled_file_is_small_has_its_checksum_and_its_licence() -> None:
    raw = pictures.BUNDLED.read_bytes()
    assert len(raw) < 4_000_000
    assert hashlib.sha256(raw).hexdigest() == pictures.BUNDLED_SHA256
    assert "Zalando SE" in pictures.BUNDLED.with_name("fashion-LICENSE").read_text("utf-8")


def test_no_picture_of_clothes_is_in_both_parts() -> None:
    fashion = data.fashion().numpy(flat=True)
    train, test = (set(map(bytes, x)) for x in (fashion.x_train, fashion.x_test))
    assert len(train & test) == 0


@needs_debian
def test_make_fashion_makes_the_bundled_file_to_the_byte(tmp_path: Path) -> None:
    made = tmp_path / "made.npz"
    ran = subprocess.run(
        [sys.executable, ROOT / "tools" / "make-fashion", made],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert pictures.BUNDLED_SHA256 in ran.stdout
    assert made.read_bytes() == pictures.BUNDLED.read_bytes()


@needs_debian
def test_the_full_set_is_all_of_debians_package() -> None:
    fashion = data.fashion(full=True)
    assert repr(fashion) == (
        "Dataset('fashion', 60000 for training, 10000 for testing, 1 x 28 x 28)"
    )
    assert fashion.y_train.bincount().tolist() == [6000] * 10
    assert fashion.y_test.bincount().tolist() == [1000] * 10


def test_without_the_package_the_full_set_says_what_to_do(elsewhere: Path) -> None:
    with pytest.raises(DataError) as caught:
        data.fashion(full=True)
    assert str(caught.value) == (
        "The 70,000 pictures of Fashion-MNIST are not on this machine: run `sudo apt install "
        'dataset-fashion-mnist` on Debian or Ubuntu, call data.openml("fashion") where there is '
        "a network, or use fashion(), the 9,000 that come with the course."
    )


def test_without_the_package_the_full_set_may_come_from_the_cache(elsewhere: Path) -> None:
    parts = storage.read(elsewhere, pictures.BUNDLED_SHA256)
    storage.save(storage.cache_folder() / "fashion.npz", parts)
    assert (data.fashion(full=True).numpy().y_test == parts["y_test"]).all()


def test_a_damaged_bundled_file_is_named_with_the_way_to_get_it_back(elsewhere: Path) -> None:
    spoil(elsewhere)
    with pytest.raises(DataError) as caught:
        data.fashion()
    assert str(caught.value) == (
        f"{elsewhere} is damaged, for its SHA-256 is another: get it back with `git checkout -- "
        "helpers/data/fashion.npz`, or install the course again."
    )


@needs_debian
def test_a_damaged_bundled_file_is_made_again_from_debians_package(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    whole = pictures.BUNDLED.read_bytes()
    monkeypatch.setattr(pictures, "BUNDLED", elsewhere)
    spoil(elsewhere)
    assert len(data.fashion().y_train) == 8000
    said = f"{elsewhere} is damaged and is made again from {pictures.DEBIAN}.\n"
    assert capsys.readouterr().out == said
    assert elsewhere.read_bytes() == whole


@pytest.mark.parametrize("damage", ["cut off", "a byte", "too short"])
def test_a_damaged_file_of_debians_package_is_named(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "DEBIAN", tmp_path)
    first = tmp_path / "train-images-idx3-ubyte.gz"
    raw = gzip.compress(bytes(range(256)) * 40)
    spoilt = {"cut off": raw[:-30], "a byte": raw[:20] + b"\xff\xff" + raw[22:], "too short": raw}
    first.write_bytes(spoilt[damage])
    with pytest.raises(DataError) as caught:
        data.fashion(full=True)
    assert str(caught.value) == (
        f"{first} is damaged: run `sudo apt install --reinstall dataset-fashion-mnist`."
    )
