"""What the network sees of a box: the window and its mirror image, then the answer with a click in its middle."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from skimage.data import astronaut

from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.refine import trim_to_box
from fewclicks.methods.segment.inference.runtime import Answered, NetworkInfo, View
from fewclicks.methods.segment.inference.window import deepest_point
from fewclicks.methods.segment.options import SegmentOptions
from fewclicks.methods.shared.encoded_image import EncodedImage
from fewclicks.methods.shared.windows import Window, crop_image
from fewclicks.model import Encoding
from fewclicks.prompts import BoxPrompt, Click, Prompts

NETWORK = NetworkInfo("scripted", "crop", "region", "disk", True)
IMAGE = np.full((256, 256, 3), 90, np.uint8)
BOX = BoxPrompt(32, 32, 192, 192)


@dataclass
class Scripted:
    """A network that answers a square, surer and judged better on the left of what it sees than on the right."""

    network: NetworkInfo = NETWORK
    mirrors: bool = True
    quality: float | None = 0.8
    grid: int = 128
    maps: list[np.ndarray] = field(default_factory=list)
    seen: list[bool] = field(default_factory=list)

    predicts_quality: bool = field(init=False)

    def __post_init__(self) -> None:
        self.predicts_quality = self.quality is not None

    def encode(self, image: ImageSource) -> Encoding[EncodedImage]:
        return Encoding(size_of(image), EncodedImage(np.zeros((1, 0, 0, 0), np.float32), 1.0, image), 0)

    def see(self, encoding: Encoding[EncodedImage], window: Window) -> View:
        return self._view(encoding, window, mirrored=False)

    def see_mirrored(self, encoding: Encoding[EncodedImage], window: Window) -> View | None:
        return self._view(encoding, window, mirrored=True) if self.mirrors else None

    def _view(self, encoding: Encoding[EncodedImage], window: Window, mirrored: bool) -> View:
        self.seen.append(mirrored)
        return View(crop_image(encoding.data.image, window, self.grid), {})

    def answer(self, view: View, maps: np.ndarray) -> Answered:
        self.maps.append(maps)
        logits = np.full((self.grid, self.grid), -6, np.float32)
        logits[32:96, 32:64], logits[32:96, 64:96] = 6, -2
        return Answered(logits, None if self.quality is None else self.quality - 0.2 * self.seen[-1])


def answer(runtime: Scripted, *prompts: BoxPrompt | Click) -> tuple[Mask, float | None]:
    model = SegmentModel(runtime, options=SegmentOptions(edges="plain"))
    found = model.respond(model.encode(IMAGE), Prompts.of(*prompts)).answer
    return found.mask, found.predicted_iou


def test_the_answer_is_the_mean_of_the_window_and_its_mirror_image() -> None:
    runtime = Scripted()
    mask, predicted = answer(runtime, BOX)
    x0, _, x1, _ = mask.tight().xyxy
    assert x1 - x0 == pytest.approx(64 * 224 / 128, abs=2), "both halves of the square"
    assert predicted == pytest.approx(0.7)
    assert runtime.seen == [False, True, False, True]
    straight, mirrored = runtime.maps[2:]
    assert np.array_equal(mirrored, straight[..., ::-1])


def test_a_design_without_mirror_images_answers_the_window_alone() -> None:
    mask, predicted = answer(Scripted(mirrors=False), BOX)
    x0, _, x1, _ = mask.tight().xyxy
    assert x1 - x0 < 40 * 224 / 128
    assert predicted == 0.8


def test_a_network_without_predictions_answers_a_box_without_one() -> None:
    assert answer(Scripted(quality=None), BOX)[1] is None


def test_the_first_answer_is_corrected_with_a_click_at_its_deepest_point() -> None:
    runtime = Scripted()
    answer(runtime, BOX)
    first, corrected = runtime.maps[0], runtime.maps[2]
    assert first[0].any()
    assert not first[1:].any(), "a box alone"
    assert corrected[3, 34:94, 34:94].all(), "the first answer"
    ys, xs = np.nonzero(corrected[1])
    assert (xs.mean(), ys.mean()) == pytest.approx((63.5, 63.5), abs=2)
    assert not corrected[2].any()


def test_a_click_beside_the_box_leaves_nothing_to_guess() -> None:
    runtime = Scripted()
    answer(runtime, BOX, Click(100, 100, True))
    assert runtime.seen == [False]


def test_a_network_of_boundary_clicks_gets_no_click_in_the_middle() -> None:
    runtime = Scripted(replace(NETWORK, clicks="boundary"))
    answer(runtime, BOX)
    assert runtime.seen == [False, True]


def test_the_deepest_point_is_inside_however_the_mask_bends() -> None:
    full = np.zeros((60, 90), bool)
    full[10:50, 20:24] = True
    full[35:50, 20:80] = True
    x, y = deepest_point(Mask.from_full(full))
    assert full[int(y), int(x)]
    assert y == pytest.approx(42.5, abs=1)
    single = np.zeros((60, 90), bool)
    single[7, 9] = True
    assert deepest_point(Mask.from_full(single)) == (9.5, 7.5)


BAR = Mask.from_full(np.pad(np.ones((20, 52), bool), ((40, 40), (19, 29))))  # columns 19 to 71


def test_a_tight_box_trims_the_mask() -> None:
    assert trim_to_box(BAR, (20, 40, 70, 60)) == Mask.from_full(np.pad(np.ones((20, 50), bool), ((40, 40), (20, 30))))
    assert trim_to_box(BAR, (19.6, 40.4, 70.5, 59.6)).xyxy == (20, 40, 70, 60), (
        "a pixel belongs to the box by its centre"
    )


def test_a_mask_that_reaches_far_outside_keeps_its_pixels() -> None:
    assert trim_to_box(BAR, (25, 40, 71, 60)) == BAR, "6 of 46 pixels"
    assert trim_to_box(BAR, (19, 40, 68, 60)) == BAR
    assert trim_to_box(BAR, (19, 43, 71, 60)) == BAR
    assert trim_to_box(BAR, (19, 40, 71, 57)) == BAR


def test_a_click_outside_the_box_shows_that_it_is_loose() -> None:
    box = (20, 40, 70, 60)
    inside, beside = Click(30, 50, True), Click(19.5, 50, True)
    assert trim_to_box(BAR, box, (inside, replace(beside, adds=False))).xyxy == box
    assert trim_to_box(BAR, box, (inside, beside)) == BAR
    on_the_edge = Click(19.6, 50, True)
    assert trim_to_box(BAR, (19.55, 40, 70, 60), (on_the_edge,)) == BAR, "the centre of its pixel is outside"


def test_a_box_around_the_mask_changes_nothing() -> None:
    assert trim_to_box(BAR, (10, 30, 90, 70)) == BAR
    empty = Mask.empty((100, 100))
    assert trim_to_box(empty, (10, 30, 90, 70)) == empty


def test_the_answer_to_a_tight_box_ends_at_the_box(model: SegmentModel) -> None:
    pixels = np.full((300, 400, 3), (60, 100, 70), np.uint8)
    pixels[80:220, 100:300] = (200, 60, 40)
    encoding = model.encode(pixels)
    mask = model.respond(encoding, Prompts.of(BoxPrompt(103, 83, 297, 217))).answer.mask
    assert mask.xyxy == (103, 83, 297, 217)
    inside, beside = (Prompts.of(BoxPrompt(103, 83, 297, 217), Click(x, 150, True)) for x in (200, 299))
    assert model.respond(encoding, inside).answer.mask.xyxy == (103, 83, 297, 217)
    assert model.respond(encoding, beside).answer.mask.full()[150, 299], "a click outside counts"


def test_mirroring_an_image_mirrors_the_answer_of_the_shipped_weights(model: SegmentModel) -> None:
    pixels = astronaut()[:, :500]
    width = pixels.shape[1]
    box = BoxPrompt(100, 20, 340, 260)
    straight = model.respond(model.encode(pixels), Prompts.of(box)).answer.mask.full()
    other = BoxPrompt(width - 340, 20, width - 100, 260)
    mirrored = model.respond(model.encode(np.ascontiguousarray(pixels[:, ::-1])), Prompts.of(other)).answer.mask.full()
    assert Mask.from_full(mirrored[:, ::-1]).iou(Mask.from_full(straight)) > 0.995
