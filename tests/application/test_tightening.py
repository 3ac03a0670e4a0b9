"""Suggested boxes are tightened to masks, with what the accepted boxes of finished images teach about each class."""

from pathlib import Path

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer, MaskAnswer
from fewclicks.application.answers.tightening import SURE, Tightening
from fewclicks.application.round_job import box_masker
from fewclicks.application.workspace import Limits, Workspace
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.store.project import Project
from jobs.coins import SIDE, make_coins

RED, BLUE = 1, 2


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    project = Project(make_coins(tmp_path / "project", 8, 7))
    masks = box_masker(project)
    assert masks is not None
    return Workspace(project, {masks.role.name: masks.model}, Limits(encode_ahead=False))


def tightening_of(workspace: Workspace) -> Tightening:
    (masks,) = workspace.models.active.values()
    return Tightening(workspace.project, masks.model, lambda row: workspace.encode(row, masks, aside=True))


def squares(workspace: Workspace, image: int) -> tuple[np.ndarray, np.ndarray]:
    """The true boxes of an image and their classes."""
    pixels = workspace.encodings._load(image)
    assert isinstance(pixels, np.ndarray)
    found = []
    for class_id, channel in ((RED, 0), (BLUE, 2)):
        mask = (pixels[..., channel] > 180) & (pixels[..., 2 - channel] < 80)
        for x in (4, 36, 68):
            rows = np.flatnonzero(mask[:, x : x + SIDE].all(1))
            if len(rows):
                found.append((x + SIDE / 2, rows[0] + SIDE / 2, SIDE, SIDE, 0.0, class_id))
    table = np.array(found)
    return table[:, :5], table[:, 5].astype(np.int64)


def test_boxes_of_classes_that_the_mask_model_knows_become_tight(workspace: Workspace) -> None:
    truth, class_ids = squares(workspace, 8)
    loose = truth + np.array([3.0, -2, 5, -3, 0])
    answer = BoxesAnswer.of(loose, np.full(len(loose), 0.9), class_ids)
    tight = tightening_of(workspace).tightened(workspace.image(8), answer)
    assert isinstance(tight, BoxesAnswer)
    red = class_ids == RED  # 14 of them are labelled, and 7 blue squares, which are too few to trust the mask model
    assert oriented.iou_of_pairs(loose, truth).max() < 0.7
    assert oriented.iou_of_pairs(tight.boxes, truth)[red].min() > 0.8
    np.testing.assert_array_equal(tight.boxes[~red], loose[~red])
    np.testing.assert_array_equal(tight.scores, answer.scores)


def test_boxes_of_low_confidence_stay_as_they_are(workspace: Workspace) -> None:
    truth, class_ids = squares(workspace, 8)
    loose = truth + np.array([3.0, -2, 5, -3, 0])
    answer = BoxesAnswer.of(loose, np.full(len(loose), SURE - 0.01), class_ids)
    tight = tightening_of(workspace).tightened(workspace.image(8), answer)
    assert isinstance(tight, BoxesAnswer)
    np.testing.assert_array_equal(tight.boxes, loose)


def test_answers_without_boxes_stay_as_they_are(workspace: Workspace) -> None:
    for answer in (BoxesAnswer.none(), MaskAnswer.of(Mask.empty((9, 9)))):
        assert tightening_of(workspace).tightened(workspace.image(8), answer) is answer
