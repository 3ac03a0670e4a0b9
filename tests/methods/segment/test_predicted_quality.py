"""What a network that predicts the IoU of its answers changes: the prediction, and the choice of the first window."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import size_of
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.look import FEATURES
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.ranker import Ranker
from fewclicks.methods.segment.inference.runtime import Answered, NetworkInfo, View
from fewclicks.methods.segment.inference.window import FIRST_SIDES
from fewclicks.methods.segment.options import SegmentOptions
from fewclicks.methods.shared.encoded_image import EncodedImage
from fewclicks.methods.shared.windows import Window, crop_image
from fewclicks.model import Encoding
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, MaskPrompt, Prompts

NETWORK = NetworkInfo("scripted", "crop", "region", "disk", True)
IMAGE = np.full((900, 1200, 3), 90, np.uint8)
CLICK = Click(600, 450, True)


@dataclass
class Scripted:
    """A network that answers a small square in the middle, and says how good it is by the window's side."""

    qualities: dict[int, float]
    network: NetworkInfo = NETWORK
    grid: int = 128
    predicts_quality: bool = True
    seen: list[int] = field(default_factory=list)

    def encode(self, image: np.ndarray) -> Encoding[EncodedImage]:
        return Encoding(size_of(image), EncodedImage(np.zeros((1, 0, 0, 0), np.float32), 1.0, image), 0)

    def see(self, encoding: Encoding[EncodedImage], window: Window) -> View:
        self.seen.append(window.width)
        return View(crop_image(encoding.data.image, window, self.grid), {})

    def see_mirrored(self, encoding: Encoding[EncodedImage], window: Window) -> None:
        """It cannot."""

    def answer(self, view: View, maps: np.ndarray) -> Answered:
        logits = np.full((self.grid, self.grid), -6, np.float32)
        logits[20:-20, 20:-20] = 6
        return Answered(logits, self.qualities.get(self.seen[-1]) if self.predicts_quality else None)


def answer(runtime: Scripted, *prompts: BoxPrompt | Click, **options: object) -> tuple[Mask, float | None]:
    files = shipped_files(ROLE)
    assert files is not None
    model = SegmentModel(runtime, Ranker(files["_ranker.onnx"]), SegmentOptions.model_validate(options))
    found = model.respond(model.encode(IMAGE), Prompts.of(*prompts)).answer
    return found.mask, found.predicted_iou


@pytest.mark.parametrize("side", FIRST_SIDES)
def test_the_window_with_the_highest_prediction_answers_a_first_click(side: int) -> None:
    runtime = Scripted({each: 0.9 if each == side else 0.4 for each in FIRST_SIDES})
    mask, predicted = answer(runtime, CLICK, edges="plain")
    assert runtime.seen == list(FIRST_SIDES)
    assert mask.crop.shape[0] == pytest.approx(side * 88 / 128, abs=2)
    assert predicted == 0.9


ANOTHER = AnotherMask()
PLAIN = SegmentOptions(edges="plain")


def sides(runtime: Scripted, *rounds: tuple[Click | AnotherMask | BoxPrompt | MaskPrompt, ...]) -> list[int]:
    """The side of the mask after each round, answered round by round, which equals answering all rounds at once."""
    model, given, response, found = SegmentModel(runtime, None, PLAIN), Prompts(), None, []  # type: ignore[arg-type]
    encoding = model.encode(IMAGE)
    for each in rounds:
        given = given.then(*each)
        response = model.respond(encoding, given, response)
        assert model.respond(encoding, given).answer.mask == response.answer.mask
        found.append(response.answer.mask.crop.shape[0])
    return found


def test_another_mask_turns_through_the_windows_from_the_best_one_on_and_starts_again() -> None:
    runtime = Scripted({64: 0.5, 200: 0.9, 800: 0.7})
    best, next_best, last, again = sides(runtime, (CLICK,), (ANOTHER,), (ANOTHER,), (ANOTHER,))
    assert [best, next_best, last] == [pytest.approx(side * 88 / 128, abs=2) for side in (200, 800, 64)]
    assert again == best


