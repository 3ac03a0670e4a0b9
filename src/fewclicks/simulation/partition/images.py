"""The images of a simulation with the ground truth of their regions."""

from pathlib import Path

from fewclicks.datasets.masked_images import MaskedImage, read_source

SMALLEST_AREA = 16  # pixels; smaller regions are void


def read_partitions(data: Path, limit: int | None = None) -> tuple[MaskedImage, ...]:
    """Read at most `limit` images and their regions: COCO panoptic, or a folder of photos with label images."""
    return read_source(str(data), SMALLEST_AREA).images[:limit]
