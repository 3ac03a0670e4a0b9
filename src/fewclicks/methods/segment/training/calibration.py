"""What the IoU that a network predicts is worth: pairs of predictions and the IoUs to expect, stored in its files."""

import json
import os
from pathlib import Path

import numpy as np
import onnx
from jaxtyping import Float, Float32
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

BINS = 12  # of equally many answers, one pair each
LEAST_IN_BIN = 20  # answers; fewer bins if there are too few
PENALTIES = tuple(np.logspace(-1, 3, 9).tolist())  # of ridge regression, on standardised features
FOLDS = 5

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


def weigh_first_clicks(
    features: Float32[np.ndarray, "N F"], true: Float[np.ndarray, "N"], seed: int
) -> tuple[tuple[float, ...], Pairs]:
    """Return NetworkInfo's first_weights and first_calibration for N first clicks with IoUs 0..1.

    Ridge regression predicts the IoU from look.FEATURES. The pairs calibrate predictions for answers that a regression
    on the other folds has not seen.
    """
    regression = make_pipeline(StandardScaler(), RidgeCV(PENALTIES))
    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    predicted = cross_val_predict(regression, features.astype(float), true, cv=folds).clip(0, 1)
    scaler, ridge = (each for _, each in regression.fit(features.astype(float), true).steps)
    slopes = ridge.coef_ / scaler.scale_
    return (float(ridge.intercept_ - slopes @ scaler.mean_), *slopes.tolist()), calibration_of(predicted, true)


def write_calibration(path: Path, **pairs: Pairs | tuple[float, ...]) -> None:
    """Store pairs and weights by name in the metadata of an ONNX file (runtime.NetworkInfo), whole or not at all."""
    model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == "fewclicks":
            entry.value = json.dumps(json.loads(entry.value) | pairs)
    temporary = path.with_suffix(".tmp")
    onnx.save(model, temporary)
    os.replace(temporary, path)
