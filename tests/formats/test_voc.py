"""Pascal VOC: upright boxes that count from 1 and name their last pixel, image sets, and whatever else stands there."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from label_files import HEIGHT, WIDTH, dataset_of, put_image, put_text, texts_of

from fewclicks.errors import InputError
from fewclicks.formats.splits import split_of
from fewclicks.formats.voc import Voc
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Polygons, Provenance

voc = Voc()

BOX = "<bndbox><xmin>11</xmin><ymin>6</ymin><xmax>20</xmax><ymax>15</ymax></bndbox>"
OBJECT = f"<object><name>fish</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>{BOX}</object>"
SIZE = "<size><width>40</width><height>30</height><depth>3</depth></size>"


def xml(inside: str = OBJECT, size: str = SIZE, file_name: str = "a.jpg") -> str:
    return f"<annotation>\n<filename>{file_name}</filename>\n{size}\n{inside}\n</annotation>\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An image of `train` with an object, and one of `test` with none."""
    path = tmp_path / "voc"
    put_text(path / "Annotations" / "a.xml", xml())
    put_text(path / "Annotations" / "b.xml", xml("", file_name="b.jpg"))
    for name in "ab":
        put_image(path / "JPEGImages" / f"{name}.jpg")
    put_text(path / "ImageSets" / "Main" / "train.txt", "a\n")
    put_text(path / "ImageSets" / "Main" / "trainval.txt", "a\n")
    put_text(path / "ImageSets" / "Main" / "test.txt", "b\n")
    return path


def test_a_folder_is_read(folder: Path) -> None:
    dataset = voc.read(folder)
    assert dataset.classes == (LabelClass(1, "fish"),)
    assert dataset.images == (
        ImageRecord(1, "a.jpg", WIDTH, HEIGHT),
        ImageRecord(2, "b.jpg", WIDTH, HEIGHT, {"split": "test"}),
    )
    box = Box(10, 5, 20, 15)  # ten pixels a side, 11 to 20 and 6 to 15 counted from 1
    assert dataset.annotations == (Annotation("1:1", 1, 1, box, extra={"pose": "Left", "truncated": 1}),)
    assert voc.read(folder / "Annotations") == dataset


def test_what_was_read_is_written_and_read_again_equal(folder: Path, tmp_path: Path) -> None:
    dataset = voc.read(folder)
    assert voc.write(dataset, tmp_path / "out") == []
    assert voc.read(tmp_path / "out") == dataset
    before, after = texts_of(folder), texts_of(tmp_path / "out")
    assert {name for name in after if name != "fewclicks.json"} == set(before)
    assert all(after[name] == before[name] for name in before if name.endswith(".txt"))
    found = ElementTree.fromstring(after["Annotations/a.xml"]).find("object")
    assert found is not None
    assert [(each.tag, each.text) for each in found.iter() if len(each) == 0] == [
        ("name", "fish"),
        ("pose", "Left"),
        ("truncated", "1"),
        ("difficult", "0"),
        ("xmin", "11"),
        ("ymin", "6"),
        ("xmax", "20"),
        ("ymax", "15"),
    ]


