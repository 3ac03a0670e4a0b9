"""Boxes are tightened to the masks of the shipped mask model, if that finds the labelled boxes of their class again."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from ask_makers import FakeLearner, Found

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.costs import Costs
from fewclicks.ask.queries.rounds import Plan, Run
from fewclicks.ask.state import Teaching
from fewclicks.ask.strategies.random import RANDOM
from fewclicks.ask.tighten import MaskModel, Tightener
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.geometry import oriented
from fewclicks.methods.registry import open_model, shipped_files
from fewclicks.methods.segment import ROLE

PLACES = [(60.0 * column + 40, 60.0 * row + 40) for row in range(4) for column in range(5)]
RADIUS = 18
DISC, FRAMED = 1, 2


@cache
def mask_model() -> MaskModel:
    files = shipped_files(ROLE)
    assert files is not None
    return open_model(ROLE, files)  # type: ignore[return-value]


def picture(angle: float | None = None) -> np.ndarray:
    """Bright discs on a dark noisy ground, or bars with this angle in degrees."""
    rgb = np.random.default_rng(0).normal(60, 8, (280, 340, 3)).clip(0, 255).astype(np.uint8)
    for x, y in PLACES:
        if angle is None:
            cv2.circle(rgb, (round(x), round(y)), RADIUS, (220, 200, 120), -1)
        else:
            corners = cv2.boxPoints(((x, y), (40, 16), angle))
            cv2.fillPoly(rgb, [corners.round().astype(np.int32)], (220, 200, 120))
    return rgb


def boxes(width: float, height: float, dx: float = 0.0, angle: float = 0.0) -> np.ndarray:
    return oriented.canonical(np.array([(x + dx, y, width, height, angle) for x, y in PLACES]))


def class_ids(class_id: int) -> np.ndarray:
    return np.full(len(PLACES), class_id, np.int64)


TIGHT = boxes(2 * RADIUS + 1, 2 * RADIUS + 1)


def test_loose_boxes_of_a_known_class_become_tight() -> None:
    model = mask_model()
    encoding = model.encode(picture())
    tightener = Tightener(model, has_angles=False)
    tightener.learn(encoding, TIGHT, class_ids(DISC))
    loose = boxes(50, 30, dx=3)
    tight = tightener.tightened(encoding, loose, class_ids(DISC))
    assert oriented.iou_of_pairs(loose, TIGHT).max() < 0.7
    assert oriented.iou_of_pairs(tight, TIGHT).min() > 0.85


def test_an_oriented_box_becomes_tight() -> None:
    model = mask_model()
    encoding = model.encode(picture(30.0))
    truth = boxes(40, 16, angle=np.deg2rad(30.0))
    tightener = Tightener(model, has_angles=True)
    tightener.learn(encoding, truth, class_ids(DISC))
    loose = boxes(44, 22, angle=np.deg2rad(22.0))
    tight = tightener.tightened(encoding, loose, class_ids(DISC))
    assert oriented.iou_of_pairs(tight, truth).mean() > oriented.iou_of_pairs(loose, truth).mean() + 0.1


def test_classes_whose_boxes_the_model_does_not_find_again_stay_as_they_are() -> None:
    model = mask_model()
    encoding = model.encode(picture())
    tightener = Tightener(model, has_angles=False)
    tightener.learn(encoding, boxes(56, 56), class_ids(FRAMED))  # people left a border around these discs
    tightener.learn(encoding, TIGHT, class_ids(DISC))
    assert [tightener.is_trusted(each) for each in (DISC, FRAMED)] == [True, False]
    loose = boxes(50, 30, dx=3)
    ids = np.where(np.arange(len(PLACES)) % 2, DISC, FRAMED)
    tight = tightener.tightened(encoding, loose, ids)
    is_same = (tight == loose).all(1)
    np.testing.assert_array_equal(is_same, ids == FRAMED)


def test_a_class_is_not_trusted_before_eight_of_its_boxes_were_found_again() -> None:
    model = mask_model()
    encoding = model.encode(picture())
    tightener = Tightener(model, has_angles=False)
    tightener.learn(encoding, TIGHT[:7], class_ids(DISC)[:7])
    assert not tightener.is_trusted(DISC)
    tightener.learn(encoding, TIGHT[7:8], class_ids(DISC)[7:8])
    assert tightener.is_trusted(DISC)


def test_a_class_is_tightened_no_more_once_that_costs_time() -> None:
    """A suggestion that is right as it stands costs 1.6 s, one that has to be corrected 8.6 s."""
    model = mask_model()
    tightener = Tightener(model, has_angles=False)
    tightener.learn(model.encode(picture()), TIGHT, class_ids(DISC))
    loose = boxes(50, 30, dx=3)

    def compare(predicted: np.ndarray, tight: np.ndarray, count: int) -> bool:
        answer = BoxesAnswer.of(predicted[:count], np.full(count, 0.9), class_ids(DISC)[:count])
        tightener.compare(answer, tight[:count], TIGHT, class_ids(DISC), Costs())
        return tightener.is_trusted(DISC)

    assert compare(loose, TIGHT, 12)
    assert compare(TIGHT, loose, 8), "tightening has made 12 boxes right and 8 loose"
    assert not compare(TIGHT, loose, 8)


@pytest.mark.parametrize("box", [(-30.0, 40, 20, 20, 0), (400.0, 40, 20, 20, 0), (330.0, 270, 60, 60, 0)])
def test_boxes_that_reach_beyond_the_image_do_not_fail(box: tuple[float, ...]) -> None:
    model = mask_model()
    encoding = model.encode(picture())
    tightener = Tightener(model, has_angles=False)
    tightener.learn(encoding, TIGHT, class_ids(DISC))
    found = tightener.tightened(encoding, np.array([box]), class_ids(DISC)[:1])
    assert np.isfinite(found).all()
    assert oriented.iou_of_pairs(found, np.array([box])).min() >= 0.5


def test_without_boxes_there_is_nothing_to_do() -> None:
    tightener = Tightener(mask_model(), has_angles=False)
    none = np.zeros((0, 5)), np.zeros(0, np.int64)
    encoding = mask_model().encode(picture())
    tightener.learn(encoding, *none)
    assert len(tightener.tightened(encoding, *none)) == 0


def test_the_simulated_person_sees_tightened_boxes(tmp_path: Path) -> None:
    """Loose boxes have to be corrected; tightened ones are right as they stand."""
    cv2.imwrite(str(tmp_path / "discs.png"), picture()[..., ::-1])
    image = BoxedImage(tmp_path / "discs.png", (280, 340), TIGHT, class_ids(DISC))
    images = [image] * 3
    loose = BoxedImage(image.path, image.size_hw, boxes(50, 30, dx=3), image.class_ids)
    kinds = []
    for tightener in (None, Tightener(mask_model(), has_angles=False)):
        plan = Plan("assisted", RANDOM, 1, 1, 0.1, 0.4, Teaching(), adapt_shown=False)
        run = Run(
            FakeLearner(Found([loose] * 3, background=False)), images, plan, Costs(), lambda finder: 0.5, 0, tightener
        )
        run.begin_with_images(1)
        run.advance(1)
        kinds.append({entry.kind for entry in run.ledger.entries if entry.round == 1} - {"look"})
    assert kinds == [{"corrected"}, {"right"}]
