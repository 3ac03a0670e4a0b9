"""QuPath's GeoJSON: points and polygons with classes, checked by a schema and by a geometry library."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from json_schema import FEATURE_COLLECTION, problems
from label_files import HEIGHT, WIDTH, dataset_of, put_image, put_text
from shapely import geometry as shapes
from shapely.ops import unary_union

from fewclicks.errors import InputError
from fewclicks.formats.qupath import QuPath
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Point, Polygons

qupath = QuPath()
TUMOR = {"name": "Tumor", "color": [200, 0, 16]}
SQUARE = [[2, 2], [8, 2], [8, 8], [2, 8], [2, 2]]
HOLE = [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    more = {"objectType": "annotation", "classification": TUMOR, **properties}
    return {"type": "Feature", "id": "b6a4", "geometry": {"type": kind, "coordinates": coordinates}, "properties": more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, and no file yet."""
    for name in "ab":
        put_image(tmp_path / "slides" / "images" / f"{name}.png")
    return tmp_path / "slides"


def read(folder: Path, *features: dict[str, Any]) -> Dataset:
    put_text(folder / "a.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    return qupath.read(folder)


def ring(*corners: tuple[float, float]) -> tuple[float, ...]:
    return tuple(float(value) for corner in corners for value in corner)


def mask_of(*boxes: tuple[int, int, int, int], without: tuple[tuple[int, int], ...] = ()) -> Mask:
    full = np.zeros((HEIGHT, WIDTH), bool)
    for x0, y0, x1, y1 in boxes:
        full[y0:y1, x0:x1] = True
    for x, y in without:
        full[y, x] = False
    return Mask.from_full(full)


def written(dataset: Dataset, folder: Path) -> tuple[list[str], dict[str, Any]]:
    notes = qupath.write(dataset, folder)
    return notes, json.loads((folder / "images" / "a.geojson").read_text(encoding="utf-8"))


def test_points_and_polygons_are_read_with_their_class_and_colour(folder: Path) -> None:
    dataset = read(folder, feature("Point", [12.5, 30]), feature("Polygon", [SQUARE], isLocked=True))
    assert dataset.classes == (LabelClass(1, "Tumor", "#c80010"),)
    assert dataset.images == tuple(ImageRecord(n, f"images/{c}.png", WIDTH, HEIGHT) for n, c in enumerate("ab", 1))
    assert dataset.annotations == (
        Annotation("1:1", 1, 1, Point(12.5, 30)),
        Annotation("1:2", 1, 1, Polygons((ring((2, 2), (8, 2), (8, 8), (2, 8)),)), extra={"isLocked": True}),
    )


def test_each_point_of_several_is_an_annotation(folder: Path) -> None:
    dataset = read(folder, feature("MultiPoint", [[1, 2], [3, 4, 0]]))
    assert [found.shape for found in dataset.annotations] == [Point(1, 2), Point(3, 4)]


def test_a_cell_is_read_without_its_nucleus_and_a_point_without_its_plane(folder: Path) -> None:
    cell = feature("Polygon", [SQUARE], objectType="cell", measurements={"Area": 36.0})
    cell["nucleusGeometry"] = {"type": "Polygon", "coordinates": [HOLE]}
    point = feature("Point", [12.5, 30])
    point["geometry"]["plane"] = {"c": -1, "z": 0, "t": 0}
    assert read(folder, cell, point).annotations == (
        Annotation(
            "1:1", 1, 1, Polygons((ring((2, 2), (8, 2), (8, 8), (2, 8)),)),
            extra={"objectType": "cell", "measurements": {"Area": 36.0}},
        ),
        Annotation("1:2", 1, 1, Point(12.5, 30)),
    )  # fmt: skip


def test_polygons_with_holes_become_masks_with_islands_in_them(folder: Path) -> None:
    island = [[[4.9, 4.9], [5.1, 4.9], [5.1, 6], [4.4, 5.6], [4.9, 4.9]]]
    (found,) = read(folder, feature("MultiPolygon", [[SQUARE, HOLE], island])).annotations
    assert isinstance(found.shape, Mask)
    assert found.shape.area == 36 - 4 + 1
    assert found.shape.contains(4.5, 5.5)
    (found,) = read(folder, feature("MultiPolygon", [[SQUARE], [HOLE]])).annotations
    assert isinstance(found.shape, Polygons)
    assert len(found.shape.rings) == 2


@pytest.mark.parametrize(
    ("classification", "known"),
    [
        (None, LabelClass(1, "Unclassified")),
        ({"name": "Stroma", "colorRGB": -3342337}, LabelClass(1, "Stroma", "#ccffff")),
        ({"names": ["Tumor", "Positive"]}, LabelClass(1, "Tumor: Positive")),
        ({"name": "Stroma", "color": [1, 2]}, LabelClass(1, "Stroma")),
    ],
)
def test_classes_of_every_version_are_read(folder: Path, classification: Any, known: LabelClass) -> None:
    assert read(folder, feature("Point", [1, 2], classification=classification)).classes == (known,)


@pytest.mark.parametrize("content", [[feature("Point", [1, 2])], feature("Point", [1, 2])])
def test_a_list_of_features_and_one_alone_are_read_too(folder: Path, content: Any) -> None:
    put_text(folder / "a.geojson", json.dumps(content))
    assert qupath.read(folder).annotations == (Annotation("1:1", 1, 1, Point(1, 2)),)


AS_QUPATH_WRITES = """{
  "type": "FeatureCollection",
  "features": [
    {
      "type": "Feature",
      "id": "0f9c2d6e-1111-4a51-9d0f-2f6f0d6d2a01",
      "geometry": {"type": "MultiPoint", "coordinates": [[10.5, 4.25], [30, 20.75]]},
      "properties": {
        "objectType": "annotation",
        "name": "counted twice",
        "classification": {"name": "Positive", "color": [250, 62, 62]},
        "isLocked": false
      }
    },
    {
      "type": "Feature",
      "id": "0f9c2d6e-2222-4a51-9d0f-2f6f0d6d2a01",
      "geometry": {"type": "Point", "coordinates": [3.5, 7.5], "plane": {"c": -1, "z": 0, "t": 0}},
      "properties": {"objectType": "annotation", "classification": {"name": "Positive", "color": [250, 62, 62]}}
    },
    {
      "type": "Feature",
      "id": "0f9c2d6e-3333-4a51-9d0f-2f6f0d6d2a01",
      "geometry": {"type": "Polygon", "isEllipse": true, "coordinates": [[[8, 5], [5, 8], [2, 5], [5, 2], [8, 5]]]},
      "properties": {"objectType": "annotation", "classification": {"names": ["Tumor", "Edge"], "color": [200, 0, 0]}}
    },
    {
      "type": "Feature",
      "id": "0f9c2d6e-4444-4a51-9d0f-2f6f0d6d2a01",
      "geometry": {"type": "Polygon", "coordinates": [[[20, 2], [29, 2], [29, 9], [20, 9], [20, 2]]]},
      "nucleusGeometry": {"type": "Polygon", "coordinates": [[[22, 4], [26, 4], [26, 7], [22, 7], [22, 4]]]},
      "properties": {"objectType": "cell", "isLocked": true, "measurements": {"Cell: Area": 63.0}}
    }
  ]
}"""


@pytest.mark.parametrize("name", ["a.geojson", "a.png.geojson", "annotations/a.png.geojson"])
def test_a_file_as_qupath_writes_it_is_read_and_written_again(folder: Path, tmp_path: Path, name: str) -> None:
    put_text(folder / name, AS_QUPATH_WRITES)
    dataset = qupath.read(folder)
    assert [(known.name, known.color) for known in dataset.classes] == [
        ("Positive", "#fa3e3e"),
        ("Tumor: Edge", "#c80000"),
        ("Unclassified", ""),
    ]
    ellipse, cell = ((8, 5), (5, 8), (2, 5), (5, 2)), ((20, 2), (29, 2), (29, 9), (20, 9))
    assert [(found.image_id, found.class_id, found.shape) for found in dataset.annotations] == [
        (1, 1, Point(10.5, 4.25)),
        (1, 1, Point(30, 20.75)),
        (1, 1, Point(3.5, 7.5)),
        (1, 2, Polygons((ring(*ellipse),))),
        (1, 3, Polygons((ring(*cell),))),
    ]
    assert dataset.annotations[4].extra["objectType"] == "cell"
    assert written(dataset, tmp_path / "out")[0] == []
    assert qupath.read(tmp_path / "out") == dataset


EARLIER = [
    {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [3.5, 7.5]},
        "properties": {
            "object_type": "annotation",
            "name": "first",
            "color": [1, 2, 3],
            "classification": {"name": "Tumor", "colorRGB": -3670016},
            "isLocked": False,
            "measurements": [{"name": "Area", "value": 4.5}],
            "metadata": {"reader": "A"},
        },
    },
    {
        "type": "Feature",
        "id": "PathAnnotationObject",
        "geometry": {"type": "Point", "coordinates": [8, 4]},
        "properties": {"classification": {"name": "Tumor", "colorRGB": -3670016}, "isLocked": True},
    },
]


