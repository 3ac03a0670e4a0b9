"""Refiners and localisers end to end on made-up images, with settings of seconds: trained, exported, served."""

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.datasets.pointed_images import PointedImage, PointedSource, read_points  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, Point  # noqa: E402
from fewclicks.methods.card import read_card  # noqa: E402
from fewclicks.methods.locate import REFINE, SUGGEST  # noqa: E402
from fewclicks.methods.locate.inference.opening import open_refine, open_suggest  # noqa: E402
from fewclicks.methods.locate.inference.runtime import NetworkInfo  # noqa: E402
from fewclicks.methods.locate.inference.suggest import SuggestModel  # noqa: E402
from fewclicks.methods.locate.options import RefineOptions  # noqa: E402
from fewclicks.methods.locate.training import train as train_module  # noqa: E402
from fewclicks.methods.locate.training.calibration import SEPARATIONS  # noqa: E402
from fewclicks.methods.locate.training.localiser import LocaliserSettings, LocaliserTask  # noqa: E402
from fewclicks.methods.locate.training.network.cpr import CprNetwork  # noqa: E402
from fewclicks.methods.locate.training.network.p2p import P2pNetwork  # noqa: E402
from fewclicks.methods.locate.training.project import (  # noqa: E402
    train_refine_on_annotations,
    train_suggest_on_annotations,
)
from fewclicks.methods.locate.training.pseudo_boxes import self_refined, train_pseudo_boxes  # noqa: E402
from fewclicks.methods.locate.training.recipe import begin_from  # noqa: E402
from fewclicks.methods.locate.training.refiner import RefinerSettings, RefinerTask  # noqa: E402
from fewclicks.methods.locate.training.settings import (  # noqa: E402
    ProjectSettings,
    RefineTrainSettings,
    SuggestTrainSettings,
)
from fewclicks.methods.locate.training.train import train_refine, train_suggest  # noqa: E402
from fewclicks.methods.project_training import ProjectData  # noqa: E402
from fewclicks.methods.registry import named  # noqa: E402
from fewclicks.methods.spec import Resources  # noqa: E402
from fewclicks.model import Options  # noqa: E402
from fewclicks.prompts import PointPrompt, Prompts  # noqa: E402
from fewclicks.training.loop import Budget, run  # noqa: E402

ONE = Resources(threads=1)
SMALL = {"side": 64, "batch": 2}
CLASSES = {3: "light", 5: "dark"}
EVERYTHING = Options(lowest_score=0)


