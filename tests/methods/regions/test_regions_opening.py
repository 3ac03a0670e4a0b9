"""Opening a version of `regions`: the kind of model that is expected, and which file is read."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.methods.regions import METHOD
from fewclicks.methods.regions.inference.metadata import Metadata, check_expected
from fewclicks.methods.regions.inference.model import RegionsModel
from fewclicks.methods.regions.inference.opening import open_regions
from fewclicks.methods.regions.options import RegionsOptions
from fewclicks.methods.registry import open_model, shipped_files
from fewclicks.methods.spec import Files, Resources

(ROLE,) = METHOD.roles


@pytest.fixture(scope="module")
def files() -> Files:
    found = shipped_files(ROLE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("loss", "shared", "expected", "problem"),
    [
        ("mask", False, "single", None),
        ("mask", True, "single", "expected weights of a single-region model, .*, got those of --loss mask --shared-po"),
        ("pixel", True, "single", "--loss mask --no-shared-points`, got those of --loss pixel --shared-points"),
        ("pixel", False, "single", "got those of --loss pixel --no-shared-points"),
        ("mask", False, "full", "expected weights of a full-image model"),
        ("mask", True, "full", None),
        ("pixel", True, "full", None),
        ("pixel", False, "full", None),
        ("mask", False, None, None),
        ("pixel", True, None, None),
    ],
)
def test_a_single_region_model_saw_nothing_of_the_others(
    loss: str, shared: bool, expected: str | None, problem: str | None
) -> None:
    metadata = Metadata("weights-1", loss, shared)
    if problem is None:
        check_expected(metadata, expected, Path("model.onnx"))
    else:
        with pytest.raises(InputError, match=problem):
            check_expected(metadata, expected, Path("model.onnx"))


def test_the_shipped_model_is_a_full_image_model(files: Files) -> None:
    assert isinstance(open_model(ROLE, files, options=RegionsOptions(expect="full")), RegionsModel)
    with pytest.raises(InputError, match=r"regions\.onnx: expected weights of a single-region model"):
        open_model(ROLE, files, options=RegionsOptions(expect="single"))


def test_the_quantised_copy_is_read_where_there_is_one(files: Files) -> None:
    version = open_regions(files, Resources(threads=1)).info.version
    whole = {suffix: path for suffix, path in files.items() if suffix != ".int8.onnx"}
    assert version == open_regions(whole, Resources(threads=1)).info.version + "-int8"


def test_the_copy_of_the_encoder_is_read_where_there_is_one(files: Files) -> None:
    image = np.random.default_rng(0).integers(0, 256, (96, 160, 3), dtype=np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 8) * 2
    whole = {suffix: path for suffix, path in files.items() if suffix != ".encoder.int8.onnx"}
    copied, exact = (open_regions(each, Resources(threads=1)).encode(image).data.features for each in (files, whole))
    assert 0 < np.abs(copied - exact).mean() < 0.15 * exact.std()


def test_another_file_is_refused(files: Files) -> None:
    other = {**files, ".int8.onnx": files[".onnx"].with_name("segment.onnx")}
    with pytest.raises(InputError, match="not a `regions` model of fewclicks"):
        open_regions(other, Resources())
    with pytest.raises(InputError, match=r"regions\.encoder\.onnx: file not found"):
        open_model(ROLE, {".onnx": files[".onnx"]})
