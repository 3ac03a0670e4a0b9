import numpy as np
import pytest

from fewclicks.methods.shared.colour import colour_maps, with_colour

RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture
def rgb() -> np.ndarray:
    """Two red squares on blue."""
    pixels = np.full((32, 32, 3), BLUE, np.uint8)
    pixels[4:12, 4:12] = RED
    pixels[20:28, 20:28] = RED
    return pixels


def prompts(**areas: tuple[slice, slice]) -> np.ndarray:
    maps = np.zeros((4, 32, 32), np.float32)
    for name, area in areas.items():
        maps[("box", "inside", "outside", "previous").index(name)][area] = 1
    return maps


FIRST, SECOND, CORNER = (slice(4, 12),) * 2, (slice(20, 28),) * 2, (slice(0, 3),) * 2


def test_a_click_finds_its_colour_elsewhere(rgb: np.ndarray) -> None:
    by_mask, by_clicks = colour_maps(rgb, prompts(inside=(slice(6, 9), slice(6, 9))))
    for found in (by_mask, by_clicks):
        assert found[SECOND].min() > 0.8
        assert found[CORNER].max() < 0.2


def test_the_mask_counts_before_the_box(rgb: np.ndarray) -> None:
    by_mask, _ = colour_maps(rgb, prompts(box=(slice(0, 32),) * 2, previous=FIRST))
    assert by_mask[SECOND].min() > 0.8
    assert by_mask[CORNER].max() < 0.2


def test_without_clicks_their_map_says_nothing(rgb: np.ndarray) -> None:
    assert (colour_maps(rgb, prompts(box=FIRST))[1] == 0.5).all()


def test_clicks_outside_alone_lower_their_colour(rgb: np.ndarray) -> None:
    _, by_clicks = colour_maps(rgb, prompts(box=FIRST, outside=SECOND))
    assert by_clicks[CORNER].max() < by_clicks[FIRST].min()


def test_a_colour_that_was_not_seen_says_nothing() -> None:
    rgb = np.full((32, 32, 3), BLUE, np.uint8)
    rgb[0, 0] = (0, 255, 0)
    maps = prompts(inside=(slice(6, 9), slice(6, 9)), outside=SECOND)
    assert abs(colour_maps(rgb, maps)[1][0, 0] - 0.5) < 0.4


def test_no_prompt_at_all_is_answered(rgb: np.ndarray) -> None:
    maps = colour_maps(rgb, prompts())
    assert np.isfinite(maps).all()
    assert (maps >= 0).all()
    assert (maps <= 1).all()


def test_the_window_is_scaled_to_the_maps(rgb: np.ndarray) -> None:
    twice = rgb.repeat(2, 0).repeat(2, 1)
    maps = prompts(box=FIRST)
    np.testing.assert_array_equal(with_colour(maps, twice), with_colour(maps, rgb))
    assert with_colour(maps, rgb).shape == (6, 32, 32)
