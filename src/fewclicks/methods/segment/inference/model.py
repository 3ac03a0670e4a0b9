"""`segment` at run time: a box or a click, then corrections, give one object's mask. ONNX Runtime, no torch."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from jaxtyping import Float, Float32

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, check_rgb
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.look import Look, first_click_features
from fewclicks.methods.segment.inference.prompt_maps import prompt_maps
from fewclicks.methods.segment.inference.ranker import Ranker, round_features
from fewclicks.methods.segment.inference.refine import heed_clicks, paste, paste_guided, trim_to_box
from fewclicks.methods.segment.inference.runtime import Runtime
from fewclicks.methods.segment.inference.window import FAR_SIDE, choose_window, deepest_point, first_windows, is_cut_off
from fewclicks.methods.segment.options import DEFAULT_OPTIONS, SegmentOptions
from fewclicks.methods.shared.encoded_image import EncodedImage
from fewclicks.methods.shared.object_prompts import ObjectPrompts
from fewclicks.methods.shared.prompt_kinds import check_kinds
from fewclicks.methods.shared.rounds import NO_OTHER_MASK, RoundsMemo, answer_rounds
from fewclicks.methods.shared.windows import Window, crop_mask
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Click, Prompts

SAME = 0.9  # masks with a higher IoU are the same answer to a person who asks for another one
MUCH_SMALLER = 0.75  # after a first click, an object smaller than this share of the window gets a closer window


class SegmentModel(Model[EncodedImage, MaskAnswer, RoundsMemo]):
    """M_b and M_{b+c} of corrective-clicks with the ranker M_r, for one version.

    Each round of prompts corrects the answer to the rounds before it (shared/rounds.py).
    """

    def __init__(
        self, runtime: Runtime, ranker: Ranker | None = None, options: SegmentOptions = DEFAULT_OPTIONS
    ) -> None:
        """`ranker` predicts the IoU if the network does not, or if the options say so; without it, nothing does."""
        self._runtime, self._ranker, self._options = runtime, ranker, options
        self._info = ModelInfo(ROLE.name, ROLE.name, runtime.network.weights)

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[EncodedImage]:
        """Read an image once. The crop design keeps the pixels alone and computes nothing ahead of prompts."""
        if isinstance(image, np.ndarray):
            check_rgb(image)
        return self._runtime.encode(image)

    def respond(
        self,
        encoding: Encoding[EncodedImage],
        prompts: Prompts,
        previous: Response[MaskAnswer, RoundsMemo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, RoundsMemo]:
        """Return the mask for all prompts, at the size of the image, with its predicted IoU.

        Raises InputError without prompts, for a first click that removes, and for prompts outside the image.
        """
        check_kinds(ROLE.name, prompts.all, ROLE.prompts)
        return answer_rounds(prompts, encoding.size_hw, previous, partial(self._answer, encoding))

    def first_click(
        self, encoding: Encoding[EncodedImage], click: Click
    ) -> tuple[Mask, Float32[np.ndarray, "F"] | None]:
        """Return the answer to a first click, and its look.FEATURES if the network predicts the IoU."""
        prompts = ObjectPrompts.of(((click,),), encoding.size_hw)
        mask, look = self._from_clicks(encoding, prompts, None)
        return mask, look.first_click

    def _answer(self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None) -> MaskAnswer:
        if prompts.turns:
            return self._another(encoding, prompts, before)
        mask, look = (
            self._from_clicks(encoding, prompts, before) if prompts.clicks else self._from_box(encoding, prompts)
        )
        if prompts.box_xyxy is not None:
            mask = trim_to_box(mask, prompts.box_xyxy, prompts.clicks)
        return MaskAnswer.of(mask, self._predicted_iou(prompts, before, mask, look))

    def _another(self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None) -> MaskAnswer:
        """Turn through the different answers to a first click. Raises InputError if there is only one."""
        found = list(_different(self._from_looks(encoding, prompts, before))) if prompts.clicks else []
        if len(found) < 2:
            raise InputError(NO_OTHER_MASK)
        mask, look = found[prompts.turns % len(found)]
        return MaskAnswer.of(mask, self._predicted_iou(prompts, before, mask, look))

    def _from_clicks(
        self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None
    ) -> tuple[Mask, Look]:
        return next(self._from_looks(encoding, prompts, before))

    def _from_looks(
        self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None
    ) -> Iterator[tuple[Mask, Look]]:
        """The answer from each look, best first, and the look that it comes from in the end."""
        looks = self._looks(encoding, prompts, before)
        masks = [self._mask(encoding, prompts, look) for look in looks]
        for number, (mask, look) in enumerate(zip(masks, looks, strict=True)):
            if prompts.box_xyxy is not None:
                yield mask, look
                continue
            found, seen = self._second_pass(encoding, prompts, before, mask, look)
            if prompts.is_first_click(before) and self._runtime.predicts_quality:
                order = (number, *(each for each in range(len(looks)) if each != number))
                features = first_click_features(found, seen, [looks[k] for k in order], [masks[k] for k in order])
                seen = replace(seen, first_click=features)
            yield found, seen

    def _from_box(self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts) -> tuple[Mask, Look]:
        """Answer a box alone, then correct that answer as if the user had clicked at its deepest point.

        The network was trained to correct a mask only together with a click.
        """
        look = self._careful_look(encoding, prompts, None, choose_window(prompts, None, encoding.size_hw))
        mask = self._mask(encoding, prompts, look)
        if not mask.area or self._runtime.network.clicks != "region":
            return mask, look
        clicked = replace(prompts, clicks=(Click(*deepest_point(mask), True),))
        look = self._careful_look(encoding, clicked, mask, choose_window(clicked, mask, encoding.size_hw))
        return self._mask(encoding, clicked, look), look

    def _looks(self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None) -> list[Look]:
        """The only look at what is known of the object; for a first click without a box several, best first."""
        windows: tuple[Window, ...] = (choose_window(prompts, before, encoding.size_hw),)
        if self._runtime.predicts_quality and prompts.box_xyxy is None and _is_first(before):
            windows = first_windows(prompts, encoding.size_hw)
        looks = [self._look(encoding, prompts, before, window) for window in windows]
        return sorted(looks, key=lambda look: -(look.quality or 0.0))

    def _second_pass(
        self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None, mask: Mask, look: Look
    ) -> tuple[Mask, Look]:
        """Answer again in another window where a click alone did not show how large the object is: in a wider window
        when the object does not fit, in a closer one when the object of a first click is much smaller.
        """
        is_first = _is_first(before)
        if mask.area and is_cut_off(mask, look.window):
            wide = choose_window(prompts, None if is_first else mask, encoding.size_hw, FAR_SIDE)
            seen = self._look(encoding, prompts, before, wide)
            whole = self._mask(encoding, prompts, seen)
            if not is_first or whole.area > mask.area:
                mask, look = whole, seen
        closer = choose_window(prompts, mask, encoding.size_hw)
        if is_first and mask.area and closer.width < MUCH_SMALLER * look.window.width:
            look = self._look(encoding, prompts, mask, closer)
            return self._mask(encoding, prompts, look), look
        return mask, look

    def _look(
        self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None, window: Window
    ) -> Look:
        view = self._runtime.see(encoding, window)
        answered = self._runtime.answer(view, self._maps(prompts, before, window))
        return Look(window, view.rgb, answered.logits, answered.quality)

    def _careful_look(
        self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None, window: Window
    ) -> Look:
        """The mean of the answers to the window and to its mirror image, if the design can read the latter."""
        look = self._look(encoding, prompts, before, window)
        mirrored = self._mirrored_look(encoding, prompts, before, window)
        return look if mirrored is None else look.mean_with(mirrored)

    def _mirrored_look(
        self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, before: Mask | None, window: Window
    ) -> Look | None:
        view = self._runtime.see_mirrored(encoding, window)
        if view is None:
            return None
        maps = np.ascontiguousarray(self._maps(prompts, before, window)[..., ::-1])
        answered = self._runtime.answer(view, maps)
        return Look(window, view.rgb[:, ::-1], answered.logits[:, ::-1], answered.quality)

    def _mask(self, encoding: Encoding[EncodedImage], prompts: ObjectPrompts, look: Look) -> Mask:
        logits = look.logits
        if self._runtime.network.clicks == "region":
            logits = heed_clicks(logits, prompts.clicks, look.window, look.rgb)
        if self._options.edges == "guided":
            return paste_guided(logits, look.window, encoding.data.image, prompts.clicks)
        return paste(logits, look.window, encoding.size_hw)

    def _maps(self, prompts: ObjectPrompts, before: Mask | None, window: Window) -> Float32[np.ndarray, "4 G G"]:
        network, grid = self._runtime.network, self._runtime.grid
        on_border = network.clicks == "boundary"
        inside = _points(click for click in prompts.clicks if click.adds or on_border)
        outside = _points(click for click in prompts.clicks if not (click.adds or on_border))
        box = None
        if prompts.box_xyxy is not None:
            box = window.to_map(np.array(prompts.box_xyxy).reshape(2, 2), grid).reshape(4)
        shown = None
        if before is not None and network.previous_mask and prompts.clicks:
            shown = crop_mask(before, window, grid)
        maps = window.to_map(inside, grid), window.to_map(outside, grid)
        return prompt_maps(box, *maps, shown, grid, network.encoding)

    def _predicted_iou(self, prompts: ObjectPrompts, before: Mask | None, mask: Mask, look: Look) -> float | None:
        network = self._runtime.network
        if look.quality is not None and self._options.quality == "network":
            if look.first_click is not None:
                return network.calibrated_first(look.quality, look.first_click)
            return network.calibrated(look.quality)
        if self._ranker is None:
            return None
        start = prompts.first_mask(mask.size_hw) if before is None else before
        return self._ranker.predicted_iou(round_features(start, mask, prompts.latest, prompts.click_rounds))


def _different(answers: Iterable[tuple[Mask, Look]]) -> Iterator[tuple[Mask, Look]]:
    """The answers, without those whose pixels are nearly the same as those of an earlier one."""
    shown: list[Mask] = []
    for mask, look in answers:
        if not shown or (mask.area and all(mask.iou(each) < SAME for each in shown)):
            shown.append(mask)
            yield mask, look


def _is_first(before: Mask | None) -> bool:
    return before is None or before.area == 0


def _points(clicks: Iterable[Click]) -> Float[np.ndarray, "N 2"]:
    return np.array([(click.x, click.y) for click in clicks], float).reshape(-1, 2)
