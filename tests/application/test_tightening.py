"""Suggested boxes are tightened to masks, with what the accepted boxes of finished images teach about each class."""

from dataclasses import replace

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer, MaskAnswer
from fewclicks.application.answers.tightening import (
    SURE,
    compare_on,
    learnt_tightener,
    with_tight_boxes,
)
from fewclicks.application.lessons import Lessons, read_lessons
from fewclicks.application.round_job import box_masker
from fewclicks.ask.tighten import Tightener
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Prompts
from fewclicks.store.project import Project
from jobs.coins import make_coins

RED = 1
LOOSER = np.array([3.0, -2, 5, -3, 0])


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Lessons:
    """Seven finished images with 14 red and 7 blue squares: too few blue ones to trust the mask model."""
    with Project(make_coins(tmp_path_factory.mktemp("coins") / "project", 7, 7)) as project:
        return read_lessons(project, "detect")


@pytest.fixture(scope="module")
def tightener(known: Lessons, tmp_path_factory: pytest.TempPathFactory) -> Tightener:
    with Project(make_coins(tmp_path_factory.mktemp("other") / "project", 1, 1)) as project:
        masks = box_masker(project)
    assert masks is not None
    return learnt_tightener(known, masks.model)


def tightened(known: Lessons, tightener: Tightener, score: float) -> tuple[BoxesAnswer, BoxesAnswer]:
    """Loose suggestions of this confidence in the first image, and what they become."""
    image = known.images[0]
    loose = BoxesAnswer.of(image.boxes + LOOSER, np.full(len(image.boxes), score), image.class_ids)
    tight = with_tight_boxes(loose, tightener, lambda: tightener.model.encode(image.pixels()))
    assert isinstance(tight, BoxesAnswer)
    return loose, tight


def test_boxes_of_classes_that_the_mask_model_knows_become_tight(known: Lessons, tightener: Tightener) -> None:
    loose, tight = tightened(known, tightener, 0.9)
    truth, red = known.images[0].boxes, known.images[0].class_ids == RED
    assert oriented.iou_of_pairs(loose.boxes, truth).max() < 0.7
    assert oriented.iou_of_pairs(tight.boxes, truth)[red].min() > 0.8
    np.testing.assert_array_equal(tight.boxes[~red], loose.boxes[~red])
    np.testing.assert_array_equal(tight.scores, loose.scores)


def test_boxes_of_low_confidence_stay_as_they_are(known: Lessons, tightener: Tightener) -> None:
    loose, tight = tightened(known, tightener, SURE - 0.01)
    np.testing.assert_array_equal(tight.boxes, loose.boxes)


def test_answers_without_boxes_stay_as_they_are(tightener: Tightener) -> None:
    for answer in (BoxesAnswer.none(), MaskAnswer.of(Mask.empty((9, 9)))):
        assert with_tight_boxes(answer, tightener, pytest.fail) is answer


def test_images_that_the_version_was_not_trained_on_show_whether_tightening_saves_time(known: Lessons) -> None:
    with Project(known.images[0].path.parents[1] / "project") as project:
        masks = box_masker(project)
    assert masks is not None
    tightener = learnt_tightener(known, masks.model)
    paths = [str(image.path) for image in known.images]
    compare_on(paths[:3], known, Finding(known, LOOSER), tightener)
    assert tightener.is_trusted(RED)
    loosely = tuple(replace(image, boxes=image.boxes + LOOSER) for image in known.images)  # people box them like this
    compare_on(paths, replace(known, images=loosely), Finding(known, LOOSER), tightener)
    assert not tightener.is_trusted(RED)


class Finding(Model[int, BoxesAnswer, None]):
    """Finds the objects of these images, each box off by the same."""

    info = ModelInfo("detect", "detect", "finding")

    def __init__(self, known: Lessons, off: np.ndarray) -> None:
        self.known, self.off = known, off

    def encode(self, image: ImageSource) -> Encoding[int]:
        (number,) = [k for k, each in enumerate(self.known.images) if np.array_equal(each.pixels(), image)]
        return Encoding(self.known.images[number].size_hw, number, 0)

    def respond(
        self,
        encoding: Encoding[int],
        prompts: Prompts,
        previous: Response[BoxesAnswer, None] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, None]:
        image = self.known.images[encoding.data]
        scores = np.full(len(image.boxes), 0.9)
        return Response(BoxesAnswer.of(image.boxes + self.off, scores, image.class_ids))
