"""Scores from the annotated points alone."""

import numpy as np
from jaxtyping import Bool, Float32, Float64
from sklearn.linear_model import Ridge

from fewclicks.methods.locate.inference.closed_form import PENALTY, class_scores, discriminant


def image_of_blobs(
    seed: int = 0,
) -> tuple[Float32[np.ndarray, "D h w"], Float64[np.ndarray, "N 2"], Bool[np.ndarray, "h w"]]:
    """Features of noise that differ on blobs of 5 x 5 cells, the blobs' centres, and where they are."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(12, 40, 60)).astype(np.float32)
    inside = np.zeros((40, 60), bool)
    centres = [(8, 8), (25, 9), (50, 12), (12, 30), (40, 31)]
    for x, y in centres:
        inside[y - 2 : y + 3, x - 2 : x + 3] = True
    features[:, inside] += rng.normal(size=(12, 1)).astype(np.float32) * 2
    return features, np.array(centres, np.float64) + 0.5, inside


def test_cells_of_objects_score_higher_than_others() -> None:
    features, points, inside = image_of_blobs()
    (scores,) = class_scores(features, points, np.zeros(5, np.int64), 1)
    assert scores.min() >= 0
    assert scores.max() <= 1
    best = scores > np.quantile(scores, 1 - inside.mean())
    assert (best & inside).sum() / inside.sum() > 0.8


def test_an_object_that_nobody_annotated_is_found_by_the_others() -> None:
    features, points, inside = image_of_blobs()
    (scores,) = class_scores(features, points[:4], np.zeros(4, np.int64), 1)
    blob = scores[29:34, 38:43]
    assert blob.mean() > np.quantile(scores[~inside], 0.9)


def test_the_scale_of_features_does_not_matter() -> None:
    features, points, _ = image_of_blobs()
    scale = np.random.default_rng(1).uniform(0.1, 50, (12, 1, 1)).astype(np.float32)
    channels = np.zeros(5, np.int64)
    one, other = (class_scores(each, points, channels, 1) for each in (features, features * scale + 7))
    np.testing.assert_allclose(one, other, atol=2e-3)


def test_a_class_without_points_scores_nothing() -> None:
    features, points, _ = image_of_blobs()
    scores = class_scores(features, points, np.array([0, 0, 2, 2, 2]), 3)
    assert not scores[1].any()
    assert scores[[0, 2]].any((1, 2)).all()


def test_the_discriminant_is_a_ridge_regression_in_which_both_sides_count_the_same() -> None:
    rng = np.random.default_rng(0)
    objects, background = rng.normal(1, 1, (7, 5)), rng.normal(0, 1, (90, 5))
    weights = discriminant(objects.astype(np.float32), background.astype(np.float32))
    shares = np.repeat([0.5 / 7, 0.5 / 90], [7, 90])
    rows, wanted = np.concatenate([objects, background]), np.repeat([1.0, 0.0], [7, 90])
    ridge = Ridge(PENALTY).fit(rows, wanted, sample_weight=shares)
    np.testing.assert_allclose(weights, [*ridge.coef_, ridge.intercept_], atol=1e-5)


def test_a_map_full_of_points_is_scored_too() -> None:
    rng = np.random.default_rng(0)
    points = np.stack(np.meshgrid(np.arange(1, 12, 2), np.arange(1, 12, 2)), -1).reshape(-1, 2) + 0.5
    scores = class_scores(rng.normal(size=(4, 12, 12)).astype(np.float32), points, np.zeros(len(points), np.int64), 1)
    assert np.isfinite(scores).all()
