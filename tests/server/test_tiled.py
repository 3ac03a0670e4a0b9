"""Tiles of a large image answer together as the whole image would."""

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
import pytest
from fewclicks.methods.detect.inference.detections import Detections, Detector
from fewclicks.methods.detect.inference.merging import merged
from fewclicks.methods.detect.inference.tiled import TiledDetector
from jaxtyping import Float64, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference import reading
from fewclicks.methods.protocol import Encoding, LargeImageMethod
from fewclicks.prompts import ClassClick

from .blob_model import BlobModel

COLOURS = {1: (220, 30, 30), 2: (30, 30, 220)}
SIDE, OVERLAP = 128, 32


@dataclass(frozen=True, eq=False)
class Reader:
    """An image in memory, read as a large one."""

    pixels: UInt8[np.ndarray, "H W 3"]
    read_boxes: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.pixels.shape[0], self.pixels.shape[1])

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        assert shrink == 1
        self.read_boxes.append((x0, y0, x1, y1))
        return self.pixels[y0:y1, x0:x1].copy()


class Store(dict[Hashable, tuple[Encoding, int]]):
    """Keeps so many encodings."""

    def __init__(self, most: int = 10**6) -> None:
        super().__init__()
        self.most = most

    def get(self, key: Hashable, /) -> Encoding | None:  # type: ignore[override]
        return self[key][0] if key in self else None

    def put(self, key: Hashable, value: Encoding, nbytes: int, /) -> None:
        self[key] = (value, nbytes)
        while len(self) > self.most:
            del self[next(iter(self))]

    def put_if_room(self, key: Hashable, value: Encoding, nbytes: int, /) -> None:
        if len(self) < self.most:
            self[key] = (value, nbytes)


def scene(size_hw: tuple[int, int] = (301, 420), count: int = 60, seed: int = 0) -> UInt8[np.ndarray, "H W 3"]:
    """Red and blue boxes that do not touch, of 4 to 24 pixels, everywhere, at the borders of tiles and image too."""
    rng = np.random.default_rng(seed)
    image = np.full((*size_hw, 3), 128, np.uint8)
    taken = np.zeros(size_hw, bool)
    made = 0
    while made < count:
        w, h = rng.integers(4, 25, 2)
        x, y = rng.integers(0, size_hw[1] - w + 1), rng.integers(0, size_hw[0] - h + 1)
        if not taken[max(y - 2, 0) : y + h + 2, max(x - 2, 0) : x + w + 2].any():
            taken[y : y + h, x : x + w] = True
            image[y : y + h, x : x + w] = COLOURS[1 + made % 2]
            made += 1
    return image


def clicks_on(image: UInt8[np.ndarray, "H W 3"], *class_ids: int) -> list[ClassClick]:
    """A click on some pixel of an object of each class."""
    made = []
    for number, class_id in enumerate(class_ids):
        ys, xs = np.nonzero((image == COLOURS[class_id]).all(2))
        at = (number * 7919) % len(xs)
        made.append(ClassClick(float(xs[at]) + 0.5, float(ys[at]) + 0.5, class_id))
    return made


def test_an_image_in_memory_is_read_in_parts_when_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 400)
    image, store = scene(), Store()
    clicks, by_tiles = clicks_on(image, 1, 2), tiled(store=store)
    answer = by_tiles.respond(by_tiles.encode(image), clicks)
    assert rows(answer) == rows(by_tiles.respond(by_tiles.encode_large(Reader(image)), clicks))
    assert len(store) == 2 * 15, "each encoding of an image has tiles of its own"
    assert by_tiles.encode(image[:300, :400]).nbytes > 0, "read at once"


def left(by_tiles: TiledDetector, encoding: Encoding, found: Detections) -> int:
    answered, count = by_tiles.tiles_answered(encoding, found)
    return count - len(answered)


def rows(found: Detections) -> list[tuple[float, ...]]:
    """What was found, in an order of its own."""
    columns = np.column_stack([found.boxes, found.scores, found.class_ids])
    return sorted(tuple(np.round(row, 6).tolist()) for row in columns)


def tiled(detector: Detector | None = None, store: Store | None = None) -> TiledDetector:
    return TiledDetector(detector or BlobModel(), store if store is not None else Store(), SIDE, OVERLAP)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size_hw", [(301, 420), (128, 128), (90, 500), (60, 70), (129, 224)])
