import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from panoptic_datasets import IMAGE, STUFF, THING, block, files_in, of
from panoptic_files import CAT, DOG, ONE, SKY, TWO, content, save_ids, save_panoptic, segment
from panoptic_rules import check_rules
from PIL import Image

from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, Point, Polygons, Provenance

panoptic = CocoPanoptic()


# --- reading -------------------------------------------------------------------------------------


def test_every_segment_is_an_annotation_with_the_pixels_of_its_id(tmp_path: Path) -> None:
    sky, cat, dog, crowd = panoptic.read(save_panoptic(tmp_path)).annotations
    assert [(a.image_id, a.class_id, a.crowd) for a in (sky, cat, dog, crowd)] == [
        (9, 187, False),
        (9, 1, False),
        (9, 2, False),
        (2, 1, True),
    ]
    for annotation, ids, number in ((sky, ONE, SKY), (cat, ONE, CAT), (dog, ONE, DOG), (crowd, TWO, CAT)):
        assert isinstance(annotation.shape, Mask)
        np.testing.assert_array_equal(annotation.shape.full(), np.equal(ids, number))


def test_ids_of_segments_are_unique_in_an_image_only(tmp_path: Path) -> None:
    annotations = panoptic.read(save_panoptic(tmp_path)).annotations
    assert [a.id for a in annotations] == [f"9:{SKY}", f"9:{CAT}", f"9:{DOG}", f"2:{CAT}"]


def test_images_classes_and_keys_that_nobody_knows_are_kept(tmp_path: Path) -> None:
    changed = content()
    changed["annotations"][0]["scene"] = "garden"
    dataset = panoptic.read(save_panoptic(tmp_path, changed))
    assert [image.id for image in dataset.images] == [9, 2, 3]
    assert dataset.images[0].extra == {"license": 4, "panoptic_record": {"scene": "garden"}}
    assert [(known.color, known.extra["isthing"]) for known in dataset.classes] == [
        ("#dc143c", 1),
        ("", 1),
        ("#4682b4", 0),
    ]
    assert dataset.annotations[1].extra == {"segment_id": CAT, "score": 0.5}
    assert dataset.extra == {"info": {"year": 2024}}


def test_area_bbox_iscrowd_and_isthing_may_be_absent(tmp_path: Path) -> None:
    expected = panoptic.read(save_panoptic(tmp_path))
    changed = content()
    for row in changed["annotations"][0]["segments_info"]:
        del row["area"], row["bbox"], row["iscrowd"]
    del changed["categories"][0]["isthing"]
    dataset = panoptic.read(save_panoptic(tmp_path, changed))
    assert dataset.annotations == expected.annotations
    assert "isthing" not in dataset.classes[0].extra


def test_images_without_a_record_have_no_annotations(tmp_path: Path) -> None:
    changed = content()
    changed["annotations"] = changed["annotations"][:1]
    dataset = panoptic.read(save_panoptic(tmp_path, changed))
    assert len(dataset.images) == 3
    assert {a.image_id for a in dataset.annotations} == {9}


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_png_whose_colours_another_program_packed_otherwise(tmp_path: Path, mode: str) -> None:
    path = save_panoptic(tmp_path)
    expected = panoptic.read(path)
    png = tmp_path / "panoptic" / "one.png"
    with Image.open(png) as image:
        packed = image.quantize(256) if mode == "P" else image.convert(mode)
    packed.save(png)
    with Image.open(png) as image:
        assert image.mode == mode
    assert panoptic.read(path) == expected


# --- round trips ---------------------------------------------------------------------------------


def test_reading_what_was_written_gives_the_same_content_and_the_same_bytes(tmp_path: Path) -> None:
    changed = content()
    changed["annotations"][0]["scene"] = "garden"
    path = save_panoptic(tmp_path, changed)
    dataset = panoptic.read(path)
    assert panoptic.write(dataset, path) == []
    assert json.loads(path.read_text()) == changed
    assert panoptic.read(path) == dataset
    ids = check_rules(path)
    np.testing.assert_array_equal(ids[9], ONE)
    np.testing.assert_array_equal(ids[2], TWO)
    first = files_in(tmp_path)
    panoptic.write(panoptic.read(path), path)
    assert files_in(tmp_path) == first


extras = st.dictionaries(st.sampled_from(["segment_id", "score", "id"]), st.integers(-1, 6) | st.text(max_size=2))
provenances = st.builds(Provenance, st.text(min_size=1, max_size=3), round=st.integers(0, 9))


