"""Reports on partitions: what counts as one photo, and which weights count as what."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.methods.regions.inference.assist import RegionsAssist, Traits
from fewclicks.simulation.partition.run import check_kind, read_partitions, simulate


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos, each partitioned by two people who do not agree: two halves, split elsewhere."""
    folder = tmp_path_factory.mktemp("people")
    for name in ("photos", "photos_labels"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    for photo in range(3):
        pixels = np.full((48, 64, 3), 60, np.uint8)
        pixels[:, 24 + 8 * photo :] = (40, 160, 220)
        cv2.imwrite(str(folder / "photos" / f"{photo}.jpg"), pixels + rng.integers(0, 20, pixels.shape, dtype=np.uint8))
        for person in (1, 2):
            labels = np.ones((48, 64), np.uint8)
            labels[:, 12 + 8 * photo + 10 * person :] = 2
            cv2.imwrite(str(folder / "photos_labels" / f"{photo}_{person}.png"), labels)
    return folder / "photos"


def test_people_who_partition_the_same_photo_count_as_one_in_the_standard_error(people: Path) -> None:
    report = simulate(RegionsAssist.shipped(), read_partitions(people), "free", rounds=1)
    assert (report["images"], report["partitions"], report["regions"]) == (3, 6, 12)
    assert [each["name"] for each in report["by_image"]] == ["0.jpg", "1.jpg", "2.jpg"]
    means = np.array([each["miou"] for each in report["by_image"]])
    np.testing.assert_allclose(report["stderr_by_scribbles"], means.std(0, ddof=1) / np.sqrt(3))
    np.testing.assert_allclose(report["miou_by_scribbles"], means.mean(0))  # all partitions have as many regions


@pytest.mark.parametrize(
    ("loss", "shared", "single", "problem"),
    [
        ("mask", False, True, None),
        ("mask", True, True, "expected weights of a single-region model, .*, got those of --loss mask --shared-points"),
        ("pixel", True, True, "--loss mask --no-shared-points`, got those of --loss pixel --shared-points"),
        ("pixel", False, True, "got those of --loss pixel --no-shared-points"),
        ("mask", False, False, "expected weights of a full-image model"),
        ("mask", True, False, None),
        ("pixel", True, False, None),
        ("pixel", False, False, None),
    ],
)
def test_a_single_region_model_saw_nothing_of_the_others(
    loss: str, shared: bool, single: bool, problem: str | None
) -> None:
    assist = RegionsAssist.shipped()
    assist.traits = Traits("weights-1", loss, shared)
    if problem is None:
        check_kind(assist, single, None)
    else:
        with pytest.raises(InputError, match=problem):
            check_kind(assist, single, Path("model.onnx"))
