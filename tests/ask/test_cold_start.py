"""The start without a labelled image, by the shipped model of class slots, and features of boxes on request."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from fewclicks.ask.queries.cold_start import Clicked, SlotStart
from fewclicks.ask.queries.learning import ColdStart, Finder
from fewclicks.ask.queries.person import starting_clicks
from fewclicks.datasets.boxed_images import BoxedImage, read_boxes
from fewclicks.geometry import oriented
from fewclicks.methods.registry import open_shipped
from fewclicks.model import Options
from fewclicks.prompts import Prompts
from fewclicks.simulation.boxes.sessions import BoxesModel


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[BoxedImage, ...]:
    from fewclicks.synthetic.drawing import Wanted, write_set

    folder: Path = tmp_path_factory.mktemp("cold") / "made"
    return read_boxes(str(write_set(Wanted(images=2, classes=2, side=160, objects=8, seed=1), folder))).images


@pytest.fixture(scope="module")
def model() -> BoxesModel:
    return cast(BoxesModel, open_shipped("detect"))


@pytest.fixture(scope="module")
def clicked(model: BoxesModel, images: tuple[BoxedImage, ...]) -> Clicked:
    return SlotStart(model, images).from_clicks(starting_clicks(images, 2, np.random.default_rng(0)))


def test_clicks_in_some_images_find_objects_in_all(clicked: Clicked, images: tuple[BoxedImage, ...]) -> None:
    assert isinstance(clicked, Finder)
    for number, image in enumerate(images):
        answer = clicked.answer(number, 0.2)
        overlaps = oriented.pairwise_iou(image.boxes, answer.boxes)
        assert (overlaps.max(1) >= 0.5).mean() > 0.6
        assert answer.classes == (1, 2)
        assert (answer.probabilities.max(1) == answer.scores).all()
        assert answer.features is not None
        assert len(answer.features) == len(answer)


def test_a_class_that_is_in_no_answer_still_has_a_column(model: BoxesModel, images: tuple[BoxedImage, ...]) -> None:
    start = SlotStart(model, images)
    assert isinstance(start, ColdStart)
    one = {0: tuple(each for each in starting_clicks(images, 1, np.random.default_rng(0)).get(0, ())[:1])}
    clicked = replace(start.from_clicks(one), classes=(1, 2, 9))
    assert clicked.answer(1, 0.2).probabilities.shape[1] == 3


def test_features_come_on_request_and_change_nothing_else(
    model: BoxesModel, clicked: Clicked, images: tuple[BoxedImage, ...]
) -> None:
    encoding, prompts = model.encode(images[0].pixels()), Prompts((), clicked.examples)
    plain = model.respond(encoding, prompts)
    described = model.respond(encoding, prompts, plain, Options(features=True))
    assert plain.answer.features is None
    assert described.answer.features is not None
    assert described.answer.boxes.tolist() == plain.answer.boxes.tolist()
    assert described.answer.scores.tolist() == plain.answer.scores.tolist()
    assert described.nbytes > plain.nbytes
    again = model.respond(encoding, prompts, None, Options(features=True)).answer.features
    assert again is not None
    assert again.tolist() == described.answer.features.tolist()


def test_boxes_of_one_look_have_nearer_features(clicked: Clicked, images: tuple[BoxedImage, ...]) -> None:
    answer = clicked.answer(0, 0.5)
    assert answer.features is not None
    assert set(answer.class_ids.tolist()) == {1, 2}
    unit = answer.features / np.linalg.norm(answer.features, axis=1, keepdims=True)
    likeness = unit @ unit.T
    same = answer.class_ids[:, None] == answer.class_ids
    others = ~np.eye(len(answer), dtype=bool)
    assert likeness[same & others].mean() > likeness[~same].mean()
