import cv2
import numpy as np
import pytest

from fewclicks.methods.segment.inference.refine import heed_clicks, paste, paste_guided
from fewclicks.methods.shared.windows import Window, crop_mask
from fewclicks.prompts import Click


def disk(size: int, centre: tuple[float, float], radius: float) -> np.ndarray:
    ys, xs = np.mgrid[:size, :size] + 0.5
    return radius - np.hypot(xs - centre[0], ys - centre[1])


def test_no_answer_is_an_empty_mask() -> None:
    assert paste(np.full((16, 16), -1, np.float32), Window(0, 0, 40, 40), (40, 40)).area == 0


def test_all_positive_fills_the_window_inside_the_image() -> None:
    mask = paste(np.ones((16, 16), np.float32), Window(-10, 5, 40, 30), (50, 60))
    assert mask.xyxy == (0, 5, 30, 35)
    assert mask.area == 30 * 30


@pytest.mark.parametrize("window", [Window(0, 0, 64, 64), Window(7, -9, 200, 200), Window(100, 50, 30, 30)])
def test_paste_equals_scaling_the_whole_window(window: Window) -> None:
    logits = disk(64, (30, 34), 17).astype(np.float32)
    mask = paste(logits, window, (300, 300)).full()
    ys, xs = np.mgrid[:300, :300] + 0.5
    u, v = (xs - window.x0) * 64 / window.width, (ys - window.y0) * 64 / window.height
    inside = (u > 0) & (u < 64) & (v > 0) & (v < 64)
    wanted = (17 - np.hypot(u - 30, v - 34) > 0) & inside
    assert (mask & wanted).sum() / (mask | wanted).sum() > 0.97


def test_cutting_and_pasting_return_the_mask() -> None:
    logits = disk(128, (64, 64), 40).astype(np.float32)
    window = Window(20, 10, 190, 190)
    mask = paste(logits, window, (240, 260))
    again = crop_mask(mask, window, 128)
    assert np.logical_xor(again, logits > 0).mean() < 0.005


def test_guided_edges_follow_the_image() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, 50:] = 255
    logits = np.full((32, 32), -4, np.float32)
    logits[:, 17:] = 4  # the edge at 53, the image's at 50
    plain = paste(logits, Window(0, 0, 100, 100), (100, 100))
    guided = paste_guided(logits, Window(0, 0, 100, 100), image)
    assert abs(guided.xyxy[0] - 50) < abs(plain.xyxy[0] - 50)


def big_disk(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A red disk on green, slightly noisy, and where it is."""
    inside = disk(side, (0.5 * side, 0.52 * side), 0.33 * side) > 0
    image = np.where(inside[..., None], (220, 60, 40), (60, 110, 70))
    noise = np.random.default_rng(0).integers(-6, 7, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8), inside


@pytest.mark.parametrize("side", [900, 2600])
def test_the_edges_of_a_large_object_are_those_of_the_image(side: int) -> None:
    image, inside = big_disk(side)
    window = Window(0, 0, side, side)
    logits = disk(128, (63.5, 66.3), 42.5).astype(np.float32)  # half a cell off
    plain = paste(logits, window, (side, side)).full()
    guided = paste_guided(logits, window, image).full()
    wrong = [np.logical_xor(each, inside).sum() for each in (plain, guided)]
    assert wrong[1] < wrong[0] / 2


def test_a_click_is_not_contradicted_by_guided_edges() -> None:
    side = 1000
    image, inside = big_disk(side)
    window = Window(0, 0, side, side)
    logits = disk(128, (64, 66.5), 43.5).astype(np.float32)  # the person wants a little more than the disk
    outside = paste(logits, window, (side, side)).full() & ~paste_guided(logits, window, image).full()
    y, x = (int(each[0]) for each in np.nonzero(outside))
    mask = paste_guided(logits, window, image, (Click(x + 0.5, y + 0.5, True),)).full()
    assert mask[y, x]
    assert np.logical_xor(mask, inside).sum() < outside.sum()


def test_single_pixels_of_a_noisy_image_make_no_parts_and_holes() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (200, 200, 3)).astype(np.uint8)
    logits = np.clip(disk(64, (32, 32), 20), -0.3, 0.3).astype(np.float32)  # a doubtful answer
    mask = paste_guided(logits, Window(0, 0, 200, 200), image).full()
    for value in (True, False):
        *_, stats, _ = cv2.connectedComponentsWithStats((mask == value).astype(np.uint8), connectivity=4 + 4 * value)
        assert stats[1:, cv2.CC_STAT_AREA].min() >= 4 * (200 / 64) ** 2


def test_what_is_clicked_may_be_as_small_as_a_pixel() -> None:
    image = np.full((200, 200, 3), 90, np.uint8)
    logits = np.clip(disk(64, (32, 32), 12), -1, 1).astype(np.float32)
    logits[4, 4] = 3
    window = Window(0, 0, 200, 200)
    place = Click(4.5 * 200 / 64, 4.5 * 200 / 64, True)
    without, with_click = (paste_guided(logits, window, image, clicks).full() for clicks in ((), (place,)))
    assert not without[:30, :30].any()
    assert with_click[int(place.y), int(place.x)]


def test_a_click_speaks_for_what_looks_like_it_nearby() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = (200, 40, 40)
    window = Window(0, 0, 64, 64)
    logits = np.zeros((64, 64), np.float32)
    heeded = heed_clicks(logits, (Click(40, 32, True),), window, image)
    assert heeded[32, 36] > 0.5
    assert heeded[32, 28] < 0.1
    assert heeded[32, 63] < 0.1
    assert not logits.any()


@pytest.mark.parametrize("adds", [True, False])
def test_no_click_is_contradicted_however_sure_the_network_is(adds: bool) -> None:
    logits = np.full((64, 64), -9 if adds else 9, np.float32)
    clicks = (Click(30, 30, adds), Click(0, 64, adds))
    heeded = heed_clicks(logits, clicks, Window(0, 0, 64, 64), np.zeros((64, 64, 3), np.uint8))
    assert (heeded[30, 30] > 0) == adds
    assert (heeded[63, 0] > 0) == adds
