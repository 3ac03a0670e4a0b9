"""Tiles of a large image answer together as the whole image would."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from jaxtyping import Float64, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference import reading
from fewclicks.methods.detect.inference.large.merging import merged
from fewclicks.methods.detect.inference.large.tiled import Answered, TiledModel
from fewclicks.methods.detect.inference.large.tiles import TiledImage
from fewclicks.model import Encoding, Options, Response
from fewclicks.prompts import BoxPrompt, ClassClick, Click, Prompts
from server.blob_model import BlobModel, Pixels

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


Tiled = TiledModel[Pixels, None]
Read = Encoding[Pixels | TiledImage]
Found = Response[BoxesAnswer, None | Answered]
TILE_BYTES = SIDE * SIDE * 3 * 4
AT_ONCE = Options(seconds=0)


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


def rows(found: BoxesAnswer) -> list[tuple[float, ...]]:
    """The boxes in an order of their own."""
    columns = np.column_stack([found.boxes, found.scores, found.class_ids])
    return sorted(tuple(np.round(row, 6).tolist()) for row in columns)


def tiled(detector: BlobModel | None = None, tiles: int = 10**6) -> Tiled:
    """A model that keeps the encodings of so many tiles."""
    return TiledModel(detector or BlobModel(), tiles * TILE_BYTES, SIDE, OVERLAP)


def whole(image: UInt8[np.ndarray, "H W 3"], prompts: Prompts, oriented: bool = False) -> BoxesAnswer:
    """What the model inside answers for the whole image."""
    detector = BlobModel(oriented)
    return detector.respond(detector.encode(image), prompts).answer


def answered(found: Found) -> int:
    """How many tiles answered."""
    assert isinstance(found.memo, Answered)
    return len(found.memo.by_tile)


def test_an_image_in_memory_is_read_in_parts_when_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 400)
    image = scene()
    prompts, by_tiles = Prompts.of(*clicks_on(image, 1, 2)), tiled()
    answer = by_tiles.respond(by_tiles.encode(image), prompts).answer
    assert rows(answer) == rows(by_tiles.respond(by_tiles.encode(Reader(image)), prompts).answer)
    assert len(by_tiles._cache) == 2 * 15, "each encoding of an image has tiles of its own"
    assert by_tiles.encode(image[:300, :400]).nbytes > 0, "read at once"


@pytest.mark.parametrize("oriented_boxes", [False, True])
@pytest.mark.parametrize("size_hw", [(301, 420), (128, 128), (90, 500), (60, 70), (129, 224)])
def test_tiles_answer_as_the_whole_image_does(size_hw: tuple[int, int], oriented_boxes: bool) -> None:
    image = scene(size_hw, count=max(4, size_hw[0] * size_hw[1] // 2_200))
    prompts = Prompts.of(*clicks_on(image, 1, 2, 1))
    expected = whole(image, prompts, oriented_boxes)
    by_tiles = tiled(BlobModel(oriented_boxes))
    response = by_tiles.respond(by_tiles.encode(Reader(image)), prompts)
    assert len(expected) >= 4
    assert rows(response.answer) == rows(expected)
    assert response.progress == 1
    assert response.answer.oriented is oriented_boxes
    assert (np.diff(response.answer.scores) <= 0).all()


def test_examples_from_elsewhere_count_in_every_tile() -> None:
    image, other = scene(), scene(seed=3)
    by_tiles = tiled()
    examples = by_tiles.examples(by_tiles.encode(Reader(other)), clicks_on(other, 1, 2))
    prompts = Prompts((), examples)
    assert rows(by_tiles.respond(by_tiles.encode(Reader(image)), prompts).answer) == rows(whole(image, prompts))


def test_examples_are_those_of_the_whole_image() -> None:
    image = scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2)
    found = by_tiles.examples(by_tiles.encode(Reader(image)), clicks)
    assert [(each.class_id, each.arrays[0].tolist()) for each in found] == [(1, [220, 30, 30]), (2, [30, 30, 220])]
    assert {each.version for each in found} == {"blob-1"}


def test_a_click_at_once_asks_few_tiles_and_the_others_follow() -> None:
    image = scene()
    by_tiles, reader, clicks = tiled(), Reader(image), clicks_on(image, 1)
    encoding, prompts = by_tiles.encode(reader), Prompts.of(*clicks)
    found = by_tiles.respond(encoding, prompts, None, AT_ONCE)
    assert 1 <= len(reader.read_boxes) <= 4
    assert all(x0 <= clicks[0].x <= x1 and y0 <= clicks[0].y <= y1 for x0, y0, x1, y1 in reader.read_boxes)
    assert answered(found) == len(reader.read_boxes)
    before, steps = found, 0
    assert found.progress == answered(found) / 15 < 2 / 3
    while found.progress < 1:
        found = by_tiles.respond(encoding, prompts, before, AT_ONCE)
        assert found.progress > before.progress
        before, steps = found, steps + 1
    assert steps > 5
    assert rows(found.answer) == rows(by_tiles.respond(encoding, prompts).answer)


def test_an_incomplete_answer_stays_the_same_until_twice_as_many_tiles_answered() -> None:
    """Merging thousands of boxes takes long."""
    image = scene()
    by_tiles, prompts = tiled(), Prompts.of(*clicks_on(image, 1))
    encoding = by_tiles.encode(Reader(image))
    found = by_tiles.respond(encoding, prompts, None, AT_ONCE)
    merged_at = [answered(found)]
    while found.progress < 1:
        after = by_tiles.respond(encoding, prompts, found, AT_ONCE)
        if after.answer is not found.answer:
            merged_at.append(answered(after))
        found = after
    assert merged_at[-1] == 15
    assert len(merged_at) <= 5
    assert all(after.bit_length() > before.bit_length() for before, after in pairwise(merged_at[:-1]))


def test_tiles_in_view_are_shown_at_once() -> None:
    image = scene()
    by_tiles, prompts = tiled(), Prompts.of(*clicks_on(image, 1))
    encoding = by_tiles.encode(Reader(image))
    found = by_tiles.respond(encoding, prompts, None, AT_ONCE)
    views = [(x, y, x + 1.0, y + 1.0) for x, y in ((410.0, 290.0), (10.0, 290.0))]
    for view in views:
        after = by_tiles.respond(encoding, prompts, found, Options(view, 0))
        assert after.answer is not found.answer
        found = after


def test_a_complete_answer_is_returned_as_it_is() -> None:
    image = scene()
    by_tiles, prompts = tiled(), Prompts.of(*clicks_on(image, 1))
    encoding = by_tiles.encode(Reader(image))
    first = by_tiles.respond(encoding, prompts)
    assert by_tiles.respond(encoding, prompts, first).answer is first.answer
    assert first.nbytes > first.answer.nbytes > 0


def test_a_further_click_asks_only_its_own_tiles_at_once_and_the_old_boxes_stay() -> None:
    image = scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2)
    encoding = by_tiles.encode(Reader(image))
    first = by_tiles.respond(encoding, Prompts.of(clicks[0]))
    second = by_tiles.respond(encoding, Prompts.of(clicks[0]).then(clicks[1]), first, AT_ONCE)
    assert answered(second) <= 4 < 15
    reds = [row for row in rows(second.answer) if row[-1] == 1]
    assert reds == rows(first.answer)
    assert len(second.answer) > len(first.answer)


def test_fewer_clicks_are_answered_by_at_least_one_tile_at_once() -> None:
    image = scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2)
    encoding = by_tiles.encode(Reader(image))
    both = by_tiles.respond(encoding, Prompts.of(*clicks))
    less = by_tiles.respond(encoding, Prompts.of(clicks[0]), both, AT_ONCE)
    assert answered(less) == 1


def test_what_is_in_view_comes_first() -> None:
    image = scene()
    by_tiles, reader = tiled(), Reader(image)
    examples = by_tiles.examples(by_tiles.encode(Reader(image)), clicks_on(image, 1))
    encoding = by_tiles.encode(reader)
    by_tiles.respond(encoding, Prompts((), examples), None, Options((380, 260, 420, 301), 0))
    assert reader.read_boxes[0] == (292, 173, 420, 301)


def test_another_click_asks_every_tile_again_but_reads_none_anew() -> None:
    image = scene()
    by_tiles, reader, clicks = tiled(), Reader(image), clicks_on(image, 1, 2)
    encoding = by_tiles.encode(reader)
    first = by_tiles.respond(encoding, Prompts.of(clicks[0]))
    read = len(reader.read_boxes)
    second = by_tiles.respond(encoding, Prompts.of(*clicks), first)
    assert len(reader.read_boxes) == read
    assert rows(second.answer) == rows(whole(image, Prompts.of(*clicks)))


def test_the_same_prompts_again_ask_no_tile() -> None:
    image = scene()
    by_tiles, prompts = tiled(tiles=1), Prompts.of(*clicks_on(image, 1))
    reader = Reader(image)
    encoding = by_tiles.encode(reader)
    first = by_tiles.respond(encoding, prompts)
    read = len(reader.read_boxes)
    assert rows(by_tiles.respond(encoding, prompts, first).answer) == rows(first.answer)
    assert len(reader.read_boxes) == read


def test_dropped_encodings_are_made_again() -> None:
    image = scene()
    prompts, reader = Prompts.of(*clicks_on(image, 1, 2)), Reader(image)
    small = tiled(tiles=2)
    encoding = small.encode(reader)
    answers = [rows(small.respond(encoding, prompts).answer) for _ in range(2)]
    large = tiled()
    assert answers[0] == answers[1] == rows(large.respond(large.encode(Reader(image)), prompts).answer)
    assert len(reader.read_boxes) > 24


def test_far_tiles_take_no_room_from_those_that_were_clicked() -> None:
    image = scene()
    clicks, reader = clicks_on(image, 1, 2), Reader(image)
    by_tiles = tiled(tiles=6)
    encoding = by_tiles.encode(reader)
    by_tiles.respond(encoding, Prompts.of(*clicks), None, AT_ONCE)
    near = set(reader.read_boxes)
    found = by_tiles.respond(encoding, Prompts.of(*clicks))
    assert len(reader.read_boxes) > len(near) + 3
    read = len(reader.read_boxes)
    again = [*clicks, ClassClick(clicks[0].x + 1, clicks[0].y, clicks[0].class_id)]
    by_tiles.respond(encoding, Prompts.of(*again), found, AT_ONCE)
    assert len(reader.read_boxes) == read, "a further click there reads nothing"


def test_small_images_are_answered_by_the_model_inside() -> None:
    image = scene()
    clicks, by_tiles = clicks_on(image, 1, 2), tiled()
    encoding = by_tiles.encode(image)
    found = by_tiles.respond(encoding, Prompts.of(*clicks), None, AT_ONCE)
    assert rows(found.answer) == rows(whole(image, Prompts.of(*clicks)))
    assert found.progress == 1
    assert [each.class_id for each in by_tiles.examples(encoding, clicks)] == [1, 2]


def test_boxes_are_shown_until_their_tiles_answer_after_the_memo_was_lost() -> None:
    image = scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2)
    encoding, prompts = by_tiles.encode(Reader(image)), Prompts.of(*clicks)
    complete = by_tiles.respond(encoding, prompts)
    lost: Found = Response(complete.answer)
    found = by_tiles.respond(encoding, prompts, lost, AT_ONCE)
    assert found.progress < 1
    assert rows(found.answer) == rows(complete.answer)
    wrong: Found = Response(BoxesAnswer.of(np.array([[400.0, 5, 9, 9, 0]]), np.array([0.9]), np.array([7])))
    found = by_tiles.respond(encoding, prompts, wrong, AT_ONCE)
    assert 7 in found.answer.class_ids
    assert rows(by_tiles.respond(encoding, prompts, wrong).answer) == rows(complete.answer)


@pytest.mark.parametrize("seed", range(3))
def test_complete_answers_do_not_depend_on_what_came_before(seed: int) -> None:
    """Random histories, complete and incomplete, from the model's own memos and from other prompts."""
    rng, image = np.random.default_rng(seed), scene()
    by_tiles, clicks = tiled(), clicks_on(image, 1, 2, 1, 2)
    encoding = by_tiles.encode(Reader(image))
    other = scene(seed=3)
    examples = by_tiles.examples(by_tiles.encode(Reader(other)), clicks_on(other, 1, 2))
    previous: Found | None = None
    for _ in range(8):
        chosen = [clicks[index] for index in rng.permutation(4)[: rng.integers(5)]]
        prompts = Prompts((tuple(chosen[:2]), tuple(chosen[2:])), examples[: rng.integers(3)])
        partly = by_tiles.respond(encoding, prompts, previous, AT_ONCE)
        assert rows(by_tiles.respond(encoding, prompts, previous).answer) == rows(whole(image, prompts))
        assert rows(by_tiles.respond(encoding, prompts, partly).answer) == rows(whole(image, prompts))
        previous = [None, partly, Response(partly.answer)][rng.integers(3)]


