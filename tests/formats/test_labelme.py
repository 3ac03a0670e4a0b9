"""LabelMe: a JSON file for each image."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from label_files import HEIGHT, WIDTH, dataset_of, put_image, put_text
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.formats.labelme import LabelMe
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Point, Polygons

labelme = LabelMe()
TRIANGLE = [[1, 1], [9, 2], [5.5, 8]]
RING = (1.0, 1.0, 9.0, 2.0, 5.5, 8.0)


def png(pixels: Any) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.array(pixels, np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def shape(kind: str | None, points: Any, **more: Any) -> dict[str, Any]:
    plain = {"group_id": None, "description": "", "flags": {}, "mask": None}
    return {"label": "cell", "shape_type": kind, "points": points, **plain, **more}


def content(*shapes: dict[str, Any], **more: Any) -> str:
    plain = {"version": "5.4.1", "flags": {}, "imagePath": "a.png", "imageData": "aGVsbG8="}
    return json.dumps({**plain, "shapes": shapes, "imageHeight": HEIGHT, "imageWidth": WIDTH, **more})


def read(folder: Path, *shapes: dict[str, Any], **more: Any) -> Dataset:
    put_text(folder / "a.json", content(*shapes, **more))
    return labelme.read(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, and no file yet."""
    for name in "ab":
        put_image(tmp_path / "in" / f"{name}.png")
    return tmp_path / "in"


def test_every_type_of_shape_is_read(folder: Path) -> None:
    dataset = read(
        folder,
        shape("point", [[12.5, 30]]),
        shape("rectangle", [[9, 8.5], [1, 2]]),
        shape("polygon", TRIANGLE),
        shape(None, TRIANGLE),
        shape("oriented_rectangle", [[10, 5], [15, 10], [10, 15], [5, 10]]),
        shape("mask", [[3, 4], [5, 5]], mask=png([[0, 1, 1], [1, 0, 0]])),
    )
    assert dataset.classes == (LabelClass(1, "cell"),)
    assert dataset.images == (ImageRecord(1, "a.png", WIDTH, HEIGHT), ImageRecord(2, "b.png", WIDTH, HEIGHT))
    point, box, polygon, untyped, oriented, mask = [found.shape for found in dataset.annotations]
    assert (point, box) == (Point(12.5, 30), Box(1, 2, 9, 8.5))
    assert polygon == untyped == Polygons((RING,))
    assert isinstance(oriented, OrientedBox)
    np.testing.assert_allclose(oriented.cxcywha, [10, 10, 50**0.5, 50**0.5, np.pi / 4], atol=1e-6)
    full = np.zeros((HEIGHT, WIDTH), bool)
    full[4, 4:6] = full[5, 3] = True
    assert mask == Mask.from_full(full)
    assert not any(found.extra for found in dataset.annotations)


def test_what_was_read_is_written_and_read_again_equal(folder: Path, tmp_path: Path) -> None:
    dataset = read(
        folder,
        shape("point", [[0.1, 30]], description="pale", flags={"sure": True}, score=0.5),
        shape("polygon", TRIANGLE, group_id=4),
        shape("oriented_rectangle", [[10, 5], [15, 10], [10.2, 15], [5, 10]]),
        shape("mask", [[3, 4], [5, 5]], mask=png([[0, 255, 255], [255, 0, 0]])),
        flags={"done": True},
        lineColor=[0, 255, 0, 128],
    )
    assert dataset.annotations[0].extra == {"description": "pale", "flags": {"sure": True}, "score": 0.5}
    assert dataset.annotations[1].extra == {"group_id": 4}
    assert dataset.images[0].extra == {"flags": {"done": True}, "lineColor": [0, 255, 0, 128]}
    assert labelme.write(dataset, tmp_path / "out") == []
    assert labelme.read(tmp_path / "out") == dataset
    text = json.loads((tmp_path / "out" / "images" / "a.json").read_text(encoding="utf-8"))
    assert (text["imageData"], text["imagePath"]) == (None, "a.png")
    assert (text["imageHeight"], text["imageWidth"], text["flags"]) == (HEIGHT, WIDTH, {"done": True})
    assert text["shapes"][0] == shape("point", [[0.1, 30]], description="pale", flags={"sure": True}, score=0.5)


def test_labelme_gets_the_pixels_of_a_mask_from_its_first_and_last_pixel(tmp_path: Path) -> None:
    full = np.zeros((HEIGHT, WIDTH), bool)
    full[10:13, 20:24] = [[1, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0]]
    assert labelme.write(dataset_of(Mask.from_full(full)), tmp_path / "out") == []
    text = json.loads((tmp_path / "out" / "images" / "a.json").read_text(encoding="utf-8"))
    (values,) = text["shapes"]
    (x0, y0), (x1, y1) = values["points"]
    with Image.open(io.BytesIO(base64.b64decode(values["mask"]))) as image:
        crop = np.asarray(image).astype(bool)
    again = np.zeros_like(full)
    again[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1] = crop
    np.testing.assert_array_equal(again, full)


