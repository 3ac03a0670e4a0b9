"""Every registered model of masks finds an object that is clear to see."""

import numpy as np
import pytest
from mask_histories import FIXED
from tested_models import TESTED

from fewclicks.answers import MaskAnswer
from fewclicks.geometry.masks import Mask
from fewclicks.methods.registry import open_model

NAMES = [name for name, (role, _) in TESTED.items() if role.task == "mask"]


@pytest.mark.parametrize("name", NAMES)
def test_a_clear_object_is_found(name: str) -> None:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    truth = np.hypot(xs - 60, ys - 50) < 28
    pixels[truth] = (220, 60, 40)
    model = open_model(*TESTED[name])
    answer = model.respond(model.encode(pixels), FIXED["box"]).answer
    assert isinstance(answer, MaskAnswer)
    assert answer.mask.iou(Mask.from_full(truth)) > 0.8
