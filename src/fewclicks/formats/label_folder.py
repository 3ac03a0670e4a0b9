"""Formats that are a folder of text files: reading and replacing one, and which label file is of which image."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NoReturn

from fewclicks.errors import InputError, StorageError
from fewclicks.files import read_json, read_text, write_folder
from fewclicks.formats.decimals import comma_advice
from fewclicks.formats.file_stems import file_stems
from fewclicks.formats.own_file import OWN_FILE, Known, read_own_file
from fewclicks.images.files import SUFFIXES, read_size_hw
from fewclicks.labels import ImageRecord

IMAGES = "images"


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A text file at `path`, and where a complaint about it says that it is."""

    path: Path
    text: str

    def fail(self, problem: str, line: int | None = None) -> NoReturn:
        raise InputError(problem, self.path, None if line is None else f"line {line}")

    def rows(self) -> Iterable[tuple[int, list[str]]]:
        """The words of every line that has any, with its number from 1."""
        for number, line in enumerate(self.text.split("\n"), 1):
            if words := line.split():
                yield number, words

    def numbers(self, words: Iterable[str], line: int) -> tuple[float, ...]:
        """Words as finite numbers."""
        return tuple(self._number(word, line) for word in words)

    def _number(self, word: str, line: int) -> float:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.fail(f"expected a finite number, not {word[:40]!r}{comma_advice(word[:40])}", line)
        return value


@dataclass(frozen=True, slots=True)
class LabelFolder:
    """The text files of a folder and the images of it, by their names: paths with forward slashes, sorted.

    A text is given, or read from its file when it is asked for.
    """

    path: Path
    texts: Mapping[str, str | Path]
    images: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, *suffixes: str) -> "LabelFolder":
        """Everything below `path`, of the text files those of these endings. Raises InputError."""
        if not path.exists():
            raise InputError("folder not found; check the path", path)
        if not path.is_dir():
            raise InputError("expected a folder, got a file", path)
        files = files_below(path)
        texts = {name: file for name, file in files.items() if file.suffix.lower() in suffixes or name == OWN_FILE}
        return cls(path, texts, images_among(files))

    def file(self, name: str) -> LabelFile:
        """A text file, which is one of `texts`."""
        text = self.texts[name]
        return LabelFile(self.path / name, text if isinstance(text, str) else read_text(text))

    def known(self, *formats: str) -> Known:
        """What our own file says; nothing where there is none.

        Raises InputError when it says that the labels are in none of these formats.
        """
        if OWN_FILE not in self.texts:
            return Known()
        known = read_own_file(self.file(OWN_FILE).text, self.path / OWN_FILE)
        if known.format_name not in ("", *formats):
            problem = f"expected the format {' or '.join(formats)}, got {known.format_name} according to {OWN_FILE}"
            raise InputError(problem, self.path)
        return known

    def record(self, image: str, known: ImageRecord | None, number: int) -> ImageRecord:
        """The image of that name, with the size of its file; `known` is what our own file says of it.

        Raises InputError when nothing tells the size, or the file another one than we knew.
        """
        if image not in self.images:
            if known is None:
                problem = "image not found; add it, because its size is needed"
                raise InputError(problem, self.path / image)
            return known
        height, width = read_size_hw(self.images[image])
        if known is None:
            return ImageRecord(number, image, width, height)
        if known.size_hw != (height, width):
            sizes = f"{width}x{height} pixels, but {known.width}x{known.height} in {OWN_FILE}"
            raise InputError(f"the image has {sizes}; restore the image or export the labels again", self.images[image])
        return known

    def agreed_size(self, label: str, said: tuple[int, int] | None, picture: str | None, name: str) -> tuple[int, int]:
        """The size of an image, which a label file has `said` or which its `picture` in the folder has.

        Raises InputError when they differ, or when neither tells the size of the image `name`.
        """
        actual = read_size_hw(self.images[picture]) if picture is not None else None
        if said is not None and actual is not None and said != actual:
            sizes = f"{said[1]}x{said[0]}, but its image {picture} is {actual[1]}x{actual[0]}"
            raise InputError(f"the size is {sizes}; correct the size or replace the image", self.path / label, "size")
        size_hw = actual or said
        if size_hw is None:
            raise InputError(f"the size and the image {name} are missing; add one of them", self.path / label)
        return size_hw


