"""The eight-bit copy of the encoder of `regions`.

`python -m fewclicks.methods.regions.training.eight_bits WEIGHTS --data PATH` makes it for a version.
"""

from collections.abc import Sequence
from pathlib import Path

from fewclicks.datasets.masked_images import Source, read_source
from fewclicks.methods.regions.inference.opening import ENCODER
from fewclicks.methods.shared.encoded_image import encoder_input
from fewclicks.methods.shared.training.eight_bits import command, evenly, quantize_encoder

PHOTOS = 36  # of all data sets together, whose activations set the ranges


def copy_encoder(weights: Path, sources: Sequence[Source]) -> bool:
    """Write NAME.encoder.int8.onnx beside NAME.onnx; return False, and write none, if its answers would differ."""
    count = max(1, PHOTOS // len(sources))
    photos = {image.path: image for source in sources for image in evenly(source.images, count)}
    images = (encoder_input(image.pixels())[0] for image in photos.values())
    return quantize_encoder(weights.with_suffix(ENCODER), images) is not None


def _copy(weights: Path, data: Sequence[str]) -> bool:
    return copy_encoder(weights, [read_source(spec) for spec in data])


if __name__ == "__main__":
    command("fewclicks.methods.regions.training.eight_bits", _copy)
