import numpy as np

from fewclicks.prompts import ClassClick
from fewclicks.simulation.boxes.annotator import session

BOXES = np.array(
    [[10, 20, 6, 8, 0], [50, 60, 4, 4, 0.3], [90, 15, 1, 1, 0], [30, 80, 9, 9, 0], [70, 40, 5, 5, 0]], float
)
CLASSES = np.array([3, 7, 3, 3, 7])


def clicks(seed: int = 0, steps: int = 8, **options: object) -> list[tuple[ClassClick, ...]]:
    made = session(BOXES, CLASSES, (100, 100), steps, np.random.default_rng(seed), **options)  # type: ignore[arg-type]
    return [step.clicks for step in made]


def test_a_click_an_object_without_replacement_and_then_none() -> None:
    steps = clicks()
    assert [len(step) for step in steps] == [1, 1, 1, 1, 1, 0, 0, 0]
    found = {(click.x, click.y, click.class_id) for step in steps for click in step}
    assert found == {(x, y, c) for (x, y), c in zip(BOXES[:, :2].tolist(), CLASSES.tolist(), strict=True)}


def test_per_class_every_class_that_has_objects_left() -> None:
    steps = clicks(per_class=True)
    assert [sorted(click.class_id for click in step) for step in steps] == [[3, 7], [3, 7], [3], [], [], [], [], []]
    assert len({click for step in steps for click in step}) == 5


def test_the_seed_decides_and_longer_sessions_begin_alike() -> None:
    assert clicks(1) == clicks(1)
    assert clicks(1, steps=2) == clicks(1, steps=4)[:2]
    assert len({tuple(clicks(seed)) for seed in range(10)}) > 5


def test_noise_moves_clicks_but_never_out_of_the_image() -> None:
    plain, moved = (np.array([(c.x, c.y) for step in clicks(noise_px=px) for c in step]) for px in (0.0, 2.0))
    distances = np.hypot(*(moved - plain).T)
    assert distances.min() > 0
    assert distances.mean() < 6
    far = [click for step in clicks(noise_px=500.0) for click in step]
    assert all(0 < click.x < 100 and 0 < click.y < 100 for click in far)


def test_a_share_of_the_clicks_has_a_wrong_class() -> None:
    options = {"wrong_class": 0.5, "classes": (3, 7, 9)}
    pairs = [
        (click.class_id, int(CLASSES[step.objects[index]]))
        for seed in range(100)
        for step in session(BOXES, CLASSES, (100, 100), 5, np.random.default_rng(seed), **options)  # type: ignore[arg-type]
        for index, click in enumerate(step.clicks)
    ]
    wrong = [said for said, true in pairs if said != true]
    assert 200 < len(wrong) < 300
    assert set(wrong) == {3, 7, 9}
    assert [(c.x, c.y) for s in clicks(**options) for c in s] == [(c.x, c.y) for s in clicks() for c in s]


def test_an_object_whose_centre_is_outside_is_clicked_at_the_edge() -> None:
    outside = np.array([[-3.0, 50, 10, 10, 0]])
    (step,) = session(outside, np.array([0]), (100, 100), 1, np.random.default_rng(0))
    assert step.clicks == (ClassClick(0.5, 50.0, 0),)


def test_an_image_without_objects_and_one_of_a_single_pixel() -> None:
    rng = np.random.default_rng(0)
    nothing = session(np.zeros((0, 5)), np.zeros(0, np.int64), (9, 9), 3, rng, per_class=True)
    assert [step.clicks for step in nothing] == [(), (), ()]
    (step,) = session(np.array([[0.5, 0.5, 1, 1, 0]]), np.array([2]), (1, 1), 1, rng)
    assert step.clicks == (ClassClick(0.5, 0.5, 2),)


def test_a_step_says_which_objects_were_clicked() -> None:
    for step in session(BOXES, CLASSES, (100, 100), 3, np.random.default_rng(2), per_class=True):
        for number, click in zip(step.objects, step.clicks, strict=True):
            assert (click.x, click.y, click.class_id) == (*BOXES[number, :2], CLASSES[number])
