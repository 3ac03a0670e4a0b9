"""What the shipped refiner learns from a crop: high scores on the objects of its class, and points at their centres.

Everything goes through the closed form: the annotated points give scores (closed_form.py), the scores give semantic
points on rays, and their mean is the refined point, as in inference/refinement.py but with soft thresholds.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from scipy.spatial import cKDTree
from torch import Tensor

from fewclicks.methods.locate.inference.closed_form import cell_centres
from fewclicks.methods.locate.inference.runtime import STRIDE
from fewclicks.methods.locate.training.prior.closed_form import at, background_cells, class_map
from fewclicks.methods.locate.training.prior.crops import ClassCrop

RAYS, RADIUS = 32, 16  # the semantic points of an annotated point: directions, and steps of a cell
LOWEST, RELATIVE = 0.1, 0.7  # delta_1 and delta_2
SOFTNESS = 0.06  # of the threshold: the width of its sigmoid, in scores
SMALLEST = 2.0  # cells: smaller objects count as large as this
WEIGHTS = {"point": 2.0, "score": 0.5}


@dataclass(frozen=True, eq=False)
class Scene:
    """The ground truth of a crop on the cells of its maps.

    cells: their centres. shown: which show the image. inside: which are in the ellipse of an object of the class.
    background: numbers of the cells far from all annotated points. tree: of the annotated points.
    """

    cells: Float[np.ndarray, "C 2"]
    shown: Bool[np.ndarray, "C"]
    inside: Bool[np.ndarray, "C"]
    background: Int64[np.ndarray, "B"]
    tree: cKDTree


def scene_of(crop: ClassCrop, size_hw: tuple[int, int]) -> Scene:
    """Return the ground truth of a crop for maps of `size_hw` cells."""
    cells, tree = cell_centres(size_hw), cKDTree(crop.points_xy / STRIDE)
    shown = np.logical_and.reduce(
        (cells >= crop.area_xyxy[:2] / STRIDE) & (cells <= crop.area_xyxy[2:] / STRIDE), axis=1
    )
    low, high = crop.boxes[:, :2] / STRIDE, crop.boxes[:, 2:] / STRIDE
    away = ((cells[:, None] - (low + high) / 2) / np.maximum(high - low, 1.0) * 2) ** 2
    return Scene(cells, shown, (away.sum(2) < 1).any(1), background_cells(tree, cells, shown), tree)


def crop_losses(features: Float[Tensor, "D h w"], crop: ClassCrop) -> dict[str, Float[Tensor, ""]]:
    """Return the losses of a crop from its features: "point" and "score"; WEIGHTS are their weights."""
    scene = scene_of(crop, (features.shape[1], features.shape[2]))
    points = torch.from_numpy(crop.points_xy / STRIDE).float()
    scores = class_map(features, points, torch.from_numpy(scene.background), torch.from_numpy(scene.shown))
    refined = soft_refined(scores.clamp(0, 1), points, scene)
    return {"point": point_loss(refined, crop), "score": score_loss(scores.flatten(), scene)}


def score_loss(scores: Float[Tensor, "C"], scene: Scene) -> Float[Tensor, ""]:
    """Return the mean squared distance of scores to 1 on objects of the class, plus that to 0 elsewhere."""
    wanted = torch.from_numpy(scene.inside).float()
    error, parts = (scores - wanted) ** 2, (scene.inside & scene.shown, ~scene.inside & scene.shown)
    return torch.stack([error[torch.from_numpy(part)].mean() for part in parts if part.any()]).sum()


def soft_refined(scores: Float[Tensor, "h w"], points: Float[Tensor, "N 2"], scene: Scene) -> Float[Tensor, "N 2"]:
    """Return the refined points: means of the points on rays, weighted by their score and by how far they are in sight.

    A ray ends where the score falls below the threshold (the constraint star), where another annotated point is nearer
    (constraint III), and at the border of the image. Each point on it stands for an area that grows with its radius.
    """
    angles = torch.arange(RAYS) * (2 * torch.pi / RAYS)
    radii = torch.arange(1, RADIUS + 1).float()
    rays = torch.stack([angles.cos(), angles.sin()], 1)[:, None] * radii[:, None]
    bags = points[:, None, None] + rays
    at_points, values = at(scores[None], points)[0], at(scores[None], bags)[0]
    lowest = (RELATIVE * at_points).clamp(min=LOWEST)[:, None, None]
    passing = torch.sigmoid((values - lowest) / SOFTNESS) * torch.from_numpy(_own(bags.numpy(), scene))
    weights = passing.cumprod(2) * values * radii
    of_point = at_points.clamp(min=0.05)[:, None]
    total = weights.sum((1, 2))[:, None] + of_point
    return ((weights[..., None] * bags).sum((1, 2)) + of_point * points) / total


def _own(bags: Float[np.ndarray, "N A R 2"], scene: Scene) -> Bool[np.ndarray, "N A R"]:
    """Return which points of the bags lie in the image and nearest to the annotated point of their bag."""
    nearest = scene.tree.query(bags)[1] == np.arange(len(bags))[:, None, None]
    low, high = scene.cells[scene.shown].min(0) - 0.5, scene.cells[scene.shown].max(0) + 0.5
    return nearest & ((bags >= low) & (bags <= high)).all(3)


def point_loss(refined: Float[Tensor, "N 2"], crop: ClassCrop) -> Float[Tensor, ""]:
    """Return the mean distance of refined points to the centres of their objects, in object sizes."""
    low, high = (
        torch.from_numpy(crop.boxes_of_points[:, part] / STRIDE).float() for part in (slice(0, 2), slice(2, 4))
    )
    sizes = (high - low).prod(1).sqrt().clamp(min=SMALLEST)
    return ((((refined - (low + high) / 2) ** 2).sum(1) + 1e-4).sqrt() / sizes).mean()
