"""Detectors of images that are labelled in part: what each cell learns, Eq. 3, and a training run on cached maps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fewclicks.ask.queries.learning import Finder, Learner
from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource, read_boxes
from fewclicks.datasets.partly_labelled import FEWEST_EXACT, PartlyLabelled, with_coordinates
from fewclicks.errors import InputError
from fewclicks.geometry.oriented import iou_of_pairs
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.network.box_coding import decode
from fewclicks.methods.detect.inference.network.cells import NOTHING, assign, references
from fewclicks.methods.detect.inference.network.design import Stages
from fewclicks.methods.detect.training.losses.terms import box_errors, box_loss
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.network.second_stage import Regions
from fewclicks.methods.detect.training.partly import detector as module
from fewclicks.methods.detect.training.partly import maps as maps_module
from fewclicks.methods.detect.training.partly.detector import PartlyDetector, Trained
from fewclicks.methods.detect.training.partly.losses import (
    NO_CHANNELS,
    PartlyBatch,
    Targets,
    known_regions,
    partly_losses,
    region_losses,
)
from fewclicks.methods.detect.training.partly.maps import ReadMaps
from fewclicks.methods.detect.training.partly.recipe import PartlySettings, PartlyTask, _mirrored
from fewclicks.methods.detect.training.partly.sizes import SIZES, are_varied
from fewclicks.methods.regions import METHOD as REGIONS
from fewclicks.methods.registry import shipped_files
from fewclicks.simulation.boxes.measure import average_precision, match, object_counts
from fewclicks.simulation.boxes.sessions import ground_truth

SIZE = (96, 96)
CELLS = references(SIZE)
LEFT, RIGHT, LOW = ([x, y, 30.0, 30.0, 0.0] for x, y in ((20.0, 20.0), (76.0, 20.0), (20.0, 76.0)))


def lesson(*boxes: list[float], noisy: int = 0, weight: float = 0.5, **more: list[list[float]]) -> PartlyLabelled:
    """Boxes of class 7, of which the last ones are noisy."""
    is_noisy = np.arange(len(boxes)) >= len(boxes) - noisy
    given = {name: np.array(rows, float) for name, rows in more.items()}
    return PartlyLabelled(
        0,
        np.array(boxes, float).reshape(-1, 5),
        np.full(len(boxes), 7),
        np.where(is_noisy, weight, 1.0),
        is_noisy,
        np.ones(len(boxes), bool),
        **given,
    )


def batch_of(*images: PartlyLabelled) -> PartlyBatch:
    return PartlyBatch([Targets.of(image, np.zeros(len(image.boxes), np.int64), CELLS) for image in images], CELLS)


def losses_of(*images: PartlyLabelled, logit: float = 0.0) -> dict[str, float]:
    logits, values = torch.full((len(images), len(CELLS), 2), logit), torch.zeros(len(images), len(CELLS), 4)
    return {name: float(loss) for name, loss in partly_losses(batch_of(*images), logits, values, False).items()}


def at(box: list[float]) -> np.ndarray:
    """The cells that a box is predicted by."""
    return batch_of(lesson(box)).which[0] != NOTHING


def test_what_nobody_has_judged_is_neither_object_nor_background() -> None:
    batch = batch_of(lesson(LEFT))
    assert (batch.which[0] != NOTHING).any()
    assert not batch.background.any()


def test_a_rejected_box_is_background_at_its_own_cells() -> None:
    batch = batch_of(lesson(LEFT, background=[RIGHT]))
    assert (batch.background[0] == at(RIGHT)).all()


def test_a_rejected_near_miss_does_not_erase_the_object() -> None:
    near = [LEFT[0] + 12, *LEFT[1:]]
    batch = batch_of(lesson(LEFT, background=[near]))
    assert not (batch.background[0] & at(LEFT)).any()
    assert batch.background.any()


def test_areas_that_were_looked_over_are_background_outside_boxes() -> None:
    batch = batch_of(lesson(LEFT, known=[[0, 0, 96, 48]]))
    expected = (CELLS[:, 1] < 48) & ~at(LEFT)
    assert (batch.background[0] == expected).all()


def test_ignored_boxes_are_not_background() -> None:
    batch = batch_of(lesson(LEFT, known=[[0, 0, 96, 96]], ignored=[RIGHT]))
    inside = (np.abs(CELLS[:, :2] - RIGHT[:2]) <= 15).all(1)
    assert not batch.background[0][inside].any()
    assert batch.background[0][~inside & ~at(LEFT)].all()


def test_background_is_unknown_for_classes_that_were_not_searched() -> None:
    """Except where somebody rejected a box, in areas that were looked over, and at objects of other classes."""
    image = replace(lesson(LEFT, known=[[0, 48, 96, 96]], background=[RIGHT]), searched=frozenset({7}))
    certain = at(LEFT) | at(RIGHT) | (CELLS[:, 1] >= 48)
    searched, other = taught_cells(image, 2, np.array([1]))
    assert searched.all()
    assert (other == certain).all()
    (only,) = taught_cells(image, 1, np.array([0]))
    assert (only == certain).all()
    assert all(each.all() for each in taught_cells(replace(image, searched=None), 2, NO_CHANNELS))
    assert all((each == certain).all() for each in taught_cells(replace(image, searched=frozenset()), 2, NO_CHANNELS))


def taught_cells(image: PartlyLabelled, channels: int, unsearched: np.ndarray) -> list[np.ndarray]:
    """For each channel the cells whose logit changes the loss."""
    targets = Targets.of(image, np.zeros(len(image.boxes), np.int64), CELLS, unsearched)
    logits = torch.zeros(1, len(CELLS), channels, requires_grad=True)
    loss = partly_losses(PartlyBatch([targets], CELLS), logits, torch.zeros(1, len(CELLS), 4), False)["class"]
    loss.backward()
    assert logits.grad is not None
    return [(logits.grad[0, :, channel] != 0).numpy() for channel in range(channels)]


def test_a_verified_box_teaches_its_place_only_to_predictions_that_contradict_it() -> None:
    """Zeros predict a square of the cell's reference length around its centre."""
    both = lesson(LEFT, RIGHT)
    assert losses_of(replace(both, exact=np.array([True, False])))["class"] == pytest.approx(losses_of(both)["class"])
    middle = CELLS[(CELLS[:, 2] == CELLS[:, 2].min())][0]
    near, far = ([*middle[:2].tolist(), side * middle[2], side * middle[2], 0.0] for side in (0.9, 0.8))
    for box, teaches in ((near, False), (far, True)):
        verified = replace(lesson(box), exact=np.array([False]))
        found = _box_loss_at(verified, middle)
        assert (found > 0) == teaches
        assert _box_loss_at(lesson(box), middle) > 0


