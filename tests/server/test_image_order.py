"""The images from which a learning round is expected to learn most."""

from dataclasses import replace
from uuid import uuid4

import numpy as np
import pytest

from fewclicks.application import image_order
from fewclicks.ask.strategies.gain import ENOUGH
from fewclicks.store.events import Change, Outcome, Request
from fewclicks.store.project import Project

from .api import Api, annotation, box_shape

CAT, DOG = 1, 2


def suggest(project: Project, image: int, class_ids: tuple[int, ...], score: float = 0.9) -> None:
    """Store suggested boxes side by side."""
    with project.changing() as log:
        before = log.proposals(image)
        boxes = tuple([12.0 * number + 6, 20.0, 10.0, 10.0, 0.0] for number in range(len(class_ids)))
        after = replace(before, boxes=boxes, scores=(score,) * len(boxes), class_ids=class_ids, method="detect")
        log.append(Request(uuid4().hex, "ask", "find", {}), Outcome(proposals=(Change(before, after),)))


def label(api: Api, class_id: int, count: int) -> None:
    """Accept so many objects of a class in image 3."""
    shapes = (box_shape(number % 5) for number in range(count))
    api.edits("box", *(annotation(f"{class_id}-{n}", each, 3, class_id=class_id) for n, each in enumerate(shapes)))


def test_without_suggested_boxes_there_is_no_order(api: Api, project: Project) -> None:
    assert api.get("images/most-to-learn") == []
    suggest(project, 1, (CAT,), score=0.05)
    assert api.get("images/most-to-learn") == [], "nobody is asked about such a box"


def test_images_with_a_rare_class_come_first(api: Api, project: Project) -> None:
    """Every second image is a random one, so only the first is sure."""
    label(api, CAT, 4 * ENOUGH)
    label(api, DOG, ENOUGH)
    suggest(project, 1, (CAT, CAT))
    suggest(project, 2, (DOG,))
    order = api.get("images/most-to-learn")
    assert order[0] == 2
    assert sorted(order) == [1, 2, 3]
    assert api.get("images/most-to-learn") == order


def test_the_order_is_random_while_a_class_has_few_objects(api: Api, project: Project) -> None:
    label(api, CAT, ENOUGH)
    label(api, DOG, ENOUGH - 1)
    for image, found in ((1, 1), (2, 5), (3, 3)):
        suggest(project, image, (CAT,) * found)
    at_random = np.random.default_rng(image_order.SEED).permutation([1, 2, 3]).tolist()
    assert api.get("images/most-to-learn") == at_random, "there may be more dogs"
    api.edits("box", annotation("dog", box_shape(), class_id=DOG, image=1))
    assert api.get("images/most-to-learn") != at_random


def test_done_images_are_left_out(api: Api, project: Project) -> None:
    suggest(project, 1, (CAT,))
    suggest(project, 2, (CAT,))
    api.status("done", 1)
    assert api.get("images/most-to-learn")[0] == 2
    assert 1 not in api.get("images/most-to-learn")


def test_the_order_ends_after_some_images(api: Api, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    suggest(project, 1, (CAT,))
    monkeypatch.setattr(image_order, "MOST", 2)
    assert len(api.get("images/most-to-learn")) == 2
