"""The export: what a person accepted, as a file of another program."""

import tempfile
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Response

from fewclicks.formats import get_format
from fewclicks.server.services import Served
from fewclicks.store.datasets import export_dataset

router = APIRouter(prefix="/api")


@router.get("/export", response_class=Response, responses={200: {"content": {"application/json": {}}}})
def export(services: Served, format: str = "coco") -> Response:
    """The accepted annotations as an attachment; `X-Left-Out` says what the format could not hold, if anything."""
    chosen = get_format(format)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"export{chosen.suffix}")
        lost = chosen.write(export_dataset(services.project), path)
        content = path.read_bytes()
    name = quote(f"{services.project.name}-{chosen.name}{chosen.suffix}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    if lost:
        headers["X-Left-Out"] = quote("; ".join(lost), safe=" ;:,()'")
    return Response(content, media_type=chosen.media_type, headers=headers)
