"""`segment` at run time: a box or a click, then corrections, give one object's mask. ONNX Runtime, no torch."""

from importlib import resources
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import RegionReader
from fewclicks.methods.protocol import Encoding, Prediction
from fewclicks.methods.segment.inference.prompts import FAR_SIDE, Prompts, choose_window, is_cut_off, prompt_maps
from fewclicks.methods.segment.inference.ranker import Ranker, round_features
from fewclicks.methods.segment.inference.refine import Edges, heed_clicks, paste, paste_guided
from fewclicks.methods.segment.inference.runtime import Runtime, load_runtime
from fewclicks.methods.shared.windows import Window, crop_mask
from fewclicks.prompts import Click, History

MUCH_SMALLER = 0.75  # a first click looks twice when the object fills less than this part of the window


class SegmentAssist:
    """M_b and M_{b+c} of corrective-clicks with the ranker M_r, for one set of weights."""

    name = "segment"

    def __init__(self, model: Path, ranker: Path | None = None, threads: int = 0, edges: Edges = "guided") -> None:
        """Load `model` (ONNX) and optionally a ranker; `threads` 0 uses all cores. Raises InputError.

        edges: whether answers are scaled to the image as they are, or guided by its colours (refine.py).
        """
        self._edges = edges
        self._runtime: Runtime = load_runtime(model, threads)
        self._ranker = Ranker(ranker) if ranker is not None else None
        self.weights = self._runtime.traits.weights

    @property
    def click_encoding(self) -> str:
        """How clicks are drawn for the network: disk, gaussian or distance."""
        return self._runtime.traits.encoding

    @classmethod
    def with_its_ranker(cls, model: Path, edges: Edges = "guided") -> "SegmentAssist":
        """A model with the ranker that was trained beside it, NAME_ranker.onnx, if there is one."""
        ranker = model.with_name(f"{model.stem}_ranker.onnx")
        return cls(model, ranker if ranker.exists() else None, edges=edges)

    @classmethod
    def shipped(cls, edges: Edges = "guided") -> "SegmentAssist":
        """The weights that come in the package."""
        folder = Path(str(resources.files("fewclicks.methods") / "weights"))
        return cls(folder / "segment.onnx", folder / "segment_ranker.onnx", edges=edges)

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        """Read an RGB image once. The crop design keeps the pixels alone; nothing has to be computed ahead."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
            raise InputError(f"expected an RGB image [H, W, 3] of uint8, got {image.dtype} {list(image.shape)}")
        return self._runtime.encode(image)

    def encode_large(self, image: RegionReader) -> Encoding:
        """As `encode`, for an image too large to be held: windows of it are read."""
        return self._runtime.encode(image)

    def respond(self, encoding: Encoding, history: History, previous: Prediction | None = None) -> Prediction:
        """The mask for all prompts so far, at image resolution, and its predicted quality.

        `previous` is the answer before the last round, or any mask of the same image that is being corrected.
        Raises InputError when the history is empty, starts with a removal, or lies outside the image.
        """
        size_hw = encoding.size_hw
        before = previous.mask if previous is not None else None
        if before is not None and before.size_hw != size_hw:
            raise InputError(f"the mask to correct is of a {before.size_hw} image, this one is {size_hw}")
        prompts = Prompts.of(history, size_hw, correcting=before is not None and before.area > 0)
        window = choose_window(prompts, before, size_hw)
        mask = self._answer(encoding, prompts, before, window)
        if prompts.box_xyxy is None:
            mask = self._second_look(encoding, prompts, before, mask, window)
        number = max((click.round for click in prompts.clicks), default=0)
        return Prediction(mask, self._quality(prompts, before, mask, number), number)

    def _second_look(
        self, encoding: Encoding, prompts: Prompts, before: Mask | None, mask: Mask, window: Window
    ) -> Mask:
        """How large an object is, nobody has said: the answer for a wider window where the object does not fit in this
        one, and, to a first click, for a closer one where it is much smaller.
        """
        is_first = before is None or before.area == 0
        if mask.area and is_cut_off(mask, window):
            wide = choose_window(prompts, None if is_first else mask, encoding.size_hw, FAR_SIDE)
            whole = self._answer(encoding, prompts, before, wide)
            if not is_first or whole.area > mask.area:
                mask, window = whole, wide
        closer = choose_window(prompts, mask, encoding.size_hw)
        if is_first and mask.area and closer.width < MUCH_SMALLER * window.width:
            return self._answer(encoding, prompts, mask, closer)
        return mask

    def _answer(self, encoding: Encoding, prompts: Prompts, before: Mask | None, window: Window) -> Mask:
        view = self._runtime.see(encoding, window)
        logits = self._runtime.logits(view, self._maps(prompts, before, window))
        if self._runtime.traits.clicks == "region":
            logits = heed_clicks(logits, prompts.clicks, window, view.rgb)
        if self._edges == "guided":
            return paste_guided(logits, window, self._runtime.image(encoding), prompts.clicks)
        return paste(logits, window, encoding.size_hw)

    def _maps(self, prompts: Prompts, before: Mask | None, window: Window) -> Float32[np.ndarray, "4 G G"]:
        traits, grid = self._runtime.traits, self._runtime.grid
        boundary = traits.clicks == "boundary"
        inside = _points([click for click in prompts.clicks if click.adds or boundary])
        outside = _points([click for click in prompts.clicks if not (click.adds or boundary)])
        box = None
        if prompts.box_xyxy is not None:
            box = window.to_map(np.array(prompts.box_xyxy).reshape(2, 2), grid).reshape(4)
        shown = None
        if before is not None and traits.previous_mask and prompts.clicks:
            shown = crop_mask(before, window, grid)
        return prompt_maps(box, window.to_map(inside, grid), window.to_map(outside, grid), shown, grid, traits.encoding)

    def _quality(self, prompts: Prompts, before: Mask | None, mask: Mask, number: int) -> float | None:
        if self._ranker is None:
            return None
        start = before
        if start is None:
            start = prompts.first_mask(mask.size_hw)
        latest = tuple(click for click in prompts.clicks if click.round == number) if number else ()
        return self._ranker.quality(round_features(start, mask, latest, number))


def _points(clicks: list[Click]) -> np.ndarray:
    return np.array([(click.x, click.y) for click in clicks], float).reshape(-1, 2)