class Quiet:
    """Counts what a run tells of its progress."""

    def __init__(self) -> None:
        self.done = 0
        self.messages: list[str] = []

    def start(self, what: str, total: int) -> None:
        assert total == 100

    def advance(self) -> None:
        self.done += 1

    def say(self, progress: float, message: str) -> None:
        self.messages.append(message)

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        assert value > 0
        self.say(progress, message)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Path]:
    """Ten images of light and dark discs, each with a point; the last one has nothing."""
    folder = tmp_path_factory.mktemp("discs")
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for number in range(1, 11):
        pixels = rng.integers(90, 130, (72, 108, 3), dtype=np.uint8)
        for place in range(6 * (number < 10)):
            x, y = 18 + 36 * (place % 3), 18 + 36 * (place // 3)
            class_id = 3 + 2 * int(rng.integers(2))
            cv2.circle(pixels, (x, y), 8, (230, 220, 210) if class_id == 3 else (20, 30, 40), -1)
            point = Point(x + float(rng.uniform(-4, 4)), y + float(rng.uniform(-4, 4)))
            annotations.append(Annotation(str(len(annotations)), number, class_id, point))
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
        images.append(ImageRecord(number, f"{number}.png", 108, 72))
    classes = tuple(LabelClass(class_id, name) for class_id, name in CLASSES.items())
    return Dataset(classes, tuple(images), tuple(annotations)), folder


@pytest.fixture(scope="module")
def text(dataset: tuple[Dataset, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a folder of images and points."""
    folder = tmp_path_factory.mktemp("text")
    shutil.copytree(dataset[1], folder / "images")
    (folder / "points").mkdir()
    for image in dataset[0].images:
        own = [each for each in dataset[0].annotations if each.image_id == image.id]
        lines = [f"{each.shape.x} {each.shape.y} {each.class_id}\n" for each in own if isinstance(each.shape, Point)]
        (folder / "points" / f"{image.id}.txt").write_text("".join(lines))
    return folder


@pytest.fixture(scope="module")
def suggest(text: Path, backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> SuggestModel:
    out = tmp_path_factory.mktemp("suggest")
    settings = SuggestTrainSettings(data=(str(text),), backbone=backbone, out=out, steps=12, **SMALL)
    path = train_suggest(settings, Quiet())
    assert read_card(path).method == "suggest"
    model = open_suggest({".onnx": path}, ONE)
    model.localiser.network = replace(model.localiser.network, score=0.0)  # so short a run is sure of nothing
    return model


def pixels_of(dataset: tuple[Dataset, Path]) -> np.ndarray:
    return cv2.imread(str(dataset[1] / "1.png"))[..., ::-1].copy()


def test_the_roles_name_the_functions() -> None:
    for role, train, on_project in (
        (REFINE, train_refine, train_refine_on_annotations),
        (SUGGEST, train_suggest, train_suggest_on_annotations),
    ):
        assert role.train is not None
        assert role.train_project is not None
        assert named(role.train) is train
        assert named(role.train_project) is on_project


def test_a_refiner_is_trained_and_moves_points(
    text: Path, dataset: tuple[Dataset, Path], backbone: Path, tmp_path: Path
) -> None:
    watch = Quiet()
    settings = RefineTrainSettings(
        data=(str(text),), backbone=backbone, out=tmp_path, name="mine", steps=2, reach=6, level="P3", **SMALL
    )
    path = train_refine(settings, watch)
    card = read_card(path)
    assert card.data[0].endswith(": 10 images")
    assert (card.settings["radius"], card.settings["reach"], card.settings["stride"]) == (5, 6, 8)
    assert watch.done > 0
    model = open_refine({".onnx": path}, ONE)
    assert model.info.classes == {3: "3", 5: "5"}
    assert (model.network.radius, model.network.stride, model.network.scale) == (6, 8, None)
    image = pixels_of(dataset)
    points = [PointPrompt(20, 15, 3, "a"), PointPrompt(50, 20, 5, "b"), PointPrompt(50, 50, 77, "c")]
    answer = model.respond(model.encode(image), Prompts.of(*points)).answer
    assert answer.targets == ("a", "b", "c")
    np.testing.assert_array_equal(answer.points_xy[2], [50, 50])  # a class that it does not know
    with pytest.raises(InputError, match="other settings"):
        train_refine(settings.model_copy(update={"radius": 4}), watch)


def test_delta_1_is_half_of_the_median_score_at_the_points_of_training(
    text: Path, dataset: tuple[Dataset, Path], backbone: Path, tmp_path: Path
) -> None:
    settings = RefineTrainSettings(data=(str(text),), backbone=backbone, out=tmp_path, steps=2, **SMALL)
    files = {".onnx": train_refine(settings, Quiet())}
    model, still = open_refine(files, ONE), open_refine(files, ONE, RefineOptions(lowest=1.0))
    scores = []
    for image in dataset[0].images[:9]:
        given = [
            PointPrompt(each.shape.x, each.shape.y, each.class_id, each.id)
            for each in dataset[0].annotations
            if each.image_id == image.id and isinstance(each.shape, Point)
        ]
        pixels = cv2.imread(str(dataset[1] / image.file_name))[..., ::-1].copy()
        answer = still.respond(still.encode(pixels), Prompts.of(*given)).answer
        np.testing.assert_allclose(answer.points_xy, [(each.x, each.y) for each in given])
        scores.append(np.column_stack([answer.class_ids, answer.scores]))
    class_ids, at_points = np.concatenate(scores).T
    expected = [np.median(at_points[class_ids == class_id]) / 2 for class_id in CLASSES]
    np.testing.assert_allclose(model.constraints.lowest, expected, rtol=0.02)


def test_a_refiner_of_native_scale_reads_images_as_they_are(
    text: Path, backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[NetworkInfo] = []
    monkeypatch.setattr(train_module, "export_network", lambda network, path, info: written.append(info))
    settings = RefineTrainSettings(
        data=(str(text),), backbone=backbone, out=tmp_path, steps=1, reading="native", losses="ann+neg", **SMALL
    )
    train_refine(settings, Quiet())
    assert written[0].scale == 1.0


@pytest.mark.parametrize("role", ["refine", "suggest"])
def test_lone_and_repeated_points_are_trained_on(
    role: str, text: Path, backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class with a single point in the whole set, two points in one pixel, and (as always here) an empty image."""
    written: list[NetworkInfo] = []
    monkeypatch.setattr(train_module, "export_network", lambda network, path, info: written.append(info))
    data = shutil.copytree(text, tmp_path / "data")
    with (data / "points" / "1.txt").open("a") as file:
        file.write("50 50 7\n18 18 3\n18.5 18.5 3\n")
    given = {"data": (str(data),), "backbone": backbone, "out": tmp_path / "out", "steps": 1, **SMALL}
    if role == "refine":
        train_refine(RefineTrainSettings(**given), Quiet())
    else:
        train_suggest(SuggestTrainSettings(**given), Quiet())
    assert written[0].class_ids == (3, 5, 7)


def test_a_localiser_suggests_points_of_its_classes(suggest: SuggestModel, dataset: tuple[Dataset, Path]) -> None:
    assert suggest.info.classes == {3: "3", 5: "5"}
    encoding = suggest.encode(pixels_of(dataset))
    found = suggest.respond(encoding, Prompts.of(), None, EVERYTHING).answer
    assert set(found.targets) <= {""}
    assert set(found.class_ids.tolist()) <= set(CLASSES)
    assert ((found.points_xy >= 0) & (found.points_xy <= (108, 72))).all()
    for class_id in CLASSES:
        own = found.points_xy[found.class_ids == class_id]
        apart = np.hypot(*(own[:, None] - own).transpose(2, 0, 1)) + 1e9 * np.eye(len(own))
        assert (apart >= suggest.localiser.separation).all()


def test_points_below_the_calibrated_score_are_left_out(
    suggest: SuggestModel, dataset: tuple[Dataset, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding = suggest.encode(pixels_of(dataset))
    scores = np.sort(suggest.respond(encoding, Prompts.of(), None, EVERYTHING).answer.scores)
    middle = float(scores[len(scores) // 2])
    strict = suggest.respond(encoding, Prompts.of(), None, Options(lowest_score=middle)).answer
    assert (strict.scores >= middle).all()
    monkeypatch.setattr(suggest.localiser, "network", replace(suggest.localiser.network, score=middle))
    np.testing.assert_array_equal(
        suggest.respond(encoding, Prompts.of(), None, EVERYTHING).answer.scores, strict.scores
    )


def test_no_point_is_suggested_where_one_is(suggest: SuggestModel, dataset: tuple[Dataset, Path]) -> None:
    encoding = suggest.encode(pixels_of(dataset))
    first = suggest.respond(encoding, Prompts.of(), None, EVERYTHING)
    assert len(first.answer)
    (x, y), class_id = first.answer.points_xy[0].tolist(), int(first.answer.class_ids[0])
    other = next(each for each in CLASSES if each != class_id)
    for known, is_there in ((class_id, False), (other, True)):
        prompts = Prompts.of(PointPrompt(x, y, known, "a"))
        again, fresh = (suggest.respond(encoding, prompts, previous, EVERYTHING).answer for previous in (first, None))
        np.testing.assert_array_equal(again.points_xy, fresh.points_xy)
        own = again.points_xy[again.class_ids == class_id]
        assert (np.hypot(*(own - (x, y)).T) < 1e-9).any() == is_there


def test_windows_answer_as_the_whole_image(
    suggest: SuggestModel, dataset: tuple[Dataset, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.tile(pixels_of(dataset), (3, 4, 1))
    encoding = suggest.encode(image)
    whole = suggest.respond(encoding, Prompts.of(), None, EVERYTHING).answer
    monkeypatch.setattr("fewclicks.methods.locate.inference.windows.LONGEST", 64)
    monkeypatch.setattr("fewclicks.methods.locate.inference.windows.SIDE", 200)
    response, count = None, 0
    while response is None or response.progress < 1:
        response = suggest.respond(encoding, Prompts.of(), response, Options(lowest_score=0, seconds=0))
        count += 1
    assert count == len(suggest.localiser.windows(encoding.size_hw)) > 1
    parts = response.answer
    assert abs(len(parts) - len(whole)) <= 0.25 * len(whole) + 1
    own = parts.points_xy
    apart = np.hypot(*(own[:, None] - own).transpose(2, 0, 1)) + 1e9 * (parts.class_ids[:, None] != parts.class_ids)
    assert (apart + 1e9 * np.eye(len(own)) >= suggest.localiser.separation).all(), "no double points at the seams"


@pytest.mark.parametrize("role", ["refine", "suggest"])
def test_a_project_trains_its_own_version(role: str, dataset: tuple[Dataset, Path], tmp_path: Path) -> None:
    train = {"refine": train_refine_on_annotations, "suggest": train_suggest_on_annotations}[role]
    boxed = replace(dataset[0].annotations[0], shape=Box(10, 10, 26, 26))
    mixed = replace(dataset[0], annotations=(boxed, *dataset[0].annotations[1:]))
    data = ProjectData("discs", mixed, dataset[1], None, None, tmp_path, f"{role}-1")
    watch = Quiet()
    result = train(data, ProjectSettings(steps=2, **SMALL), watch)
    card = read_card(tmp_path / f"{role}-1.onnx")
    assert (card.method, card.command) == (role, f"fewclicks train {role} --project PROJECT --steps 2")
    assert str(result["weights"]).startswith(f"{role}-1-")
    assert result["training_images"] == (10 if role == "refine" else 8)
    assert (result["validation"], result["finds_less"]) == (None, False)
    assert f"training on {result['training_images']} images, step 2" in watch.messages
    if role == "suggest":
        assert 0 <= card.figures["validation mAP at tau 0.5"] <= 1
    nothing = replace(data, dataset=replace(data.dataset, annotations=()))
    with pytest.raises(InputError, match="no objects in any finished image"):
        train(nothing, ProjectSettings(steps=2, **SMALL), watch)


def test_training_may_start_from_a_trained_version(backbone: Path, suggest: SuggestModel, tmp_path: Path) -> None:
    networks = CprNetwork(5, 4), P2pNetwork(2, 4)
    for network, start in zip(networks, (suggest.localiser.path, backbone), strict=True):
        begin_from(network, start)
        network.eval()
    rgb = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        exported, original = (network.trunk.stages[:2] for network in networks)
        got, wanted = (stages[1](stages[0](rgb / 255)) for stages in (exported, original))
    assert (got - wanted).abs().max() < 0.02 * wanted.std()
    (tmp_path / "broken.onnx").write_text("no model")
    with pytest.raises(InputError, match="not a readable ONNX file"):
        begin_from(networks[0], tmp_path / "broken.onnx")


def test_a_side_that_is_no_multiple_of_32_is_refused() -> None:
    with pytest.raises(InputError, match="expected a multiple of 32, got 100"):
        RefinerSettings(side=100)


def test_the_trunk_does_not_learn(backbone: Path, dataset: tuple[Dataset, Path], tmp_path: Path) -> None:
    image = PointedImage(dataset[1] / "1.png", (72, 108), np.array([[18.0, 18], [54, 18]]), np.array([3, 3]))
    source = PointedSource("discs", (image,), {3: "light"})
    task = RefinerTask(RefinerSettings(**SMALL), [source], backbone, torch.device("cpu"))
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    run(task, tmp_path, Budget(steps=2), watch=lambda *_: None)
    changed = {name for name, value in task.network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert not any("stages" in name for name in changed)


def test_a_detector_on_pseudo_boxes_is_a_localiser(text: Path, backbone: Path, tmp_path: Path) -> None:
    source = read_points(str(text))
    detector = train_pseudo_boxes("one", source, backbone, tmp_path, Budget(steps=1), 0, lambda *_: None)
    assert detector.side == pytest.approx(0.75 * 36, rel=0.15)
    assert detector.separation in [pytest.approx(each / 9 * detector.side / 0.75) for each in SEPARATIONS]
    found = detector.points(source.images[0].pixels())
    assert set(found.class_ids.tolist()) <= set(CLASSES)
    assert ((found.points_xy >= 0) & (found.points_xy <= (108, 72))).all()
    moved = self_refined(detector, source.images)
    assert [len(each) for each in moved] == [len(image.points_xy) for image in source.images]


@pytest.mark.parametrize("kind", [RefinerTask, LocaliserTask])
def test_branches_learn_faster_than_the_trunk_and_mobilenet_not_at_all(
    kind: type[RefinerTask] | type[LocaliserTask], text: Path, backbone: Path
) -> None:
    settings = RefinerSettings(**SMALL) if kind is RefinerTask else LocaliserSettings(**SMALL)
    task = kind(settings, [read_points(str(text))], backbone, torch.device("cpu"))
    trunk, branches = task.parameter_groups(0.1)
    assert (trunk["lr"], branches["lr"]) == (0.1, 0.5)
    known = {id(parameter): name for name, parameter in task.network.named_parameters()}
    names = [{known[id(parameter)] for parameter in group["params"]} for group in (trunk, branches)]
    assert all(name.startswith(("trunk.lateral", "trunk.convolutions")) for name in names[0])
    assert {name.partition(".")[0] for name in names[1]} == {"classes", {RefinerTask: "selection"}.get(kind, "offsets")}
    assert len(names[0] | names[1]) == len([each for each in task.network.parameters() if each.requires_grad])