def test_polygons_of_one_class_and_group_are_one_object(folder: Path) -> None:
    dataset = read(
        folder,
        shape("polygon", TRIANGLE, group_id=1, description="kept"),
        shape("point", [[1, 2]], group_id=1),
        shape("polygon", [[20, 1], [29, 2], [25, 8]], group_id=1),
        shape("polygon", TRIANGLE, group_id=1, label="other"),
        shape("polygon", TRIANGLE),
    )
    first, point, other, alone = dataset.annotations
    assert first.shape == Polygons((RING, (20, 1, 29, 2, 25, 8)))
    assert first.extra == {"description": "kept"}
    assert (point.extra, other.extra, alone.extra) == ({"group_id": 1}, {"group_id": 1}, {})


def test_several_rings_get_a_group_of_their_own(tmp_path: Path) -> None:
    rings = Polygons((RING, (20, 1, 29, 2, 25, 8)))
    grouped = Annotation("1:3", 1, 1, Polygons((RING,)), extra={"group_id": 1})
    dataset = dataset_of(rings, rings)
    dataset = Dataset(dataset.classes, dataset.images, (*dataset.annotations, grouped))
    assert labelme.write(dataset, tmp_path / "out") == []
    assert labelme.read(tmp_path / "out") == dataset


def test_two_polygons_with_one_group_stay_two_and_that_is_said(tmp_path: Path) -> None:
    annotations = tuple(Annotation(f"1:{n}", 1, 1, Polygons((RING,)), extra={"group_id": 1}) for n in (1, 2))
    dataset = Dataset((LabelClass(1, "cell"),), (ImageRecord(1, "a.png", WIDTH, HEIGHT),), annotations)
    assert labelme.write(dataset, tmp_path / "out") == ["extra keys of annotations left out: group_id"]
    assert len(labelme.read(tmp_path / "out").annotations) == 2


def test_images_are_found_by_their_path_or_named_by_the_file(folder: Path, tmp_path: Path) -> None:
    for name in ("images/a.png", "images/b.png"):
        put_image(tmp_path / "split" / name)
    put_text(tmp_path / "split" / "labels" / "a.json", content(imagePath="..\\images\\a.png"))
    assert [image.file_name for image in labelme.read(tmp_path / "split").images] == ["images/a.png", "images/b.png"]
    put_text(tmp_path / "alone" / "x" / "a.json", content())
    put_text(tmp_path / "alone" / "x" / "b.json", content(imagePath="../photos/b.png"))
    assert [image.file_name for image in labelme.read(tmp_path / "alone").images] == ["x/a.png", "b.png"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            shape("circle", [[1, 2], [3, 4]]),
            "the shape_type 'circle' is not supported; delete the shape or draw a poly",
        ),
        (shape("point", [[1, 2], [3, 4]]), "expected 1 point of the shape_type 'point', got 2; correct the points or"),
        (shape("polygon", [[1, 2], [3, 4]]), "expected at least 3 points of the shape_type 'polygon', got 2"),
        (shape("rectangle", [[1, 2]]), "expected 2 points of the shape_type 'rectangle', got 1"),
        (shape("point", [[1, 2, 3]]), "points[0] must be a list of 2 numbers, not a list of 3"),
        (shape("point", "1 2"), "points must be a list, not '1 2'"),
        (shape("point", [[41, 2]]), "the point 41, 2 lies outside the image of 40x30; correct it or delete it"),
        (shape("rectangle", [[50, 2], [60, 9]]), "x 50 to 60, y 2 to 9 lies outside the image of 40x30"),
        (shape("point", [[1, 2]], label=""), "label must be a text that is not empty, not ''"),
        (shape("point", [[1, 2]], group_id="a"), "group_id must be a whole number, not 'a'"),
        (shape("mask", [[1, 2], [3, 4]]), "mask must be a PNG as base64, not null"),
        (shape("mask", [[1, 2], [3, 4]], mask="!"), "mask is not a PNG as base64: "),
        (
            shape("mask", [[1, 2], [3, 4]], mask=png([[1]])),
            "the mask is 1x1, but its points give 3x3; correct one of them",
        ),
        (shape("mask", [[1, 2], [1, 2]], mask=png([[0]])), "the mask covers no pixel of its image; delete the shape"),
        (shape("mask", [[1, 2], [1, 2]], mask=png([[[1, 1, 1]]])), "mask must be a PNG with one channel"),
    ],
)
def test_a_wrong_shape_is_named(folder: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, row)
    assert str(caught.value).startswith(f"{folder / 'a.json'}: shapes[0]: {said}")


def test_a_mask_that_reaches_outside_is_cut_there(folder: Path) -> None:
    (found,) = read(folder, shape("mask", [[-1.4, 28], [1, 31]], mask=png(np.ones((4, 3))))).annotations
    assert isinstance(found.shape, Mask)
    assert found.shape.xyxy == (0, 28, 2, 30)


def test_files_of_something_else_and_of_another_size_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"a\.json: size: the size is 8x30, but its image a\.png is 40x30; correct the size or"
    ):
        read(folder, imageWidth=8)
    put_text(folder / "a.json", '{"images": []}')
    with pytest.raises(InputError, match=r"a\.json: expected a LabelMe file with the key 'shapes', got an object"):
        labelme.read(folder)
    put_text(tmp_path / "alone" / "a.json", content(imageHeight=None))
    with pytest.raises(InputError, match=r"a\.json: the size and the image a\.png are missing; add one of them"):
        labelme.read(tmp_path / "alone")
