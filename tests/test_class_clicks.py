import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.class_clicks import passed_through, with_clicked_classes
from fewclicks.geometry.oriented import contains
from fewclicks.prompts import ClassClick

BOXES = np.array([[20, 20, 20, 20, 0], [26, 20, 20, 20, 0], [70, 70, 10, 40, np.pi / 4]], float)
FOUND = BoxesAnswer.of(BOXES, np.array([0.8, 0.6, 0.4]), np.array([0, 1, 0]))


def test_a_click_changes_the_class_of_the_best_box_that_contains_it() -> None:
    answer = passed_through(FOUND, (ClassClick(24, 20, 5),))
    assert answer.class_ids.tolist() == [5, 1, 0]
    np.testing.assert_array_equal(answer.boxes, FOUND.boxes)
    np.testing.assert_array_equal(answer.scores, FOUND.scores)
    assert FOUND.class_ids.tolist() == [0, 1, 0]


def test_the_next_click_there_takes_the_next_box() -> None:
    answer = passed_through(FOUND, (ClassClick(24, 20, 5), ClassClick(25, 20, 6), ClassClick(26, 20, 7)))
    assert answer.class_ids.tolist() == [5, 6, 0]


def test_a_click_on_no_box_and_no_clicks_change_nothing() -> None:
    for clicks in ((), (ClassClick(90, 10, 5),)):
        assert passed_through(FOUND, clicks).class_ids.tolist() == [0, 1, 0]
    nothing = BoxesAnswer.of(np.zeros((0, 5)), np.zeros(0), np.zeros(0, np.int64))
    assert len(with_clicked_classes(nothing, (ClassClick(1, 1, 0),))) == 0


def test_certain_boxes_come_first_and_their_rivals_go() -> None:
    answer = with_clicked_classes(FOUND, (ClassClick(32, 20, 5), ClassClick(70, 70, 6)))
    assert answer.scores.tolist() == [1, 1]
    assert answer.class_ids.tolist() == [5, 6]
    both = with_clicked_classes(FOUND, (ClassClick(24, 20, 5), ClassClick(25, 20, 6)))
    assert (both.scores.tolist(), both.class_ids.tolist()) == ([1, 1, 0.4], [5, 6, 0])


def test_a_small_thing_on_a_large_one_is_what_was_clicked() -> None:
    boxes = np.array([[50, 50, 100, 100, 0], [70, 30, 16, 16, 0], [72, 32, 4, 4, 0]], float)
    found = BoxesAnswer.of(boxes, np.array([0.9, 0.6, 0.06]), np.array([1, 2, 3]))
    answer = with_clicked_classes(found, (ClassClick(71, 31, 5),))
    assert answer.boxes[0].tolist() == boxes[1].tolist()
    assert (answer.class_ids.tolist(), answer.scores.tolist()) == ([5, 1, 3], [1, 0.9, 0.06])
    assert passed_through(found, (ClassClick(71, 31, 5),)).class_ids.tolist() == [5, 2, 3]  # the paper's: by score alone


def test_oriented_boxes_contain_what_lies_in_them_as_they_lie() -> None:
    """The long side points down and to the left of the screen."""
    assert contains(BOXES, 60, 80).tolist() == [False, False, True]
    assert not contains(BOXES, 80, 80).any()


def test_a_clicked_box_is_of_the_clicked_class_alone() -> None:
    answer = with_clicked_classes(FOUND, (ClassClick(32, 20, 5),))
    assert answer.classes == (0, 1, 5)
    assert answer.probabilities.tolist() == [[0, 0, 1], [0.4, 0, 0]]
    plain = passed_through(FOUND, (ClassClick(32, 20, 5),))
    assert plain.probabilities.tolist() == [[0.8, 0, 0], [0, 0, 0.6], [0.4, 0, 0]]
    assert FOUND.probabilities.tolist() == [[0.8, 0], [0, 0.6], [0.4, 0]]
