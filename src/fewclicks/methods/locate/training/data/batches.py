"""Batches of crops for a network of one level: their pixels, and the points on its maps."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from fewclicks.methods.locate.training.losses.cpr import PointBatch
from fewclicks.methods.shared.training.point_crops import Crop


def pixels_of(crops: Sequence[Crop], device: torch.device) -> Float[Tensor, "B 3 S S"]:
    """Return the pixels of the crops, 0..255."""
    return stacked([crop.rgb for crop in crops], device)


def stacked(images: Sequence[UInt8[np.ndarray, "S S 3"]], device: torch.device) -> Float[Tensor, "B 3 S S"]:
    """Return pixels of equal size as a batch, 0..255."""
    return torch.from_numpy(np.stack(images)).to(device).permute(0, 3, 1, 2).float()


def points_of(
    crops: Sequence[Crop], channel_of: Mapping[int, int], stride: int, margin: float, device: torch.device
) -> PointBatch:
    """Return the points of the crops, and those up to `margin` cells outside them, on maps at `stride`.

    channel_of: the channel of each class.
    """
    points, channels = [np.zeros((0, 2))], [np.zeros(0, np.int64)]
    image: list[int] = []
    for number, crop in enumerate(crops):
        cells = crop.points_xy / stride
        near = ((cells >= -margin) & (cells <= crop.rgb.shape[0] / stride + margin)).all(1)
        points.append(cells[near])
        channels.append(np.array([channel_of[each] for each in crop.class_ids[near].tolist()], np.int64))
        image += [number] * int(near.sum())
    areas = np.stack([crop.area_xyxy for crop in crops]) / stride

    def tensor(array: np.ndarray, kind: torch.dtype) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device, kind)

    of_points = tensor(np.concatenate(points), torch.float32), tensor(np.array(image), torch.int64)
    return PointBatch(*of_points, tensor(np.concatenate(channels), torch.int64), tensor(areas, torch.float32))
