"""CVAT for images 1.1: one XML file with images, labels and shapes."""

import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from label_files import HEIGHT, WIDTH, dataset_of, put_text

from fewclicks.errors import InputError, StorageError
from fewclicks.formats.cvat import Cvat
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Point, Polygons

cvat = Cvat()
LABEL = "<label><name>cell</name><color>#c80010</color><type>any</type><attributes></attributes></label>"
META = f"<meta><task><id>7</id><name>wells</name><labels>{LABEL}<label><name>dish</name></label></labels></task></meta>"
TRIANGLE = '<polygon label="cell" points="1.00,1.00;9.00,2.00;5.50,8.00" z_order="0"/>'


def xml(inside: str, meta: str = META) -> str:
    images = f'<image id="0" name="a.png" width="40" height="30">{inside}</image>'
    more = '<image id="5" name="sub/b.png" width="8" height="6"></image>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>{meta}{images}{more}</annotations>'
    )


def read(path: Path, inside: str, meta: str = META) -> Dataset:
    put_text(path, xml(inside, meta))
    return cvat.read(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annotations.xml"


def test_images_and_labels_are_read(path: Path) -> None:
    dataset = read(path, '<points label="other" points="1,2"/>')
    assert dataset.images == (ImageRecord(0, "a.png", WIDTH, HEIGHT), ImageRecord(5, "sub/b.png", 8, 6))
    assert dataset.classes == (LabelClass(1, "cell", "#c80010"), LabelClass(2, "dish"), LabelClass(3, "other"))
    assert read(path, "", meta="").classes == ()
    project = META.replace("task>", "project>")
    assert len(read(path, "", meta=project).classes) == 2


def test_every_shape_is_read(path: Path) -> None:
    dataset = read(
        path,
        '<points label="cell" source="manual" occluded="0" points="12.50,30.00;1,2" z_order="0"></points>'
        '<box label="cell" source="manual" occluded="0" xtl="1" ytl="2" xbr="9" ybr="8.5" z_order="0"/>'
        '<box label="cell" xtl="10" ytl="10" xbr="20" ybr="14" rotation="30.00"/>'
        f"{TRIANGLE}"
        '<mask label="cell" rle="1, 2, 1, 2" left="3" top="4" width="3" height="2"/>',
    )
    first, second, box, turned, polygon, mask = [found.shape for found in dataset.annotations]
    assert (first, second, box) == (Point(12.5, 30), Point(1, 2), Box(1, 2, 9, 8.5))
    assert turned == OrientedBox(15, 12, 10, 4, round(math.radians(30), 9))
    assert polygon == Polygons(((1, 1, 9, 2, 5.5, 8),))
    full = np.zeros((HEIGHT, WIDTH), bool)
    full[4, 4:6] = full[5, 4:6] = True
    assert mask == Mask.from_full(full)
    assert not any(found.extra for found in dataset.annotations)


def test_a_positive_rotation_is_clockwise_on_the_screen(path: Path) -> None:
    (found,) = read(path, '<box label="cell" xtl="10" ytl="10" xbr="20" ybr="14" rotation="30"/>').annotations
    assert isinstance(found.shape, OrientedBox)
    middle_of_right_side = (np.array(found.shape.ring[2:4]) + found.shape.ring[4:6]) / 2
    np.testing.assert_allclose(middle_of_right_side, [15 + 5 * 3**0.5 / 2, 12 + 2.5], atol=1e-6)


def test_what_was_read_is_written_and_read_again_equal(path: Path, tmp_path: Path) -> None:
    attribute = '<attribute name="stage">a &amp; b</attribute><attribute name="sure">true</attribute>'
    dataset = read(
        path,
        '<mask label="dish" rle="0, 6" left="3" top="4" width="3" height="2"/>'
        f'<points label="cell" source="semi-auto" occluded="1" points="0.1,2" z_order="-3">{attribute}</points>'
        '<box label="cell" xtl="10" ytl="10" xbr="20" ybr="14" rotation="30.00" group_id="4"/>'
        '<box label="cell" xtl="10.01" ytl="10" xbr="20" ybr="14.3"/>',
    )
    assert dataset.annotations[1].extra == {
        "source": "semi-auto",
        "occluded": 1,
        "z_order": -3,
        "attributes": {"stage": "a & b", "sure": "true"},
    }
    assert dataset.annotations[2].extra == {"group_id": 4}
    assert cvat.write(dataset, tmp_path / "out.xml") == []
    assert cvat.read(tmp_path / "out.xml") == dataset


def test_other_programs_find_what_cvat_writes(tmp_path: Path) -> None:
    full = np.zeros((HEIGHT, WIDTH), bool)
    full[10:12, 20:23] = [[1, 0, 1], [1, 1, 0]]
    rings = Polygons(((1.0, 1.0, 9.0, 2.0, 5.5, 8.0), (20.0, 1.0, 29.0, 2.0, 25.0, 8.0)))
    dataset = dataset_of(Point(12.5, 30), Mask.from_full(full), OrientedBox(15, 12, 10, 4, math.pi / 6), rings)
    assert cvat.write(dataset, tmp_path / "out.xml") == [
        "1 of the oriented boxes rounded: they come back within a millionth of a pixel"
    ]
    root = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert [root.findtext("version"), root.findtext("meta/task/labels/label/name")] == ["1.1", "ship"]
    image = root.find("image")
    assert image is not None
    assert dict(image.attrib) == {"id": "1", "name": "a.png", "width": "40", "height": "30"}
    points, mask, box, first, second = image
    assert dict(points.attrib) == {
        "label": "ship",
        "source": "manual",
        "occluded": "0",
        "points": "12.5,30",
        "z_order": "0",
    }
    assert [mask.get(key) for key in ("rle", "left", "top", "width", "height")] == [
        "0, 1, 1, 3, 1",
        "20",
        "10",
        "3",
        "2",
    ]
    assert [box.get(key) for key in ("xtl", "ytl", "xbr", "ybr")] == ["10", "10", "20", "14"]
    assert float(box.get("rotation", "")) == pytest.approx(30, abs=1e-6)
    assert first.get("group_id") == second.get("group_id") == "1"


def test_names_that_xml_cannot_have_come_back(path: Path) -> None:
    images = (ImageRecord(1, "a\x01.png", 8, 6), ImageRecord(2, "a\x02.png", 8, 6))
    classes = (LabelClass(4, "\x00", "red", {"a": 1}), LabelClass(2, ' <b> & "c" '))
    dataset = Dataset(classes, images, (Annotation("2:1", 2, 4, Point(1, 1)),), {"year": 2024})
    assert cvat.write(dataset, path) == []
    assert cvat.read(path) == dataset


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<polyline label="cell" points="1,1;2,2"/>', "polyline[0]: <polyline> is not supported; delete it or draw a"),
        ('<points label="cell" points="41,2"/>', "points[0]: the point 41, 2 lies outside the image of 40x30"),
        ('<points label="cell" points="1,2,3"/>', "points[0]: expected points as x,y;x,y, not '1,2,3'"),
        ('<points label="cell" points="1;2"/>', "points[0]: expected points as x,y;x,y, not '1'"),
        ('<points label="cell" points="1,a"/>', "points[0]: expected a finite number, not 'a'"),
        ('<points label="cell"/>', "points[0]: the attribute 'points' is missing; add it"),
        ('<points points="1,2"/>', "points[0]: the attribute 'label' is missing; add it"),
        ('<polygon label="cell" points="1,2;3,4"/>', "polygon[0]: expected at least 3 points of a polygon, got 2"),
        ('<box label="cell" xtl="9" ytl="1" xbr="2" ybr="3"/>', "box[0]: expected xtl <= xbr and ytl <= ybr; swap"),
        (
            '<box label="cell" xtl="50" ytl="1" xbr="60" ybr="3"/>',
            "box[0]: x 50 to 60, y 1 to 3 lies outside the image",
        ),
        (
            '<mask label="cell" rle="1, 2" left="0" top="0" width="2" height="2"/>',
            "mask[0]: run lengths add up to 3 pix",
        ),
        ('<mask label="cell" rle="4" left="0" top="0" width="2" height="2"/>', "mask[0]: the mask covers no pixel"),
        (
            '<mask label="cell" rle="0, 4" left="39" top="0" width="2" height="2"/>',
            "mask[0]: the mask, 2x2 at 39, 0, lie",
        ),
        (
            '<mask label="cell" rle="1.5" left="0" top="0" width="2" height="2"/>',
            "mask[0]: expected a whole number, not",
        ),
    ],
)
def test_a_wrong_element_is_named(path: Path, inside: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(path, inside)
    assert str(caught.value).startswith(f"{path}: image[0] (a.png), {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<annotation/>", "expected <annotations>, not <annotation>"),
        ('<annotations><track id="0"/></annotations>', "tracks of a video are not supported; export the task as CVAT"),
        (
            '<annotations><image name="a.png" width="0" height="3"/></annotations>',
            "image[0] (a.png): an image has 1 to",
        ),
        (
            '<annotations><image name="a.png" width="4"/></annotations>',
            "image[0] (a.png): the attribute 'height' is mis",
        ),
        (
            xml("").replace('id="5"', 'id="0"'),
            "image[1] (sub/b.png): the id 0 is already used by image[0] (a.png); give each image its own id",
        ),
        (xml("").replace("sub/b", "a"), "image[1] (a.png): another image has the same name; rename one of them"),
        ("<!DOCTYPE x><annotations/>", "a document type (<!DOCTYPE>) is not supported"),
    ],
)
def test_a_wrong_file_is_named(path: Path, text: str, said: str) -> None:
    put_text(path, text)
    with pytest.raises(InputError) as caught:
        cvat.read(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_tags_of_whole_images_are_passed_over(path: Path) -> None:
    assert read(path, '<tag label="cell" source="manual"></tag>').annotations == ()


def test_another_xml_file_is_not_replaced(path: Path) -> None:
    put_text(path, '<?xml version="1.0" encoding="utf-8"?>\n<annotation></annotation>')
    with pytest.raises(StorageError, match="a CVAT file"):
        cvat.write(Dataset(), path)