def files_below(folder: Path) -> dict[str, Path]:
    """The files below a folder by their names in it, sorted; hidden ones are passed over."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    shown = (name for name in found if not any(part.startswith(".") for part in name.parts))
    return {name.as_posix(): found[name] for name in sorted(shown)}


def images_among(files: Mapping[str, Path]) -> dict[str, Path]:
    return {name: path for name, path in files.items() if path.suffix.lower() in SUFFIXES}


def paired(
    folder: LabelFolder, labels: Iterable[str], known: Known, is_layout: Callable[[str], bool]
) -> Iterator[tuple[str | None, str | None]]:
    """Label files with their images, either of which need not be there: first those that our own file knows.

    They belong together by their paths without the ending and without the folders for which `is_layout`. A label file
    may also have the whole name of its image: `a.png.geojson`. Raises InputError where two belong to one, and where a
    file is gone that our own file knows.
    """
    stems = {name: key_of(name, is_layout) for name in folder.images}
    pictures = _grouped(stems)
    keys = dict(_label_keys(labels, known, stems, is_layout))
    for name in known.images:
        if name not in keys:
            raise InputError(f"file not found, although it is in {OWN_FILE}; restore it", folder.path / name)
    for key, names in _grouped(keys).items():
        if len(names) > 1 and not known.images.keys() >= set(names):
            problem = f"{names[0]} belongs to the same image, {key}; import one of the two folders"
            raise InputError(problem, folder.path / names[1])
    for key, names in pictures.items():
        if len(names) > 1:
            raise InputError(
                f"{names[0]} and this image share the same labels, {key}; rename one of the images",
                folder.path / names[1],
            )
    for name in [*known.images, *(name for name in keys if name not in known.images)]:
        yield name, pictures.pop(keys[name], [None])[0]
    yield from ((None, name) for names in pictures.values() for name in names)


def _label_keys(
    labels: Iterable[str], known: Known, stems: Mapping[str, str], is_layout: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Label files with the path without ending of the image that each may belong to; `stems`: those of the images."""
    paths = set(stems.values())
    of_whole = {f"{stem}{PurePosixPath(name).suffix}": stem for name, stem in stems.items()}
    for name in labels:
        key = key_of(name, is_layout)
        yield name, key if key in paths or name in known.images else of_whole.get(key, key)


def labelled_images(
    folder: LabelFolder,
    labels: Iterable[str],
    known: Known,
    is_layout: Callable[[str], bool],
    image_name: Callable[[str], str],
) -> Iterator[tuple[ImageRecord, LabelFile | None]]:
    """Every image with its label file, if it has one.

    `image_name` names the image of a label file for the error where the folder does not have it.
    """
    numbers = iter(numbered(known))
    for name, image in paired(folder, labels, known, is_layout):
        record = known.images.get(name or "")
        absent = image_name(name) if name else ""
        yield (
            folder.record(image or absent, record, 0 if record else next(numbers)),
            folder.file(name) if name else None,
        )


def key_of(name: str, is_layout: Callable[[str], bool]) -> str:
    """A path without its ending and without folders that are only the layout of a data set."""
    path = PurePosixPath(name).with_suffix("")
    return "/".join([*(part for part in path.parts[:-1] if not is_layout(part)), path.name])


def _grouped(keys: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(keys):
        found.setdefault(keys[name], []).append(name)
    return found


def numbered(known: Known) -> Iterable[int]:
    """Numbers for images that our own file does not know."""
    taken = {image.id for image in known.images.values()}
    return filter(lambda number: number not in taken, range(1, 2**62))


def swapped(name: str, folder: str, other: str) -> str:
    """The path with its last folder of the name `folder` replaced by `other`; as it is where there is none."""
    parts = list(PurePosixPath(name).parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == folder:
            return str(PurePosixPath(*parts[:index], other, *parts[index + 1 :]))
    return name


def image_names(images: Iterable[ImageRecord]) -> dict[int, str]:
    """By its id, where each image is to lie below a folder of labels: somewhere in a folder `images`."""
    images = tuple(images)
    names = {}
    for image, stem in zip(images, file_stems(map(_in_images, images)).values(), strict=True):
        below = stem if IMAGES in PurePosixPath(stem).parts[:-1] else f"{IMAGES}/{stem}"
        suffix = PurePosixPath(image.file_name).suffix
        names[image.id] = below + (suffix if suffix.lower() in SUFFIXES else ".jpg")
    return names


def _in_images(image: ImageRecord) -> ImageRecord:
    """So that `a.jpg` and `images/a.jpg` are told to be the same."""
    path = PurePosixPath(image.file_name.replace("\\", "/"))
    if path.is_absolute() or IMAGES in path.parts[:-1]:
        return image
    return ImageRecord(image.id, f"{IMAGES}/{image.file_name}", image.width, image.height)


def replace_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write `texts` as the new content of `folder`, at once or not at all.

    Raises StorageError when it cannot be written, or holds anything but an earlier export.
    """
    _check_free(folder)
    write_folder(folder, ((name, text.encode("utf-8")) for name, text in texts.items()))


def _check_free(folder: Path) -> None:
    if not folder.exists():
        return
    ours = _files_of(folder / OWN_FILE)
    inside = folder.rglob("*") if folder.is_dir() else [folder]
    foreign = (found for found in inside if not found.is_dir() and found.relative_to(folder).as_posix() not in ours)
    if stranger := next(foreign, None):
        raise StorageError(
            f"{folder}: cannot replace this folder, because it contains {stranger.name}, which is not part of an "
            "export; choose a new folder"
        )


def _files_of(own: Path) -> set[str]:
    """The files that an earlier export wrote; none where there was none."""
    try:
        return {OWN_FILE, *read_json(own)["files"]}
    except (InputError, KeyError, TypeError):
        return set()
