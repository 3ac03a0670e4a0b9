"""No image that figures are measured on is among the images that the shipped weights learnt from."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from jaxtyping import Bool, UInt8

from fewclicks.datasets.sets import image_file, read_set

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data"
EVALUATION = (
    "berkeley/test.json",
    "objects/test.json",
    "scenes/panoptic_val.json",
    "regions/test",
    "nuclei/test.json",
    "pcb/test.json",
    "bccd@test",
    "aquarium@test",
)
SIDE = 16  # of a hash
SMALL = 32  # side of the pictures that are compared when two hashes are alike
ALIKE = 24  # bits of 256: the nearest pair of unrelated photos differs in 37
CORRELATED = 0.9

Grey = UInt8[np.ndarray, "H W"]


def difference_hash(image: Grey) -> Bool[np.ndarray, "256"]:
    """Return whether each cell of a coarse grid is brighter than the one on its left."""
    small = cv2.resize(image, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA).astype(int)
    return (small[:, 1:] > small[:, :-1]).ravel()


def correlation(one: Grey, other: Grey) -> float:
    small = [cv2.resize(each, (SMALL, SMALL), interpolation=cv2.INTER_AREA).ravel() for each in (one, other)]
    return float(np.corrcoef(small)[0, 1])


class Known:
    """Pictures, and their hashes."""

    def __init__(self, pictures: list[Grey]) -> None:
        self.pictures = pictures
        self.hashes = np.array([difference_hash(each) for each in pictures])

    def copies(self, image: Grey) -> Iterator[int]:
        """Yield the numbers of the pictures that `image`, or its mirror image, was made from."""
        for seen in (image, image[:, ::-1]):
            for number in np.flatnonzero((self.hashes != difference_hash(seen)).sum(1) <= ALIKE):
                if correlation(seen, self.pictures[number]) >= CORRELATED:
                    yield int(number)


def grey(path: Path) -> Grey:
    image = cv2.imread(str(path), cv2.IMREAD_REDUCED_GRAYSCALE_2)
    assert image is not None, path
    return image


def image_files(spec: str) -> list[Path]:
    folder = SHARED / spec
    if folder.is_dir() and folder.parent.name == "regions":
        return sorted(folder.glob("*.jpg"))
    named = read_set(str(folder))
    return [image_file(image, named.folder) for image in named.dataset.images]


def training_sets() -> list[str]:
    """The sets that the shipped weights learnt from, by the commands of their cards, without made-up images."""
    cards = files("fewclicks.methods") / "weights"
    commands = [json.loads(each.read_text())["command"] for each in cards.iterdir() if each.name.endswith(".json")]
    found = {spec for command in commands for spec in re.findall(r"--data ([^\s:]+)", command)}
    return sorted(spec for spec in found if not spec.startswith("synthetic"))


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
def test_no_measured_image_was_trained_on() -> None:
    known = [path for spec in training_sets() for path in image_files(spec)]
    assert len(known) > 2000
    pictures = Known([grey(path) for path in known])
    found = [
        (path.name, known[number].name)
        for spec in EVALUATION
        for path in image_files(spec)
        for number in pictures.copies(grey(path))
    ]
    assert found == []


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_copy_is_found_when_it_was_scaled_compressed_and_mirrored(mirrored: bool) -> None:
    rng = np.random.default_rng(0)
    known = [cv2.resize(rng.integers(0, 255, (12, 16), np.uint8), (320, 240)) for _ in range(20)]
    ok, packed = cv2.imencode(".jpg", cv2.resize(known[7], (200, 150)), [cv2.IMWRITE_JPEG_QUALITY, 40])
    assert ok
    copy = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    assert list(Known(known).copies(copy[:, ::-1] if mirrored else copy)) == [7]
