"""Every registered model of masks finds an object that is clear to see."""

import numpy as np
import pytest
from mask_histories import FIXED

from fewclicks.answers import MaskAnswer
from fewclicks.geometry.masks import Mask
from fewclicks.methods.registry import open_model, roles, shipped_files

NAMES = [role.name for role in roles().values() if role.task == "mask" and shipped_files(role) is not None]


@pytest.mark.parametrize("name", NAMES)
def test_a_clear_object_is_found(name: str) -> None:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    truth = np.hypot(xs - 60, ys - 50) < 28
    pixels[truth] = (220, 60, 40)
    files = shipped_files(roles()[name])
    assert files is not None
    model = open_model(roles()[name], files)
    answer = model.respond(model.encode(pixels), FIXED["box"]).answer
    assert isinstance(answer, MaskAnswer)
    assert answer.mask.iou(Mask.from_full(truth)) > 0.8
