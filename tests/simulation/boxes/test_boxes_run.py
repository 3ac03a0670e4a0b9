"""Which detector is measured on which set, with a network that never learnt anything."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource, read_boxes
from fewclicks.errors import InputError
from fewclicks.methods.baselines.detect_variants import Measured, choose, in_classes_of, with_certain_clicks
from fewclicks.methods.baselines.passthrough import CertainClicks, PassthroughDetector
from fewclicks.methods.detect.inference.large.tiled import TiledDetector
from fewclicks.methods.detect.inference.model import DetectAssist
from fewclicks.methods.detect.inference.pyramid import PyramidDetector
from fewclicks.simulation.boxes.run import Person, simulate
from fewclicks.synthetic.drawing import Wanted, write_set

NAMES = {1: "ship", 2: "plane", 7: "unused"}


def set_of(*class_ids: int, names: dict[int, str] = NAMES) -> BoxedSource:
    boxes = np.tile([10.0, 10, 4, 4, 0], (len(class_ids), 1))
    image = BoxedImage(Path("a.png"), (20, 20), boxes, np.array(class_ids, np.int64), boxes[:1], np.array([1]))
    return BoxedSource("made up", (image,), names)


def test_classes_have_the_ids_that_the_model_knows_them_by() -> None:
    source, strange = in_classes_of({"plane": 1, "car": 2, "ship": 9}, set_of(1, 2, 1))
    assert source.images[0].class_ids.tolist() == [9, 1, 9]
    assert source.images[0].ignored_class_ids.tolist() == [9]
    assert source.class_names == {9: "ship", 1: "plane", 17: "unused"}
    assert strange == []


def test_classes_that_a_model_does_not_know_have_ids_of_their_own() -> None:
    source, strange = in_classes_of({"car": 1}, set_of(1, 2))
    assert strange == ["ship", "plane"]
    assert set(source.images[0].class_ids.tolist()).isdisjoint({1})
    assert len(set(source.images[0].class_ids.tolist())) == 2


def test_template_matching_has_no_weights(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights"):
        choose("template-matching", tmp_path / "a.onnx", set_of(1))
    assert choose("template-matching", None, set_of(1)).said["variant"] == "template-matching"


def test_class_slots_read_images_twice_unless_told_not_to() -> None:
    source = set_of(1)
    twice, once = choose(None, None, source), choose(None, None, source, read_once=True)
    by_tiles = [choice.detector_of(source.images[0]) for choice in (twice, once)]
    assert [type(each.detector) for each in by_tiles if isinstance(each, TiledDetector)] == [
        PyramidDetector,
        DetectAssist,
    ]
    assert [twice.said["read_once"], once.said["read_once"]] == [False, True]


# --- with a network ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model that knows two classes."""
    torch = pytest.importorskip("torch", reason="exporting needs fewclicks[train]")
    from fewclicks.methods.detect.inference.network.design import Design
    from fewclicks.methods.detect.inference.network.runtime import Traits
    from fewclicks.methods.detect.training.export import export_detect
    from fewclicks.methods.detect.training.network.detector import DetectNetwork

    path = tmp_path_factory.mktemp("weights") / "model.onnx"
    torch.manual_seed(0)
    design = Design("c3det")
    export_detect(DetectNetwork(design, 2, False), path, Traits("model-0", design, (3, 4), ("plane", "car")))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> BoxedSource:
    folder = tmp_path_factory.mktemp("set") / "made"
    source = read_boxes(str(write_set(Wanted(images=2, classes=2, side=96, objects=5, seed=1), folder)))
    return replace(source, class_names={1: "car", 2: "plane"})


def test_weights_say_what_they_are_and_another_variant_is_refused(weights: Path) -> None:
    source = set_of(2, 2)
    assert choose(None, weights, source).said["variant"] == "c3det"
    assert choose("c3det", weights, source).source.images[0].class_ids.tolist() == [3, 3]
    with pytest.raises(InputError, match=r"expected weights of the variant late, these are of c3det"):
        choose("late", weights, source)
    with pytest.raises(InputError, match=r"do not know ship; they know plane, car"):
        choose(None, weights, set_of(1, 2))


def test_passthrough_goes_over_a_model_and_takes_classes_that_it_does_not_know(weights: Path) -> None:
    chosen = choose("passthrough", weights, set_of(1, 2))
    assert isinstance(chosen.detector_of(chosen.source.images[0]), PassthroughDetector)
    assert chosen.said["variant"] == "passthrough"


def test_certain_clicks_go_over_any_detector(weights: Path) -> None:
    chosen = with_certain_clicks(choose("passthrough", weights, set_of(1, 2)))
    detector = chosen.detector_of(chosen.source.images[0])
    assert isinstance(detector, CertainClicks)
    assert isinstance(detector.detector, PassthroughDetector)


@pytest.mark.parametrize("variant", ["c3det", "passthrough"])
def test_an_untrained_model_goes_through_the_sessions(variant: Measured, weights: Path, made: BoxedSource) -> None:
    chosen = choose(variant, weights, made)
    person = Person(clicks=2, sessions=2, per_class=True)
    first, again = (simulate(chosen.detector_of, chosen.source, person) for _ in range(2))
    assert first["map50_by_session"] == again["map50_by_session"]
    assert set(first["per_class"]) == {"car", "plane"}
    assert first["click_ms"]["median"] > 0