def test_tiles_answer_as_the_whole_image_does(size_hw: tuple[int, int], turned: bool) -> None:
    image = scene(size_hw, count=max(4, size_hw[0] * size_hw[1] // 2_200))
    clicks, detector = clicks_on(image, 1, 2, 1), BlobModel(turned)
    expected = detector.respond(detector.encode(image), clicks)
    by_tiles = tiled(detector)
    answer = by_tiles.respond(by_tiles.encode_large(Reader(image)), clicks)
    assert len(expected) >= 4
    assert rows(answer) == rows(expected)
    assert (np.diff(answer.scores) <= 0).all()


def test_templates_from_elsewhere_count_in_every_tile() -> None:
    image, other = scene(), scene(seed=3)
    detector = BlobModel()
    by_tiles = tiled()
    templates = by_tiles.templates(by_tiles.encode_large(Reader(other)), clicks_on(other, 1, 2))
    expected = detector.respond(detector.encode(image), [], None, templates)
    assert rows(by_tiles.respond(by_tiles.encode_large(Reader(image)), [], None, templates)) == rows(expected)


def test_templates_are_those_of_the_whole_image() -> None:
    image = scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2)
    found = by_tiles.templates(by_tiles.encode_large(Reader(image)), clicks)
    assert {class_id: look.tolist() for class_id, look in found.items()} == {1: [[220, 30, 30]], 2: [[30, 30, 220]]}


def test_a_click_at_once_asks_few_tiles_and_the_others_follow() -> None:
    image = scene()
    by_tiles, reader, clicks = tiled(), Reader(image), clicks_on(image, 1)
    encoding = by_tiles.encode_large(reader)
    found = by_tiles.advance(encoding, clicks, None, None, lambda: True)
    assert 1 <= len(reader.read_boxes) <= 4
    assert all(x0 <= clicks[0].x <= x1 and y0 <= clicks[0].y <= y1 for x0, y0, x1, y1 in reader.read_boxes)
    before, steps = left(by_tiles, encoding, found), 0
    assert before > 5
    while left(by_tiles, encoding, found):
        found = by_tiles.advance(encoding, clicks, found, None, lambda: True)
        assert left(by_tiles, encoding, found) < before
        before, steps = left(by_tiles, encoding, found), steps + 1
    assert steps > 5
    assert rows(by_tiles.put_together(encoding, found)) == rows(by_tiles.respond(encoding, clicks))


def test_a_further_click_asks_only_its_own_tiles_at_once_and_the_old_boxes_stay() -> None:
    image = scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2)
    encoding = by_tiles.encode_large(Reader(image))
    first = by_tiles.respond(encoding, clicks[:1])
    second = by_tiles.put_together(encoding, by_tiles.advance(encoding, clicks, first, None, lambda: True))
    answered, count = by_tiles.tiles_answered(encoding, second)
    assert len(answered) <= 4 < count
    reds = [row for row in rows(second) if row[-1] == 1]
    assert reds == rows(first)
    assert len(second) > len(first)


def test_what_is_in_view_comes_first() -> None:
    image = scene()
    by_tiles, reader = tiled(), Reader(image)
    templates = by_tiles.templates(by_tiles.encode_large(Reader(image)), clicks_on(image, 1))
    encoding = by_tiles.encode_large(reader)
    by_tiles.advance(encoding, [], None, templates, lambda: len(reader.read_boxes) >= 2, (380, 260, 420, 301))
    assert reader.read_boxes[0] == (292, 173, 420, 301)


def test_another_click_asks_every_tile_again_but_reads_none_anew() -> None:
    image = scene()
    by_tiles, reader, clicks = tiled(), Reader(image), clicks_on(image, 1, 2)
    encoding = by_tiles.encode_large(reader)
    first = by_tiles.respond(encoding, clicks[:1])
    read = len(reader.read_boxes)
    second = by_tiles.respond(encoding, clicks, first)
    assert len(reader.read_boxes) == read
    assert rows(second) == rows(BlobModel().respond(BlobModel().encode(image), clicks))


def test_the_same_question_again_asks_no_tile() -> None:
    image = scene()
    by_tiles, clicks = tiled(store=Store(1)), clicks_on(image, 1)
    reader = Reader(image)
    encoding = by_tiles.encode_large(reader)
    first = by_tiles.respond(encoding, clicks)
    read = len(reader.read_boxes)
    assert rows(by_tiles.respond(encoding, clicks, first)) == rows(first)
    assert len(reader.read_boxes) == read


def test_dropped_encodings_are_made_again() -> None:
    image = scene()
    clicks, reader = clicks_on(image, 1, 2), Reader(image)
    small = tiled(store=Store(2))
    encoding = small.encode_large(reader)
    answers = [rows(small.respond(encoding, clicks)) for _ in range(2)]
    assert answers[0] == answers[1] == rows(tiled().respond(tiled().encode_large(Reader(image)), clicks))
    assert len(reader.read_boxes) > 24


