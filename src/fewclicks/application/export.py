"""The export of a project as the bytes of one file."""

import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from fewclicks.formats import get_format
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project

ZIP = "application/zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of files in a zip: the same files give the same bytes


@dataclass(frozen=True, slots=True)
class Exported:
    """A file with its suffix and media type. left_out: a line for each kind of thing that the format cannot hold."""

    content: bytes
    suffix: str
    media_type: str
    left_out: tuple[str, ...]


def export(project: Project, format_name: str) -> Exported:
    """The accepted annotations, a zip where the format has several files. Raises NotFoundError and InputError."""
    chosen = get_format(format_name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{chosen.name}{chosen.suffix}")
        left_out = tuple(chosen.write(export_dataset(project), path))
        if path.is_file() and list(Path(folder).iterdir()) == [path]:
            return Exported(path.read_bytes(), chosen.suffix, chosen.media_type, left_out)
        return Exported(_zipped(Path(folder)), ".zip", ZIP, left_out)


def _zipped(folder: Path) -> bytes:
    """Every file below `folder`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