@st.composite
def partitioned(draw: st.DrawFn) -> Dataset:
    """Images of random partitions, their annotations in any order, with ids and extra keys of any kind."""
    rows: list[tuple[int, Mask]] = []
    images = []
    for image_id in draw(st.sets(st.integers(0, 99), max_size=3)):
        ids = draw(arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 5)))
        images.append(ImageRecord(image_id, f"{image_id}.jpg", ids.shape[1], ids.shape[0]))
        rows += [(image_id, Mask.from_full(ids == number)) for number in np.unique(ids) if number]
    rows = draw(st.permutations(rows))
    names = draw(
        st.lists(st.text("0123456789:x", min_size=1, max_size=4), unique=True, min_size=len(rows), max_size=len(rows))
    )
    classes, flags, makers = st.integers(1, 2), st.booleans(), st.none() | provenances
    annotations = [
        Annotation(name, image_id, draw(classes), mask, draw(flags), draw(makers), draw(extras))
        for name, (image_id, mask) in zip(names, rows, strict=True)
    ]
    return Dataset((THING, STUFF), tuple(images), tuple(annotations))


# the tests check types at every call, and beartype looks at a random element of each list
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@given(dataset=partitioned())
@settings(deadline=None)
def test_partitions_come_back_equal_with_all_that_is_said_of_them(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset
) -> None:
    path = tmp_path_factory.mktemp("partition") / "labels.json"
    notes = panoptic.write(dataset, path)
    check_rules(path)
    clashing = any("id" in annotation.extra for annotation in dataset.annotations)
    assert bool(notes) == clashing
    if not clashing:
        assert panoptic.read(path) == dataset
    first = files_in(path.parent)
    assert panoptic.write(panoptic.read(path), path) == []
    assert files_in(path.parent) == first


def test_through_a_file_of_instances_the_segments_keep_their_ids(tmp_path: Path) -> None:
    path, instances = save_panoptic(tmp_path), tmp_path / "instances.json"
    coco = CocoInstances()
    assert coco.write(panoptic.read(path), instances) == []
    assert panoptic.write(coco.read(instances), tmp_path / "again.json") == []
    np.testing.assert_array_equal(check_rules(tmp_path / "again.json")[9], ONE)


