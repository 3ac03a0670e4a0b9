"""Synchronisation of a project's images with its folder: new, renamed and missing files."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from fewclicks.errors import InputError, printable
from fewclicks.images.files import read_size_hw
from fewclicks.store.folder import ImageFile, content_hash, natural_order, scan_folder
from fewclicks.store.records import ImageRow
from fewclicks.store.repository import Repository

MISSING = "the file is missing from the image folder; restore it, its annotations are still saved"
NOT_UTF8 = "the file name is not UTF-8; rename the file"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The changes in the folder since the last synchronisation, by file name.

    unnamed: files that cannot be added because their names are not UTF-8, with escapes.
    """

    added: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()


def sync_images(repository: Repository, folder: Path) -> SyncReport:
    """Update the stored images from `folder`; annotations stay unchanged. Raises InputError without a folder.

    A file is the same image when its name and content are the same, or only its content (a renamed file).
    """
    scanned = scan_folder(folder)
    files = {file.name: file for file in scanned if file.has_utf8_name}
    unnamed = tuple(printable(file.name) for file in scanned if not file.has_utf8_name)
    rows = repository.images()
    found, lost = _same_name(rows, files, folder)
    open_files = [file for name, file in files.items() if name not in found]
    with ThreadPoolExecutor() as pool:  # reading and hashing both let other threads run
        fingerprints = pool.map(lambda file: _hash(folder, file), open_files)
        hashes = dict(zip((file.name for file in open_files), fingerprints, strict=True))
    renamed = _same_content(lost, open_files, hashes)
    taken = {file.name for file in renamed.values()}

    after = dict(found)
    for row in lost:
        file = renamed.get(row.id) or files.get(row.file_name)
        if file is not None and (row.id in renamed or file.name not in taken):
            taken.add(file.name)
            after[file.name] = _refreshed(row, file, hashes[file.name], folder, repository)
    present = {row.id for row in after.values()}
    missing = [row for row in lost if row.id not in present]
    next_id = max((row.id for row in rows), default=0) + 1
    added = [file for file in open_files if file.name not in taken]
    for number, file in enumerate(added, next_id):
        blank = ImageRow(number, file.name, 0, 0, 0, file.bytes, file.mtime_ns, hashes[file.name])
        after[file.name] = _measured(blank, folder)
    _store(repository, rows, [*after.values(), *(_missing(row, after) for row in missing)])
    names = tuple((row.file_name, renamed[row.id].name) for row in lost if row.id in renamed)
    return SyncReport(tuple(file.name for file in added), names, tuple(row.file_name for row in missing), unnamed)


def read_again(row: ImageRow, folder: Path) -> ImageRow | None:
    """Return the image as its file is now, without using the database; None if the file cannot be read."""
    try:
        status = (folder / row.file_name).stat()
        fingerprint = content_hash(folder / row.file_name)
    except (OSError, InputError):
        return None
    fresh = replace(row, bytes=status.st_size, mtime_ns=status.st_mtime_ns, content_hash=fingerprint)
    return _measured(fresh, folder)


def update_image(repository: Repository, row: ImageRow, measured: ImageRow) -> None:
    """Store an image that `read_again` read, unless `row` has changed in the meantime."""
    if repository.image(row.id) == row:
        repository.put_images([_fitting(row, measured, repository)])


def find_renamed(rows: Sequence[ImageRow], folder: Path) -> list[ImageRow]:
    """Return the images of `rows` whose file has another name now, with that name, without using the database.

    Only files of the size of a missing image are read. Raises InputError without a folder.
    """
    files = {file.name: file for file in scan_folder(folder) if file.has_utf8_name}
    lost = [row for row in rows if row.file_name not in files]
    sizes, known = {row.bytes for row in lost}, {row.file_name for row in rows}
    candidates = [file for name, file in files.items() if name not in known and file.bytes in sizes]
    renamed = _same_content(lost, candidates, {file.name: _hash(folder, file) for file in candidates})
    return [_found(row, renamed[row.id], folder) for row in lost if row.id in renamed]


def rename_images(repository: Repository, renamed: Sequence[ImageRow], positions: Mapping[int, int]) -> None:
    """Store images with the names that `find_renamed` found, and the positions of images that move in the list."""
    repository.put_images(renamed)
    repository.put_positions(positions)


def natural_positions(rows: Sequence[ImageRow]) -> dict[int, int]:
    """Return the positions of images in the natural order of their names, by id; only those that change."""
    ordered = sorted(rows, key=lambda row: natural_order(row.file_name))
    return {row.id: position for position, row in enumerate(ordered) if row.position != position}


