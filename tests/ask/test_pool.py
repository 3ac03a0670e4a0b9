"""The pool of candidate boxes: Eq. 1, what was judged, and the recall of the threshold."""

import numpy as np
import pytest
from ask_makers import pool_at, squares

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.pool import is_free, pool_of, recall


def answer(*scores: float, features: bool = True) -> BoxesAnswer:
    boxes = squares(*((20.0 * index, 50.0) for index in range(len(scores))))
    found = BoxesAnswer.of(boxes, np.array(scores), np.ones(len(scores), np.int64))
    if not features:
        return found
    return BoxesAnswer(
        found.boxes, found.scores, found.class_ids, found.probabilities, (1,), features=np.ones((len(scores), 3), "f4")
    )


def test_the_threshold_itself_is_in_the_pool() -> None:
    pool = pool_of({4: answer(0.9, 0.2, 0.1), 7: answer(0.2), 8: answer(0.1)}, 0.2)
    assert pool.images.tolist() == [4, 4, 7]
    assert pool.scores.tolist() == [0.9, 0.2, 0.2]
    assert pool.features.shape == (3, 3)


def test_nothing_above_the_threshold_is_an_empty_pool() -> None:
    assert len(pool_of({0: answer(0.1), 1: BoxesAnswer.none()}, 0.5)) == 0
    assert pool_of({}, 0.5).scores.shape == (0,)


def test_a_model_without_features_gives_vectors_of_length_0() -> None:
    assert pool_of({0: answer(0.9, features=False)}, 0.5).features.shape == (1, 0)


def test_answers_that_do_not_belong_together() -> None:
    with pytest.raises(ValueError, match="differ"):
        pool_of({0: answer(0.9), 1: answer(0.9, features=False)}, 0.5)


def test_boxes_of_judged_objects_are_left_out_in_their_own_image_only() -> None:
    pool = pool_at([0.5, 0.5, 0.5], images=[0, 0, 1])
    judged = {0: squares((3.0, 50.0)), 1: squares((43.0, 50.0)), 5: squares((0.0, 50.0))}
    assert is_free(pool, judged).tolist() == [False, True, False], "IoU 7 / 13 is above a half"
    assert is_free(pool, {0: squares((4.0, 50.0)), 1: squares((44.0, 50.0))}).all(), "IoU 6 / 14 is not"


def test_recall_is_the_share_of_objects_that_some_box_covers() -> None:
    pool = pool_at([0.5, 0.5], images=[0, 1])
    assert recall(pool, [(0, squares((0.0, 50.0), (60.0, 50.0))), (1, squares((20.0, 51.0))), (2, squares())]) == 2 / 3
    assert recall(pool_at([]), [(0, squares((0.0, 50.0)))]) == 0
    assert recall(pool, []) == 1