def test_elements_that_nobody_knows_are_kept(folder: Path, tmp_path: Path) -> None:
    part = "<part><name>fin</name><bndbox><xmin>1</xmin></bndbox></part>"
    more = f'<object id="7"><name>crab</name><occluded>1</occluded><pose>Unspecified</pose>{part}{part}{BOX}</object>'
    source = "<source owner='me &amp; you'><database>a &lt; b</database></source>"
    around = f"<folder>VOC2012</folder>{source}<segmented>1</segmented>"
    size = SIZE.replace("<depth>3", "<depth>1")
    put_text(
        folder / "Annotations" / "a.xml", xml(around + OBJECT.replace("<difficult>0", "<difficult>maybe") + more, size)
    )
    path = folder / "Annotations" / "a.xml"
    put_text(path, path.read_text().replace("<annotation>", '<annotation verified="yes">'))
    dataset = voc.read(folder)
    assert dataset.images[0].extra == {
        "@verified": "yes",
        "folder": "VOC2012",
        "source": {"@owner": "me & you", "database": "a < b"},
        "segmented": "1",
        "size": {"depth": "1"},
    }
    fin = {"name": "fin", "bndbox": {"xmin": "1"}}
    assert [dict(found.extra) for found in dataset.annotations] == [
        {"pose": "Left", "truncated": 1, "difficult": "maybe"},
        {"@id": "7", "occluded": 1, "part": [fin, fin]},
    ]
    assert voc.write(dataset, tmp_path / "out") == []
    assert voc.read(tmp_path / "out") == dataset
    (tmp_path / "out" / "fewclicks.json").unlink()
    assert voc.read(tmp_path / "out").images[0].extra == dataset.images[0].extra


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        ((1, 1, 40, 30), Box(0, 0, 40, 30)),
        ((0, 0, 40, 30), Box(-1, -1, 40, 30)),  # programs that count from 0 write such
        ((7, 8, 7, 8), Box(6, 7, 7, 8)),  # one pixel
        ((7, 8, 6, 8), Box(6, 7, 6, 8)),  # no pixel
        ((1.5, 2.25, 3.125, 9.0625), Box(0.5, 1.25, 3.125, 9.0625)),
        ((-3, 4, 50, 40), Box(-4, 3, 50, 40)),
    ],
)
def test_corners_are_converted_exactly_and_back(
    folder: Path, tmp_path: Path, corners: tuple[float, ...], box: Box
) -> None:
    names = ("xmin", "ymin", "xmax", "ymax")
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in zip(names, corners, strict=True))
    put_text(folder / "Annotations" / "a.xml", xml(f"<object><name>x</name><bndbox>{inside}</bndbox></object>"))
    dataset = voc.read(folder)
    assert dataset.annotations[0].shape == box
    assert voc.write(dataset, tmp_path / "out") == []
    assert inside in "".join(texts_of(tmp_path / "out")["Annotations/a.xml"].split())
    assert voc.read(tmp_path / "out") == dataset


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>0</height></size>", SIZE])
def test_the_image_says_how_large_it_is_where_the_file_does_not(folder: Path, size: str) -> None:
    put_text(folder / "Annotations" / "a.xml", xml(size=size))
    assert voc.read(folder).images[0].size_hw == (HEIGHT, WIDTH)


def test_files_alone_are_enough_where_they_say_the_size(tmp_path: Path) -> None:
    put_text(tmp_path / "a.xml", xml())
    assert voc.read(tmp_path).images == (ImageRecord(1, "a.jpg", WIDTH, HEIGHT),)
    put_image(tmp_path / "a.png")
    assert voc.read(tmp_path).images == (ImageRecord(1, "a.png", WIDTH, HEIGHT),)


@pytest.mark.parametrize(("labels", "images"), [("annotations/a.xml", "images/a.png"), ("x/a.xml", "x/a.png")])
def test_images_are_found_where_data_sets_have_them(tmp_path: Path, labels: str, images: str) -> None:
    put_text(tmp_path / labels, xml(size=""))
    put_image(tmp_path / images)
    assert [image.file_name for image in voc.read(tmp_path).images] == [images]


def test_a_folder_without_any_file_of_labels_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no XML file"):
        voc.read(tmp_path)


def test_images_without_a_file_have_no_annotations(folder: Path) -> None:
    put_image(folder / "JPEGImages" / "c.jpg", 8, 6)
    assert voc.read(folder).images[2] == ImageRecord(3, "c.jpg", 8, 6, {"image_sets": []})


def test_sets_other_than_the_three_splits_are_kept(folder: Path, tmp_path: Path) -> None:
    put_text(folder / "ImageSets" / "Main" / "val.txt", "a\n")
    put_text(folder / "ImageSets" / "Main" / "fish_train.txt", "a  1\nb -1\n")  # in which images a class is
    put_text(folder / "ImageSets" / "Main" / "mine.txt", "\nb\r\n")
    dataset = voc.read(folder)
    assert [image.extra for image in dataset.images] == [
        {"image_sets": ["train", "trainval", "val"]},
        {"image_sets": ["mine", "test"]},
    ]
    assert voc.write(dataset, tmp_path / "out") == []
    assert voc.read(tmp_path / "out") == dataset


