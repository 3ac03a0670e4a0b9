"""Every registered model through the same questions, shipped versions and baselines."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from box_histories import BoxHistories
from mask_histories import MaskHistories
from point_histories import PointHistories
from tested_models import TESTED

from fewclicks.answers import Answer, Task
from fewclicks.errors import InputError
from fewclicks.methods.registry import open_model
from fewclicks.methods.spec import Role
from fewclicks.model import AnyModel, Encoding, Response
from fewclicks.prompts import Prompt, Prompts

Histories = MaskHistories | BoxHistories | PointHistories
HISTORIES: dict[Task, Callable[[Collection[type[Prompt]]], Histories]] = {
    "mask": MaskHistories,
    "boxes": BoxHistories,
    "points": PointHistories,
}
ROLES = [role for role, _ in TESTED.values() if role.task in HISTORIES]


@pytest.fixture(scope="module", params=ROLES, ids=[role.name for role in ROLES])
def role(request: pytest.FixtureRequest) -> Role:
    found: Role = request.param
    return found


@pytest.fixture(scope="module")
def model(role: Role) -> AnyModel:
    return open_model(*TESTED[role.name])


@pytest.fixture(scope="module")
def histories(role: Role) -> Histories:
    return HISTORIES[role.task](role.prompts)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    pixels[np.hypot(xs - 60, ys - 50) < 28] = (220, 60, 40)
    return pixels


@pytest.fixture(scope="module")
def encoding(model: AnyModel, image: np.ndarray) -> Encoding[object]:
    return model.encode(image)


def outcome(
    model: AnyModel, encoding: Encoding[object], prompts: Prompts, previous: Response[Answer, object] | None = None
) -> Response[Answer, object] | str:
    """The response, or why the model refuses the prompts."""
    try:
        return model.respond(encoding, prompts, previous)
    except InputError as error:
        return str(error)


def test_the_info_names_the_role_and_a_version(model: AnyModel, role: Role) -> None:
    assert model.info.role == role.name
    assert model.info.version


def test_answers_are_repeatable_and_of_the_image_s_size(
    model: AnyModel, histories: Histories, image: np.ndarray
) -> None:
    before = image.copy()
    encoding = model.encode(image)
    assert encoding.size_hw == image.shape[:2]
    for prompts in histories.fixed():
        first, again = model.respond(encoding, prompts), model.respond(encoding, prompts)
        histories.same(first.answer, again.answer)
        histories.same(first.answer, model.respond(model.encode(image), prompts).answer)
        histories.check(first.answer, encoding.size_hw)
        assert first.progress == 1
        assert first.nbytes > 0
    np.testing.assert_array_equal(image, before)


def test_answers_do_not_depend_on_what_was_asked_before(
    model: AnyModel, histories: Histories, image: np.ndarray
) -> None:
    encodings = [model.encode(image), model.encode(np.flip(image, (0, 1)).copy())]
    asked = [(encoding, prompts) for prompts in histories.fixed() for encoding in encodings] * 2
    answers = [model.respond(*each).answer for each in asked]
    for early, late in zip(answers[: len(asked) // 2], answers[len(asked) // 2 :], strict=True):
        histories.same(early, late)


@pytest.mark.parametrize("seed", range(4))
def test_answers_do_not_depend_on_previous_responses(
    model: AnyModel, histories: Histories, encoding: Encoding[object], seed: int
) -> None:
    """`previous` is any earlier response of a random walk through prompts: fewer, more or quite different ones."""
    rng, prompts = np.random.default_rng(seed), Prompts()
    earlier: list[Response[Answer, object]] = []
    for _ in range(10):
        prompts = histories.changed(rng, prompts)
        wanted = outcome(model, encoding, prompts)
        for previous in [earlier[int(i)] for i in rng.choice(len(earlier), min(2, len(earlier)), replace=False)]:
            got = outcome(model, encoding, prompts, previous)
            if isinstance(wanted, str) or isinstance(got, str):
                assert got == wanted
            else:
                histories.same(got.answer, wanted.answer)
                earlier.append(got)
        if isinstance(wanted, str):
            prompts = Prompts()
        else:
            earlier += [wanted, replace(wanted, memo=None)]
    assert len(earlier) > 5


def test_a_previous_response_is_not_modified(model: AnyModel, histories: Histories, encoding: Encoding[object]) -> None:
    rng, prompts = np.random.default_rng(9), histories.fixed()[0]
    first = model.respond(encoding, prompts)
    before = histories.frozen(first.answer)
    for _ in range(6):
        prompts = histories.changed(rng, prompts)
        outcome(model, encoding, prompts, first)
    for array, copy in zip(histories.frozen(first.answer), before, strict=True):
        np.testing.assert_array_equal(array, copy)
    histories.same(model.respond(encoding, histories.fixed()[0], first).answer, first.answer)


def test_prompts_that_make_no_sense_are_refused(
    model: AnyModel, histories: Histories, encoding: Encoding[object]
) -> None:
    previous = model.respond(encoding, histories.fixed()[0])
    for prompts in histories.nonsense():
        problem = outcome(model, encoding, prompts)
        assert isinstance(problem, str), prompts
        assert outcome(model, encoding, prompts, previous) == problem


EVERY_KIND: dict[str, dict[str, object]] = {
    "click": {"x": 60, "y": 50, "adds": True},
    "box": {"x0": 30, "y0": 20, "x1": 90, "y1": 80},
    "extreme_points": {"points_xy": ((30, 50), (60, 20), (90, 50), (60, 80))},
    "scribble": {"points_xy": ((50.0, 50.0),), "target": "a"},
    "class_click": {"x": 60, "y": 50, "class_id": 1},
    "point": {"x": 60, "y": 50, "class_id": 1},
}


def test_other_kinds_of_prompt_are_refused_by_name(
    model: AnyModel, role: Role, histories: Histories, encoding: Encoding[object]
) -> None:
    kinds: tuple[type[Prompt], ...] = get_args(Prompt)
    others = [kind for kind in kinds if kind not in role.prompts and kind.kind in EVERY_KIND]
    assert others
    for kind in others:
        prompts = histories.fixed()[0].then(kind(**EVERY_KIND[kind.kind]))  # type: ignore[arg-type]
        with pytest.raises(InputError, match=f"{role.name}.* accepts .*, not "):
            model.respond(encoding, prompts)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (17, 23)])
def test_small_and_thin_images(model: AnyModel, histories: Histories, shape: tuple[int, int]) -> None:
    encoding = model.encode(np.full((*shape, 3), 128, np.uint8))
    histories.check(model.respond(encoding, histories.everything(shape)).answer, shape)


@pytest.mark.parametrize("pixels", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32)])
def test_other_arrays_than_images_are_refused(model: AnyModel, pixels: np.ndarray) -> None:
    with pytest.raises((InputError, TypeError)):
        model.encode(pixels)
