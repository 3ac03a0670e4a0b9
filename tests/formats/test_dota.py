"""DOTA: oriented boxes by their corners, read as published and written so that they come back."""

import json
from dataclasses import replace
from math import pi
from pathlib import Path

import numpy as np
import pytest
from label_files import HEIGHT, WIDTH, dataset_of, put_image, put_text, texts_of

from fewclicks.errors import InputError, StorageError
from fewclicks.formats.dota import Dota
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Polygons, Provenance

dota = Dota()
SQUARE = "10 5 20 5 20 15 10 15"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, one with headers and three objects, the other without labels."""
    path = tmp_path / "dota"
    put_image(path / "images" / "P1.png")
    put_image(path / "images" / "P2.png", 8, 6)
    text = "imagesource:GoogleEarth\ngsd:0.146343590398\n"
    text += f"{SQUARE} small-vehicle 0\n20.0 10.0 26.0 18.0 22.0 21.0 16.0 13.0 ship 1\n\n{SQUARE} plane\n"
    put_text(path / "labelTxt" / "P1.txt", text)
    return path


def test_the_files_are_read(folder: Path) -> None:
    dataset = dota.read(folder)
    assert [known.name for known in dataset.classes] == ["plane", "ship", "small-vehicle"]
    first, second = dataset.images
    assert (first.file_name, first.size_hw) == ("images/P1.png", (HEIGHT, WIDTH))
    assert first.extra == {"imagesource": "GoogleEarth", "gsd": "0.146343590398"}
    assert (second.file_name, second.size_hw) == ("images/P2.png", (6, 8))
    square, ship, plane = dataset.annotations
    assert square.shape == OrientedBox(15, 10, 10, 10, 0.0)
    assert (square.id, square.extra) == ("1:1", {})
    assert ship.shape == OrientedBox(21, 15.5, 10, 5, round(np.arctan2(8, 6), 9))
    assert ship.extra == {"difficult": 1}
    assert (plane.shape, plane.extra) == (square.shape, {})


def test_what_was_read_is_written_and_read_again_equal(folder: Path, tmp_path: Path) -> None:
    dataset = dota.read(folder)
    assert dota.write(dataset, tmp_path / "out") == []
    assert dota.read(tmp_path / "out") == dataset
    assert texts_of(tmp_path / "out")["labelTxt/P1.txt"] == (
        "imagesource:GoogleEarth\ngsd:0.146343590398\n"
        f"{SQUARE} small-vehicle 0\n20 10 26 18 22 21 16 13 ship 1\n{SQUARE} plane 0\n"
    )


@pytest.mark.parametrize(
    "quad",
    [
        "10 5 20.5 6 20 15 9 14.5",  # no rectangle
        "20 15 10 15 10 5 20 5",  # begins with another corner
        "10 15 20 15 20 5 10 5",  # counter-clockwise
        "-3 -2 8 -2 8 6 -3 6",  # beyond the image
    ],
)
def test_corners_that_the_box_does_not_have_are_kept_until_the_box_is_changed(
    folder: Path, tmp_path: Path, quad: str
) -> None:
    put_text(folder / "labelTxt" / "P1.txt", f"{quad} ship 0\n")
    dataset = dota.read(folder)
    assert dota.write(dataset, tmp_path / "out") == []
    assert texts_of(tmp_path / "out")["labelTxt/P1.txt"] == f"{quad} ship 0\n"
    assert dota.read(tmp_path / "out") == dataset
    (annotation,) = dataset.annotations
    changed = replace(annotation, shape=OrientedBox(15, 10, 8, 4, 0.25))
    dota.write(replace(dataset, annotations=(changed,)), tmp_path / "out")
    again = dota.read(tmp_path / "out").annotations[0]
    assert (again.shape, again.extra) == (changed.shape, {})


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.3, pi / 4, pi / 2 - 1e-6, 1.570796325])
@pytest.mark.parametrize("sides", [(10.0, 10.0), (30.5, 0.25), (0.01, 7.0)])
def test_an_oriented_box_comes_back_exactly(tmp_path: Path, angle: float, sides: tuple[float, float]) -> None:
    dataset = dataset_of(OrientedBox(20.123456, 11.5, *sides, round(angle, 9)))
    assert dota.write(dataset, tmp_path / "out") == []
    assert dota.read(tmp_path / "out") == dataset


@pytest.mark.parametrize(
    ("labels", "images"),
    [
        ("train/labelTxt/P1.txt", "train/images/P1.png"),
        ("labelTxt/train/P1.txt", "images/train/P1.png"),
        ("labelTxt-v1.0/P1.txt", "images/P1.tif"),
        ("P1.txt", "P1.png"),
    ],
)
def test_images_are_found_where_data_sets_have_them(tmp_path: Path, labels: str, images: str) -> None:
    put_text(tmp_path / labels, f"{SQUARE} ship 0\n")
    put_image(tmp_path / images)
    dataset = dota.read(tmp_path)
    assert [image.file_name for image in dataset.images] == [images]
    assert len(dataset.annotations) == 1


def test_a_folder_of_labels_alone_finds_the_images_beside_it(folder: Path) -> None:
    assert dota.read(folder / "labelTxt") == dota.read(folder)


def test_names_and_ids_that_labels_have_no_place_for_come_back(tmp_path: Path) -> None:
    classes = (
        LabelClass(7, "small vehicle", "#ff0000", {"k": [1]}),
        LabelClass(3, "small-vehicle"),
        LabelClass(9, "x"),
    )
    images = (ImageRecord(4, "../P1.png", 40, 30, {"license": 2}), ImageRecord(2, "P1.png", 40, 30))
    box = OrientedBox(20, 10, 8, 4, 0.25)
    annotations = (Annotation("4:1", 4, 7, box), Annotation("2:1", 2, 3, box))
    dataset = Dataset(classes, images, annotations, {"info": {"year": 2024}})
    assert dota.write(dataset, tmp_path / "out") == []
    assert dota.read(tmp_path / "out") == dataset
    texts = texts_of(tmp_path / "out")
    assert sorted(texts) == ["fewclicks.json", "labelTxt/P1.txt", "labelTxt/image-4.txt"]
    assert [text.split()[8] for name, text in sorted(texts.items())[1:]] == ["small-vehicle-2", "small-vehicle"]


def test_labels_that_another_program_added_are_read_too(tmp_path: Path) -> None:
    dota.write(dataset_of(OrientedBox(20, 10, 8, 4, 0.25)), tmp_path / "out")
    put_text(tmp_path / "out" / "labelTxt" / "b.txt", f"{SQUARE} plane 0\n")
    put_image(tmp_path / "out" / "images" / "b.png")
    dataset = dota.read(tmp_path / "out")
    assert [(image.id, image.file_name) for image in dataset.images] == [(1, "a.png"), (2, "images/b.png")]
    assert [(known.id, known.name) for known in dataset.classes] == [(1, "ship"), (2, "plane")]


def test_what_the_labels_cannot_hold_is_said(tmp_path: Path) -> None:
    dataset = dataset_of(
        Box(1, 2, 5, 7),
        Mask(np.ones((2, 3), bool), (4, 5), (HEIGHT, WIDTH)),
        Polygons(((0.0, 0.0, 4.0, 0.0, 4.0, 4.0),)),
        Mask.empty((HEIGHT, WIDTH)),
        OrientedBox(9, 9, 4, 3, 3.0),
    )
    one, *others = dataset.annotations
    one = replace(one, crowd=True, provenance=Provenance(), extra={"difficult": "no", "score": 0.5})
    notes = dota.write(replace(dataset, annotations=(*others, one)), tmp_path / "out")
    assert notes == [
        "1 of the annotations left out: they cover no pixel of their image",
        "1 of the boxes written as oriented boxes",
        "1 of the masks written as oriented boxes",
        "1 of the oriented boxes rounded: they come back within a millionth of a pixel",
        "1 of the polygons written as oriented boxes",
        "1 of the crowds written as single objects",
        "the ids of annotations and who made them left out",
        "extra keys of annotations left out: difficult, score",
    ]
    shapes = [annotation.shape for annotation in dota.read(tmp_path / "out").annotations]
    assert shapes[0] == OrientedBox(5.5, 6, 3, 2, 0.0)
    assert shapes[-1] == OrientedBox(3, 4.5, 4, 5, 0.0)


LINES = {
    "seven coordinates": ("1 2 3 4 5 6 7 ship 0", "line 1: expected a finite number, not 'ship'"),
    "seven coordinates and no more": ("1 2 3 4 5 6 7 ship", "line 1: expected 8 coordinates, .* not 8 words"),
    "class with a space": (f"{SQUARE} small vehicle 0", "line 1: expected 8 coordinates, .* not 11 words"),
    "a text": ("hello", "line 1: expected 8 coordinates"),
    "not a number": ("1 2 3 4 x 6 7 8 ship 0", "line 1: expected a finite number, not 'x'"),
    "nan": ("1 2 3 4 nan 6 7 8 ship 0", "not 'nan'"),
    "infinity": ("1 2 3 4 1e999 6 7 8 ship 0", "not '1e999'"),
    "comma": ("1,2 3 4 5 6 7 8 9 ship 0", "not '1,2'"),
    "difficult a word": (f"{SQUARE} ship hard", "difficult must be a whole number, not 'hard'"),
    "no class": (f"{SQUARE} 0", "expected a class and whether it is difficult after the coordinates, got only 0"),
    "difficult negative": (f"{SQUARE} ship -1", "difficult must be a whole number, not '-1'"),
    "difficult a fraction": (f"{SQUARE} ship 0.5", "difficult must be a whole number, not '0.5'"),
    "outside": ("100 5 110 5 110 9 100 9 ship 0", "line 1: .* lies outside the image of 40x30"),
    "later line": (f"gsd:1\n\n{SQUARE} ship 0\n1 2 3", "line 4: expected 8 coordinates"),
    "unknown header": ("source:Google", "line 1: expected 8 coordinates"),
    "header after objects": (f"{SQUARE} ship 0\ngsd:1", "line 2: expected 8 coordinates"),
    "not UTF-8": (b"\xff\xfe", "expected UTF-8"),
}


@pytest.mark.parametrize(("text", "says"), LINES.values(), ids=LINES.keys())
def test_a_broken_line_is_named(folder: Path, text: str | bytes, says: str) -> None:
    put_text(folder / "labelTxt" / "P1.txt", text)
    with pytest.raises(InputError, match=says) as caught:
        dota.read(folder)
    assert str(caught.value).startswith(f"{folder / 'labelTxt' / 'P1.txt'}: ")


@pytest.mark.parametrize(
    ("quad", "box"),
    [
        ("5 5 5 5 5 5 5 5", OrientedBox(5, 5, 0, 0, 0.0)),
        ("5 5 9 9 9 9 5 5", OrientedBox(7, 7, round(32**0.5, 6), 0, round(pi / 4, 9))),
    ],
)
def test_objects_without_area_are_read_as_they_are(folder: Path, tmp_path: Path, quad: str, box: OrientedBox) -> None:
    put_text(folder / "labelTxt" / "P1.txt", f"{quad} ship 0\n")
    dataset = dota.read(folder)
    assert [annotation.shape for annotation in dataset.annotations] == [box]
    assert dota.write(dataset, tmp_path / "out") == []
    assert dota.read(tmp_path / "out") == dataset


def test_values_of_difficult_that_nobody_knows_are_kept(folder: Path, tmp_path: Path) -> None:
    put_text(folder / "labelTxt" / "P1.txt", f"{SQUARE} ship 2\n")
    assert dota.read(folder).annotations[0].extra == {"difficult": 2}
    dota.write(dota.read(folder), tmp_path / "out")
    assert texts_of(tmp_path / "out")["labelTxt/P1.txt"] == f"{SQUARE} ship 2\n"


def test_a_folder_without_any_file_of_labels_is_none(tmp_path: Path) -> None:
    put_image(tmp_path / "images" / "P1.png")
    with pytest.raises(InputError, match="no text files with labels"):
        dota.read(tmp_path)


def test_an_absent_image_is_named(folder: Path) -> None:
    (folder / "images" / "P1.png").unlink()
    with pytest.raises(InputError, match=r"images/P1\.png: image not found"):
        dota.read(folder)


def test_two_label_files_of_one_image_are_named(folder: Path) -> None:
    put_text(folder / "labelTxt-v1.5" / "P1.txt", "")
    with pytest.raises(InputError, match=r"labelTxt/P1\.txt: labelTxt-v1\.5/P1\.txt belongs to the same image"):
        dota.read(folder)


def test_two_images_of_one_label_file_are_named(folder: Path) -> None:
    put_image(folder / "images" / "P1.jpg")
    with pytest.raises(InputError, match=r"images/P1\.png: images/P1\.jpg and this image share the same labels, P1"):
        dota.read(folder)


def test_a_label_file_that_is_gone_is_named(tmp_path: Path) -> None:
    dota.write(dataset_of(OrientedBox(20, 10, 8, 4, 0.25)), tmp_path / "out")
    (tmp_path / "out" / "labelTxt" / "a.txt").unlink()
    with pytest.raises(InputError, match=r"a\.txt: file not found, although it is in fewclicks\.json"):
        dota.read(tmp_path / "out")


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    dota.write(dataset_of(OrientedBox(20, 10, 8, 4, 0.25)), tmp_path / "out")
    put_image(tmp_path / "out" / "images" / "a.png", 20, 15)
    with pytest.raises(InputError, match=r"a\.png: the image has 20x15 pixels, but 40x30 in fewclicks\.json; restore"):
        dota.read(tmp_path / "out")


OWN = {
    "no JSON": ("{", "not JSON"),
    "a list": ("[]", "expected an object, got a list of 0"),
    "no classes": ('{"images": []}', "the key 'classes' is missing"),
    "image without size": (
        '{"classes": [], "images": [{"labels": "labelTxt/a.txt", "id": 1, "file_name": "a"}]}',
        r"images\[0\] \(id 1\): the key 'width' is missing",
    ),
    "image of nothing": (
        '{"classes": [], "images": [{"labels": "a", "id": 1, "file_name": "a", "width": 0, "height": 3}]}',
        "not 0x3",
    ),
    "half a character": (
        '{"classes": [{"id": 1, "written": "\\ud800"}]}',
        r"classes\[0\] \(id 1\): written must be whole characters, not '.ud800'",
    ),
    "extra a list": ('{"classes": [], "images": [], "extra": []}', "extra must be an object, not a list of 0"),
}


@pytest.mark.parametrize(("text", "says"), OWN.values(), ids=OWN.keys())
def test_our_own_file_is_checked_like_any_other(tmp_path: Path, text: str, says: str) -> None:
    put_text(tmp_path / "fewclicks.json", text)
    with pytest.raises(InputError, match=rf"fewclicks\.json: .*{says}"):
        dota.read(tmp_path)


REFUSED = {
    "class": (Annotation("a", 1, 9, Box(1, 1, 2, 2)), "annotation a: class_id 9 is not in `classes`"),
    "mask of another image": (Annotation("a", 1, 1, Mask(np.ones((1, 1), bool), (0, 0), (2, 2))), "the mask is 2x2"),
    "nan": (Annotation("a", 1, 1, Box(1, float("nan"), 2, 2)), "coordinates must be finite"),
    "negative": (Annotation("a", 1, 1, Box(3, 1, 2, 2)), "negative width or height"),
    "outside": (Annotation("a", 1, 1, Box(50, 1, 52, 2)), "lies outside the image"),
}


@pytest.mark.parametrize(("annotation", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_data_set_that_contradicts_itself_is_refused(tmp_path: Path, annotation: Annotation, says: str) -> None:
    with pytest.raises(InputError, match=says):
        dota.write(replace(dataset_of(), annotations=(annotation,)), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_ids_used_twice_are_refused(tmp_path: Path) -> None:
    dataset = dataset_of()
    with pytest.raises(InputError, match="2 images have the id 1"):
        dota.write(replace(dataset, images=dataset.images * 2), tmp_path / "out")
    with pytest.raises(InputError, match="2 classes have the id 1"):
        dota.write(replace(dataset, classes=dataset.classes * 2), tmp_path / "out")


def test_a_folder_of_photos_is_never_replaced(folder: Path) -> None:
    before = texts_of(folder)
    with pytest.raises(StorageError, match="choose a new folder"):
        dota.write(dota.read(folder), folder)
    assert texts_of(folder) == before
    assert (folder / "images" / "P1.png").is_file()


def test_our_own_file_says_what_it_has_written(tmp_path: Path) -> None:
    dota.write(dataset_of(OrientedBox(20, 10, 8, 4, 0.25)), tmp_path / "out")
    own = json.loads(texts_of(tmp_path / "out")["fewclicks.json"])
    assert (own["format"], own["files"]) == ("dota", ["labelTxt/a.txt"])


def test_our_own_file_need_not_say_the_format(tmp_path: Path) -> None:
    dataset = dataset_of(OrientedBox(20, 10, 8, 4, 0.25))
    dota.write(dataset, tmp_path / "out")
    own = tmp_path / "out" / "fewclicks.json"
    put_text(own, own.read_text(encoding="utf-8").replace('"format": "dota",\n', ""))
    assert "dota" not in own.read_text(encoding="utf-8")
    assert dota.read(tmp_path / "out") == dataset