def test_objects_of_qupath_0_3_and_0_2_are_read_and_written_again(folder: Path, tmp_path: Path) -> None:
    """As the writer of QuPath 0.3 orders the keys, and with the type as id, as in 0.2."""
    put_text(folder / "a.geojson", json.dumps({"type": "FeatureCollection", "features": EARLIER}))
    dataset = qupath.read(folder)
    assert dataset.classes == (LabelClass(1, "Tumor", "#c80000"),)
    assert [found.shape for found in dataset.annotations] == [Point(3.5, 7.5), Point(8, 4)]
    assert dict(dataset.annotations[0].extra) == {
        "name": "first",
        "color": [1, 2, 3],
        "isLocked": False,
        "measurements": [{"name": "Area", "value": 4.5}],
        "metadata": {"reader": "A"},
    }
    assert written(dataset, tmp_path / "out")[0] == []
    assert qupath.read(tmp_path / "out") == dataset


def test_a_file_with_the_whole_name_of_a_missing_image_names_the_image(folder: Path) -> None:
    put_text(folder / "c.png.geojson", "[]")
    with pytest.raises(InputError, match=r"slides/c\.png: image not found"):
        qupath.read(folder)


def test_a_file_with_the_whole_name_of_another_image_is_not_read_for_it(folder: Path) -> None:
    put_text(folder / "a.tif.geojson", "[]")
    with pytest.raises(InputError, match=r"slides/a\.tif: image not found"):
        qupath.read(folder)


