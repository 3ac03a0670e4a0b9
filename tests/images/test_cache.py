"""Levels on the disk: whole or not at all, and never more than may be."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fewclicks.errors import InputError, StorageError
from fewclicks.images import levels
from fewclicks.images.level_cache import LevelCache


@pytest.fixture(autouse=True)
def coarsest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "COARSEST", 256)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A megapixel of noise: its levels take 4 MB."""
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype=np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(noise).save(path)
    return path


def ignore(_part: float) -> None:
    pass


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*"))


@contextmanager
def quota(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [1_000_000, 3_100_000])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, photo: Path, size: int) -> None:
    cache = LevelCache(tmp_path / "cache", 10**9)
    with quota(size), pytest.raises(StorageError) as caught:
        cache.make(photo, "photo", ignore)
    assert "cache" in str(caught.value)
    assert "cannot write: File too large" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path / "cache") == [".gitignore"]
    cache.make(photo, "photo", ignore)
    assert cache.find(photo, "photo") is not None


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, photo: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cache: cannot write"):
        LevelCache(tmp_path / "cache", 10**9).make(photo, "photo", ignore)


def test_a_damaged_image_leaves_nothing(tmp_path: Path, photo: Path) -> None:
    photo.write_bytes(photo.read_bytes()[:-500_000])
    cache = LevelCache(tmp_path / "cache", 10**9)
    with pytest.raises(InputError, match=r"photo\.png: cannot read the image") as caught:
        cache.make(photo, "photo", ignore)
    assert "\n" not in str(caught.value)
    assert names(tmp_path / "cache") == [".gitignore"]


def test_whoever_watches_can_stop_it(tmp_path: Path, photo: Path) -> None:
    told: list[float] = []

    def stop(part: float) -> None:
        told.append(part)
        raise InterruptedError

    cache = LevelCache(tmp_path / "cache", 10**9)
    with pytest.raises(StorageError):
        cache.make(photo, "photo", stop)
    assert len(told) > 0
    assert names(tmp_path / "cache") == [".gitignore"]


def test_progress_goes_from_nothing_to_all(tmp_path: Path, photo: Path) -> None:
    told: list[float] = []
    LevelCache(tmp_path / "cache", 10**9).make(photo, "photo", told.append)
    assert told == sorted(told)
    assert told[0] < 0.5
    assert told[-1] == 1


def test_the_least_lately_used_go_first(tmp_path: Path, photo: Path) -> None:
    cache = LevelCache(tmp_path / "cache", 9_000_000)
    for name in ("one", "two"):
        cache.make(photo, name, ignore)
    assert cache.find(photo, "one") is not None
    cache.make(photo, "three", ignore)
    assert names(tmp_path / "cache") == [".gitignore", "one", "three"]


def test_a_single_image_is_kept_though_it_is_larger_than_all_may_be(tmp_path: Path, photo: Path) -> None:
    cache = LevelCache(tmp_path / "cache", 1000)
    cache.make(photo, "photo", ignore)
    assert cache.find(photo, "photo") is not None


def test_levels_that_are_not_whole_are_none(tmp_path: Path, photo: Path) -> None:
    cache = LevelCache(tmp_path / "cache", 10**9)
    cache.make(photo, "photo", ignore)
    (tmp_path / "cache" / "photo" / "1.tif").unlink()
    assert cache.find(photo, "photo") is None
