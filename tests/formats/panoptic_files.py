"""A small valid panoptic file that tests change in one place."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Json = dict[str, Any]

CAT, DOG, SKY = 5, 300, 70_000  # ids of one, two and three bytes
ONE = [
    [SKY, SKY, SKY, SKY, SKY, SKY],
    [SKY, CAT, CAT, 0, DOG, SKY],
    [SKY, CAT, CAT, 0, DOG, DOG],
    [0, 0, 0, 0, 0, 0],
]
TWO = [[CAT, CAT, CAT], [CAT, 0, CAT]]


def segment(number: int, category: int, area: int, bbox: list[int], **more: Any) -> Json:
    return {"id": number, "category_id": category, "area": area, "bbox": bbox, "iscrowd": 0, **more}


def content() -> Json:
    """Two images with segments, of which one is a crowd, and one image without; an id that both images have."""
    crowd = segment(CAT, 1, 5, [0, 0, 3, 2], iscrowd=1)
    return {
        "info": {"year": 2024},
        "images": [
            {"id": 9, "file_name": "one.jpg", "width": 6, "height": 4, "license": 4},
            {"id": 2, "file_name": "more/two.png", "width": 3, "height": 2},
            {"id": 3, "file_name": "three.jpg", "width": 2, "height": 2},
        ],
        "annotations": [
            {
                "image_id": 9,
                "file_name": "one.png",
                "segments_info": [
                    segment(SKY, 187, 9, [0, 0, 6, 3]),
                    segment(CAT, 1, 4, [1, 1, 2, 2], score=0.5),
                    segment(DOG, 2, 3, [4, 1, 2, 2]),
                ],
            },
            {"image_id": 2, "file_name": "more/two.png", "segments_info": [crowd]},
            {"image_id": 3, "file_name": "three.png", "segments_info": []},
        ],
        "categories": [
            {"id": 1, "name": "cat", "supercategory": "animal", "isthing": 1, "color": [220, 20, 60]},
            {"id": 2, "name": "dog", "supercategory": "animal", "isthing": 1},
            {"id": 187, "name": "sky", "supercategory": "sky", "isthing": 0, "color": [70, 130, 180]},
        ],
    }


def save_ids(path: Path, ids: Any) -> None:
    """The PNG of these ids, by another way than the format's own."""
    ids = np.asarray(ids, np.uint32)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.dstack([ids % 256, ids // 256 % 256, ids // 65536]).astype(np.uint8)).save(path, "PNG")


def save_panoptic(folder: Path, changed: Any = None) -> Path:
    """`panoptic.json` with its PNGs in `folder`."""
    path = folder / "panoptic.json"
    path.write_text(json.dumps(content() if changed is None else changed), encoding="utf-8")
    for name, ids in {"one.png": ONE, "more/two.png": TWO, "three.png": np.zeros((2, 2))}.items():
        save_ids(folder / "panoptic" / name, ids)
    return path
