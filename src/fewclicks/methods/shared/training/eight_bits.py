"""Eight-bit copies of encoders, and the command that makes the copy of existing weights."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8

from fewclicks.errors import FewclicksError
from fewclicks.training.quantize import quantize

Each = TypeVar("Each")

# The first six convolutions of MobileNetV2 stay in single precision: 8 bits are too few for what the third returns, and
# to convert the large maps that the fourth returns takes as long as integers save.
SENSITIVE = ("network.pyramid.stages.0.", "network.pyramid.stages.1.2.")


def quantize_encoder(encoder: Path, images: Iterable[UInt8[np.ndarray, "H W 3"]]) -> Path | None:
    """Write the 8-bit copy NAME.int8.onnx of an encoder that reads "rgb"; see `quantize`.

    images: examples, as the encoder reads them.
    """
    return quantize(encoder, ({"rgb": image[None]} for image in images), SENSITIVE)


def evenly(images: Sequence[Each], count: int) -> list[Each]:
    """Return at most `count` of the images, evenly over the sequence."""
    chosen = np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)
    return [images[index] for index in chosen.tolist()]


def command(module: str, make: Callable[[Path, Sequence[str]], bool]) -> None:
    """Run `python -m MODULE WEIGHTS --data PATH`, which makes the copy of a version.

    `make` gets the main file and the data, and returns whether it made the copy. Errors that the user can fix are one
    line on stderr.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description="Make the 8-bit copy of a version.")
    parser.add_argument("weights", type=Path, help="main file of the version; its other files are beside it")
    parser.add_argument("--data", action="append", required=True, help="data as for training; repeat for several")
    given = parser.parse_args()
    try:
        if not make(given.weights, given.data):
            sys.exit(f"fewclicks: {given.weights}: the copy's answers would differ too much; train for longer")
    except FewclicksError as error:
        sys.exit(f"fewclicks: {error}")
