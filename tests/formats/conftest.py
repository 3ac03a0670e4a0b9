"""A small valid COCO file that tests change in one place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]
WriteCoco = Callable[[Any], Path]


@pytest.fixture
def content() -> Json:
    """Two images, two categories with a hole in their ids, an annotation of each kind."""
    return {
        "info": {"year": 2024},
        "licenses": [{"id": 4, "name": "CC0"}],
        "images": [
            {"id": 5, "file_name": "a/one.jpg", "width": 8, "height": 6, "license": 4},
            {"id": 2, "file_name": "two.png", "width": 4, "height": 3},
        ],
        "categories": [
            {"id": 1, "name": "cell", "supercategory": "biology", "keypoints": ["left", "right"]},
            {"id": 90, "name": "crowd of cells", "color": [255, 0, 16]},
        ],
        "annotations": [
            {"id": 10, "image_id": 5, "category_id": 1, "bbox": [1, 2, 3.5, 2], "area": 7, "iscrowd": 0},
            {
                "id": 11,
                "image_id": 5,
                "category_id": 1,
                "bbox": [0, 0, 4, 4],
                "segmentation": [[0, 0, 4, 0, 4, 4], [5.5, 1, 7, 1, 7, 3]],
                "keypoints": [1, 1, 2, 3, 3, 1],
                "num_keypoints": 2,
            },
            {
                "id": 12,
                "image_id": 2,
                "category_id": 90,
                "bbox": [1, 0, 2, 3],
                "iscrowd": 1,
                "segmentation": {"size": [3, 4], "counts": [3, 2, 1, 3, 3]},
            },
            {
                "id": 13,
                "image_id": 2,
                "category_id": 1,
                "iscrowd": 0,
                "segmentation": {"size": [3, 4], "counts": "3214"},
            },
        ],
    }


@pytest.fixture
def write_coco(tmp_path: Path) -> WriteCoco:
    """Writes what it is given as a JSON file."""

    def write(content: Any) -> Path:
        path = tmp_path / "instances.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write