def test_two_files_of_one_image_are_named(folder: Path) -> None:
    put_text(folder / "a.geojson", "[]")
    put_text(folder / "a.png.geojson", "[]")
    with pytest.raises(InputError, match=r"a\.png\.geojson: a\.geojson belongs to the same image, a; import one"):
        qupath.read(folder)


def test_what_was_read_is_written_and_read_again_equal(folder: Path, tmp_path: Path) -> None:
    rows = [feature("Point", [12.5, 30], name="x", measurements={"a": 1}), feature("Polygon", [SQUARE])]
    dataset = read(folder, *rows)
    notes, content = written(dataset, tmp_path / "out")
    assert notes == []
    assert qupath.read(tmp_path / "out") == dataset
    assert problems(content, FEATURE_COLLECTION) == []
    assert [row["properties"] for row in content["features"]] == [row["properties"] for row in rows]
    assert [row["geometry"] for row in content["features"]] == [row["geometry"] for row in rows]


RING_AND_ISLAND = mask_of((2, 2, 12, 12), (22, 2, 26, 6), (5, 5, 6, 6), without=((4, 4), (5, 5), (7, 7), (8, 8)))


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (Box(1, 2, 5.5, 9), "Polygon"),
        (OrientedBox(20, 15, 8, 4, 0.5), "Polygon"),
        (Polygons((ring((1, 1), (9, 2), (5, 8)),)), "Polygon"),
        (Polygons((ring((1, 1), (9, 2), (5, 8)), ring((20, 1), (29, 2), (25, 8)))), "MultiPolygon"),
        (mask_of((3, 3, 9, 7)), "Polygon"),
        (mask_of((3, 3, 9, 7), (9, 7, 12, 9)), "MultiPolygon"),  # they touch at a corner
        (mask_of((2, 2, 12, 12), without=((4, 4), (5, 5), (7, 7))), "Polygon"),
        (mask_of((2, 2, 12, 12), without=((2, 2), (3, 3), (11, 11))), "Polygon"),
        (RING_AND_ISLAND, "MultiPolygon"),
        (mask_of((0, 0, WIDTH, HEIGHT)), "Polygon"),
    ],
)
def test_every_area_is_valid_for_a_geometry_library(tmp_path: Path, shape: Any, kind: str) -> None:
    _, content = written(dataset_of(shape), tmp_path / "out")
    assert problems(content, FEATURE_COLLECTION) == []
    geometry = content["features"][0]["geometry"]
    area = shapes.shape(geometry)
    assert geometry["type"] == kind
    assert area.is_valid
    if isinstance(shape, Mask):
        ys, xs = np.nonzero(shape.full())
        assert area.equals(unary_union([shapes.box(x, y, x + 1, y + 1) for x, y in zip(xs, ys, strict=True)]))
    else:
        assert area.area > 0


