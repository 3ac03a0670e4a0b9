import pytest

torch = pytest.importorskip("torch", reason="losses need fewclicks[train]")

from fewclicks.methods.regions.inference.annotation_maps import GRID  # noqa: E402
from fewclicks.methods.regions.inference.labelling import sample  # noqa: E402
from fewclicks.methods.regions.training.losses import mask_wise, pixel_wise, smallest_box_weights  # noqa: E402
from fewclicks.methods.regions.training.network import OUTSIDE, inside_boxes, project  # noqa: E402
from fewclicks.methods.shared.windows import Window  # noqa: E402

BOXES = torch.tensor([[0.0, 0, 20, 20], [5.0, 5, 9.5, 10]])


def test_a_pixel_counts_by_the_smallest_box_around_it() -> None:
    weights = smallest_box_weights(inside_boxes(BOXES, 24), BOXES)
    assert weights[0, 0].item() == pytest.approx(1 / 400)
    assert weights[6, 6].item() == pytest.approx(1 / 22.5)
    assert weights[6, 9].item() == pytest.approx(1 / 22.5)
    assert weights[22, 22].item() == 0


def test_the_canvas_is_where_serving_samples_it() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 1, GRID, GRID)
    windows = torch.tensor([[-2.0, -2, 22, 22], [4.0, 4, 11, 11]])
    canvas = project(logits, windows, BOXES, 24)
    for index, (x0, y0, x1, y1) in enumerate(windows.int().tolist()):
        served = sample(logits[index, 0].numpy(), Window(x0, y0, x1 - x0, y1 - y0), (5, 5, 9, 10))
        assert canvas[index, 5:10, 5:9].numpy() == pytest.approx(served, abs=0.05)
    assert canvas[1, 0, 0] == OUTSIDE


def test_regions_compete_in_one_loss_and_not_in_the_other() -> None:
    truth = torch.zeros(4, 4, dtype=torch.long)
    even = torch.ones(4, 4) / 16
    right, both = torch.zeros(2, 4, 4), torch.zeros(2, 4, 4)
    right[0] = 5
    both += 5
    assert pixel_wise(right, truth, even) < 0.1 * pixel_wise(both, truth, even)
    mask = (truth == 0).float()[None, None]
    assert mask_wise(right[:1, None], mask) == mask_wise(both[:1, None], mask)


def test_void_counts_in_neither() -> None:
    logits = torch.randn(1, 1, 4, 4)
    truth = torch.full((1, 1, 4, 4), float("nan"))
    assert mask_wise(logits, truth) == 0
    assert pixel_wise(torch.randn(3, 4, 4), torch.zeros(4, 4, dtype=torch.long), torch.zeros(4, 4)) == 0
