"""Ways to use the network of `segment`, compared on photos that its last training run left out.

    python benchmarks/segment_inference.py --data DIR [--from box|loose] [--only NAME ...]

DIR holds the data sets as docs/segment_results.md names them. Each way is a variant of the shipped model. Without a
box, the table shows NoC@85 / NoC@90 / mIoU after one click; with --from box or loose, the mIoU of the answer to a tight
or loose box. The last columns are the mean over all objects, its paired difference to the first way with the standard
error, and the median CPU time in milliseconds of the first and of later answers.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from trends import table

from fewclicks.datasets.masked_images import MaskedImage, read_source
from fewclicks.geometry.masks import Mask
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference import refine
from fewclicks.methods.segment.inference.model import Look, SegmentModel
from fewclicks.methods.segment.inference.runtime import load_runtime
from fewclicks.methods.segment.inference.window import choose_window, first_windows
from fewclicks.methods.shared.object_prompts import ObjectPrompts
from fewclicks.methods.shared.windows import CONTEXT, Window
from fewclicks.simulation.mask.run import TARGETS
from fewclicks.simulation.mask.sessions import Habits, run_noc, run_rounds
from fewclicks.simulation.mask.settings import Start

Found = tuple[Mask, Look]


class OnePass(SegmentModel):
    def _from_box(self, encoding: Any, prompts: ObjectPrompts) -> Found:
        return self._from_clicks(encoding, prompts, None)


class MirrorOnly(SegmentModel):
    def _from_box(self, encoding: Any, prompts: ObjectPrompts) -> Found:
        look = self._careful_look(encoding, prompts, None, choose_window(prompts, None, encoding.size_hw))
        return self._mask(encoding, prompts, look), look


class SecondPassOnly(SegmentModel):
    def _mirrored_look(self, *_: Any) -> None:
        return None


class ThreeWindows(SegmentModel):
    """The first pass is the mean over three windows around the box."""

    def _careful_look(self, encoding: Any, prompts: ObjectPrompts, before: Mask | None, window: Window) -> Look:
        look = super()._careful_look(encoding, prompts, before, window)
        if prompts.clicks or prompts.box_xyxy is None:
            return look
        here = (window.x0, window.y0, window.x0 + window.width, window.y0 + window.height)
        logits = [look.logits]
        for other in (Window.around(prompts.box_xyxy, context) for context in (1.2, 1.7)):
            answer = self._look(encoding, prompts, before, other).logits
            logits.append(refine._sample(answer, other, here, answer.shape))
        return replace(look, logits=np.mean(logits, 0, dtype=np.float32))


class ThreeWindowsUnmirrored(ThreeWindows, SecondPassOnly):
    pass


class BetterPass(SegmentModel):
    """The predicted IoU chooses between the first and the second pass."""

    def _from_box(self, encoding: Any, prompts: ObjectPrompts) -> Found:
        first = self._careful_look(encoding, prompts, None, choose_window(prompts, None, encoding.size_hw))
        second = super()._from_box(encoding, prompts)
        if (first.quality or 0.0) > (second[1].quality or 0.0):
            return self._mask(encoding, prompts, first), first
        return second


class LargestPart(SegmentModel):
    """Only the largest component of the answer."""

    def _from_box(self, encoding: Any, prompts: ObjectPrompts) -> Found:
        mask, look = super()._from_box(encoding, prompts)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.crop.astype(np.uint8))
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if len(stats) > 1 else 0
        return Mask(labels == largest, mask.offset_xy, mask.size_hw) if len(stats) > 1 else mask, look


class Lower(SegmentModel):
    """A threshold below a half."""

    shift = 0.3

    def _mask(self, encoding: Any, prompts: ObjectPrompts, look: Look) -> Mask:
        return super()._mask(encoding, prompts, replace(look, logits=look.logits + np.float32(self.shift)))


class MuchLower(Lower):
    shift = 0.6


class Again(SegmentModel):
    """Each answer to clicks is corrected once more with the same clicks."""

    def _repeats(self, is_first: bool) -> bool:
        return True

    def _from_clicks(self, encoding: Any, prompts: ObjectPrompts, before: Mask | None) -> Found:
        mask, look = super()._from_clicks(encoding, prompts, before)
        if not mask.area or not self._repeats(before is None):
            return mask, look
        look = self._look(encoding, prompts, mask, choose_window(prompts, mask, encoding.size_hw))
        return self._mask(encoding, prompts, look), look


class AgainAtFirst(Again):
    def _repeats(self, is_first: bool) -> bool:
        return is_first


class AgainLater(Again):
    def _repeats(self, is_first: bool) -> bool:
        return not is_first


class Mirrored(SegmentModel):
    """A mirror image at every answer."""

    def _look(self, encoding: Any, prompts: ObjectPrompts, before: Mask | None, window: Window) -> Look:
        look = super()._look(encoding, prompts, before, window)
        mirrored = self._mirrored_look(encoding, prompts, before, window)
        return look if mirrored is None else look.mean_with(mirrored)


class EveryWindow(SegmentModel):
    """Each window of a first click gets its second pass before the predicted IoU chooses."""

    def _from_clicks(self, encoding: Any, prompts: ObjectPrompts, before: Mask | None) -> Found:
        if before is not None or prompts.box_xyxy is not None:
            return super()._from_clicks(encoding, prompts, before)
        found = []
        for window in first_windows(prompts, encoding.size_hw):
            look = self._look(encoding, prompts, before, window)
            found.append(self._second_pass(encoding, prompts, before, self._mask(encoding, prompts, look), look))
        return max(found, key=lambda each: each[1].quality or 0.0)


class Details(SegmentModel):
    """A click near the outline is answered in a narrow window around it; the rest of the mask stays."""

    nearest, times, narrowest, first = 0.06, 16, 64, 3

    def _from_clicks(self, encoding: Any, prompts: ObjectPrompts, before: Mask | None) -> Found:
        narrow = None if before is None or not before.area else self._narrow(prompts, before)
        if before is None or narrow is None:
            return super()._from_clicks(encoding, prompts, before)
        look = self._look(encoding, prompts, before, narrow)
        changed, inner = before.full(), self._inner(narrow)
        changed[inner] = self._mask(encoding, prompts, look).full()[inner]
        return Mask.from_full(changed), look

    def _narrow(self, prompts: ObjectPrompts, before: Mask) -> Window | None:
        x0, y0, x1, y1 = before.tight().xyxy
        longest, full = max(x1 - x0, y1 - y0), before.full()
        click = prompts.clicks[-1]
        x, y = min(int(click.x), full.shape[1] - 1), min(int(click.y), full.shape[0] - 1)
        if len(prompts.clicks) < self.first or len(prompts.latest) != 1 or full[y, x] == click.adds:
            return None
        depth = cv2.distanceTransform((full == full[y, x]).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)[y, x]
        side = max(int(self.times * depth), self.narrowest)
        if depth > self.nearest * longest or side > CONTEXT * longest * 0.7:
            return None
        return Window(int(click.x - side / 2), int(click.y - side / 2), side, side)

    @staticmethod
    def _inner(window: Window) -> tuple[slice, slice]:
        margin = window.width // 10
        rows = slice(max(window.y0 + margin, 0), window.y0 + window.height - margin)
        return rows, slice(max(window.x0 + margin, 0), window.x0 + window.width - margin)


@dataclass(frozen=True)
class Way:
    model: type[SegmentModel] = SegmentModel
    constants: dict[str, float] = field(default_factory=dict)

    def applied(self) -> AbstractContextManager[Any]:
        return patch.multiple(refine, **self.constants) if self.constants else nullcontext()


NEVER, ALWAYS = {"SLACK": -np.inf}, {"SLACK": np.inf}  # whether the box trims its answer
BOX_WAYS = {
    "one pass": Way(OnePass, NEVER),
    "mirror image": Way(MirrorOnly, NEVER),
    "second pass": Way(SecondPassOnly, NEVER),
    "three windows, second pass": Way(ThreeWindowsUnmirrored, NEVER),
    "mirror image, second pass": Way(constants=NEVER),
    "the same, threshold 0.43": Way(Lower, NEVER),
    "the same, three windows": Way(ThreeWindows, NEVER),
    "the same, the better pass by predicted IoU": Way(BetterPass, NEVER),
    "the same, largest component": Way(LargestPart, NEVER),
    "the same, trimmed to the box": Way(constants=ALWAYS),
    "the same, trimmed to a tight box (shipped)": Way(),
}
CLICK_WAYS = {
    "shipped": Way(),
    "threshold 0.43": Way(Lower),
    "threshold 0.35": Way(MuchLower),
    "guided edges, epsilon 0.003": Way(constants={"EPSILON": 3e-3}),
    "guided edges, epsilon 0.0003": Way(constants={"EPSILON": 3e-4}),
    "clicks change similar pixels half as much": Way(constants={"WORD": 1.0}),
    "every answer corrected once more": Way(Again),
    "first answer corrected once more": Way(AgainAtFirst),
    "later answers corrected once more": Way(AgainLater),
    "mirror image at every answer": Way(Mirrored),
    "every first window with its second pass": Way(EveryWindow),
    "narrow windows for details": Way(Details),
}
SETS = {"objects": (66, 1), "masks/coco": (41, 1), "masks/people": (15, 4), "masks/food": (15, 4)}  # photos, masks each


def objects(data: Path, name: str) -> Iterator[tuple[MaskedImage, Mask]]:
    """Masks of the photos that training left out."""
    rng, (photos, masks) = np.random.default_rng(0), SETS[name]
    for image in read_source(str(data / name / "train.json")).held_out()[1].images[:photos]:
        for index in rng.permutation(len(image.masks))[:masks]:
            yield image, image.masks[index]


@dataclass
class Timed:
    """A model that records the CPU time of first and of later answers, in milliseconds."""

    model: SegmentModel
    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)

    def encode(self, image: Any) -> Any:
        return self.model.encode(image)

    def respond(self, encoding: Any, prompts: Any, previous: Any) -> Any:
        begin = time.process_time()
        response = self.model.respond(encoding, prompts, previous)
        (self.first if len(prompts.rounds) == 1 else self.later).append((time.process_time() - begin) * 1e3)
        return response


def measured(model: Any, image: MaskedImage, truth: Mask, start: Start) -> tuple[float, ...]:
    """The IoU of the first answer and, without a box, NoC@90 and NoC@85."""
    encoding, rng = model.encode(image.pixels()), np.random.default_rng(0)
    if start != "nothing":
        trace = run_rounds(model, encoding, truth, Habits(start, rounds=0), rng)
        return (next(each.mask.iou(truth) for each in trace.answers if each),)
    needed, trace = run_noc(model, encoding, truth, Habits("nothing"), TARGETS, rng)
    return next(each.mask.iou(truth) for each in trace.answers if each), needed[0.9], needed[0.85]


def row(name: str, way: Way, options: argparse.Namespace, base: list[float]) -> list[str]:
    """A row of the table. `base`: the values of the first row, filled by it."""
    files = shipped_files(ROLE)
    assert files is not None
    model = Timed(way.model(load_runtime(files[".int8.onnx"], files[".encoder.onnx"], 1)))
    with way.applied():
        found = {
            each: np.array([measured(model, *one, options.start) for one in objects(options.data, each)])
            for each in SETS
        }
    values = np.concatenate([each[:, min(1, each.shape[1] - 1)] for each in found.values()])
    base[:] = base or values.tolist()
    change = values - np.array(base)
    error = change.std() / len(change) ** 0.5
    digits = 2 if options.start == "nothing" else 3
    times = f"{np.median(model.first):.0f}" + (f", {np.median(model.later):.0f}" if model.later else "")
    return [
        name, *map(cell, found.values()), f"{values.mean():.{digits}f}",
        f"{change.mean():+.{digits}f} ± {error:.{digits}f}", times,
    ]  # fmt: skip


def cell(found: np.ndarray) -> str:
    iou, *clicks = found.mean(0)
    return " / ".join([*(f"{each:.2f}" for each in reversed(clicks)), f"{iou:.3f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--from", dest="start", choices=("box", "loose", "nothing"), default="nothing")
    parser.add_argument("--only", nargs="+", help="these ways, after the first")
    options = parser.parse_args()
    ways = CLICK_WAYS if options.start == "nothing" else BOX_WAYS
    base: list[float] = []
    chosen = [name for number, name in enumerate(ways) if not options.only or not number or name in options.only]
    rows = [row(name, ways[name], options, base) for name in chosen]
    what = "NoC@90" if options.start == "nothing" else "mIoU"
    table("Inference", ["", *(Path(name).name for name in SETS), f"{what} of all", "change", "ms"], rows)


if __name__ == "__main__":
    main()