def test_far_tiles_take_no_room_from_those_that_were_clicked() -> None:
    image = scene()
    clicks, reader, store = clicks_on(image, 1, 2), Reader(image), Store(6)
    by_tiles = tiled(store=store)
    encoding = by_tiles.encode_large(reader)
    by_tiles.advance(encoding, clicks, None, None, lambda: True)
    near = set(store)
    found = by_tiles.respond(encoding, clicks)
    assert near <= set(store)
    read = len(reader.read_boxes)
    again = [*clicks, ClassClick(clicks[0].x + 1, clicks[0].y, clicks[0].class_id)]
    by_tiles.advance(encoding, again, found, None, lambda: True)
    assert len(reader.read_boxes) == read, "a further click there reads nothing"


def test_small_images_are_the_detectors_own_business() -> None:
    image = scene()
    clicks, by_tiles = clicks_on(image, 1, 2), tiled()
    encoding = by_tiles.encode(image)
    expected = BlobModel().respond(encoding, clicks)
    found = by_tiles.respond(encoding, clicks)
    assert rows(found) == rows(expected)
    assert left(by_tiles, encoding, found) == 0
    assert by_tiles.templates(encoding, clicks).keys() == {1, 2}


def test_a_click_outside_the_image_is_refused() -> None:
    by_tiles = tiled()
    encoding = by_tiles.encode_large(Reader(scene()))
    for click in (ClassClick(500, 10, 1), ClassClick(10, -1, 1), ClassClick(float("nan"), 1, 1)):
        with pytest.raises(InputError, match="outside the 420x301 image"):
            by_tiles.respond(encoding, [click])
        with pytest.raises(InputError, match="outside the 420x301 image"):
            by_tiles.templates(encoding, [click])


def test_it_is_a_detector_for_large_images() -> None:
    assert isinstance(tiled(), Detector)
    assert isinstance(tiled(), LargeImageMethod)


# --- merging -------------------------------------------------------------------------------------

LEFT, RIGHT, HW = (0, 0, 100, 100), (80, 0, 180, 100), (100, 180)


def found(*boxes: tuple[float, float, float, float, float, int]) -> Detections:
    """Upright boxes x0, y0, x1, y1 with their scores and classes."""
    table = np.array(boxes, np.float64).reshape(-1, 6)
    upright: Float64[np.ndarray, "N 5"] = oriented.from_upright(table[:, :4])
    return Detections(upright, table[:, 4], table[:, 5].astype(np.int64))


def test_of_two_boxes_around_one_object_the_better_one_stays() -> None:
    both = merged([(LEFT, found((83, 40, 95, 50, 0.6, 1))), (RIGHT, found((84, 40, 95, 50, 0.9, 1)))], HW)
    assert both.scores.tolist() == [0.9]


def test_objects_of_two_classes_in_one_place_both_stay() -> None:
    both = merged([(LEFT, found((83, 40, 95, 50, 0.6, 1))), (RIGHT, found((84, 40, 95, 50, 0.9, 2)))], HW)
    assert both.class_ids.tolist() == [2, 1]


def test_a_cut_box_goes_in_favour_of_a_whole_one_though_it_scores_higher() -> None:
    cut, whole = found((90, 40, 100, 50, 0.95, 2)), found((90, 40, 130, 50, 0.3, 1))
    both = merged([(LEFT, cut), (RIGHT, whole)], HW)
    assert both.scores.tolist() == [0.3]


def test_a_cut_box_that_nothing_covers_stays() -> None:
    both = merged([(LEFT, found((60, 40, 100, 50, 0.9, 1))), (RIGHT, found((80, 40, 120, 50, 0.8, 1)))], HW)
    assert both.scores.tolist() == [0.9, 0.8]


def test_at_the_border_of_the_image_nothing_is_cut() -> None:
    both = merged([(LEFT, found((0, 0, 20, 100, 0.9, 1))), (RIGHT, found((160, 90, 180, 100, 0.8, 1)))], HW)
    assert both.scores.tolist() == [0.9, 0.8]


def test_boxes_of_one_tile_do_not_compete() -> None:
    crowd = found((10, 10, 30, 30, 0.9, 1), (11, 10, 31, 30, 0.8, 1))
    assert len(merged([(LEFT, crowd)], HW)) == 2


def test_nothing_found_is_nothing() -> None:
    assert len(merged([], HW)) == 0
    assert len(merged([(LEFT, found()), (RIGHT, found())], HW)) == 0