def test_a_click_corrects_the_mask_that_was_turned_to() -> None:
    runtime = Scripted({64: 0.5, 200: 0.9, 800: 0.7})
    small, large, _ = sides(runtime, (CLICK,), (ANOTHER,), (Click(610, 450, True),))
    assert small < 200 < large < runtime.seen[-1], "the window is around the larger mask"


def square(side: int) -> Mask:
    """Around the click."""
    full = np.zeros(IMAGE.shape[:2], bool)
    full[450 - side // 2 : 450 + side // 2, 600 - side // 2 : 600 + side // 2] = True
    return Mask.from_full(full)


def test_masks_that_look_the_same_are_one() -> None:
    small = np.full((60, 60, 3), 90, np.uint8)  # all windows show the whole image
    model = SegmentModel(Scripted({60: 0.5}), None, PLAIN)  # type: ignore[arg-type]
    prompts = Prompts.of(Click(30, 30, True)).then(ANOTHER)
    with pytest.raises(
        InputError, match="there is no other mask for this click; to correct this mask, click where it is wrong"
    ):
        model.respond(model.encode(small), prompts)


@pytest.mark.parametrize(
    ("rounds", "says"),
    [
        (((ANOTHER,),), "must follow an answer"),
        (((CLICK, ANOTHER),), "in a round of its own"),
        (((BoxPrompt(550, 400, 650, 500),), (ANOTHER,)), "no other mask"),
        (((MaskPrompt(square(40)),), (ANOTHER,)), "no other mask"),
        (((CLICK,), (Click(610, 450, True),), (ANOTHER,)), "no other mask"),
    ],
)
def test_there_is_no_other_mask(rounds: tuple[tuple[Click, ...], ...], says: str) -> None:
    model = SegmentModel(Scripted({}), None, PLAIN)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=says):
        model.respond(model.encode(IMAGE), Prompts(rounds))


def test_a_box_and_a_network_without_predictions_have_one_window() -> None:
    boxed = Scripted({140: 0.8})
    assert answer(boxed, BoxPrompt(550, 400, 650, 500))[1] == 0.8
    assert boxed.seen == [140, 140], "the answer and its correction"
    silent = Scripted({}, predicts_quality=False)
    assert answer(silent, CLICK)[1] is not None, "the ranker predicts"
    assert silent.seen[0] == FIRST_SIDES[-1]


def test_the_ranker_predicts_if_you_choose_it() -> None:
    box = BoxPrompt(550, 400, 650, 500)
    assert answer(Scripted({140: 0.123}), box, quality="ranker")[1] != 0.123


def test_first_clicks_are_calibrated_by_themselves() -> None:
    network = replace(NETWORK, calibration=((0.5, 0.4),), first_calibration=((0.5, 0.2),))
    sides = dict.fromkeys((*FIRST_SIDES, 140), 0.5)
    assert answer(Scripted(sides, network), CLICK)[1] == 0.2
    assert answer(Scripted(sides, network), BoxPrompt(550, 400, 650, 500))[1] == 0.4
    assert answer(Scripted(sides, network), CLICK, Click(610, 450, True))[1] == 0.4


def test_a_first_click_is_judged_by_what_its_windows_agree_on() -> None:
    weights = [0.0] * (1 + len(FEATURES))
    weights[1 + FEATURES.index("mean IoU with the other windows")] = 1.0
    runtime = Scripted({64: 0.5, 200: 0.9, 800: 0.7}, replace(NETWORK, first_weights=weights))
    mask, predicted = answer(runtime, CLICK, edges="plain")
    squares = [square(2 * round(side * 44 / 128)) for side in (64, 800)]
    assert predicted == pytest.approx(np.mean([mask.iou(each) for each in squares]), abs=0.02)
    low = answer(Scripted({140: 0.8}, replace(NETWORK, first_weights=weights)), BoxPrompt(550, 400, 650, 500))[1]
    assert low == 0.8, "a box is not a first click"


def test_predictions_are_calibrated() -> None:
    network = replace(NETWORK, calibration=((0.2, 0.1), (0.6, 0.5), (0.8, 0.9)))
    expected = {0.0: 0.1, 0.4: 0.3, 0.7: 0.7, 1.0: 0.9}
    for quality, calibrated in expected.items():
        box = BoxPrompt(550, 400, 650, 500)
        assert answer(Scripted({140: quality}, network), box)[1] == pytest.approx(calibrated)
