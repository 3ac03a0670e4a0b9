"""What the IoU that a network predicts is worth: pairs of predictions and the IoUs to expect, stored in its files."""

import json
import os
from pathlib import Path

import numpy as np
import onnx
from jaxtyping import Float
from sklearn.isotonic import IsotonicRegression

BINS = 12  # of equally many answers, one pair each
LEAST_IN_BIN = 20  # answers; fewer bins if there are too few

Pairs = tuple[tuple[float, float], ...]


def calibration_of(predicted: Float[np.ndarray, "N"], true: Float[np.ndarray, "N"]) -> Pairs:
    """Return pairs (prediction, mean IoU) of N > 0 answers, 0..1: both increase, the IoU not necessarily strictly.

    Isotonic regression makes the mean IoUs of the bins increase with the predictions. Bins with the same prediction
    are one.
    """
    bins = np.array_split(np.argsort(predicted, kind="stable"), max(1, min(BINS, len(predicted) // LEAST_IN_BIN)))
    sizes = np.array([len(each) for each in bins])
    sums = np.array([true[each].sum() for each in bins], float)
    centres, first = np.unique([predicted[each].mean() for each in bins], return_index=True)
    counts = np.add.reduceat(sizes, first)
    rising = IsotonicRegression().fit_transform(centres, np.add.reduceat(sums, first) / counts, sample_weight=counts)
    return tuple(zip(centres.tolist(), rising.tolist(), strict=True))


def write_calibration(path: Path, **pairs: Pairs) -> None:
    """Store pairs by name in the metadata of an ONNX file (runtime.NetworkInfo), whole or not at all."""
    model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == "fewclicks":
            entry.value = json.dumps(json.loads(entry.value) | pairs)
    temporary = path.with_suffix(".tmp")
    onnx.save(model, temporary)
    os.replace(temporary, path)
