"""Sessions of clicks, with models whose figures are known beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fewclicks.answers import BoxesAnswer
from fewclicks.class_clicks import with_clicked_classes
from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.errors import InputError
from fewclicks.geometry.oriented import contains
from fewclicks.images.source import ImageSource, size_of
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, ClassClick, Prompts
from fewclicks.simulation.boxes.annotator import Habits
from fewclicks.simulation.boxes.figures import Measured
from fewclicks.simulation.boxes.passthrough import Passthrough
from fewclicks.simulation.boxes.run import simulate
from fewclicks.simulation.boxes.sessions import Asking
from fewclicks.simulation.time_model import round_seconds

NAMES = {1: "ship", 4: "plane", 9: "never there"}


@dataclass
class Knowing(Model[object, BoxesAnswer, object]):
    """Finds the prompted objects, or with `everything` all, in the classes of `said` instead of their own.

    The shade of an image is its number in `images`. asked: the image, the number of prompts, and the memo, which is
    the number of prompts before.
    """

    images: Sequence[BoxedImage]
    everything: bool = False
    said: Sequence[int] | None = None
    asked: list[tuple[int, int, object]] = field(default_factory=list)

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("knowing", "knowing", "none", NAMES)

    def encode(self, image: ImageSource) -> Encoding[object]:
        assert isinstance(image, np.ndarray)
        return Encoding(size_of(image), int(image[0, 0, 0]), 0)

    def respond(
        self,
        encoding: Encoding[object],
        prompts: Prompts,
        previous: Response[BoxesAnswer, object] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, object]:
        assert isinstance(encoding.data, int)
        image, count = self.images[encoding.data], len(prompts.all)
        self.asked.append((encoding.data, count, None if previous is None else previous.memo))
        chosen = np.full(len(image.boxes), self.everything)
        for prompt in prompts.all:
            assert isinstance(prompt, ClassClick | BoxPrompt)
            x, y = _middle(prompt)
            chosen |= contains(image.boxes, x, y)
        ids = image.class_ids if self.said is None else np.array(self.said, np.int64)[: len(image.boxes)]
        answer = BoxesAnswer.of(image.boxes, np.ones(len(image.boxes)), ids).where(chosen)
        return Response(answer, count)


def _middle(prompt: ClassClick | BoxPrompt) -> tuple[float, float]:
    if isinstance(prompt, ClassClick):
        return prompt.x, prompt.y
    return (prompt.x0 + prompt.x1) / 2, (prompt.y0 + prompt.y1) / 2


def measured(
    source: BoxedSource, habits: Habits, everything: bool = False, said: Sequence[int] | None = None
) -> Measured:
    return simulate(Knowing(source.images, everything, said), source, habits)


def image_of(folder: Path, name: str, shade: int, boxes: list[tuple[float, ...]], class_ids: list[int]) -> BoxedImage:
    path = folder / f"{name}.png"
    Image.fromarray(np.full((60, 80, 3), shade, np.uint8)).save(path)
    return BoxedImage(path, (60, 80), np.array(boxes, float).reshape(-1, 5), np.array(class_ids, np.int64))


@pytest.fixture
def source(tmp_path: Path) -> BoxedSource:
    boxes = [(10, 10, 8, 8, 0), (30, 10, 8, 8, 0), (50, 10, 1, 1, 0), (10, 40, 8, 8, 0)]
    images = (
        image_of(tmp_path, "a", 0, boxes, [1, 1, 4, 4]),  # type: ignore[arg-type]
        image_of(tmp_path, "b", 1, boxes[:1], [1]),  # type: ignore[arg-type]
        image_of(tmp_path, "empty", 2, [], []),
    )
    return BoxedSource("made up", images, NAMES)


def test_one_that_knows_all_scores_one_and_one_that_finds_nothing_zero(source: BoxedSource) -> None:
    report = measured(source, Habits(clicks=3, sessions=2), everything=True)
    assert report.map50_by_clicks == report.coco_map_by_clicks == [[1.0, 0.0]] * 4
    assert report.unclicked_map50_by_clicks == [[1.0, 0.0]] * 4
    assert report.clicks_to_map["0.9"] == 0
    blind = measured(source, Habits(clicks=0, sessions=2))
    assert blind.map50_by_clicks == [[0.0, 0.0]]
    assert blind.clicks_to_map == dict.fromkeys(("0.5", "0.6", "0.7", "0.8", "0.9"))
    assert blind.click_ms is None


def test_classes_may_have_any_ids(tmp_path: Path) -> None:
    names = {-3: "ship", 30_000_000_000: "plane"}
    boxes = [(10.0, 10.0, 8.0, 8.0, 0.0), (30.0, 10.0, 8.0, 8.0, 0.0)]
    source = BoxedSource("made up", (image_of(tmp_path, "a", 0, boxes, list(names)),), names)
    report = measured(source, Habits(clicks=2, sessions=1))
    assert [mean for mean, _ in report.map50_by_clicks] == [0, 0.5, 1]


def test_figures_rise_to_one_when_all_objects_are_clicked(source: BoxedSource) -> None:
    report = measured(source, Habits(clicks=5, sessions=3))
    means = [mean for mean, _ in report.map50_by_clicks]
    assert means[0] == 0
    assert means == sorted(means)
    assert means[4:] == [1, 1]
    unclicked = report.unclicked_map50_by_clicks
    assert unclicked[:4] == [[0, 0]] * 4  # this detector finds nothing that was not clicked
    assert unclicked[4:] == [None, None]
    assert (report.images, report.objects, set(report.per_class)) == (3, 5, {"ship", "plane"})
    assert report.spent_by_clicks == pytest.approx([0, 2 / 3, 1, 4 / 3, 5 / 3, 5 / 3])
    expected = np.mean([round_seconds(count) for count in (2, 1, 0)])
    assert report.seconds_by_clicks[2] == pytest.approx(expected)
    assert report.seconds_to_map["0.9"] == report.seconds_by_clicks[report.clicks_to_map["0.9"]]
    assert len(report.map50_by_session) == 3
    assert len(report.click_ms_by_clicks) == 6
    assert report.click_ms_by_clicks[5] is None  # nobody had a fifth object to click


def test_clicks_a_class_reach_every_class_at_once(source: BoxedSource) -> None:
    report = measured(source, Habits(clicks=2, sessions=4, per_class=True))
    assert [mean for mean, _ in report.map50_by_clicks] == [0, pytest.approx((2 / 3 + 1 / 2) / 2), 1]
    assert report.spent_by_clicks == pytest.approx([0, 1, 5 / 3])


def test_answers_follow_from_each_other_and_the_image_is_read_once(source: BoxedSource) -> None:
    model = Knowing(source.images)
    simulate(model, source, Habits(clicks=3, sessions=2))
    assert model.asked == [
        (0, 0, None),
        *[(0, 1, 0), (0, 2, 1), (0, 3, 2)] * 2,
        (1, 0, None),
        *[(1, 1, 0)] * 2,
        (2, 0, None),
    ]


def test_the_seed_decides(source: BoxedSource) -> None:
    def curves(seed: int) -> list[list[float]]:
        return measured(source, Habits(clicks=3, sessions=3, seed=seed)).map50_by_session

    assert curves(1) == curves(1)
    assert any(curves(0) != curves(seed) for seed in range(1, 5))


def test_passthrough_corrects_a_class_a_click(source: BoxedSource) -> None:
    model = Knowing(source.images, everything=True, said=[4, 4, 4, 4])
    report = simulate(Passthrough(model), source, Habits(clicks=4, sessions=2))
    means = [mean for mean, _ in report.map50_by_clicks]
    assert means[0] < 0.5
    assert means == sorted(means)
    assert means[-1] == 1
    assert model.asked == [(number, 0, None) for number in range(3)], "the model never sees a click"


@pytest.mark.parametrize("seed", range(3))
def test_passthrough_does_not_depend_on_previous_responses(source: BoxedSource, seed: int) -> None:
    rng, model = np.random.default_rng(seed), Passthrough(Knowing(source.images, everything=True))
    encoding = model.encode(source.images[0].pixels())
    clicks = [ClassClick(10, 10, 9), ClassClick(10, 40, 1), ClassClick(30, 10, 4)]
    previous: Response[BoxesAnswer, object] | None = None
    for _ in range(6):
        prompts = Prompts.of(*(clicks[index] for index in rng.permutation(3)[: rng.integers(4)]))
        found, fresh = model.respond(encoding, prompts, previous), model.respond(encoding, prompts)
        np.testing.assert_array_equal(found.answer.class_ids, fresh.answer.class_ids)
        np.testing.assert_array_equal(found.answer.probabilities, fresh.answer.probabilities)
        previous = found if rng.random() < 0.7 else Response(found.answer)
    with pytest.raises(InputError, match="outside the 80x60 image"):
        model.respond(encoding, Prompts.of(ClassClick(81, 5, 1)))
    with pytest.raises(InputError, match="accepts only 'class_click'"):
        model.respond(encoding, Prompts.of(BoxPrompt(1, 1, 9, 9, class_id=1)))


def test_clicked_boxes_may_take_the_clicked_class_whatever_the_model_answers(source: BoxedSource) -> None:
    habits, wrong = Habits(clicks=4, sessions=2), [9, 9, 9, 9]
    model = Knowing(source.images, everything=True, said=wrong)
    report = simulate(model, source, habits, Asking(certain=True))
    assert report.map50_by_clicks[-1] == [1, 0]
    assert measured(source, habits, everything=True, said=wrong).map50_by_clicks[-1] == [0, 0]
    assert model.asked[:5] == [(0, 0, None), (0, 1, 0), (0, 2, 1), (0, 3, 2), (0, 4, 3)], "by the model's own answers"
    clicks = [ClassClick(10, 10, 1), ClassClick(10, 40, 4)]
    answer = with_clicked_classes(model.respond(Encoding((60, 80), 0, 0), Prompts.of(*clicks)).answer, clicks)
    assert sorted(answer.class_ids.tolist()) == [1, 4, 9, 9]


def test_example_boxes_stand_for_clicks(source: BoxedSource) -> None:
    """The smallest object at a click is prompted, in the clicked class; beside all objects none is."""
    habits = Habits(clicks=5, sessions=2)
    clicks, boxes = (simulate(Knowing(source.images), source, habits, Asking(kind)) for kind in ("click", "box"))
    assert boxes.map50_by_session == clicks.map50_by_session
    far = Habits(clicks=5, sessions=2, noise_px=500.0)
    model = Knowing(source.images)
    report = simulate(model, source, far, Asking("box"))
    assert report.spent_by_clicks == clicks.spent_by_clicks
    assert max(count for _, count, _ in model.asked) < 4


def test_ignored_objects_are_neither_clicked_nor_missed(source: BoxedSource) -> None:
    a = source.images[0]
    image = BoxedImage(a.path, a.size_hw, a.boxes[:2], a.class_ids[:2], a.boxes[2:], a.class_ids[2:])
    alone = BoxedSource("made up", (image,), NAMES)
    report = measured(alone, Habits(clicks=4, sessions=1))
    assert (report.objects, set(report.per_class)) == (2, {"ship"})
    assert report.spent_by_clicks == [0, 1, 2, 2, 2]
    everything = simulate(Knowing([a], everything=True), alone, Habits(0, 1))
    assert everything.map50_by_clicks == [[1, 0]]


def test_data_without_objects_is_refused(source: BoxedSource) -> None:
    with pytest.raises(InputError, match="no objects in the 1 images of made up"):
        measured(BoxedSource("made up", source.images[2:], NAMES), Habits())
