"""Stored prompts as rounds, and answers that do not depend on what is in memory."""

import numpy as np
import pytest
from PIL import Image

from fewclicks.answers import MaskAnswer
from fewclicks.application.answers.ask import Caches
from fewclicks.application.answers.mask import MaskAsk
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Provenance
from fewclicks.methods.registry import open_shipped
from fewclicks.model import Encoding, Response
from fewclicks.prompts import Click, MaskPrompt
from fewclicks.store.editing import prompted
from fewclicks.store.prompts import rounds_from_json
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Json, Snapshot

from .api import RED_BOX, click
from .colour_model import ColourModel, Smooth
from .conftest import save_picture

SIZE_HW = (48, 64)
IMAGE = ImageRow(1, "a.png", 0, SIZE_HW[1], SIZE_HW[0], 0, 0, "")
MODEL = ColourModel()
MADE_BY = Provenance(method="segment", weights=MODEL.version)
START = Snapshot("o", 1, 1, "proposed", None, provenance=MADE_BY)
ROUNDS: list[list[Json]] = [
    [click(16, 16)],
    [click(40, 30), click(3, 3, False)],
    [click(60, 45)],
    [click(30, 5, False)],
]


@pytest.fixture(scope="module")
def encoding(tmp_path_factory: pytest.TempPathFactory) -> Encoding[Smooth]:
    path = tmp_path_factory.mktemp("rounds") / "a.png"
    save_picture(path)
    return MODEL.encode(np.asarray(Image.open(path)))


def asked(snapshot: Snapshot, caches: Caches | None = None) -> MaskAsk:
    return MaskAsk(IMAGE, None, snapshot, MADE_BY, caches or Caches())


def base_shape() -> Json:
    full = np.zeros(SIZE_HW, bool)
    full[40:46, 2:9] = True
    return shape_to_json(Mask.from_full(full))


def test_every_request_is_a_round() -> None:
    snapshot = None
    for prompts in ROUNDS:
        snapshot = prompted(snapshot, START, prompts, SIZE_HW)
    assert snapshot is not None
    assert [len(given) for given in rounds_from_json(snapshot.prompts)] == [1, 2, 1, 1]
    assert rounds_from_json(()) == ()


def test_a_box_and_clicks_of_one_request_are_two_rounds() -> None:
    one = prompted(None, START, [click(40, 30), RED_BOX], SIZE_HW)
    assert [[prompt.kind for prompt in given] for given in rounds_from_json(one.prompts)] == [["box"], ["click"]]


def test_a_mask_to_correct_is_part_of_the_first_round() -> None:
    caches = Caches()
    snapshot = prompted(Snapshot("o", 1, 1, "accepted", base_shape()), START, [click(40, 30)], SIZE_HW)
    snapshot = prompted(snapshot, START, [click(60, 45)], SIZE_HW)
    rounds = asked(snapshot, caches).prompts.rounds
    assert [[type(prompt) for prompt in given] for given in rounds] == [[MaskPrompt, Click], [Click]]
    assert {prompt.target for given in rounds for prompt in given if isinstance(prompt, Click)} == {"o"}
    assert asked(snapshot, caches).prompts.rounds[0][0].mask is rounds[0][0].mask, "one object, which models recognise"


@pytest.mark.parametrize("with_base", [False, True])
def test_every_round_changes_the_mask(encoding: Encoding[Smooth], with_base: bool) -> None:
    base = base_shape() if with_base else None
    snapshot: Snapshot | None = Snapshot("o", 1, 1, "accepted", base) if with_base else None
    masks = []
    for prompts in ROUNDS:
        snapshot = prompted(snapshot, START, prompts, SIZE_HW)
        assert snapshot.base == base
        masks.append(MODEL.respond(encoding, asked(snapshot).prompts).answer.mask)
    assert len(set(masks)) == len(ROUNDS), "a round that is left out would show"


def test_the_base_matters(encoding: Encoding[Smooth]) -> None:
    on_base = prompted(Snapshot("o", 1, 1, "accepted", base_shape()), START, [click(40, 30)], SIZE_HW)
    alone = prompted(None, START, [click(40, 30)], SIZE_HW)
    with_base, without = (MODEL.respond(encoding, asked(each).prompts).answer.mask for each in (on_base, alone))
    assert with_base.area == without.area + 6 * 7


def test_the_shipped_model_answers_stored_rounds_the_same_with_and_without_its_last_response(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("rounds") / "a.png"
    save_picture(path)
    model = open_shipped("segment")
    encoding = model.encode(np.asarray(Image.open(path)))
    snapshot, previous = None, None
    for prompts in ROUNDS:
        snapshot = prompted(snapshot, START, prompts, SIZE_HW)
        previous = model.respond(encoding, asked(snapshot).prompts, previous)
        again = model.respond(encoding, asked(snapshot).prompts)
        assert mask_of(previous) == mask_of(again)


def mask_of(response: Response[object, object]) -> Mask:  # type: ignore[type-var]
    assert isinstance(response.answer, MaskAnswer)
    return response.answer.mask
