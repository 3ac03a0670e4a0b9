"""What simulated people click in training, and canvases."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.oriented import corners, enclosing, from_mask, pairwise_iou
from fewclicks.methods.detect.training.data.augment import Canvas, CanvasSampler
from fewclicks.methods.detect.training.data.synthesis import ask_fixed, ask_slots, click, count_clicks


def canvas(*classes: int) -> Canvas:
    boxes = np.array([[10.0 * (n + 1), 30, 8, 8, 0] for n in range(len(classes))]).reshape(-1, 5)
    return Canvas(np.zeros((64, 64, 3), np.uint8), boxes, np.array(classes, np.int64), np.zeros((0, 5)))


def test_numbers_of_clicks() -> None:
    rng = np.random.default_rng(0)
    assert {count_clicks(50, "number", rng) for _ in range(2000)} == set(range(21))
    assert np.mean([count_clicks(6, "number", rng) == 6 for _ in range(2000)]) == pytest.approx(15 / 21, abs=0.04)
    assert {count_clicks(6, "share", rng) for _ in range(2000)} == set(range(6))
    many = [count_clicks(500, "share", rng) for _ in range(2000)]
    assert max(many) == 20
    assert np.mean([count <= 3 for count in many]) == pytest.approx(0.5, abs=0.04)
    assert count_clicks(0, "share", rng) == count_clicks(0, "number", rng) == 0


def test_clicks_are_on_their_objects() -> None:
    rng = np.random.default_rng(0)
    boxes = np.array([[30.0, 30, 20, 6, 0.7]])
    for _ in range(50):
        (at,) = click(boxes, np.array([0]), 0.5, rng) - boxes[:, :2]
        along = at @ [np.cos(0.7), np.sin(0.7)]
        across = at @ [-np.sin(0.7), np.cos(0.7)]
        assert abs(along) <= 10
        assert abs(across) <= 3


def test_fixed_classes_are_always_asked_about() -> None:
    asked = ask_fixed([canvas(7, 4, 7), canvas()], {4: 0, 7: 1, 9: 2}, "share", 0, 0, np.random.default_rng(3))
    assert asked.asked.all()
    assert asked.channels[0].tolist() == [1, 0, 1]
    for row, place in zip(asked.rows, asked.places, strict=True):
        assert row[0] == row[1] == 0
        index = round(place[0] / 10) - 1
        assert asked.channels[0][index] == row[2]
    assert len(asked.clicked[1]) == 0


def test_as_many_canvases_as_wanted_are_left_without_clicks() -> None:
    rng = np.random.default_rng(0)
    many = [canvas(*[4] * 100)] * 400
    clicked = [len(each) for each in ask_fixed(many, {4: 0}, "number", 0.5, 0, rng).clicked]
    assert 0.45 < np.mean(np.array(clicked) == 0) < 0.6
    assert max(clicked) == 20


def test_slots_mean_what_was_clicked_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    both = [canvas(3, 3, 5, 8), canvas(5, 5, 3), canvas(), canvas(2)]
    layouts, borrowed, unasked = set(), 0, 0
    for _ in range(100):
        asked = ask_slots(both, 4, "share", 0, True, rng)
        slot = dict(zip(both[0].class_ids.tolist(), asked.channels[0].tolist(), strict=True))
        assert asked.channels[1].tolist() == [slot[5], slot[5], slot[3]]  # neighbours share their slots
        layouts.add(tuple(slot.values()))
        for target, source, channel in asked.rows:
            assert source in (target, target ^ 1)
            assert channel in asked.channels[source]
            borrowed += source != target
        for number in range(4):
            rows = asked.rows[asked.rows[:, 0] == number]
            assert set(np.flatnonzero(asked.asked[number])) == set(rows[:, 2].tolist())
            assert set(asked.channels[number][asked.clicked[number]]) <= set(rows[:, 2].tolist())
            assert len(asked.points[number]) == len(asked.clicked[number])
        unasked += not asked.asked[0, slot[8]]
    assert len(layouts) > 15
    assert borrowed
    assert unasked


def test_more_classes_than_slots() -> None:
    asked = ask_slots([canvas(1, 2, 3, 4), canvas(5)], 2, "share", 0, False, np.random.default_rng(0))
    channels = np.concatenate(asked.channels)
    assert sorted(channels.tolist()) == [-1, -1, -1, 0, 1]
    assert (asked.rows[:, 2] >= 0).all()


@pytest.fixture
def source(tmp_path: Path) -> BoxedSource:
    """A bright rectangle, turned, on dark: its box can be measured in what is drawn."""
    pixels = np.full((120, 160, 3), 20, np.uint8)
    box = np.array([[70.0, 50, 50, 20, 0.5]])
    cv2.fillPoly(pixels, [np.rint(corners(box)[0] * 16 - 8).astype(np.int32)], (250, 250, 250), shift=4)
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    image = BoxedImage(tmp_path / "a.png", (120, 160), box, np.array([1]))
    return BoxedSource("made up", (image,), {1: "bright"})


def measured(rgb: np.ndarray) -> Mask:
    bright = rgb.max(2).astype(int)
    return Mask.from_full(bright > (bright.max() + bright.min()) / 2)


def test_oriented_boxes_follow_their_pixels(source: BoxedSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewclicks.methods.detect.training.data.augment.MOST_PARTS", 1)
    sampler, rng, seen = CanvasSampler([source], 512, oriented=True), np.random.default_rng(1), 0
    for _ in range(16):
        drawn = sampler.draw(0, rng)
        around = enclosing(drawn.boxes)
        if len(around) and (around > 0).all() and (around < 512).all():
            seen += 1
            assert pairwise_iou(drawn.boxes, from_mask(measured(drawn.rgb))[None])[0, 0] > 0.85
    assert seen >= 8


def test_upright_boxes_are_cut_at_the_edge_of_their_part(source: BoxedSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewclicks.methods.detect.training.data.augment.MOST_PARTS", 1)
    sampler, rng, seen = CanvasSampler([source], 96, oriented=False), np.random.default_rng(2), 0
    for _ in range(60):
        drawn = sampler.draw(0, rng)
        for box in enclosing(drawn.boxes):
            assert (box >= -1e-5).all()
            assert (box <= 96 + 1e-5).all()
            if (box[:2] > 0).all() and (box[2:] < 96).all():
                seen += 1
                np.testing.assert_allclose(box, measured(drawn.rgb).tight().xyxy, atol=3.5)
        assert len(drawn.boxes) + len(drawn.cut) <= 1
    assert seen >= 3


def test_what_does_not_count_is_neither_object_nor_background(source: BoxedSource) -> None:
    (image,) = source.images
    spared = BoxedImage(image.path, image.size_hw, image.boxes[:0], image.class_ids[:0], image.boxes, image.class_ids)
    both = BoxedSource("both", (image, spared), {1: "bright"})
    drawn = [CanvasSampler([both], 512, oriented=True).draw(0, np.random.default_rng(seed)) for seed in range(12)]
    assert sum(len(canvas.cut) for canvas in drawn) > 4
    for canvas in drawn:
        for box in canvas.cut:
            x, y = np.clip(box[:2].astype(int), 0, 511)
            assert canvas.rgb[y, x].max() > 100


def test_small_objects_come_from_up_to_nine_parts(source: BoxedSource) -> None:
    sampler, rng = CanvasSampler([source], 768, oriented=False), np.random.default_rng(1)
    drawn = [sampler.draw(0, rng) for _ in range(12)]
    assert 4 < max(len(each.boxes) for each in drawn) <= 9
    assert min(len(each.boxes) for each in drawn) <= 2
    for each in drawn:
        assert each.rgb.shape == (768, 768, 3)
        for box in each.boxes:
            x, y = box[:2].astype(int)
            assert each.rgb[y, x].max() > 100  # the bright one is where the box says
    assert max(len(CanvasSampler([source], 224, False).draw(0, rng).boxes) for _ in range(5)) == 1


def test_enlarged_canvases_have_larger_objects_in_fewer_parts(source: BoxedSource) -> None:
    sampler = CanvasSampler([source], 768, oriented=True)

    def drawn(zoom: float) -> list[Canvas]:
        return [sampler.draw(0, np.random.default_rng(seed), zoom) for seed in range(12)]

    def longest(canvases: list[Canvas]) -> float:
        return float(np.median(np.concatenate([each.boxes[:, 2:4].max(1) for each in canvases])))

    assert longest(drawn(3)) == pytest.approx(3 * longest(drawn(1)), rel=0.3)
    assert max(len(each.boxes) for each in drawn(3)) == 1 < max(len(each.boxes) for each in drawn(1))
