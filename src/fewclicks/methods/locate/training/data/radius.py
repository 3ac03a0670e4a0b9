"""Whether a radius R of bags (Eq. 1) fits the images."""

from collections.abc import Mapping, Sequence

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.errors import InputError
from fewclicks.methods.locate.training.data.scales import Reading, scales_of


def check_radii(sources: Sequence[PointedSource], reading: Reading, stride: int, radii: Mapping[str, int]) -> None:
    """Raise InputError for an R that is larger than every image with points, at the scale that training reads it at.

    stride: input pixels of a cell. radii: R in cells, by the name of its option without dashes.
    """
    scales = [scale for of_source in scales_of(sources, reading) for scale in of_source]
    images = [image for source in sources for image in source.images]
    pointed = [(image, scale) for image, scale in zip(images, scales, strict=True) if len(image.points_xy)]
    if not pointed:
        return
    widest, scale = max(((max(image.size_hw), scale) for image, scale in pointed), key=lambda each: each[0] * each[1])
    for name, cells in radii.items():
        pixels = cells * stride / scale
        if pixels > widest:
            raise InputError(
                f"R of {cells} cells is {pixels:.0f} image pixels, but the longest side of any image is {widest}; "
                "use a smaller R",
                f"--{name}",
            )