def test_annotations_without_an_id_of_a_segment_get_free_ones(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    names = ("b", "5:1", "7", "again")
    annotations = [
        Annotation(name, 5, 1, block(x, 0, x + 1, 2), extra=extra)
        for x, (name, extra) in enumerate(zip(names, ({}, {}, {"segment_id": 2}, {"segment_id": 2}), strict=True))
    ]
    dataset = replace(of(), annotations=tuple(annotations))
    assert panoptic.write(dataset, path) == []
    assert [row["id"] for row in json.loads(path.read_text())["annotations"][0]["segments_info"]] == [1, 3, 2, 4]
    assert panoptic.read(path) == dataset


AGAIN = """
import sys
from pathlib import Path
from fewclicks.formats.coco_panoptic import CocoPanoptic
first, second = map(Path, sys.argv[1:])
dataset = CocoPanoptic().read(first)
assert CocoPanoptic().write(dataset, second) == []
assert CocoPanoptic().read(second) == dataset
print(len(dataset.annotations))
"""


def test_more_segments_than_two_bytes_number(tmp_path: Path) -> None:
    """In a process of its own: checking the type of every value takes half a minute here."""
    ids = np.arange(1, 260 * 256 + 1).reshape(260, 256)
    rows = [segment(int(number), 1, 1, [int(x), int(y), 1, 1]) for (y, x), number in np.ndenumerate(ids)]
    changed = content()
    changed["images"] = [{"id": 9, "file_name": "many.jpg", "width": 256, "height": 260}]
    changed["annotations"] = [{"image_id": 9, "file_name": "many.png", "segments_info": rows}]
    path, again = save_panoptic(tmp_path, changed), tmp_path / "again.json"
    save_ids(tmp_path / "panoptic" / "many.png", ids)
    done = subprocess.run([sys.executable, "-c", AGAIN, path, again], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("66560\n", "")
    assert json.loads(again.read_text()) == changed


# --- what the writer decides ---------------------------------------------------------------------


def written(dataset: Dataset, folder: Path) -> tuple[list[str], np.ndarray, list[dict[str, Any]]]:
    """The lines, the ids of the one image and its segments."""
    path = folder / "labels.json"
    notes = panoptic.write(dataset, path)
    (ids,) = check_rules(path).values()
    return notes, ids, json.loads(path.read_text())["annotations"][0]["segments_info"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_where_annotations_overlap_the_smaller_one_has_the_pixels(tmp_path: Path, order: tuple[int, int]) -> None:
    shapes = (block(0, 0, 8, 6), block(2, 2, 5, 4))
    notes, ids, segments = written(of(*(shapes[index] for index in order)), tmp_path)
    assert notes == ["1 of the annotations without the pixels of smaller ones that overlap them"]
    assert sorted(row["area"] for row in segments) == [6, 42]
    assert (ids[2:4, 2:5] == ids[3, 3]).all()


def test_of_annotations_of_one_size_the_later_one_has_the_pixels(tmp_path: Path) -> None:
    notes, ids, segments = written(of(block(0, 0, 4, 4), block(2, 0, 6, 4)), tmp_path)
    assert [row["area"] for row in segments] == [8, 16]
    assert (ids[:4, 2:6] == segments[1]["id"]).all()
    assert len(notes) == 1


def test_an_annotation_that_smaller_ones_cover_is_left_out_and_said(tmp_path: Path) -> None:
    notes, _, segments = written(of(block(0, 0, 4, 4), block(0, 0, 4, 2), block(0, 2, 4, 4)), tmp_path)
    assert notes == ["1 of the annotations left out: smaller ones cover all of their pixels"]
    assert [row["area"] for row in segments] == [8, 8]


def test_boxes_and_points_are_left_out_and_polygons_become_pixels_and_both_are_said(tmp_path: Path) -> None:
    triangle = Polygons(((0.0, 0.0, 4.0, 0.0, 0.0, 4.0),))
    sliver = Polygons(((5.1, 5.1, 5.3, 5.1, 5.2, 5.4),))
    notes, ids, segments = written(of(Box(0, 0, 8, 6), triangle, sliver, Point(1, 1), Point(2, 2)), tmp_path)
    assert notes == [
        "1 box left out: COCO panoptic has no boxes",
        "2 points left out: COCO panoptic has no points",
        "2 of the polygons written as the pixels that they cover",
        "1 of the annotations left out: they cover no pixel of their image",
    ]
    assert [row["area"] for row in segments] == [np.count_nonzero(ids)]
    assert (ids[0, 0], ids[5, 7]) == (1, 0)


def test_pixels_of_no_annotation_are_void_and_that_is_no_loss(tmp_path: Path) -> None:
    dataset = of(block(0, 0, 1, 1))
    notes, ids, _ = written(dataset, tmp_path)
    assert notes == []
    assert np.count_nonzero(ids) == 1


def test_an_image_without_annotations_has_an_empty_record_and_a_void_png(tmp_path: Path) -> None:
    notes, ids, segments = written(of(), tmp_path)
    assert (notes, segments) == ([], [])
    assert not ids.any()


@pytest.mark.parametrize("extra", [{}, {"isthing": "maybe"}, {"isthing": None}, {"isthing": [0]}])
def test_a_class_of_which_nothing_is_known_is_a_thing_and_that_is_said(tmp_path: Path, extra: dict[str, Any]) -> None:
    dataset = replace(of(), classes=(LabelClass(1, "odd\nname", extra=extra), STUFF))
    path = tmp_path / "labels.json"
    assert panoptic.write(dataset, path) == [
        "classes written as things, since it is not known whether they are stuff: odd name"
    ]
    assert [row["isthing"] for row in json.loads(path.read_text())["categories"]] == [1, 0]


@pytest.mark.parametrize(
    ("color", "file_has", "notes"),
    [
        ("#00ff7f", [0, 255, 127], 0),
        ("#00FF7F", "#00FF7F", 0),
        ("red", "red", 1),
    ],
)
def test_colours_are_numbers_where_that_gives_them_back(
    tmp_path: Path, color: str, file_has: object, notes: int
) -> None:
    dataset = replace(of(), classes=(replace(THING, color=color),))
    path = tmp_path / "labels.json"
    assert len(panoptic.write(dataset, path)) == notes
    assert json.loads(path.read_text())["categories"][0]["color"] == file_has
    assert notes or panoptic.read(path) == dataset


def test_extra_keys_that_the_format_uses_itself_are_left_out_and_said(tmp_path: Path) -> None:
    image = replace(IMAGE, extra={"width": 9, "panoptic_record": {"image_id": 3, "scene": "garden"}})
    annotation = Annotation("a", 5, 1, block(0, 0, 2, 2), extra={"area": 3, "score": 0.5})
    path = tmp_path / "labels.json"
    notes = panoptic.write(Dataset((THING,), (image,), (annotation,), {"images": 1}), path)
    assert [note.split(" that COCO")[0] for note in notes] == [
        "extra keys of the data set",
        "extra keys of images",
        "extra keys of annotations",
        "extra keys of the records of images",
    ]
    again = panoptic.read(path)
    assert again.annotations[0].extra == {"score": 0.5}
    assert again.images[0].extra == {"panoptic_record": {"scene": "garden"}}


def test_every_image_has_a_png_of_its_own_inside_the_folder(tmp_path: Path) -> None:
    names = [
        "a.jpg",
        "A.JPEG",
        "a.png",
        "deep/er/a.jpg",
        "image-1.tif",
        "../out.jpg",
        "/root.jpg",
        'käfer "1"\n.png',
        "käfer.png",
    ]
    images = tuple(ImageRecord(number, name, 2, 2) for number, name in enumerate(names))
    dataset = Dataset(images=images)
    path = tmp_path / "labels.json"
    assert panoptic.write(dataset, path) == []
    check_rules(path)
    assert panoptic.read(path) == dataset
    pngs = [row["file_name"] for row in json.loads(path.read_text())["annotations"]]
    assert pngs == [
        "a.png",
        "image-1.png",
        "image-2.png",
        "deep/er/a.png",
        "image-4.png",
        "image-5.png",
        "image-6.png",
        "image-7.png",
        "käfer.png",
    ]
