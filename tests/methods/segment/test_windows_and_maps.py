from typing import get_args

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.segment.inference.prompt_maps import encode_clicks, prompt_maps
from fewclicks.methods.segment.inference.window import choose_window, is_cut_off
from fewclicks.methods.segment.options import ClickEncoding
from fewclicks.methods.shared.object_prompts import ObjectPrompts
from fewclicks.methods.shared.windows import Window, crop_image, crop_mask
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, Prompt

SIZE = (60, 80)


def given(*prompts: Prompt) -> ObjectPrompts:
    return ObjectPrompts.of((prompts,), SIZE)


def test_extreme_points_are_a_box() -> None:
    points = ExtremePoints(((10, 20), (30, 5), (50, 25), (28, 44)))
    assert given(points).box_xyxy == (10, 5, 50, 44)


def test_a_box_is_clipped_to_the_image() -> None:
    assert given(BoxPrompt(-5, -5, 200, 30)).box_xyxy == (0, 0, 80, 30)


@pytest.mark.parametrize(
    "history",
    [
        (),
        (BoxPrompt(90, 10, 120, 20),),
        (BoxPrompt(10, 10, 10, 20),),
        (BoxPrompt(float("nan"), 0, 10, 10),),
        (Click(81, 5, True),),
        (Click(5, -1, True),),
        (Click(5, 5, False),),
    ],
)
def test_what_cannot_be_answered_is_refused(history: tuple) -> None:
    with pytest.raises(InputError):
        given(*history)


def test_a_removal_may_come_first_when_a_mask_is_corrected() -> None:
    assert len(ObjectPrompts.of(((Click(5, 5, False),),), SIZE, correcting=True).clicks) == 1


def test_window_of_a_first_click_is_the_image() -> None:
    window = choose_window(given(Click(5, 5, True)), None, SIZE)
    assert (window.width, window.height) == (80, 80)


def test_window_of_a_first_click_in_a_large_image_stays_near() -> None:
    window = choose_window(ObjectPrompts.of(((Click(15000, 9000, True),),), (20000, 20000)), None, (20000, 20000))
    assert window.width <= 1000
    assert window.x0 < 15000 < window.x0 + window.width


@pytest.mark.parametrize(
    ("xyxy", "cut"),
    [((300, 300, 500, 500), False), ((201, 300, 500, 500), True), ((300, 300, 500, 995), True), ((0, 0, 9, 9), True)],
)
def test_what_reaches_the_border_of_its_window_goes_on_beyond(xyxy: tuple[int, int, int, int], cut: bool) -> None:
    x0, y0, x1, y1 = xyxy
    mask = Mask(np.ones((y1 - y0, x1 - x0), bool), (x0, y0), (1200, 1200))
    assert is_cut_off(mask, Window(200, 200, 800, 800)) == cut


def test_the_end_of_the_image_cuts_nothing_off() -> None:
    everything = Mask(np.ones((80, 80), bool), (0, 0), (80, 80))
    assert not is_cut_off(everything, Window(-10, -10, 100, 100))
    assert not is_cut_off(everything, Window(0, 0, 80, 80))


def test_window_holds_box_and_clicks() -> None:
    prompts = given(BoxPrompt(10, 10, 20, 20), Click(60, 50, True))
    window = choose_window(prompts, None, SIZE)
    assert window.x0 <= 10
    assert window.x0 + window.width >= 60
    assert window.y0 + window.height >= 50


@pytest.mark.parametrize(("beyond", "stays"), [(0, True), (3, True), (8, False)])
def test_window_of_a_box_stays_while_what_is_known_is_near(beyond: int, stays: bool) -> None:
    box, click = BoxPrompt(20, 10, 60, 40), Click(30, 20, True)
    mask = Mask(np.ones((30, 40 + beyond), bool), (20, 10), SIZE)
    first = choose_window(given(box), None, SIZE)
    assert (choose_window(given(box, click), mask, SIZE) == first) == stays


def test_crop_is_black_outside_the_image() -> None:
    image = np.full((10, 10, 3), 200, np.uint8)
    crop = crop_image(image, Window(-10, -10, 30, 30), 30)
    assert (crop[10:20, 10:20] == 200).all()
    assert crop[:9].max() == 0
    assert crop[:, 21:].max() == 0


def test_a_huge_window_is_never_padded_in_full() -> None:
    image = np.zeros((100, 30_000, 3), np.uint8)
    image[:, 15_000:] = 255
    crop = crop_image(image, Window(-6000, -21_000, 42_000, 42_000), 256)
    row = crop[128, :, 0]
    assert row[:125].max() <= 128
    assert row[132:215].max() > 100
    assert row[222:].max() == 0


@pytest.mark.parametrize("side", [16, 40, 64, 200])
def test_crop_of_mask_covers_the_same_share(side: int) -> None:
    full = np.zeros((100, 100), bool)
    full[30:70, 20:60] = True
    window = Window(0, 0, 100, 100)
    share = crop_mask(Mask.from_full(full), window, side).mean()
    assert share == pytest.approx(0.16, abs=0.03)


def test_crop_of_mask_at_its_own_size_is_exact() -> None:
    rng = np.random.default_rng(0)
    full = rng.random((40, 50)) > 0.5
    np.testing.assert_array_equal(crop_mask(Mask.from_full(full), Window(5, 3, 32, 32), 32), full[3:35, 5:37])


@pytest.mark.parametrize("encoding", get_args(ClickEncoding))
def test_a_click_is_strongest_where_it_is(encoding) -> None:
    cells = encode_clicks(np.array([[20.0, 30.0]]), 64, encoding)
    y, x = np.unravel_index(cells.argmax(), cells.shape)
    assert abs(x - 20) <= 3
    assert abs(y - 30) <= 3
    assert 0 <= cells.min() <= cells.max() <= 1
    assert encode_clicks(np.array([[-500.0, 0.0]]), 64, encoding).max() == 0


def test_nothing_given_is_all_zero() -> None:
    none = np.zeros((0, 2))
    assert not prompt_maps(None, none, none, None, 32).any()
