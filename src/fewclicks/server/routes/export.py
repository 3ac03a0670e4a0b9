"""The export: what a person accepted, as a file of another program."""

import io
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Response

from fewclicks.formats import get_format
from fewclicks.server.services import Served
from fewclicks.store.datasets import export_dataset

router = APIRouter(prefix="/api")

ZIP = "application/zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip's dates: the same files shall give the same bytes


@router.get("/export", response_class=Response, responses={200: {"content": {"application/json": {}, ZIP: {}}}})
def export(services: Served, format: str = "coco") -> Response:
    """The accepted annotations as an attachment, a zip where the format has several files.

    `X-Left-Out` says what the format could not hold, if anything.
    """
    chosen = get_format(format)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{chosen.name}{chosen.suffix}")
        lost = chosen.write(export_dataset(services.project), path)
        is_alone = path.is_file() and list(Path(folder).iterdir()) == [path]
        content = path.read_bytes() if is_alone else _zipped(Path(folder))
    suffix, media_type = (chosen.suffix, chosen.media_type) if is_alone else (".zip", ZIP)
    name = quote(f"{services.project.name}-{chosen.name}{suffix}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    if lost:
        headers["X-Left-Out"] = quote("; ".join(lost), safe=" ;:,()'")
    return Response(content, media_type=media_type, headers=headers)


def _zipped(folder: Path) -> bytes:
    """Every file below `folder`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