def _box_loss_at(image: PartlyLabelled, cell: np.ndarray) -> float:
    """The loss of the box at one cell alone, which predicts its own square."""
    zeros, no = np.zeros(1, np.int64), np.zeros(1, bool)
    batch = PartlyBatch([Targets(image, zeros, zeros, no, no, NO_CHANNELS)], cell[None])
    return float(partly_losses(batch, torch.zeros(1, 1, 1), torch.zeros(1, 1, 4), False)["box"])


def test_a_class_with_few_exact_boxes_learns_from_all_of_them() -> None:
    rows = [[float(x), 20.0, 30.0, 30.0, 0.0] for x in range(FEWEST_EXACT + 1)]
    exact = np.arange(len(rows)) > 0
    enough, few = replace(lesson(*rows), exact=exact), replace(lesson(*rows[:-1]), exact=exact[:-1])
    assert with_coordinates([enough])[0].exact.tolist() == exact.tolist()
    assert with_coordinates([few])[0].exact.all()
    other = replace(few, class_ids=np.full(len(few.boxes), 8))
    kept, changed = with_coordinates([enough, other])
    assert (kept.exact.tolist(), changed.exact.all()) == (exact.tolist(), True)


def test_the_loss_is_the_labelled_mean_and_lambda_times_the_noisy_mean() -> None:
    """Eq. 3: twice as many noisy boxes weigh no more, and lambda_d scales them."""
    labelled, one, two = losses_of(lesson(LEFT)), losses_of(lesson(LEFT, RIGHT, noisy=1)), None
    two = losses_of(lesson(LEFT, RIGHT, LOW, noisy=2))
    doubled = losses_of(lesson(LEFT, RIGHT, noisy=1, weight=1.0))
    for name in ("class", "box"):
        noisy = one[name] - labelled[name]
        assert noisy > 0
        assert two[name] == pytest.approx(one[name], rel=0.1)
        assert doubled[name] - labelled[name] == pytest.approx(2 * noisy, rel=1e-4)
    assert losses_of(lesson(LEFT, RIGHT, noisy=1, weight=0.0)) == pytest.approx(labelled)


