"""Which prompts are in which tile of a large image."""

import numpy as np

from fewclicks.methods.detect.inference.large.tiles import TiledImage
from fewclicks.methods.detect.inference.prompts import moved, within
from fewclicks.prompts import BoxPrompt, ClassClick


def test_a_box_is_in_the_tiles_that_hold_all_of_it() -> None:
    image = np.zeros((100, 180, 3), np.uint8)
    tiled = TiledImage(image, ((0, 0, 100, 100), (80, 0, 180, 100)), object())
    left, both, neither = (BoxPrompt(x0, 10, x1, 30, class_id=1) for x0, x1 in ((5, 90), (82, 99), (60, 130)))
    assert [tiled.within(number, (left, both, neither)) for number in (0, 1)] == [[left, both], [both]]
    assert within(moved(neither, -80, 0), (100, 100)) == BoxPrompt(0, 10, 50, 30, class_id=1)
    click = ClassClick(180, 100, 1)  # on the far corner of the image
    assert [tiled.within(number, (click,)) for number in (0, 1)] == [[], [click]]