def test_splits_of_other_formats_become_sets(tmp_path: Path) -> None:
    images = (
        ImageRecord(1, "val/x.png", 4, 3),
        ImageRecord(2, "y.png", 4, 3, {"split": "test"}),
        ImageRecord(3, "z.png", 4, 3),
    )
    dataset = Dataset(images=images)
    assert voc.write(dataset, tmp_path / "out") == []
    again = voc.read(tmp_path / "out")
    assert again == dataset
    assert [split_of(image) for image in again.images] == ["val", "test", "train"]
    sets = {Path(name).stem: text for name, text in texts_of(tmp_path / "out").items() if "ImageSets" in name}
    assert sets == {"test": "y\n", "train": "z\n", "trainval": "val/x\nz\n", "val": "val/x\n"}


def test_names_ids_and_extra_keys_that_xml_cannot_hold_come_back(tmp_path: Path) -> None:
    classes = (LabelClass(7, "a<b> & \x00", "#ff0000"), LabelClass(3, " a<b> & _"))
    images = (
        ImageRecord(
            9, "JPEGImages/x.jpg", 40, 30, {"license": 2, "a key": "x", "segmented": "0", "size": {"width": 3}}
        ),
        ImageRecord(2, "x.jpg", 40, 30),
    )
    annotations = (Annotation("9:1", 9, 7, Box(1, 2, 5, 7)), Annotation("2:1", 2, 3, Box(1, 2, 5, 7)))
    dataset = Dataset(classes, images, annotations, {"info": {"year": 2024}})
    assert voc.write(dataset, tmp_path / "out") == []
    assert voc.read(tmp_path / "out") == dataset
    names = [name for name in texts_of(tmp_path / "out") if name.endswith(".xml")]
    assert sorted(names) == ["Annotations/image-2.xml", "Annotations/x.xml"]


def test_what_the_files_cannot_hold_is_said(tmp_path: Path) -> None:
    dataset = dataset_of(
        Mask(np.ones((2, 3), bool), (4, 5), (HEIGHT, WIDTH)),
        Polygons(((0.0, 0.0, 4.0, 0.0, 4.0, 4.0),)),
        OrientedBox(9, 9, 4, 2, 0.0),
        Box(0.1, 1e-20, 0.7, 3),
    )
    *others, one = dataset.annotations
    one = replace(
        one, crowd=True, provenance=Provenance(), extra={"difficult": -1, "score": 0.5, "pose": "Unspecified"}
    )
    assert voc.write(replace(dataset, annotations=(*others, one)), tmp_path / "out") == [
        "1 of the boxes rounded: they come back within a millionth of a pixel",
        "1 of the masks written as boxes",
        "1 of the oriented boxes written as boxes",
        "1 of the polygons written as boxes",
        "1 of the crowds written as single objects",
        "the ids of annotations and who made them left out",
        "extra keys of annotations left out: difficult, pose, score",
    ]
    shapes = [annotation.shape for annotation in voc.read(tmp_path / "out").annotations]
    assert shapes[:3] == [Box(4, 5, 7, 7), Box(0, 0, 4, 4), Box(7, 8, 11, 10)]


def side(name: str, value: str) -> str:
    old = {"xmin": "11", "ymin": "6", "xmax": "20", "ymax": "15"}[name]
    return xml(OBJECT.replace(f"<{name}>{old}</{name}>", f"<{name}>{value}</{name}>"))