def test_boxes_below_the_lowest_score_are_left_out() -> None:
    image = scene()
    by_tiles, prompts = tiled(BlobModel(oriented=True)), Prompts.of(*clicks_on(image, 1, 2))
    encoding = by_tiles.encode(Reader(image))
    everything = by_tiles.respond(encoding, prompts)
    limit = float(np.median(everything.answer.scores))
    less = by_tiles.respond(encoding, prompts, everything, Options(lowest_score=limit)).answer
    assert rows(less) == [row for row in rows(everything.answer) if row[5] >= round(limit, 6)]


def test_tiles_in_view_are_encoded_ahead_from_the_centre() -> None:
    image, by_tiles = scene(), tiled()
    reader = Reader(image)
    encoding = by_tiles.encode(reader)
    for task in by_tiles.ahead(encoding, (0, 0, 150, 100)):
        task()
    assert [box[:2] for box in reader.read_boxes] == [(0, 0), (96, 0), (0, 96), (96, 96)]
    assert by_tiles.ahead(by_tiles.encode(image), (0, 0, 9, 9)) == []


def test_a_click_outside_the_image_and_other_kinds_of_prompt_are_refused() -> None:
    by_tiles = tiled()
    encoding = by_tiles.encode(Reader(scene()))
    for click in (ClassClick(500, 10, 1), ClassClick(10, -1, 1), ClassClick(float("nan"), 1, 1)):
        with pytest.raises(InputError, match="outside the 420x301 image"):
            by_tiles.respond(encoding, Prompts.of(click))
        with pytest.raises(InputError, match="outside the 420x301 image"):
            by_tiles.examples(encoding, [click])
    with pytest.raises(InputError, match="accepts class clicks and boxes, not clicks"):
        by_tiles.respond(encoding, Prompts.of(Click(1, 1, True)))
    with pytest.raises(InputError, match="needs a class"):
        by_tiles.respond(encoding, Prompts.of(BoxPrompt(1, 1, 9, 9)))
    other = TiledModel(BlobModel(version="blob-2"), side=SIDE, overlap=OVERLAP)
    examples = other.examples(other.encode(Reader(scene())), clicks_on(scene(), 1))
    with pytest.raises(InputError, match=r"made by another version \(blob-2\)"):
        by_tiles.respond(encoding, Prompts((), examples))


# --- merging -------------------------------------------------------------------------------------

LEFT, RIGHT, HW = (0, 0, 100, 100), (80, 0, 180, 100), (100, 180)


def found(*boxes: tuple[float, float, float, float, float, int]) -> BoxesAnswer:
    """Upright boxes x0, y0, x1, y1 with their scores and classes."""
    table = np.array(boxes, np.float64).reshape(-1, 6)
    upright: Float64[np.ndarray, "N 5"] = oriented.from_upright(table[:, :4])
    return BoxesAnswer.of(upright, table[:, 4], table[:, 5].astype(np.int64))


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
