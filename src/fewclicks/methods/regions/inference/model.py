"""The model of full-image-scribbles (Sec. 3): extreme points of all regions, then scribbles, give a partition."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt16

from fewclicks.answers import PartitionAnswer
from fewclicks.errors import InputError, ModelError
from fewclicks.images.source import ImageSource, check_rgb
from fewclicks.methods.regions.inference.annotation_maps import GRID, annotation_maps, head_prompts
from fewclicks.methods.regions.inference.expected_iou import expected_ious
from fewclicks.methods.regions.inference.head_inputs import HeadInput, head_inputs
from fewclicks.methods.regions.inference.labelling import HeadOutput, with_scribbles
from fewclicks.methods.regions.inference.memo import Base, RegionsMemo, base_of
from fewclicks.methods.regions.inference.prediction import Prediction, prediction_of
from fewclicks.methods.regions.inference.region_prompts import RegionPrompts, masks_and_rest, sort_by_region
from fewclicks.methods.shared.encoded_image import EncodedImage, encode_image
from fewclicks.methods.shared.windows import crop_image
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import MaskPrompt, Prompts, Scribble

MOST_REGIONS = 1000
MOST_PIXELS = 100_000_000  # a partition covers every pixel of the image
BATCH = 8  # regions that the head reads together; a larger batch is no faster and needs more memory

RegionsResponse = Response[PartitionAnswer, RegionsMemo]


class RegionsModel(Model[EncodedImage, PartitionAnswer, RegionsMemo]):
    """One version of `regions`.

    A target with a mask takes part as if the extreme points of its mask had been clicked. It keeps its pixels except
    where the other prompts change the prediction of the network.
    """

    def __init__(
        self, head: onnxruntime.InferenceSession, encoder: onnxruntime.InferenceSession, version: str, shared: bool
    ) -> None:
        """`shared`: whether the head reads the annotations of other regions."""
        self._head, self._encoder, self._shared = head, encoder, shared
        self._info = ModelInfo("regions", "regions", version)

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[EncodedImage]:
        """Read an image once. Raises ModelError for a large image of more than MOST_PIXELS."""
        if isinstance(image, np.ndarray):
            check_rgb(image)
            size_hw = (image.shape[0], image.shape[1])
        else:
            size_hw = image.size_hw
            _check_size(size_hw)
        encoded = encode_image(self._encoder, image)
        return Encoding(size_hw, encoded, encoded.nbytes)

    def respond(
        self,
        encoding: Encoding[EncodedImage],
        prompts: Prompts,
        previous: RegionsResponse | None = None,
        options: Options = COMPLETE,
    ) -> RegionsResponse:
        """Partition the image by all prompts; see `sort_by_region` for the prompts that raise InputError.

        The head reads only regions whose input changed since `previous`.
        """
        size_hw = encoding.size_hw
        masks, rest = masks_and_rest(prompts.all)
        memo = None if previous is None or previous.answer.size_hw != size_hw else previous.memo
        base = _base(masks, memo, size_hw)
        regions = sort_by_region((*(base.extremes if base else ()), *rest), size_hw)
        if len(regions) > MOST_REGIONS:
            raise InputError(f"the image has {len(regions)} regions; use at most {MOST_REGIONS}")
        base = self._with_prediction(encoding, base, memo)
        known = (memo.prediction if memo else None, base.prediction if base else None)
        prediction = self._predict(encoding, regions, [each for each in known if each])
        scribbles = [prompt for prompt in rest if isinstance(prompt, Scribble)]
        labels = with_scribbles(_on_base(prediction, base), scribbles, regions)
        answer = PartitionAnswer(tuple(regions), labels, _predicted_ious(prediction, base, labels))
        kept = RegionsMemo(prediction, base)
        return Response(answer, kept, nbytes=answer.nbytes + kept.nbytes)

    def _with_prediction(
        self, encoding: Encoding[EncodedImage], base: Base | None, memo: RegionsMemo | None
    ) -> Base | None:
        """Return `base` with the prediction for its extreme points."""
        if base is None or base.prediction is not None or not base.extremes:
            return base
        before = memo.base.prediction if memo and memo.base else None
        regions = sort_by_region(base.extremes, encoding.size_hw)
        return replace(base, prediction=self._predict(encoding, regions, [before] if before else []))

    def _predict(
        self, encoding: Encoding[EncodedImage], regions: Mapping[str, RegionPrompts], known: Sequence[Prediction]
    ) -> Prediction:
        """Predict the logits of all regions; the head reads only regions whose input is in none of `known`."""
        inputs = head_inputs(regions)
        outputs = {target: found for target, given in inputs.items() if (found := _known(target, given, known))}
        outputs |= self._outputs(encoding.data, {name: given for name, given in inputs.items() if name not in outputs})
        ordered = {target: outputs[target] for target in regions}
        return prediction_of(ordered, encoding.size_hw, known[0] if known else None)

    def _outputs(self, encoded: EncodedImage, inputs: Mapping[str, HeadInput]) -> dict[str, HeadOutput]:
        outputs: dict[str, HeadOutput] = {}
        targets = list(inputs)
        for start in range(0, len(targets), BATCH):
            batch = {target: inputs[target] for target in targets[start : start + BATCH]}
            logits = self._logits(encoded, list(batch.values()))
            outputs |= {
                target: HeadOutput(given, its) for (target, given), its in zip(batch.items(), logits, strict=True)
            }
        return outputs

    def _logits(self, encoded: EncodedImage, batch: Sequence[HeadInput]) -> Float32[np.ndarray, "N G G"]:
        windows = [given.window for given in batch]
        rgb = np.stack([crop_image(encoded.image, window, GRID) for window in windows])
        prompts = [
            head_prompts(annotation_maps(given), pixels, self._shared) for given, pixels in zip(batch, rgb, strict=True)
        ]
        rois = encoded.rois(windows)
        feeds = {"features": encoded.features, "windows": rois, "rgb": rgb, "prompts": np.stack(prompts)}
        (logits,) = self._head.run(None, feeds)
        return logits[:, 0]


def _check_size(size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    if height * width > MOST_PIXELS:
        limit = f"at most {MOST_PIXELS // 1_000_000} million pixels"
        raise ModelError(f"`regions` accepts images of {limit}, got {width}x{height}")


def _base(masks: tuple[MaskPrompt, ...], memo: RegionsMemo | None, size_hw: tuple[int, int]) -> Base | None:
    """Return the base of `masks`, that of `memo` when the masks are the same."""
    if not masks:
        return None
    before = memo.base if memo else None
    if before is not None and before.given == masks:  # compares each mask by identity first, then by its pixels
        return before
    return base_of(masks, size_hw)


def _known(target: str, given: HeadInput, known: Sequence[Prediction]) -> HeadOutput | None:
    candidates = (each.outputs[target] for each in known if target in each.outputs)
    return next((output for output in candidates if output.given == given), None)


def _predicted_ious(prediction: Prediction, base: Base | None, labels: UInt16[np.ndarray, "H W"]) -> dict[str, float]:
    """Return the predicted IoU of each region that the network made from prompts, not from a mask."""
    from_masks = {extremes.target for extremes in base.extremes} if base else set()
    found = expected_ious(prediction.outputs, labels)
    return {target: iou for target, iou in found.items() if target not in from_masks}


def _on_base(prediction: Prediction, base: Base | None) -> UInt16[np.ndarray, "H W"]:
    """Return the labels of the base where `prediction` agrees with the base's own, those of `prediction` elsewhere."""
    if base is None or base.prediction is None:
        return prediction.labels
    # The base's regions come first in `prediction`, in the same order: equal numbers are the same region.
    differs = prediction.labels != base.prediction.labels
    return np.where(differs, prediction.labels, base.partition.renumbered(tuple(prediction.outputs)))
