"""The 8-bit copy of the head of the shipped `detect`: used where there is one, with nearly the same answers."""

import cv2
import numpy as np
import pytest

from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.model import DetectModel
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Files
from fewclicks.model import Options
from fewclicks.prompts import ClassClick, Prompts


@pytest.fixture(scope="module")
def files() -> Files:
    found = shipped_files(DETECT)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """Disks on an uneven ground."""
    ground = np.random.default_rng(0).integers(0, 256, (160, 256, 3), dtype=np.uint8)
    pixels = cv2.GaussianBlur(ground, (0, 0), 8)
    for x in range(20, 256, 40):
        cv2.circle(pixels, (x, 80), 10, (220, 60, 40), -1)
    return pixels


def test_the_copy_of_the_head_answers_where_there_is_one(files: Files, image: np.ndarray) -> None:
    whole = {suffix: path for suffix, path in files.items() if suffix != ".int8.onnx"}
    models = DetectModel(files, threads=1), DetectModel(whole, threads=1)
    assert models[0].info.version == models[1].info.version + "-int8"
    prompts, options = Prompts.of(ClassClick(20, 80, 1)), Options(lowest_score=0.3)
    copied, exact = (model.respond(model.encode(image), prompts, None, options).answer for model in models)
    assert len(copied) == len(exact) > 1
    assert 0 < np.abs(copied.scores - exact.scores).max() < 0.05
