from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.methods.shared.training.held_out import held_out


def source(*classes: list[int]) -> BoxedSource:
    """An image for each list of classes."""
    boxes = np.array([5.0, 5, 4, 4, 0])
    images = tuple(
        BoxedImage(Path(f"{number}.png"), (10, 10), np.tile(boxes, (len(ids), 1)), np.array(ids, np.int64))
        for number, ids in enumerate(classes)
    )
    return BoxedSource("made up", images, {1: "cat", 2: "dog"})


def names(part: BoxedSource) -> set[str]:
    return {image.path.name for image in part.images}


def test_the_same_images_are_held_out_however_many_there_are() -> None:
    many = source(*[[1, 2]] * 200)
    before: set[str] = set()
    for count in (40, 80, 200):
        training, held = held_out(BoxedSource("made up", many.images[:count], many.class_names))
        assert names(training) | names(held) == {f"{number}.png" for number in range(count)}
        assert not names(training) & names(held)
        assert before <= names(held)
        before = names(held)
    assert 0.1 < len(before) / 200 < 0.3


def test_of_few_images_some_are_held_out_but_not_most() -> None:
    assert [len(held_out(source(*[[1]] * count))[1].images) for count in (0, 1, 2, 5, 8)][:3] == [0, 0, 1]
    for count in range(5, 12):
        assert 2 <= len(held_out(source(*[[1]] * count))[1].images) <= 0.4 * count + 1


def test_images_without_objects_and_the_last_of_a_class_are_trained_on() -> None:
    training, held = held_out(source([], [], [2], *[[1]] * 8))
    assert {"0.png", "1.png", "2.png"} <= names(training)
    assert len(held.images) >= 2
    assert held_out(source([1], [2], [], []))[1].images == ()
