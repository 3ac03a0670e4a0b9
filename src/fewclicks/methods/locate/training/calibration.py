"""What a network's own training images tell about its scores.

For a localiser, the least score and the separation of suggested points; for a refiner, how high its classes score.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedImage
from fewclicks.methods.locate.inference.bags import sampled
from fewclicks.methods.locate.inference.localiser import apart, joined
from fewclicks.methods.locate.inference.proposals import proposed
from fewclicks.methods.locate.inference.reading import SPACING, read_at
from fewclicks.methods.locate.training.data.crops import ReadImage
from fewclicks.methods.locate.training.network.cpr import CprNetwork
from fewclicks.methods.locate.training.network.p2p import P2pNetwork
from fewclicks.simulation.points.choosing import Choice, choose
from fewclicks.simulation.points.truth import PointTruth

SEPARATIONS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)  # cells that are tried
MOST_PIXELS = 8 << 20  # of input that is looked at

Sized = TypeVar("Sized", ReadImage, PointedImage)

UNKNOWN = Choice(3.0, 0.5)  # without a point to choose by


def calibrated(network: P2pNetwork, images: Sequence[ReadImage], class_ids: Sequence[int]) -> Choice:
    """Return the separation in cells and the lowest score that fit `images` best, as far as MOST_PIXELS reach.

    A point is right within half the usual distance between neighbours. class_ids: the classes of the channels.
    """
    images = [*affordable([image for image in images if len(image.points_xy)])]
    if not images:
        return UNKNOWN
    candidates = [_candidates(_maps(network, network, image), network.stride, class_ids) for image in images]
    truths = [PointTruth.of_points(image.points_xy, image.image.class_ids, SPACING) for image in images]
    answers = {
        separation: [apart(found, separation * network.stride) for found in candidates] for separation in SEPARATIONS
    }
    return choose(answers, truths)


def typical_scores(
    network: CprNetwork, images: Sequence[ReadImage], channel_of: Mapping[int, int]
) -> tuple[float, ...]:
    """Return the median score, 0..1, of each channel at the points of its class in `images`, up to MOST_PIXELS.

    A class without a point there gets the median of all points; without any point there is no score.
    """
    images = [*affordable([image for image in images if len(image.points_xy)])]
    own = [np.empty((0, 2))]
    for image in images:
        channels = np.array([channel_of[class_id] for class_id in image.image.class_ids.tolist()])
        logits = sampled(_maps(network.scores, network, image), image.points_xy / network.stride)
        own.append(np.column_stack([channels, 1 / (1 + np.exp(-logits[channels, np.arange(len(channels))]))]))
    channels, scores = np.concatenate(own).T
    of_channel = [scores[channels == channel] for channel in channel_of.values()] if len(scores) else []
    return tuple(float(np.median(each if len(each) else scores)) for each in of_channel)


def affordable(images: Sequence[Sized]) -> Iterator[Sized]:
    """Yield images in random order until they have MOST_PIXELS; at least one, if there is one."""
    spent = 0
    for index in np.random.default_rng(0).permutation(len(images)):
        image = images[index]
        if spent and spent + np.prod(image.size_hw) > MOST_PIXELS:
            return
        spent += int(np.prod(image.size_hw))
        yield image


def _maps(
    read: Callable[[Tensor], Tensor], network: CprNetwork | P2pNetwork, image: ReadImage
) -> Float32[np.ndarray, "D h w"]:
    device = next(network.parameters()).device
    rgb = torch.from_numpy(read_at(image.pixels(), (1.0, 1.0))).to(device)
    with torch.no_grad():
        maps: Float32[np.ndarray, "D h w"] = read(rgb[None].permute(0, 3, 1, 2).float())[0].cpu().numpy()
    return maps


def _candidates(maps: Float32[np.ndarray, "D h w"], stride: int, class_ids: Sequence[int]) -> PointsAnswer:
    """Return all proposals, in pixels of the network's input."""
    found = [PointsAnswer.none()]
    for channel, class_id in enumerate(class_ids):
        cells, scores = proposed(maps, channel)
        found.append(PointsAnswer(cells * stride, scores, np.full(len(scores), class_id), ("",) * len(scores)))
    return joined(found)