def test_the_loss_of_known_background_is_that_of_the_labelled_term() -> None:
    """A high logit where there is nothing costs; where nobody knows, it costs nothing."""
    unknown, known = (losses_of(lesson(LEFT, **more), logit=2.0) for more in ({}, {"known": [[0, 0, 96, 96]]}))
    assert known["class"] > unknown["class"] + 1
    assert known["box"] == unknown["box"]


def test_an_image_without_boxes_has_a_loss() -> None:
    assert losses_of(lesson(known=[[0, 0, 96, 96]]))["box"] == 0
    assert losses_of(lesson(background=[LEFT]))["class"] > 0
    assert losses_of(lesson())["class"] == 0


def test_box_errors_are_the_terms_of_the_mean() -> None:
    values, targets = torch.rand(5, 4), torch.rand(5, 4)
    assert float(box_errors(values, targets).mean()) == pytest.approx(float(box_loss(values, targets)))


def test_a_mirror_image_of_a_mirror_image_is_the_image() -> None:
    turned = [30.0, 20.0, 20.0, 10.0, 0.3]
    image = lesson(turned, LEFT, background=[RIGHT], ignored=[LOW], known=[[10, 0, 40, 50]])
    once = _mirrored(image, 96)
    assert once.known.tolist() == [[56, 0, 86, 50]]
    assert once.background[0, 0] == 20
    twice = _mirrored(once, 96)
    for name in ("boxes", "background", "ignored", "known"):
        assert np.allclose(getattr(twice, name), getattr(image, name), atol=1e-6), name


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> BoxedSource:
    from fewclicks.synthetic.drawing import Wanted, write_set

    folder = tmp_path_factory.mktemp("partly") / "made"
    return read_boxes(str(write_set(Wanted(images=4, classes=2, side=128, objects=5, seed=1), folder)))


@pytest.fixture(scope="module")
def detector(source: BoxedSource) -> PartlyDetector:
    return PartlyDetector(source.images, source.class_names, PartlySettings(batch=4), 60, 128, trunk())


def trunk() -> Path:
    files = shipped_files(REGIONS.roles[0])
    assert files is not None
    return files[".encoder.onnx"]


def full(source: BoxedSource) -> list[PartlyLabelled]:
    return [
        PartlyLabelled.full(number, image.boxes, image.class_ids, image.ignored, image.size_hw)
        for number, image in enumerate(source.images)
    ]


@pytest.fixture(scope="module")
def trained(detector: PartlyDetector, source: BoxedSource) -> Trained:
    return detector.learn(full(source), seed=0)


def test_a_detector_learns_its_images_and_describes_each_box(trained: Trained, source: BoxedSource) -> None:
    truths = [ground_truth(image) for image in source.images]
    answers = [trained.answer(number, 0.05) for number in range(len(truths))]
    matches = [match(answer, truth) for answer, truth in zip(answers, truths, strict=True)]
    assert average_precision(matches, object_counts(truths)).map50 > 0.2
    assert all(answer.features is not None and answer.features.shape == (len(answer), 128) for answer in answers)
    assert {answer.classes for answer in answers} == {(1, 2)}


def test_boxes_of_one_object_have_like_features_and_of_others_not(trained: Trained) -> None:
    features = trained.answer(0, 0.01).features
    assert features is not None
    assert len(np.unique(features, axis=0)) > 1
    assert np.isfinite(features).all()


def test_a_training_run_is_repeated_by_its_seed(detector: PartlyDetector, source: BoxedSource) -> None:
    images = full(source)[:2]
    steps, detector.steps = detector.steps, 4
    first, again, other = (detector.learn(images, seed).answer(0, 0.001).scores for seed in (1, 1, 2))
    detector.steps = steps
    assert first.tolist() == again.tolist() != other.tolist()


