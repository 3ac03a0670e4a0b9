"""The same tests for every installed format, those of other packages too."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewclicks.errors import InputError, NotFoundError, StorageError
from fewclicks.formats import FormatSpec, formats, get_format, get_spec
from fewclicks.formats.protocol import Format
from fewclicks.formats.shape_kinds import kind_of
from fewclicks.geometry.masks import Mask
from fewclicks.labels import (
    Annotation,
    Box,
    Dataset,
    ImageRecord,
    LabelClass,
    OrientedBox,
    Point,
    Polygons,
    Provenance,
    Shape,
)

WIDTH, HEIGHT = 9, 7
SPECS = formats()
OF_A_FILE = [name for name, spec in SPECS.items() if spec.suffix]
OF_A_FOLDER = [name for name, spec in SPECS.items() if not spec.suffix]
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
each_format = pytest.mark.parametrize("name", SPECS)
each_format_of_a_file = pytest.mark.parametrize("name", OF_A_FILE)
each_format_of_a_folder = pytest.mark.parametrize("name", OF_A_FOLDER)


@pytest.fixture
def form(name: str) -> Format:
    return get_format(name)


@pytest.fixture
def path(name: str, tmp_path: Path) -> Path:
    """Where the tests write."""
    return tmp_path / f"labels{SPECS[name].suffix}"


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
xs, ys = st.floats(-1, WIDTH + 1), st.floats(-1, HEIGHT + 1)


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


points = st.builds(Point, st.floats(0, WIDTH), st.floats(0, HEIGHT))


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
    shapes: st.SearchStrategy[Shape] = st.one_of(boxes(), oriented_boxes(), polygons(), masks(), points)
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
        Annotation("5", 1, 1, Point(2.5, 6)),
    )
    return Dataset((LabelClass(1, "cell"),), (ImageRecord(1, "1.png", WIDTH, HEIGHT),), annotations)


def kept(dataset: Dataset, name: str) -> list[Annotation]:
    """The annotations of `dataset` of the kinds that the format does not lack."""
    return [found for found in dataset.annotations if kind_of(found.shape) not in SPECS[name].lacks]


@each_spec
def test_a_spec_describes_its_format_in_one_line_each(spec: FormatSpec) -> None:
    assert spec.name == spec.name.strip().lower()
    assert spec.title
    assert spec.summary
    assert "\n" not in spec.title + spec.summary
    assert spec.suffix.startswith(".") or spec.suffix == ""
    assert spec.media_type.count("/") == 1


@each_format
def test_a_format_is_found_by_its_name_and_opened_once(name: str) -> None:
    assert isinstance(get_format(name), Format)
    assert get_format(name) is get_format(name)
    assert get_spec(name).name == name


def test_formats_are_listed_in_the_order_of_their_positions() -> None:
    positions = [spec.position for spec in SPECS.values()]
    assert positions == sorted(positions)
    assert list(SPECS)[:1] == ["coco"]


def test_listing_the_formats_imports_none_of_them() -> None:
    program = (
        "import sys; from fewclicks.formats import formats; assert formats();"
        "print([name for name in ('numpy', 'cv2', 'PIL', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match=r"no format 'cocoo'; use one of .*coco"):
        get_format("cocoo")


# the tests check types at every call, and beartype looks at a random element of each list
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@each_format
@given(dataset=datasets())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_what_is_written_is_read_back_equal_or_a_note_says_why_not(form: Format, path: Path, dataset: Dataset) -> None:
    notes = form.write(dataset, path)
    assert notes or form.read(path) == dataset
    assert all("\n" not in note for note in notes)
    assert form.write(form.read(path), path) == []


@each_format
def test_shapes_that_a_format_lacks_are_left_out_and_counted_and_no_others(name: str, form: Format, path: Path) -> None:
    dataset = some_dataset()
    notes = form.write(dataset, path)
    lost = len(dataset.annotations) - len(kept(dataset, name))
    assert len([note for note in notes if f" left out: {SPECS[name].title} has no " in note]) == lost
    assert len(form.read(path).annotations) == len(dataset.annotations) - lost


@each_format
def test_the_same_data_set_gives_the_same_bytes_and_leaves_nothing_beside(
    form: Format, path: Path, tmp_path: Path
) -> None:
    form.write(some_dataset(), path)
    first = content_of(tmp_path)
    form.write(some_dataset(), path)
    assert content_of(tmp_path) == first
    assert {found.name for found in tmp_path.iterdir()} <= {path.name, path.stem}


@each_format
def test_a_smaller_data_set_leaves_nothing_of_the_larger_one(form: Format, path: Path, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    form.write(Dataset(), tmp_path / "fresh" / path.name)
    (tmp_path / "used").mkdir()
    form.write(some_dataset(), tmp_path / "used" / path.name)
    form.write(Dataset(), tmp_path / "used" / path.name)
    assert content_of(tmp_path / "used") == content_of(tmp_path / "fresh")


@each_format
def test_a_data_set_of_nothing_comes_back(form: Format, path: Path) -> None:
    assert form.write(Dataset(), path) == []
    assert form.read(path) == Dataset()


@pytest.mark.parametrize("written", ["dota", "voc", "yolo", "yolo-obb", "points-txt", "labelme", "qupath"])
@pytest.mark.parametrize("read", ["dota", "voc", "points-txt", "labelme", "qupath"])
def test_an_export_is_not_taken_for_one_of_another_format(tmp_path: Path, written: str, read: str) -> None:
    path = tmp_path / "labels"
    get_format(written).write(some_dataset(), path)
    if read == written:
        assert get_format(read).read(path)
        return
    with pytest.raises(InputError, match=rf"labels: expected the format {read}, got {written} according to"):
        get_format(read).read(path)


@each_format
def test_a_refused_data_set_leaves_the_old_file(form: Format, path: Path, tmp_path: Path) -> None:
    form.write(some_dataset(), path)
    before = content_of(tmp_path)
    orphan = Dataset(annotations=(Annotation("1", 9, 9, Box(0, 0, 1, 1)),))
    with pytest.raises(InputError, match="9"):
        form.write(orphan, path)
    assert content_of(tmp_path) == before


@each_format
def test_a_folder_that_is_not_there_is_named(form: Format, path: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        form.write(some_dataset(), tmp_path / "nowhere" / path.name)


@each_format
@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n", b"{", b"hello", b'{"a": 1}'])
def test_a_file_of_something_else_is_named(form: Format, path: Path, text: bytes) -> None:
    path.write_bytes(text)
    with pytest.raises(InputError) as caught:
        form.read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@each_format
def test_an_absent_file_is_named(form: Format, path: Path) -> None:
    with pytest.raises(InputError, match="absent"):
        form.read(path.with_stem("absent"))


@pytest.mark.parametrize("name", [name for name in OF_A_FILE if SPECS[name].media_type == "application/json"])
def test_json_cut_off_anywhere_is_an_error(form: Format, path: Path) -> None:
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


@each_format_of_a_file
def test_a_file_cut_off_anywhere_is_an_error_that_names_it_or_can_be_read(form: Format, path: Path) -> None:
    form.write(some_dataset(), path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        said = complaint(form, path)
        assert said is None or (said.startswith(str(path)) and "\n" not in said)


@each_format_of_a_folder
def test_a_file_of_a_folder_cut_off_anywhere_is_an_error_that_names_it_or_can_be_read(form: Format, path: Path) -> None:
    form.write(some_dataset(), path)
    for found in [found for found in path.rglob("*") if found.is_file()]:
        whole = found.read_bytes()
        for length in range(len(whole)):
            found.write_bytes(whole[:length])
            said = complaint(form, path)
            assert said is None or (said.startswith(str(path)) and "\n" not in said)
        found.write_bytes(whole)


@each_format_of_a_file
def test_a_file_of_something_else_is_not_replaced(form: Format, path: Path) -> None:
    path.write_bytes(b"\xff\xd8 mine")
    with pytest.raises(StorageError, match=path.name):
        form.write(some_dataset(), path)
    assert path.read_bytes() == b"\xff\xd8 mine"


@each_format_of_a_folder
def test_a_folder_with_anything_else_in_it_is_not_replaced(form: Format, path: Path, tmp_path: Path) -> None:
    form.write(some_dataset(), path)
    (path / "photo.jpg").write_bytes(b"mine")
    before = content_of(tmp_path)
    with pytest.raises(StorageError, match=r"photo\.jpg"):
        form.write(Dataset(), path)
    assert content_of(tmp_path) == before


@each_format_of_a_folder
def test_an_empty_folder_takes_an_export(name: str, form: Format, path: Path) -> None:
    path.mkdir()
    form.write(some_dataset(), path)
    assert len(form.read(path).annotations) == len(kept(some_dataset(), name))
