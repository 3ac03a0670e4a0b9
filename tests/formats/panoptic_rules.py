"""What the public panoptic API and COCO's description of the format ask of a file: written anew, as our own checks.

The API itself (github.com/cocodataset/panopticapi) is in no package registry. It reads PNGs as three channels, takes
id = R + 256 G + 65536 B, finds the folder by taking ".json" off the name, wants `isthing` of every category and
`iscrowd` of every segment, refuses ids of the PNG that the JSON does not name and the other way round, and misses
a record for an image that the other of two compared files has.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Ids = np.ndarray


def png_ids(path: Path) -> Ids:
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        pixels = np.array(image, dtype=np.uint32)
    return pixels[:, :, 0] + 256 * pixels[:, :, 1] + 256 * 256 * pixels[:, :, 2]


def check_rules(path: Path) -> dict[int, Ids]:
    """Assert all rules; the ids of every image's pixels, by the image's id."""
    content = json.loads(path.read_text(encoding="utf-8"))
    folder = Path(str(path).replace(".json", ""))
    categories = {category["id"]: category for category in content["categories"]}
    assert len(categories) == len(content["categories"])
    for category in categories.values():
        assert category["isthing"] in (0, 1)
        assert category["name"]
    images = {image["id"]: image for image in content["images"]}
    records = {record["image_id"]: record for record in content["annotations"]}
    assert set(records) == set(images)
    assert len(content["annotations"]) == len(content["images"]) == len(images)
    found = {}
    for image_id, record in records.items():
        ids = png_ids(folder / record["file_name"])
        assert ids.shape == (images[image_id]["height"], images[image_id]["width"])
        check_segments(record["segments_info"], ids, set(categories))
        found[image_id] = ids
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        record["file_name"] for record in content["annotations"]
    }
    return found


def check_segments(segments: list[dict[str, Any]], ids: Ids, categories: set[int]) -> None:
    by_id = {segment["id"]: segment for segment in segments}
    assert len(by_id) == len(segments)
    assert set(np.unique(ids).tolist()) - {0} == set(by_id)
    for number, segment in by_id.items():
        ys, xs = np.nonzero(ids == number)
        assert segment["area"] == len(ys)
        assert segment["bbox"] == [xs.min(), ys.min(), xs.max() - xs.min() + 1, ys.max() - ys.min() + 1]
        assert all(type(value) is int for value in (number, segment["area"], *segment["bbox"]))
        assert segment["category_id"] in categories
        assert segment["iscrowd"] in (0, 1)
