import numpy as np
import pytest

from fewclicks.simulation.mask.annotator import Annotator, benchmark_click, error_regions, perturbed_box

TRUTH = np.zeros((60, 80), bool)
TRUTH[10:50, 20:60] = True


def inside(click, cells) -> bool:
    return bool(cells[int(click.y), int(click.x)])


def test_nothing_wrong_nothing_clicked() -> None:
    rng = np.random.default_rng(0)
    assert Annotator().clicks(TRUTH, TRUTH, 3, rng) == ()
    assert benchmark_click(TRUTH, TRUTH, np.zeros_like(TRUTH)) is None


def test_region_clicks_fall_into_errors_and_say_what_they_mean() -> None:
    mask = TRUTH.copy()
    mask[10:50, 20:35] = False
    mask[0:8, 70:80] = True
    for seed in range(10):
        for click in Annotator().clicks(mask, TRUTH, 4, np.random.default_rng(seed)):
            assert inside(click, TRUTH & ~mask if click.adds else mask & ~TRUTH)


def test_clicks_in_one_region_are_spread() -> None:
    clicks = Annotator().clicks(np.zeros_like(TRUTH), TRUTH, 4, np.random.default_rng(1))
    points = np.array([(click.x, click.y) for click in clicks])
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(4)
    assert len(clicks) == 4
    assert distances.min() > 8


def test_larger_errors_are_clicked_more_often() -> None:
    mask = TRUTH.copy()
    mask[12:20, 22:26] = False  # 32 pixels
    mask[30:50, 30:60] = False  # 600 pixels
    first = [Annotator().clicks(mask, TRUTH, 1, np.random.default_rng(seed))[0] for seed in range(60)]
    assert sum(click.y > 25 for click in first) > 45


def test_small_regions_are_ignored() -> None:
    mask = TRUTH.copy()
    mask[12:15, 22:25] = False
    assert Annotator(min_region_px=4).clicks(mask, TRUTH, 3, np.random.default_rng(0)) == ()
    assert len(Annotator(min_region_px=3).clicks(mask, TRUTH, 1, np.random.default_rng(0))) == 1


def test_boundary_clicks_lie_on_the_border_of_the_error_and_are_spread() -> None:
    clicks = Annotator("boundary").clicks(np.zeros_like(TRUTH), TRUTH, 4, np.random.default_rng(0))
    points = np.array([(click.x, click.y) for click in clicks])
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(4)
    assert len(clicks) == 4
    assert distances.min() > 15
    for click in clicks:
        edge = min(abs(click.x - 20), abs(click.x - 60), abs(click.y - 10), abs(click.y - 50))
        assert edge <= 1.5


def test_noise_moves_clicks_and_keeps_them_in_the_image() -> None:
    clicks = [
        Annotator(noise_px=50).clicks(np.zeros_like(TRUTH), TRUTH, 1, np.random.default_rng(seed))[0]
        for seed in range(20)
    ]
    assert len({click.x for click in clicks}) > 10
    assert all(0 <= click.x <= 80 and 0 <= click.y <= 60 for click in clicks)


def test_benchmark_click_is_deepest_in_the_largest_error() -> None:
    click = benchmark_click(np.zeros_like(TRUTH), TRUTH, np.zeros_like(TRUTH))
    assert click is not None
    assert click.adds
    assert abs(click.x - 40) <= 1
    assert abs(click.y - 30) <= 1
    too_much = benchmark_click(np.ones_like(TRUTH), TRUTH, np.zeros_like(TRUTH))
    assert too_much is not None
    assert not too_much.adds


def test_benchmark_never_clicks_a_pixel_twice() -> None:
    clicked = np.zeros_like(TRUTH)
    seen = set()
    for _ in range(8):
        click = benchmark_click(np.zeros_like(TRUTH), TRUTH, clicked)
        assert click is not None
        clicked[int(click.y), int(click.x)] = True
        seen.add((int(click.x), int(click.y)))
    assert len(seen) == 8


def test_error_regions_are_four_connected() -> None:
    mask = TRUTH.copy()
    mask[20, 30] = mask[21, 31] = False
    assert [region.area for region in error_regions(mask, TRUTH)] == [1, 1]


@pytest.mark.parametrize("box", [(10, 10, 300, 200), (5, 5, 9, 8), (0, 0, 1, 1)])
def test_perturbed_boxes_overlap_enough(box) -> None:
    for seed in range(20):
        x0, y0, x1, y1 = perturbed_box(box, np.random.default_rng(seed))
        inter = max(0, min(x1, box[2]) - max(x0, box[0])) * max(0, min(y1, box[3]) - max(y0, box[1]))
        union = (x1 - x0) * (y1 - y0) + (box[2] - box[0]) * (box[3] - box[1]) - inter
        assert inter / union >= 0.7 - 1e-9
