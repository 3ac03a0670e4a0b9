import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.application.answers.suggested_boxes import suggested
from fewclicks.geometry.oriented import from_upright
from fewclicks.prompts import BoxPrompt

DRAWN = BoxPrompt(10, 10, 50, 50, class_id=1)


def shown(boxes: list[list[float]], classes: list[int]) -> list[list[float]]:
    found = BoxesAnswer.of(
        from_upright(np.array(boxes, np.float64)), np.full(len(boxes), 0.9), np.array(classes, np.int64), False
    )
    answer = suggested(found, (), (DRAWN,), np.zeros((0, 5)), {1, 2}, (100, 100))
    return [[*each[:4].tolist()] for each in answer.boxes]


def test_a_drawn_box_replaces_boxes_of_its_object_that_are_far_too_large_or_too_small() -> None:
    assert shown([[0, 0, 80, 70], [20, 22, 42, 44]], [1, 1]) == [[30, 30, 40, 40]]


def test_boxes_of_other_objects_stay_beside_a_drawn_one() -> None:
    part, neighbour = [20.0, 22.0, 42.0, 44.0], [40.0, 40.0, 70.0, 70.0]
    assert shown([part, neighbour], [2, 1]) == [[30, 30, 40, 40], [31, 33, 22, 22], [55, 55, 30, 30]]
