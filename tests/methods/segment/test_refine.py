import numpy as np
import pytest

from fewclicks.interactions import Click
from fewclicks.methods.segment.refine import heed_clicks, paste, paste_guided
from fewclicks.methods.windows import Window, crop_mask


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
    guided = paste_guided(logits, Window(0, 0, 100, 100), image, 8, 1e-4)
    assert abs(guided.xyxy[0] - 50) < abs(plain.xyxy[0] - 50)


def test_a_click_speaks_for_what_looks_like_it_nearby() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = (200, 40, 40)
    window = Window(0, 0, 64, 64)
    logits = np.zeros((64, 64), np.float32)
    heeded = heed_clicks(logits, (Click(40, 32, True, 1),), window, image)
    assert heeded[32, 36] > 0.5
    assert heeded[32, 28] < 0.1
    assert heeded[32, 63] < 0.1
    assert not logits.any()


@pytest.mark.parametrize("adds", [True, False])
def test_no_click_is_contradicted_however_sure_the_network_is(adds: bool) -> None:
    logits = np.full((64, 64), -9 if adds else 9, np.float32)
    clicks = (Click(30, 30, adds, 1), Click(0, 64, adds, 1))
    heeded = heed_clicks(logits, clicks, Window(0, 0, 64, 64), np.zeros((64, 64, 3), np.uint8))
    assert (heeded[30, 30] > 0) == adds
    assert (heeded[63, 0] > 0) == adds
