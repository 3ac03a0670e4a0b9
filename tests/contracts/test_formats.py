"""Every registered format answers the same questions."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewclicks.errors import InputError, NotFoundError, StorageError
from fewclicks.formats import FORMATS, get_format
from fewclicks.formats.protocol import Format
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Polygons, Provenance, Shape

WIDTH, HEIGHT = 9, 7
each_format = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS.keys())
of_a_file = {name: form for name, form in FORMATS.items() if form.suffix}
each_format_of_a_file = pytest.mark.parametrize("form", of_a_file.values(), ids=of_a_file.keys())
of_a_folder = {name: form for name, form in FORMATS.items() if not form.suffix}
each_format_of_a_folder = pytest.mark.parametrize("form", of_a_folder.values(), ids=of_a_folder.keys())

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
xs, ys = st.floats(-1, WIDTH + 1), st.floats(-1, HEIGHT + 1)


@each_format
def test_its_files_have_a_suffix_and_a_media_type(form: Format) -> None:
    assert form.suffix.startswith(".") or form.suffix == ""
    assert form.media_type.count("/") == 1


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(st.floats(-1, WIDTH - 1)), draw(st.floats(-1, HEIGHT - 1))
    return Box(
        x0, y0, draw(st.floats(max(x0 + 0.001, 0.5), WIDTH + 1)), draw(st.floats(max(y0 + 0.001, 0.5), HEIGHT + 1))
    )


@st.composite
def oriented_boxes(draw: st.DrawFn) -> OrientedBox:
    sides = st.floats(0.001, WIDTH)
    return OrientedBox(
        draw(st.floats(0.5, WIDTH)), draw(st.floats(0.5, HEIGHT)), draw(sides), draw(sides), draw(st.floats(-4, 4))
    )


@st.composite
def polygons(draw: st.DrawFn) -> Polygons:
    inside = (1.0, 1.0)  # a polygon wholly outside its image is an error
    corners = st.lists(st.tuples(xs, ys), min_size=2, max_size=5)
    rings = draw(st.lists(corners.map(lambda found: sum(found, inside)), min_size=1, max_size=3))
    return Polygons(tuple(rings))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    pixels = draw(st.sets(st.integers(0, WIDTH * HEIGHT - 1), min_size=1))
    full = np.zeros(WIDTH * HEIGHT, bool)
    full[list(pixels)] = True
    return Mask.from_full(full.reshape(HEIGHT, WIDTH))


provenances = st.builds(Provenance, names, names, st.text(max_size=3), st.integers(0, 9), st.none() | st.floats(0, 1))


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    classes = [LabelClass(number, draw(names)) for number in draw(st.sets(st.integers(0, 99), min_size=1, max_size=3))]
    images = [
        ImageRecord(number, f"{number}.png", WIDTH, HEIGHT)
        for number in draw(st.sets(st.integers(0, 99), min_size=1, max_size=3))
    ]
    shapes: st.SearchStrategy[Shape] = st.one_of(boxes(), oriented_boxes(), polygons(), masks())
    ids = draw(st.lists(names | st.integers(0, 9).map(str), unique=True, max_size=4))
    annotations = [
        Annotation(
            text,
            draw(st.sampled_from(images)).id,
            draw(st.sampled_from(classes)).id,
            draw(shapes),
            draw(st.booleans()),
            draw(st.none() | provenances),
        )
        for text in ids
    ]
    return Dataset(tuple(classes), tuple(images), tuple(annotations))


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def some_dataset() -> Dataset:
    annotations = (
        Annotation("1", 1, 1, Box(1, 1, 3, 3)),
        Annotation("2", 1, 1, Polygons(((0.0, 0.0, 4.0, 0.0, 4.0, 4.0),))),
        Annotation("4", 1, 1, OrientedBox(4, 3, 3, 2, 0.5)),
        Annotation("3", 1, 1, Mask(np.ones((2, 2), bool), (1, 1), (HEIGHT, WIDTH))),
    )
    return Dataset((LabelClass(1, "cell"),), (ImageRecord(1, "1.png", WIDTH, HEIGHT),), annotations)


@each_format
def test_it_is_found_by_its_name_and_says_what_it_is(form: Format) -> None:
    assert isinstance(form, Format)
    assert get_format(form.name) is form
    assert form.description
    assert "\n" not in form.description


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match=r"no format 'cocoo'; known: .*coco"):
        get_format("cocoo")


# the tests check types at every call, and beartype looks at a random element of each list
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@each_format
@given(dataset=datasets())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_what_is_written_is_read_back_equal_or_a_note_says_why_not(
    form: Format, tmp_path: Path, dataset: Dataset
) -> None:
    path = tmp_path / f"labels{form.suffix}"
    notes = form.write(dataset, path)
    assert notes or form.read(path) == dataset
    assert all("\n" not in note for note in notes)
    assert form.write(form.read(path), path) == []


@each_format
def test_the_same_data_set_gives_the_same_bytes_and_leaves_nothing_beside(form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"labels{form.suffix}"
    form.write(some_dataset(), path)
    first = content_of(tmp_path)
    form.write(some_dataset(), path)
    assert content_of(tmp_path) == first
    assert {found.name for found in tmp_path.iterdir()} <= {path.name, path.stem}


@each_format
def test_a_smaller_data_set_leaves_nothing_of_the_larger_one(form: Format, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    form.write(Dataset(), tmp_path / "fresh" / f"labels{form.suffix}")
    (tmp_path / "used").mkdir()
    form.write(some_dataset(), tmp_path / "used" / f"labels{form.suffix}")
    form.write(Dataset(), tmp_path / "used" / f"labels{form.suffix}")
    assert content_of(tmp_path / "used") == content_of(tmp_path / "fresh")


@each_format
def test_a_data_set_of_nothing_comes_back(form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"labels{form.suffix}"
    assert form.write(Dataset(), path) == []
    assert form.read(path) == Dataset()


@pytest.mark.parametrize("written", ["dota", "voc", "yolo", "yolo-obb"])
@pytest.mark.parametrize("read", ["dota", "voc"])
def test_an_export_is_not_taken_for_one_of_another_format(tmp_path: Path, written: str, read: str) -> None:
    path = tmp_path / "labels"
    get_format(written).write(some_dataset(), path)
    if read == written:
        assert get_format(read).read(path)
        return
    with pytest.raises(InputError, match=rf"labels: .* says that this is an export as {written}, not as {read}$"):
        get_format(read).read(path)


@each_format
def test_a_refused_data_set_leaves_the_old_file(form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"labels{form.suffix}"
    form.write(some_dataset(), path)
    before = content_of(tmp_path)
    orphan = Dataset(annotations=(Annotation("1", 9, 9, Box(0, 0, 1, 1)),))
    with pytest.raises(InputError, match="9"):
        form.write(orphan, path)
    assert content_of(tmp_path) == before


@each_format
def test_a_folder_that_is_not_there_is_named(form: Format, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        form.write(some_dataset(), tmp_path / "nowhere" / f"labels{form.suffix}")


@each_format
@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n", b"{", b"hello", b'{"a": 1}'])
def test_a_file_of_something_else_is_named(form: Format, tmp_path: Path, text: bytes) -> None:
    path = tmp_path / f"labels{form.suffix}"
    path.write_bytes(text)
    with pytest.raises(InputError) as caught:
        form.read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@each_format
def test_an_absent_file_is_named(form: Format, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="absent"):
        form.read(tmp_path / f"absent{form.suffix}")


@each_format_of_a_file
def test_a_file_cut_off_anywhere_is_an_error_or_the_whole(form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"labels{form.suffix}"
    form.write(some_dataset(), path)
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="labels"):
            form.read(path)


def complaint(form: Format, path: Path) -> str | None:
    try:
        form.read(path)
    except InputError as error:
        return str(error)
    return None


@each_format_of_a_folder
def test_a_file_of_a_folder_cut_off_anywhere_is_an_error_that_names_it_or_can_be_read(
    form: Format, tmp_path: Path
) -> None:
    path = tmp_path / "labels"
    form.write(some_dataset(), path)
    for found in [found for found in path.rglob("*") if found.is_file()]:
        whole = found.read_bytes()
        for length in range(len(whole)):
            found.write_bytes(whole[:length])
            said = complaint(form, path)
            assert said is None or (said.startswith(str(path)) and "\n" not in said)
        found.write_bytes(whole)


@each_format_of_a_folder
def test_a_folder_with_anything_else_in_it_is_not_replaced(form: Format, tmp_path: Path) -> None:
    path = tmp_path / "labels"
    form.write(some_dataset(), path)
    (path / "photo.jpg").write_bytes(b"mine")
    before = content_of(tmp_path)
    with pytest.raises(StorageError, match=r"photo\.jpg"):
        form.write(Dataset(), path)
    assert content_of(tmp_path) == before


@each_format_of_a_folder
def test_an_empty_folder_takes_an_export(form: Format, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    form.write(some_dataset(), tmp_path / "labels")
    assert len(form.read(tmp_path / "labels").annotations) == 4
