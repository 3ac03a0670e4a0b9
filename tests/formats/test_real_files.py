"""Real COCO files, where the project's shared data lies beside the checkout."""

from pathlib import Path

import pytest

from fewclicks.formats import get_format
from fewclicks.geometry.masks import Mask

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "objects/train": (671, 671),
    "objects/test": (103, 103),
    "berkeley/test": (96, 100),
    "nuclei/train": (150, 6601),
    "nuclei/test": (45, 1441),
    "pcb/test": (120, 750),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize(("name", "expected"), FILES.items(), ids=FILES.keys())
def test_a_real_file_is_read_and_comes_back_equal(tmp_path: Path, name: str, expected: tuple[int, int]) -> None:
    coco = get_format("coco")
    dataset = coco.read(DATA / f"{name}.json")
    assert (len(dataset.images), len(dataset.annotations)) == expected
    masks = [found.shape for found in dataset.annotations if isinstance(found.shape, Mask)]
    assert all(mask.xyxy == mask.tight().xyxy for mask in masks)
    assert coco.write(dataset, tmp_path / "again.json") == []
    assert coco.read(tmp_path / "again.json") == dataset
