"""Canvases of pasted cut-outs, and batches that are made from their number alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource  # noqa: E402
from fewclicks.datasets.masked_images import MaskedImage, Source  # noqa: E402
from fewclicks.geometry.boxes import pairwise_iou  # noqa: E402
from fewclicks.geometry.masks import Mask  # noqa: E402
from fewclicks.geometry.oriented import enclosing  # noqa: E402
from fewclicks.methods.detect.inference.network.design import Design  # noqa: E402
from fewclicks.methods.detect.training.batches import Batches, Recipe, batches_from  # noqa: E402
from fewclicks.methods.detect.training.data.augment import CanvasSampler  # noqa: E402
from fewclicks.methods.detect.training.data.compositions import APART, KINDS, SIZES, Composer  # noqa: E402

SIDE = 320
PHOTO = (200, 240)


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """A dark photo with a white disk of 60 pixels and a white bar of 40 x 20."""
    rgb = np.full((*PHOTO, 3), 20, np.uint8)
    disk, bar = np.zeros(PHOTO, np.uint8), np.zeros(PHOTO, np.uint8)
    cv2.circle(disk, (60, 60), 30, 1, -1)
    bar[150:170, 150:190] = 1
    rgb[(disk | bar) > 0] = 250
    cv2.imwrite(str(tmp_path / "photo.png"), rgb)
    masks = tuple(Mask.from_full(each > 0) for each in (disk, bar))
    return [Source("photo", (MaskedImage(tmp_path / "photo.png", masks),))]


def test_boxes_lie_around_what_was_pasted(sources: list[Source]) -> None:
    composer, rng = Composer(sources, SIDE), np.random.default_rng(0)
    canvases = [canvas for _ in range(20) for canvas in composer.draw(2, rng)]
    assert sum(len(canvas.boxes) for canvas in canvases) > 100
    for canvas in canvases:
        boxes = enclosing(canvas.boxes)
        assert canvas.rgb.shape == (SIDE, SIDE, 3)
        assert canvas.class_ids.tolist() == [each for each in canvas.class_ids.tolist() if -KINDS <= each < 0]
        assert (boxes >= 0).all()
        assert (boxes <= SIDE).all()
        assert np.triu(pairwise_iou(boxes, boxes), 1).max(initial=0) <= APART
        lengths = np.sqrt(canvas.boxes[:, 2] * canvas.boxes[:, 3])
        assert lengths.max(initial=0) < 2 * SIZES[1]
        for class_id in np.unique(canvas.class_ids):
            own = lengths[canvas.class_ids == class_id]
            assert own.max() < 3 * own.min(), "objects of a kind are of about one size"


def test_pasted_objects_are_brighter_than_the_photo(sources: list[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewclicks.methods.detect.training.data.compositions.vary_colours", lambda rgb, _: rgb)
    monkeypatch.setattr("fewclicks.methods.detect.training.data.compositions.RECOLOURED", 0)
    composer, rng = Composer(sources, SIDE), np.random.default_rng(1)
    monkeypatch.setattr(composer, "_background", lambda _: np.zeros((SIDE, SIDE, 3), np.uint8))
    for canvas in composer.draw(4, rng):
        expected = np.zeros((SIDE, SIDE), bool)
        for x0, y0, x1, y1 in enclosing(canvas.boxes).astype(int).tolist():
            expected[y0:y1, x0:x1] = True
            assert canvas.rgb[(y0 + y1) // 2, (x0 + x1) // 2].min() > 120
        assert canvas.rgb[~expected].max(initial=0) == 0


def test_both_canvases_of_a_pair_show_the_same_kinds(sources: list[Source]) -> None:
    composer = Composer(sources, SIDE)
    shared = 0
    for seed in range(10):
        first, second = composer.draw(2, np.random.default_rng(seed))
        shared += len(set(first.class_ids.tolist()) & set(second.class_ids.tolist()))
        assert not np.array_equal(first.rgb, second.rgb)
    assert shared > 10


def batches(sources: list[Source], composed: float) -> Batches:
    image = sources[0].images[0]
    boxes = np.array([[60.0, 60, 60, 60, 0], [170, 160, 40, 20, 0]])
    boxed = BoxedSource("photo", (BoxedImage(image.path, PHOTO, boxes, np.array([0, 1])),), {0: "disk", 1: "bar"})
    recipe = Recipe(Design(), 4, 3, "share", {}, 0.0, composed, seed=5)
    return Batches(recipe, CanvasSampler([boxed], 96, False), Composer(sources, 96))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_batch_depends_on_its_number_alone(sources: list[Source], workers: int) -> None:
    made = batches(sources, 0.5)
    upcoming = batches_from(7, made, workers)
    for step in (7, 8):
        batch, again = next(upcoming), made[step]
        assert np.array_equal(batch.assigned, again.assigned)
        assert np.array_equal(batch.questions.rows, again.questions.rows)
        for one, other in zip(batch.canvases, again.canvases, strict=True):
            assert np.array_equal(one.rgb, other.rgb)
    assert not np.array_equal(made[7].canvases[0].rgb, made[8].canvases[0].rgb)


@pytest.mark.parametrize(("composed", "negative"), [(0.0, False), (1.0, True)])
def test_the_share_of_compositions(sources: list[Source], composed: float, negative: bool) -> None:
    made = batches(sources, composed)
    classes = np.concatenate([canvas.class_ids for step in range(6) for canvas in made[step].canvases])
    assert len(classes) > 0
    assert (classes < 0).all() == negative
    assert (classes >= 0).all() != negative