def test_training_goes_on_from_a_trained_detector(
    trained: Trained, detector: PartlyDetector, source: BoxedSource
) -> None:
    before = {name: value.clone() for name, value in trained.network.state_dict().items()}
    steps, detector.steps = detector.steps, 2
    further = detector.learn(full(source), 3, trained)
    detector.steps = steps
    after = trained.network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items()), "the start is unchanged"
    changed = {name for name, value in further.network.state_dict().items() if not torch.equal(value, after[name])}
    assert any(name.startswith("head") for name in changed)
    assert not any(".stages." in name for name in changed), "MobileNetV2 is frozen"


def test_a_start_from_class_slots_knows_what_boxes_look_like(
    source: BoxedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any training, boxes at the cells of objects are near those of the objects; read in bfloat16 everywhere."""
    monkeypatch.setattr(maps_module, "mixed_precision", lambda _: torch.autocast("cpu", dtype=torch.bfloat16))
    files = shipped_files(DETECT)
    assert files is not None
    overlaps = {}
    for start in (files[".onnx"], trunk()):
        detector = PartlyDetector(source.images[:1], source.class_names, PartlySettings(), 1, 256, start)
        network = detector._network().eval()
        overlaps[start.stem] = of_cells(network, detector.maps[0], source.images[0]).mean()
    assert overlaps["detect"] > 0.6 > 0.4 > overlaps["regions.encoder"]


def of_cells(network: DetectNetwork, maps: ReadMaps, image: BoxedImage) -> np.ndarray:
    """Return the IoU of the predicted and the true box at each cell of an object."""
    with torch.inference_mode():
        levels = network.pyramid.merged([level.float() for level in maps.levels[0]])
        out = network.head(network.fuse(levels, None, None), None)[0].numpy()
    wanted = image.boxes * ([maps.scale] * 4 + [1])
    cells = references(maps.input_hw)
    which = assign(wanted, cells)
    own = which != NOTHING
    return iou_of_pairs(decode(out[own, -4:], cells[own], False), wanted[which[own]])


@pytest.mark.parametrize(("stages", "oriented", "size"), [("two", False, 256), ("two", True, 256), ("one", True, 128)])
def test_two_stages_and_oriented_boxes(stages: Stages, oriented: bool, size: int, source: BoxedSource) -> None:
    settings = PartlySettings(stages, oriented, batch=2)
    detector = PartlyDetector(source.images[:2], source.class_names, settings, 3, 96, trunk())
    partly = replace(
        full(source)[1], is_full=False, known=np.zeros((0, 4)), noisy=np.ones(len(source.images[1].boxes), bool)
    )
    answer = detector.learn([full(source)[0], partly], 0).answer(0, 0.001)
    assert len(answer)
    assert answer.oriented == oriented
    assert answer.features is not None
    assert answer.features.shape == (len(answer), size)
    assert ((answer.scores >= 0.001) & (answer.scores <= 1)).all()


def regions_of(image: PartlyLabelled, unsearched: np.ndarray = NO_CHANNELS) -> Regions:
    batch = PartlyBatch([Targets.of(image, np.zeros(len(image.boxes), np.int64), CELLS, unsearched)], CELLS)
    logits, values = torch.zeros(1, len(CELLS), 1), torch.zeros(1, len(CELLS), 4)
    return known_regions(batch, logits, values, np.random.default_rng(0))


def test_only_regions_that_are_known_are_drawn() -> None:
    unknown, rejected = regions_of(lesson(LEFT)), regions_of(lesson(LEFT, background=[RIGHT]))
    assert set(unknown.which.tolist()) == {0}
    own = rejected.squares[rejected.which == NOTHING]
    assert len(own)
    assert (np.abs(own[:, :2] - RIGHT[:2]) < 15).all()
    searched = replace(lesson(LEFT), searched=frozenset({7}))
    assert set(regions_of(searched, np.array([1])).which.tolist()) == {0}
    assert NOTHING in regions_of(searched).which
    known = regions_of(lesson(LEFT, known=[[0, 0, 96, 96]], ignored=[RIGHT]))
    others = known.squares[known.which == NOTHING]
    assert len(others) > len(own)
    assert not (np.abs(others - [*RIGHT[:2], 30 * 1.25]).max(1) < 1).any()


def test_regions_weigh_as_eq_3_says() -> None:
    def loss(image: PartlyLabelled) -> float:
        regions, batch = regions_of(image), batch_of(image)
        logits, values = torch.zeros(len(regions.which), 3), torch.zeros(len(regions.which), 4)
        return float(region_losses(batch, regions, logits, values, False)["class"])

    even = np.log(3)  # the cross-entropy of equal logits
    assert loss(lesson(LEFT)) == pytest.approx(even)
    assert loss(lesson(LEFT, known=[[0, 0, 96, 96]])) == pytest.approx(even)
    assert loss(lesson(LEFT, RIGHT, noisy=1, weight=0.25)) == pytest.approx(1.25 * even)


def test_half_of_a_batch_is_full_images(detector: PartlyDetector, source: BoxedSource) -> None:
    images = full(source)[:1] + [lesson(LEFT)] * 9
    kinds, maps = {}, detector.training_maps(images)
    for share in (0.5, 0.25, 0.0, None):
        settings = PartlySettings(batch=8, full_share=share)
        task = PartlyTask(settings, detector._network(), maps, images, detector.channel_of, detector.device)
        kinds[share] = [int(task.full[task._chosen()].sum()) for _ in range(8)]
    assert kinds[0.5] == [4] * 8
    assert kinds[0.25] == [2] * 8
    assert sum(kinds[0.0]) < 20
    assert kinds[None] == [4] * 8, "the others teach little background"
    known = [replace(image, searched=None) for image in images]
    task = PartlyTask(PartlySettings(), detector._network(), maps, known, detector.channel_of, detector.device)
    assert task.full_share == 0


def test_training_reads_images_at_three_sizes(detector: PartlyDetector, source: BoxedSource) -> None:
    """The boxes are where the maps of each size show them."""
    maps = detector.training_maps(full(source)[:1])
    assert [each.scale / maps[0][0].scale for each in maps[0]] == pytest.approx([1, *SIZES])
    assert detector.training_maps(full(source)[:1])[0][1] is maps[0][1], "read once"
    settings = PartlySettings(batch=2)
    task = PartlyTask(settings, detector._network(), maps, full(source)[:1], detector.channel_of, detector.device)
    for size, own in enumerate(maps[0]):
        targets = task._new_targets(0, 0, size, own.input_hw)
        wanted = source.images[0].boxes * ([own.scale] * 4 + [1])
        assert targets.image.boxes == pytest.approx(wanted)
        assert (targets.which != NOTHING).any()
    losses = {float(task.step(0.5)[0].detach()) for _ in range(8)}
    assert len(losses) > 2


def test_many_pixels_are_read_at_one_size(
    detector: PartlyDetector, source: BoxedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PIXELS", 2 * 128 * 128)
    assert [len(each) for each in detector.training_maps(full(source)[:2]).values()] == [3, 3]
    assert [len(each) for each in detector.training_maps(full(source)[:3]).values()] == [1, 1, 1]


def sized(*sides: float, noisy: int = 0) -> PartlyLabelled:
    return lesson(*([50.0, 50.0, side, side, 0.0] for side in sides), noisy=noisy)


def test_objects_are_varied_if_those_of_a_class_differ_in_size() -> None:
    assert are_varied([sized(10, 20, 40, 10, 20, 40)] * 9)
    assert not are_varied([sized(20, 20.5, 19.5)] * 9)
    assert not are_varied([sized(20, 20, 19, 10, 40, noisy=2)] * 9), "noisy boxes do not count"
    other = replace(sized(60, 61, 59), class_ids=np.full(3, 8))
    assert not are_varied([sized(20, 21, 19), other] * 9), "the classes may differ"


def test_a_few_images_do_not_show_that_objects_are_alike() -> None:
    assert are_varied([])
    assert are_varied([sized(20, 20, 20)] * 3)
    assert not are_varied([sized(20, 20, 20)] * 9)


def test_the_detector_is_what_the_rounds_need(detector: PartlyDetector, trained: Trained) -> None:
    assert isinstance(detector, Learner)
    assert isinstance(trained, Finder)
    assert detector.image_feature(0).shape == (320,)


def test_nothing_to_train_on_and_unknown_classes(detector: PartlyDetector) -> None:
    with pytest.raises(InputError, match="no labelled box to train on; label some objects first"):
        detector.learn([lesson(background=[LEFT])], 0)
    with pytest.raises(InputError, match="the detector has no class 7; its classes are 1, 2"):
        detector.learn([lesson(LEFT)], 0)