FILES = {
    "empty": ("", "line 1, column 1: not XML"),
    "no XML": ("hello", "line 1, column 1: not XML"),
    "cut off": (xml()[:-20], "not XML"),
    "not UTF-8": (b"<annotation>\xff", "expected UTF-8"),
    "another root": ("<annotations/>", "expected <annotation>, not <annotations>"),
    "document type": (f"<!DOCTYPE a [<!ENTITY b 'c'>]>{xml()}", "a document type .* is not supported"),
    "entity": (xml("&b;"), "not XML: undefined entity"),
    "deep": (xml("<a>" * 200 + "</a>" * 200), "elements are nested more than 50 deep"),
    "no file name": (xml().replace("filename", "file"), "expected one <filename>, got 0"),
    "file name of nothing": (xml(file_name=" "), "filename: expected text, got an empty element"),
    "two sizes": (xml(size=SIZE * 2), "expected one <size>, got 2"),
    "no width": (xml(size="<size><height>3</height></size>"), "size: expected one <width>, got 0"),
    "width no number": (xml(size=SIZE.replace("40", "wide")), "size, width: expected a finite number, not 'wide'"),
    "width a fraction": (xml(size=SIZE.replace("40", "40.5")), r"size: an image has 1 to .*, not 40\.5x30"),
    "height negative": (xml(size=SIZE.replace("30", "-30")), "size: an image has 1 to .*, not 40x-30"),
    "another size": (
        xml(size=SIZE.replace("40", "41")),
        r"size: the size is 41x30, but its image .* is 40x30; correct the size or",
    ),
    "no name": (xml(OBJECT.replace("<name>fish</name>", "")), r"object\[0\]: expected one <name>, got 0"),
    "name of nothing": (xml(OBJECT.replace("fish", "")), r"object\[0\], name: expected text, got an empty element"),
    "no box": (xml(OBJECT.replace(BOX, "")), r"object\[0\]: expected one <bndbox>, got 0"),
    "two boxes": (xml(OBJECT.replace(BOX, BOX * 2)), r"object\[0\]: expected one <bndbox>, got 2"),
    "no xmin": (
        side("xmin", "").replace("<xmin></xmin>", ""),
        r"object\[0\], bndbox: expected one <xmin>, got 0",
    ),
    "xmin of nothing": (side("xmin", ""), r"object\[0\], bndbox, xmin: expected text, got an empty element"),
    "xmin no number": (side("xmin", "left"), r"object\[0\], bndbox, xmin: expected a finite number, not 'left'"),
    "nan": (side("ymin", "nan"), r"bndbox, ymin: expected a finite number, not 'nan'"),
    "infinity": (side("ymax", "1e999"), r"bndbox, ymax: expected a finite number, not '1e999'"),
    "negative": (side("xmax", "3"), r"object\[0\], bndbox: the sides must not be negative"),
    "outside": (
        side("ymin", "100").replace(">15<", ">120<"),
        r"object\[0\], bndbox: .* lies outside the image of 40x30",
    ),
    "second object": (xml(OBJECT + "<object/>"), r"object\[1\]: expected one <bndbox>, got 0"),
}


@pytest.mark.parametrize(("text", "says"), FILES.values(), ids=FILES.keys())
def test_a_broken_file_is_named(folder: Path, text: str | bytes, says: str) -> None:
    put_text(folder / "Annotations" / "a.xml", text)
    with pytest.raises(InputError, match=says) as caught:
        voc.read(folder)
    assert str(caught.value).startswith(f"{folder / 'Annotations' / 'a.xml'}: ")
    assert "\n" not in str(caught.value)


def test_an_image_that_is_needed_is_named(folder: Path) -> None:
    put_text(folder / "Annotations" / "a.xml", xml(size=""))
    (folder / "JPEGImages" / "a.jpg").unlink()
    with pytest.raises(InputError, match=r"a\.xml: the size and the image a\.jpg are missing; add one"):
        voc.read(folder)


def test_a_set_of_images_that_are_not_there_is_named(folder: Path) -> None:
    put_text(folder / "ImageSets" / "Main" / "val.txt", "a\nnobody\n")
    with pytest.raises(InputError, match=r"val\.txt: line 2: no image or annotation with the name 'nobody'"):
        voc.read(folder)


def test_a_billion_laughs_are_not_expanded(folder: Path) -> None:
    entities = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
    put_text(
        folder / "Annotations" / "a.xml", f"<!DOCTYPE x [<!ENTITY a0 'ha'>{entities}]><annotation>&a11;</annotation>"
    )
    with pytest.raises(InputError, match="document type"):
        voc.read(folder)
