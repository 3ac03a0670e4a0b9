"""Models of the task `boxes` on an image with objects, in all their forms: large images, one reading, passthrough."""

from collections.abc import Callable

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.methods.baselines.template_matching import TemplateMatching
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference import reading
from fewclicks.methods.detect.inference.model import DetectModel
from fewclicks.methods.detect.inference.opening import open_detect
from fewclicks.methods.detect.options import DetectOptions
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Resources
from fewclicks.model import Options, Response
from fewclicks.prompts import BoxPrompt, ClassClick, Example, Prompt, Prompts
from fewclicks.simulation.boxes.sessions import BoxesModel

SQUARE, DISK = 7, 3
SQUARES, DISKS = [(20, 20), (90, 30), (60, 90)], [(50, 20), (25, 70), (100, 80)]
CLICKS = (ClassClick(20, 20, SQUARE), ClassClick(50.4, 19.5, DISK), ClassClick(90, 31, SQUARE), ClassClick(0, 0, DISK))
EXAMPLES = tuple(BoxPrompt(x - 6.5, y - 6.5, x + 6.5, y + 6.5, class_id=SQUARE) for x, y in SQUARES)
FILES = shipped_files(DETECT) or {}
MODELS: dict[str, tuple[Callable[[], object], tuple[Prompt, ...]]] = {
    "class slots": (lambda: open_detect(FILES, Resources()), CLICKS),
    "read once": (lambda: open_detect(FILES, Resources(), DetectOptions(read_once=True)), CLICKS),
    "one network": (lambda: DetectModel(FILES), CLICKS),
    "template matching": (TemplateMatching, EXAMPLES),
}


@pytest.fixture(scope="module", params=MODELS.values(), ids=MODELS)
def asked(request: pytest.FixtureRequest) -> tuple[BoxesModel, tuple[Prompt, ...]]:
    made, prompts = request.param
    return made(), prompts


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (110, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:110, :130]
    for x, y in SQUARES:
        pixels[y - 6 : y + 7, x - 6 : x + 7] = (220, 60, 40)
    for x, y in DISKS:
        pixels[np.hypot(xs - x, ys - y) < 7] = (40, 90, 230)
    return pixels


def same(a: BoxesAnswer, b: BoxesAnswer) -> None:
    for name in ("boxes", "scores", "class_ids", "probabilities"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


Asked = tuple[BoxesModel, tuple[Prompt, ...]]


def test_answers_are_repeatable_and_of_classes_that_were_prompted(asked: Asked, image: np.ndarray) -> None:
    model, prompts = asked
    before = image.copy()
    encoding = model.encode(image)
    first = model.respond(encoding, Prompts.of(*prompts)).answer
    same(first, model.respond(encoding, Prompts.of(*prompts)).answer)
    assert len(first) >= 3
    assert ((first.scores >= 0) & (first.scores <= 1)).all()
    assert set(first.class_ids.tolist()) <= {SQUARE, DISK}
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("seed", range(2))
def test_answers_do_not_depend_on_previous_responses(asked: Asked, image: np.ndarray, seed: int) -> None:
    (model, prompts), rng = asked, np.random.default_rng(seed)
    encoding = model.encode(image)
    examples = model.examples(model.encode(image[:, ::-1].copy()), prompts[:2])
    previous: Response[BoxesAnswer, object] | None = None
    for _ in range(8):
        chosen = [prompts[index] for index in rng.permutation(len(prompts))[: rng.integers(len(prompts) + 1)]]
        here = Prompts((tuple(chosen[:1]), tuple(chosen[1:])), examples[: rng.integers(3)])
        found = model.respond(encoding, here, previous)
        same(found.answer, model.respond(encoding, here).answer)
        previous = found if rng.random() < 0.7 else Response(found.answer)


def test_boxes_below_the_lowest_score_are_left_out(asked: Asked, image: np.ndarray) -> None:
    model, prompts = asked
    encoding = model.encode(image)
    everything = model.respond(encoding, Prompts.of(*prompts)).answer
    limit = float(np.median(everything.scores))
    less = model.respond(encoding, Prompts.of(*prompts), None, Options(lowest_score=limit)).answer
    same(less, everything.where(everything.scores >= limit))


def test_five_hundred_prompts(asked: Asked, image: np.ndarray) -> None:
    model, prompts = asked
    places = np.random.default_rng(0).uniform(0, 110, (500, 2)).round(1).tolist()
    clicks: list[Prompt] = [ClassClick(x, y, SQUARE if n % 2 else DISK) for n, (x, y) in enumerate(places)]
    if isinstance(prompts[0], BoxPrompt):
        clicks = [BoxPrompt(x - 3, y - 3, x + 3, y + 3, class_id=DISK) for x, y in places]
    answer = model.respond(model.encode(image), Prompts.of(*clicks)).answer
    assert np.isfinite(answer.boxes).all()


def test_a_large_image_is_complete_in_the_end_as_at_once(monkeypatch: pytest.MonkeyPatch, image: np.ndarray) -> None:
    model = open_detect(FILES, Resources())
    monkeypatch.setattr(reading, "LONGEST", 1024)
    encoding, prompts = model.encode(np.tile(image, (1, 16, 1))), Prompts.of(*CLICKS[:3])
    found = model.respond(encoding, Prompts.of(CLICKS[1]))
    shares = []
    while not shares or shares[-1] < 1:
        found = model.respond(encoding, prompts, found, Options(seconds=0))
        shares.append(found.progress)
    assert shares == [1 / 3, 2 / 3, 1]
    assert len(found.answer) > 20
    same(found.answer, model.respond(encoding, prompts).answer)


def test_an_example_is_one_row_for_each_click_of_this_version_alone(image: np.ndarray) -> None:
    model = open_detect(FILES, Resources())
    examples = model.examples(model.encode(image), CLICKS)
    assert [each.class_id for each in examples] == [click.class_id for click in CLICKS]
    assert {each.version for each in examples} == {model.info.version}
    assert len({each.arrays[0].shape for each in examples}) == 1
    encoding = model.encode(image)
    assert len(model.respond(encoding, Prompts((), examples[:1])).answer) >= 3
    foreign = Example(SQUARE, "detect-other", examples[0].arrays)
    with pytest.raises(InputError, match=r"made by another version \(detect-other\)"):
        model.respond(encoding, Prompts((), (foreign,)))


def test_weights_of_another_variant_are_refused() -> None:
    with pytest.raises(InputError, match="expected weights of the variant late, these are of c3det"):
        open_detect(FILES, Resources(), DetectOptions(expect_variant="late"))
    assert open_detect(FILES, Resources(), DetectOptions(expect_variant="c3det")).info.details["slots"]
