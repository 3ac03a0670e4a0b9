"""Sessions of clicks, with detectors whose figures are known beforehand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.errors import InputError
from fewclicks.methods.baselines.passthrough import CertainClicks, PassthroughDetector
from fewclicks.methods.detect.inference.detections import Detections, Templates
from fewclicks.methods.detect.inference.passthrough import contains, passthrough
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick
from fewclicks.simulation.boxes.run import Person, simulate
from fewclicks.simulation.time_model import round_seconds

NAMES = {1: "ship", 4: "plane", 9: "never there"}


class Knowing:
    """Finds the objects that were clicked, or with `without_clicks` all, under the classes of `said`."""

    name = "knowing"
    weights = "none"
    class_names: Mapping[int, str] = MappingProxyType({})

    def __init__(self, image: BoxedImage, without_clicks: bool = False, said: Sequence[int] | None = None) -> None:
        self.boxes = image.boxes
        self.class_ids = image.class_ids if said is None else np.array(said, np.int64)[: len(image.boxes)]
        self.all = without_clicks
        self.asked: list[tuple[int, int | None]] = []

    def encode(self, image: np.ndarray) -> Encoding:
        return Encoding(image.shape[:2], None, 0)  # type: ignore[arg-type]

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        self.asked.append((len(clicks), None if previous is None else previous.kept))
        chosen = np.full(len(self.boxes), self.all)
        for click in clicks:
            chosen |= contains(self.boxes, click.x, click.y)
        found = Detections(self.boxes, np.ones(len(self.boxes)), self.class_ids).where(chosen)
        return Detections(found.boxes, found.scores, found.class_ids, kept=len(clicks))

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        return {}


def image_of(folder: Path, name: str, boxes: list[tuple[float, ...]], class_ids: list[int]) -> BoxedImage:
    path = folder / f"{name}.png"
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(path)
    return BoxedImage(path, (60, 80), np.array(boxes, float).reshape(-1, 5), np.array(class_ids, np.int64))


@pytest.fixture
def source(tmp_path: Path) -> BoxedSource:
    boxes = [(10, 10, 8, 8, 0), (30, 10, 8, 8, 0), (50, 10, 1, 1, 0), (10, 40, 8, 8, 0)]
    images = (
        image_of(tmp_path, "a", boxes, [1, 1, 4, 4]),  # type: ignore[arg-type]
        image_of(tmp_path, "b", boxes[:1], [1]),  # type: ignore[arg-type]
        image_of(tmp_path, "empty", [], []),
    )
    return BoxedSource("made up", images, NAMES)


def test_one_that_knows_all_scores_one_and_one_that_finds_nothing_zero(source: BoxedSource) -> None:
    report = simulate(lambda image: Knowing(image, without_clicks=True), source, Person(clicks=3, sessions=2))
    assert report["map50_by_clicks"] == report["coco_map_by_clicks"] == [[1.0, 0.0]] * 4
    assert report["unclicked_map50_by_clicks"] == [[1.0, 0.0]] * 4
    assert report["clicks_to_map"]["0.9"] == 0
    blind = simulate(lambda image: Knowing(image, without_clicks=False), source, Person(clicks=0, sessions=2))
    assert blind["map50_by_clicks"] == [[0.0, 0.0]]
    assert blind["clicks_to_map"] == dict.fromkeys(("0.5", "0.6", "0.7", "0.8", "0.9"))
    assert blind["click_ms"] is None


def test_classes_may_have_any_ids(tmp_path: Path) -> None:
    names = {-3: "ship", 30_000_000_000: "plane"}
    boxes = [(10.0, 10.0, 8.0, 8.0, 0.0), (30.0, 10.0, 8.0, 8.0, 0.0)]
    source = BoxedSource("made up", (image_of(tmp_path, "a", boxes, list(names)),), names)
    report = simulate(Knowing, source, Person(clicks=2, sessions=1))
    assert [mean for mean, _ in report["map50_by_clicks"]] == [0, 0.5, 1]


def test_figures_rise_to_one_when_all_objects_are_clicked(source: BoxedSource) -> None:
    report = simulate(Knowing, source, Person(clicks=5, sessions=3))
    means = [mean for mean, _ in report["map50_by_clicks"]]
    assert means[0] == 0
    assert means == sorted(means)
    assert means[4:] == [1, 1]
    unclicked = report["unclicked_map50_by_clicks"]
    assert unclicked[:4] == [[0, 0]] * 4  # this detector finds nothing that was not clicked
    assert unclicked[4:] == [None, None]
    assert (report["images"], report["objects"], set(report["per_class"])) == (3, 5, {"ship", "plane"})
    assert report["spent_by_clicks"] == pytest.approx([0, 2 / 3, 1, 4 / 3, 5 / 3, 5 / 3])
    expected = np.mean([round_seconds(count) for count in (2, 1, 0)])
    assert report["seconds_by_clicks"][2] == pytest.approx(expected)
    assert report["seconds_to_map"]["0.9"] == report["seconds_by_clicks"][report["clicks_to_map"]["0.9"]]
    assert len(report["map50_by_session"]) == 3
    assert len(report["click_ms_by_clicks"]) == 6
    assert report["click_ms_by_clicks"][5] is None  # nobody had a fifth object to click


def test_clicks_a_class_reach_every_class_at_once(source: BoxedSource) -> None:
    report = simulate(Knowing, source, Person(clicks=2, sessions=4, per_class=True))
    assert [mean for mean, _ in report["map50_by_clicks"]] == [0, pytest.approx((2 / 3 + 1 / 2) / 2), 1]
    assert report["spent_by_clicks"] == pytest.approx([0, 1, 5 / 3])


def test_answers_follow_from_each_other_and_the_image_is_read_once(source: BoxedSource) -> None:
    made: list[Knowing] = []

    def detector_of(image: BoxedImage) -> Knowing:
        made.append(Knowing(image))
        return made[-1]

    simulate(detector_of, source, Person(clicks=3, sessions=2))
    assert made[0].asked == [(0, None), *[(1, 0), (2, 1), (3, 2)] * 2]
    assert made[1].asked == [(0, None), (1, 0), (1, 0)]
    assert made[2].asked == [(0, None)]


def test_the_seed_decides(source: BoxedSource) -> None:
    def curves(seed: int) -> list[list[float]]:
        return simulate(Knowing, source, Person(clicks=3, sessions=3, seed=seed))["map50_by_session"]

    assert curves(1) == curves(1)
    assert any(curves(0) != curves(seed) for seed in range(1, 5))


def test_passthrough_mends_a_class_a_click(source: BoxedSource) -> None:
    report = simulate(
        lambda image: PassthroughDetector(Knowing(image, without_clicks=True, said=[4, 4, 4, 4])),
        source,
        Person(clicks=4, sessions=2),
    )
    means = [mean for mean, _ in report["map50_by_clicks"]]
    assert means[0] < 0.5
    assert means == sorted(means)
    assert means[-1] == 1


def test_certain_clicks_have_the_last_word_whatever_the_detector_answers(source: BoxedSource) -> None:
    image = source.images[0]
    knowing = Knowing(image, without_clicks=True, said=[9, 9, 9, 9])
    certain = CertainClicks(knowing)
    encoding = certain.encode(image.pixels())
    first, both = ClassClick(10, 10, 1), [ClassClick(10, 10, 1), ClassClick(10, 40, 4)]
    before = certain.respond(encoding, [first])
    answer = certain.respond(encoding, both, before)
    assert knowing.asked == [(1, None), (2, 1)]
    told = passthrough(knowing.respond(encoding, both), both, certain=True)
    np.testing.assert_array_equal(answer.boxes, told.boxes)
    np.testing.assert_array_equal(answer.class_ids, told.class_ids)
    assert sorted(answer.class_ids.tolist()) == [1, 4, 9, 9]


def test_ignored_objects_are_neither_clicked_nor_missed(source: BoxedSource) -> None:
    a = source.images[0]
    image = BoxedImage(a.path, a.size_hw, a.boxes[:2], a.class_ids[:2], a.boxes[2:], a.class_ids[2:])
    report = simulate(Knowing, BoxedSource("made up", (image,), NAMES), Person(clicks=4, sessions=1))
    assert (report["objects"], set(report["per_class"])) == (2, {"ship"})
    assert report["spent_by_clicks"] == [0, 1, 2, 2, 2]
    everything = simulate(lambda _: Knowing(a, without_clicks=True), BoxedSource("", (image,), NAMES), Person(0, 1))
    assert everything["map50_by_clicks"] == [[1, 0]]


def test_a_set_without_objects_is_refused(source: BoxedSource) -> None:
    with pytest.raises(InputError, match="no object in any of the 1 images of made up"):
        simulate(Knowing, BoxedSource("made up", source.images[2:], NAMES), Person())