@pytest.mark.parametrize(
    "row",
    [
        feature("Point", [1]),
        feature("Point", ["1", 2]),
        feature("Polygon", [SQUARE[:3]]),
        feature("LineString", [[1, 2], [3, 4]]),
        feature("Point", [1, 2], objectType="cell"),
        feature("Point", [1, 2], classification={"color": [1, 2, 3]}),
        feature("Point", [1, 2], classification={"name": "a", "color": [1, 2, 256]}),
        {**feature("Point", [1, 2]), "type": "Point"},
    ],
)
def test_the_schema_refuses_what_is_no_geojson_of_qupath(row: dict[str, Any]) -> None:
    assert problems({"type": "FeatureCollection", "features": [feature("Point", [1, 2])]}, FEATURE_COLLECTION) == []
    assert problems({"type": "FeatureCollection", "features": [row]}, FEATURE_COLLECTION) != []


def test_what_other_shapes_become_is_said(tmp_path: Path) -> None:
    whole, hollow = mask_of((3, 3, 9, 7)), mask_of((3, 3, 9, 7), without=((5, 5),))
    dataset = dataset_of(Point(1, 2), Box(0, 0, 1, 1), OrientedBox(20, 15, 8, 4, 0.5), whole, hollow)
    notes, _ = written(dataset, tmp_path / "out")
    assert notes == [
        "1 of the boxes written as polygons",
        "1 of the masks written as polygons",
        "1 of the oriented boxes written as polygons",
    ]
    again = qupath.read(tmp_path / "out").annotations
    assert (again[0], again[4]) == (dataset.annotations[0], dataset.annotations[4])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"type": "Point"}, "features[0]: type must be 'Feature', not 'Point'"),
        (feature("Point", [40.5, 1]), "features[0] (id 'b6a4'), geometry: the point 40.5, 1 lies outside the image of"),
        (feature("Point", [1]), "features[0] (id 'b6a4'), geometry: a position must be x and y, not 1 numbers"),
        (feature("Point", ["1", 2]), "features[0] (id 'b6a4'), geometry: a position must hold finite numbers, not '1'"),
        (feature("Point", None), "features[0] (id 'b6a4'), geometry: a position must be a list of numbers, not null"),
        (feature("MultiPoint", []), "features[0] (id 'b6a4'), geometry: expected a list of coordinates that is not"),
        (feature("LineString", [[1, 2], [3, 4]]), "features[0] (id 'b6a4'), geometry: the type 'LineString' is not"),
        (feature("Polygon", [[[1, 1], [2, 2], [1, 1]]]), "features[0] (id 'b6a4'), geometry: expected at least 3 corn"),
        (feature("Polygon", [[[50, 1], [60, 2], [55, 9]]]), "features[0] (id 'b6a4'), geometry: x 50 to 60, y 1 to 9"),
        (feature("Polygon", [HOLE, SQUARE]), "features[0] (id 'b6a4'), geometry: the polygon covers no pixel"),
        (feature("Point", [1, 2], classification="x"), "features[0] (id 'b6a4'), properties: classification must be"),
        (feature("Point", [1, 2], classification={}), "features[0] (id 'b6a4'), properties, classification: the key"),
    ],
)
def test_a_wrong_feature_is_named(folder: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, row)
    assert str(caught.value).startswith(f"{folder / 'a.geojson'}: {said}")


def test_a_file_of_something_else_a_missing_image_and_an_empty_folder_are_named(folder: Path, tmp_path: Path) -> None:
    put_text(folder / "a.geojson", '{"type": "Topology"}')
    with pytest.raises(InputError, match=r"a\.geojson: expected a FeatureCollection of GeoJSON, got an object"):
        qupath.read(folder)
    put_text(folder / "a.geojson", "[]")
    put_text(folder / "c.geojson", "[]")
    with pytest.raises(InputError, match=r"c\.png: image not found; add it, because its size is needed"):
        qupath.read(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: no files with the ending \.geojson"):
        qupath.read(tmp_path / "empty")
