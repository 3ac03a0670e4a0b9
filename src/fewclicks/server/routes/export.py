"""The export: what a person accepted, as a file for other programs."""

from urllib.parse import quote

from fastapi import APIRouter, Response

from fewclicks.application import export as exporting
from fewclicks.server.dependencies import Served

router = APIRouter(prefix="/api")

CONTENT: dict[str, dict[str, str]] = {"application/json": {}, exporting.ZIP: {}}


@router.get("/export", response_class=Response, responses={200: {"content": CONTENT}})
def get_export(served: Served, format: str = "coco") -> Response:
    """The accepted annotations as an attachment, a zip where the format has several files.

    The header `X-Left-Out` lists what the format cannot hold, if anything.
    """
    exported = exporting.export(served.project, format)
    name = quote(f"{served.project.name}-{format}{exported.suffix}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    if exported.left_out:
        headers["X-Left-Out"] = quote("; ".join(exported.left_out), safe=" ;:,()'")
    return Response(exported.content, media_type=exported.media_type, headers=headers)
