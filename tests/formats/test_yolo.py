"""YOLO: boxes and polygons in fractions of the image, classes and splits in `data.yaml`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from label_files import HEIGHT, WIDTH, dataset_of, put_image, put_text, put_yolo, texts_of

from fewclicks.errors import InputError
from fewclicks.formats.splits import split_of
from fewclicks.formats.yolo import Yolo
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Polygons, Provenance

yolo = Yolo()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "yolo"
    put_yolo(path, "1 0.5 0.5 0.25 0.2\n\n0 0.1 0.1 0.6 0.1 0.6 0.5\n")
    return path


def test_a_folder_is_read(folder: Path) -> None:
    dataset = yolo.read(folder)
    assert dataset.classes == (LabelClass(0, "fish"), LabelClass(1, "crab"))
    assert [image.file_name for image in dataset.images] == [f"images/{n}.png" for n in ("train/a", "train/b", "val/c")]
    assert [split_of(image) for image in dataset.images] == ["train", "train", "val"]
    assert dataset.annotations == (
        Annotation("1:1", 1, 1, Box(15, 12, 25, 18)),
        Annotation("1:2", 1, 0, Polygons(((4, 3, 24, 3, 24, 15),))),
    )
    assert yolo.read(folder / "data.yaml") == dataset


def test_what_was_read_is_written_and_read_again_equal(folder: Path, tmp_path: Path) -> None:
    dataset = yolo.read(folder)
    assert yolo.write(dataset, tmp_path / "out") == []
    assert yolo.read(tmp_path / "out") == dataset
    texts = texts_of(tmp_path / "out")
    assert texts["labels/train/a.txt"] == "1 0.5 0.5 0.25 0.2\n0 0.1 0.1 0.6 0.1 0.6 0.5\n"
    assert texts["train.txt"] == "./images/train/a.png\n./images/train/b.png\n"
    assert yaml.safe_load(texts["data.yaml"]) == {
        "train": "train.txt",
        "val": "val.txt",
        "nc": 2,
        "names": ["fish", "crab"],
    }


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ("images/train/a.png", "images/train"),
        ("train/images/a.png", "train/images"),
        ("train/images/a.png", "../train/images"),
        ("images/a.png", "images"),
        ("photos/a.png", "photos"),
        ("images/train/deep/a.png", "images/train/"),
        ("images/train/a.png", "[images/train]"),
    ],
)
def test_images_and_labels_are_found_where_data_sets_have_them(tmp_path: Path, images: str, said: str) -> None:
    put_text(tmp_path / "data.yaml", f"train: {said}\nval:\nnames: {{0: fish}}\n")
    put_image(tmp_path / images)
    put_text((tmp_path / images.replace("images", "labels")).with_suffix(".txt"), "0 0.5 0.5 0.25 0.2")
    dataset = yolo.read(tmp_path)
    assert [image.file_name for image in dataset.images] == [images]
    assert len(dataset.annotations) == 1


def test_a_split_may_be_a_list_of_images(tmp_path: Path) -> None:
    put_text(tmp_path / "any.yaml", "train: a.txt\ntest: [b.txt]\nnames: [fish]\n")
    put_text(tmp_path / "a.txt", "./images/x.png\n\n")
    put_text(tmp_path / "b.txt", "images/y.png\n./images/x.png\n")
    for name in "xy":
        put_image(tmp_path / "images" / f"{name}.png")
    dataset = yolo.read(tmp_path)
    assert [(image.file_name, image.extra) for image in dataset.images] == [
        ("images/x.png", {}),
        ("images/y.png", {"split": "test"}),
    ]
    assert yolo.write(dataset, tmp_path / "out") == []
    assert texts_of(tmp_path / "out")["test.txt"] == "./images/y.png\n"
    assert yolo.read(tmp_path / "out") == dataset


def test_the_path_that_the_file_names_is_where_the_images_are(folder: Path, tmp_path: Path) -> None:
    text = (folder / "data.yaml").read_text().replace("path: .", "path: yolo")
    put_text(tmp_path / "elsewhere.yaml", text)
    assert yolo.read(tmp_path / "elsewhere.yaml") == yolo.read(folder)
    put_text(folder / "data.yaml", text.replace("path: yolo", "path: /no/such/place"))
    assert yolo.read(folder) == yolo.read(tmp_path / "elsewhere.yaml")


@pytest.mark.parametrize(
    "line",
    [
        "0 0.9 0.5 0.4 0.2",  # right of the image
        "0 -0.05 0.5 0.3 0.2",
        "0 0.5 1.2 1 0.9",
        "0 -0.1 -0.1 1.1 0.2 0.5 1.3",
        "0 0.5 0.5 0 0",  # a point
        "0 0.5 0.5 0.123456 0.765432",
    ],
)
def test_values_beyond_the_image_and_objects_without_area_are_kept(folder: Path, tmp_path: Path, line: str) -> None:
    put_text(folder / "labels" / "train" / "a.txt", line)
    dataset = yolo.read(folder)
    assert yolo.write(dataset, tmp_path / "out") == []
    assert texts_of(tmp_path / "out")["labels/train/a.txt"] == f"{line}\n"
    assert yolo.read(tmp_path / "out") == dataset


@pytest.mark.parametrize("size", [(640, 640), (1920, 1080), (333, 1), (20_000, 17_771)])
def test_pixels_come_back_exactly(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    generator = np.random.default_rng(0)
    shapes = []
    for _ in range(100):
        xs, ys = (np.sort(np.round(generator.uniform(0, side, 2), 3)).tolist() for side in size)
        shapes.append(Box(xs[0], ys[0], xs[1], ys[1]))
    dataset = dataset_of(*shapes)
    dataset = replace(dataset, images=(ImageRecord(1, "a.png", width, height),))
    assert yolo.write(dataset, tmp_path / "out") == []
    assert yolo.read(tmp_path / "out") == dataset


def test_names_that_yaml_would_take_for_something_else_stay_names(tmp_path: Path) -> None:
    names = [
        "no",
        "2024-01-01",
        "1",
        "null",
        "- a",
        "a: b",
        "#",
        "\u0085\u2028",
        "\U0001f41f",
        "~",
        "yes",
        '"',
        "'",
        "é",
    ]
    dataset = Dataset(tuple(LabelClass(number, name) for number, name in enumerate(names)))
    assert yolo.write(dataset, tmp_path / "out") == []
    assert [known.name for known in yolo.read(tmp_path / "out").classes] == names
    assert yaml.safe_load(texts_of(tmp_path / "out")["data.yaml"])["names"] == names
    put_text(tmp_path / "plain" / "data.yaml", "names: [no, yes, 2024-01-01, 7, off]\n")
    plain = [known.name for known in yolo.read(tmp_path / "plain").classes]
    assert plain == ["no", "yes", "2024-01-01", "7", "off"]


def test_ids_colours_and_keys_that_nobody_knows_come_back(tmp_path: Path) -> None:
    classes = (LabelClass(70, "fish", "#00ff00", {"k": 1}), LabelClass(3, "crab"))
    images = (ImageRecord(9, "x.jpg", 40, 30, {"license": 2, "split": "test"}), ImageRecord(2, "val/y.png", 40, 30))
    annotations = (Annotation("9:1", 9, 3, Box(1, 2, 5, 7)), Annotation("2:1", 2, 70, Box(1, 2, 5, 7)))
    extra = {"roboflow": {"version": 2, "license": "CC BY 4.0"}, "download": None, "names": ["mine"]}
    dataset = Dataset(classes, images, annotations, extra)
    assert yolo.write(dataset, tmp_path / "out") == []
    assert yolo.read(tmp_path / "out") == dataset
    texts = texts_of(tmp_path / "out")
    assert texts["test.txt"] == "./images/x.jpg\n"
    assert texts["val.txt"] == "./images/val/y.png\n"
    assert texts["labels/x.txt"].split()[0] == "1"
    assert yaml.safe_load(texts["data.yaml"])["roboflow"] == {"version": 2, "license": "CC BY 4.0"}


def test_a_split_that_another_program_changed_counts(tmp_path: Path) -> None:
    yolo.write(dataset_of(Box(1, 2, 5, 7)), tmp_path / "out")
    (tmp_path / "out" / "train.txt").rename(tmp_path / "out" / "val.txt")
    put_text(tmp_path / "out" / "train.txt", "")
    (image,) = yolo.read(tmp_path / "out").images
    assert split_of(image) == "val"


def test_masks_and_several_rings_become_one_polygon_of_the_same_pixels(tmp_path: Path) -> None:
    full = np.zeros((HEIGHT, WIDTH), bool)
    full[2:9, 3:12] = full[20:25, 30:38] = full[15:18, 1:4] = True
    full[4:6, 5:8] = False
    shapes = (
        Mask.from_full(full),
        Polygons(((0, 0, 4, 0, 4, 4, 0, 4), (2, 2, 9, 2, 9, 9, 2, 9))),
        OrientedBox(20, 15, 10, 4, 0.4),
    )
    notes = yolo.write(dataset_of(*shapes), tmp_path / "out")
    assert notes == [
        "1 of the masks written as polygons",
        "1 of the oriented boxes written as polygons",
        "1 of the polygons of several rings written as one ring each",
    ]
    again = [annotation.shape for annotation in yolo.read(tmp_path / "out").annotations]
    assert all(isinstance(shape, Polygons) and len(shape.rings) == 1 for shape in again)
    size = (HEIGHT, WIDTH)
    assert [mask_from_shape(shape, size) for shape in again] == [mask_from_shape(shape, size) for shape in shapes]


def test_what_the_labels_cannot_hold_is_said(tmp_path: Path) -> None:
    (one,) = dataset_of(Box(1, 2, 5.0000001234, 7)).annotations
    dataset = dataset_of(Box(1, 2, 5, 7))
    one = replace(one, id="x", crowd=True, provenance=Provenance(), extra={"difficult": 1})
    assert yolo.write(replace(dataset, annotations=(one,)), tmp_path / "out") == [
        "1 of the boxes rounded: they come back within a millionth of a pixel",
        "1 of the crowds written as single objects",
        "the ids of annotations and who made them left out",
        "extra keys of annotations left out: difficult",
    ]


LINES = {
    "three numbers": ("0 0.5 0.5 0.1", "line 1: expected a class and 4 numbers of a box or x and y .* not 4 numbers"),
    "confidence": ("0 0.5 0.5 0.1 0.1 0.9", "not 6 numbers"),
    "odd polygon": ("0 .1 .1 .2 .2 .3 .3 .4", "not 8 numbers"),
    "class alone": ("0", "not 1 numbers"),
    "class is a name": ("fish 0.5 0.5 0.1 0.1", "line 1: expected a finite number, not 'fish'"),
    "class unknown": ("2 0.5 0.5 0.1 0.1", r"line 1: class 2 is not one of the 2 classes of data\.yaml"),
    "class negative": ("-1 0.5 0.5 0.1 0.1", "class -1 is not one"),
    "class a fraction": ("0.5 0.5 0.5 0.1 0.1", r"class 0\.5 is not one"),
    "nan": ("0 nan 0.5 0.1 0.1", "not 'nan'"),
    "infinity": ("0 0.5 0.5 inf 0.1", "not 'inf'"),
    "comma": ("0,0.5,0.5,0.1,0.1", "not '0,0.5,0.5,0.1,0.1'"),
    "negative width": ("0 0.5 0.5 -0.1 0.1", "the sides must not be negative"),
    "outside": ("0 1.5 0.5 0.1 0.1", "lies outside the image of 40x30"),
    "pixels": ("0 100 100 30 30", "lies outside the image of 40x30"),
    "polygon outside": ("0 2 2 3 2 3 3", "lies outside the image of 40x30"),
    "third line": ("0 .5 .5 .1 .1\n\n0 .5\n", "line 3: expected a class"),
    "not UTF-8": (b"\xff0 0.5", "expected UTF-8"),
}


@pytest.mark.parametrize(("text", "says"), LINES.values(), ids=LINES.keys())
def test_a_broken_line_is_named(folder: Path, text: str | bytes, says: str) -> None:
    put_text(folder / "labels" / "train" / "a.txt", text)
    with pytest.raises(InputError, match=says) as caught:
        yolo.read(folder)
    assert str(caught.value).startswith(f"{folder / 'labels' / 'train' / 'a.txt'}: ")


DATA: dict[str, tuple[dict[str, Any] | str | bytes, str]] = {
    "empty": ("", "expected YAML with keys such as"),
    "a list": ("- a\n- b\n", "expected YAML with keys such as"),
    "no YAML": ("names: [a\n", r"line 2, column 1: not YAML"),
    "tab": ("names:\n\t- a", "line 2, column 1: not YAML"),
    "alias": ("a: &a [x]\nnames: *a\n", "not YAML: an alias"),
    "python object": ("names: !!python/object:os.system [a]", "not YAML"),
    "set": ("names: !!set {a, b}", "cannot read the YAML"),
    "not UTF-8": (b"names: [\xff]", "expected UTF-8"),
    "no names": ({"names": None, "nc": None}, "names must be a list or numbers and names, not null"),
    "names a text": ({"names": "fish"}, "names must be a list or numbers and names, not 'fish'"),
    "nc": ({"nc": 3}, "nc is 3, but there are 2 names"),
    "nc a text": ({"nc": "two"}, "nc is 'two', but there are 2 names"),
    "name of nothing": ({"names": ["fish", ""]}, "the name of class 1 must be a text that is not empty, not ''"),
    "name a list": ({"names": ["fish", ["crab"]]}, "the name of class 1 must be a text"),
    "names twice": ({"names": ["fish", "fish"]}, "two classes have the name 'fish'"),
    "numbers of names": ({"names": {"a": "fish", "b": "crab"}}, "names must have whole numbers, not 'a'"),
    "path a list": ({"path": ["a"]}, "path must be a text, not a list of 1"),
    "split a number": ({"train": 7}, "train must name folders or lists of images, not 7"),
    "split a number in a list": ({"train": ["images/train", 7]}, "train must name folders or lists of images, not 7"),
    "split that is not there": ({"val": "images/valid"}, "val: images/valid is neither a folder nor a list"),
    "split elsewhere": ({"val": "../../images"}, r"val: \.\./\.\./images is neither a folder nor a list"),
    "half a name": ('names: ["fish", "\\ud800"]', r"the name of class 1 must be whole characters, not '.ud800'"),
    "half a path": ('names: [fish]\ntrain: "\\ud800"', r"train: .ud800 is neither a folder nor a list"),
    "half a key": ('names: [fish, crab]\nmore: {"\\ud800": 1}', "more contains half of a character"),
    "nan": ({"more": float("nan")}, "more contains NaN or Infinity"),
}


@pytest.mark.parametrize(("change", "says"), DATA.values(), ids=DATA.keys())
def test_a_broken_data_file_is_named(folder: Path, change: dict[str, Any] | str | bytes, says: str) -> None:
    path = folder / "data.yaml"
    if isinstance(change, dict):
        change = yaml.safe_dump(yaml.safe_load(path.read_text()) | change)
    put_text(path, change)
    with pytest.raises(InputError, match=says) as caught:
        yolo.read(folder)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_data_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected one data\.yaml in the folder, got 0"):
        yolo.read(tmp_path)
    for name in "ab":
        put_text(tmp_path / f"{name}.yaml", "names: []")
    with pytest.raises(InputError, match="got 2"):
        yolo.read(tmp_path)


def test_a_list_with_something_else_is_named(folder: Path) -> None:
    put_text(folder / "list.txt", "./images/train/a.png\n./images/tra")
    text = (folder / "data.yaml").read_text().replace("images/train", "list.txt")
    put_text(folder / "data.yaml", text)
    with pytest.raises(InputError, match=r"list\.txt: line 2: './images/tra' is not an image in the folder"):
        yolo.read(folder)


def test_absent_images_are_named(folder: Path) -> None:
    (folder / "images" / "train" / "a.png").unlink()
    with pytest.raises(InputError, match=r"images/train/a\.jpg: image not found"):
        yolo.read(folder)


def test_two_images_of_one_label_file_are_named(folder: Path) -> None:
    put_image(folder / "images" / "train" / "a.jpg")
    with pytest.raises(InputError, match=r"a\.png: images/train/a\.jpg and this image share the same labels"):
        yolo.read(folder)


def test_a_damaged_image_is_named(folder: Path) -> None:
    put_text(folder / "images" / "val" / "c.png", "no image")
    with pytest.raises(InputError, match=r"c\.png: not an image"):
        yolo.read(folder)
