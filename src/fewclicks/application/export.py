"""The export of a project as the bytes of one file."""

import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from fewclicks.formats import get_format, get_spec
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project

ZIP = "application/zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of every file in a ZIP: the same files give the same bytes


@dataclass(frozen=True, slots=True)
class Exported:
    """A file with its suffix and media type; `left_out`: a line for each kind of content that was not exported."""

    content: bytes
    suffix: str
    media_type: str
    left_out: tuple[str, ...]


def export(project: Project, format_name: str) -> Exported:
    """Return the accepted annotations, as a ZIP file when the format has several files.

    Raises NotFoundError when there is no such format, InputError when the annotations contradict each other.
    """
    spec, chosen = get_spec(format_name), get_format(format_name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{spec.name}{spec.suffix}")
        left_out = tuple(chosen.write(export_dataset(project), path))
        if path.is_file() and list(Path(folder).iterdir()) == [path]:
            return Exported(path.read_bytes(), spec.suffix, spec.media_type, left_out)
        return Exported(_zipped(Path(folder)), ".zip", ZIP, left_out)


def _zipped(folder: Path) -> bytes:
    """Return a ZIP file of every file below `folder`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