def _found(row: ImageRow, file: ImageFile, folder: Path) -> ImageRow:
    return _measured(replace(row, file_name=file.name, bytes=file.bytes, mtime_ns=file.mtime_ns), folder)


def _same_name(
    rows: list[ImageRow], files: dict[str, ImageFile], folder: Path
) -> tuple[dict[str, ImageRow], list[ImageRow]]:
    """Return the images whose file has the same name and content, by name, and all other images."""
    found: dict[str, ImageRow] = {}
    lost: list[ImageRow] = []
    for row in rows:
        file = files.get(row.file_name)
        if file is None:
            lost.append(row)
        elif (row.bytes, row.mtime_ns) == (file.bytes, file.mtime_ns) and row.problem is None:
            found[file.name] = row if row.content_hash else replace(row, content_hash=_hash(folder, file))
        elif _hash(folder, file) == row.content_hash:
            found[file.name] = _measured(replace(row, bytes=file.bytes, mtime_ns=file.mtime_ns), folder)
        else:
            lost.append(row)
    return found, lost


def _same_content(lost: list[ImageRow], files: list[ImageFile], hashes: dict[str, str]) -> dict[int, ImageFile]:
    """Return the renamed file of each lost image, by image id; equal files with the same base name first."""
    by_hash: defaultdict[str, list[ImageFile]] = defaultdict(list)
    for file in files:
        if hashes[file.name]:
            by_hash[hashes[file.name]].append(file)
    matched: dict[int, ImageFile] = {}
    for row in lost:
        candidates = by_hash[row.content_hash]
        if candidates:
            base = PurePosixPath(row.file_name).name
            best = min(candidates, key=lambda file: PurePosixPath(file.name).name != base)
            candidates.remove(best)
            matched[row.id] = best
    return matched


def _refreshed(row: ImageRow, file: ImageFile, fingerprint: str, folder: Path, repository: Repository) -> ImageRow:
    """Return the image with its new name or content."""
    fresh = replace(row, file_name=file.name, bytes=file.bytes, mtime_ns=file.mtime_ns, content_hash=fingerprint)
    return _fitting(row, _measured(fresh, folder), repository)


def _fitting(row: ImageRow, measured: ImageRow, repository: Repository) -> ImageRow:
    """Return the image as it was measured; with annotations, another size is a problem."""
    same_size = measured.problem is not None or measured.size_hw == row.size_hw
    if same_size or not row.width or not is_labelled(repository, row.id):
        return measured
    problem = size_changed(row.size_hw, measured.size_hw)
    return replace(row, file_name=measured.file_name, bytes=measured.bytes, mtime_ns=measured.mtime_ns, problem=problem)


def size_changed(before_hw: tuple[int, int], now_hw: tuple[int, int]) -> str:
    """Return the problem of an image whose annotations belong to a file of another size."""
    (height, width), (new_height, new_width) = before_hw, now_hw
    change = f"from {width}x{height} to {new_width}x{new_height}"
    return f"the size changed {change}; restore the old file, because the annotations belong to it"


def is_labelled(repository: Repository, image_id: int) -> bool:
    """Return whether an image has clicks or annotations, deleted ones included."""
    clicked = repository.proposals(image_id).clicks
    return bool(clicked or repository.annotations(image_id, deleted=True))


def _measured(row: ImageRow, folder: Path) -> ImageRow:
    try:
        height, width = read_size_hw(folder / row.file_name)
    except InputError as error:
        return replace(row, problem=error.problem)
    return replace(row, width=width, height=height, problem=None)


def _missing(row: ImageRow, present: Container[str]) -> ImageRow:
    """Return the image as missing; if another image has its name now, its id is added to the name."""
    name = f"{row.file_name} (lost {row.id})" if row.file_name in present else row.file_name
    return replace(row, file_name=name, problem=MISSING)


def _hash(folder: Path, file: ImageFile) -> str:
    """Return the fingerprint of the file; "", which no image has, for an unreadable file."""
    try:
        return content_hash(folder / file.name)
    except InputError:
        return ""


def _store(repository: Repository, before: list[ImageRow], after: list[ImageRow]) -> None:
    ordered = sorted(after, key=lambda row: natural_order(row.file_name))
    placed = [replace(row, position=position) for position, row in enumerate(ordered)]
    known = set(before)
    repository.put_images(row for row in placed if row not in known)
