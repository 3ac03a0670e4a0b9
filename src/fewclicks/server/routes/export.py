"""Routes of the installed formats and the export."""

from urllib.parse import quote

from fastapi import APIRouter, Response

from fewclicks.application import export as exporting
from fewclicks.application.image_choice import ImageChoice
from fewclicks.formats import formats
from fewclicks.server.dependencies import Served
from fewclicks.server.schemas.export import ExportPlanSchema, FormatSchema

router = APIRouter(prefix="/api")

ANY_FILE: dict[str, dict[str, str]] = {"*/*": {}}  # formats of other packages bring their own media types


@router.get("/formats")
def get_formats() -> list[FormatSchema]:
    """Return every installed format, in the order of the page."""
    return [
        FormatSchema(
            name=spec.name, title=spec.title, summary=spec.summary, suffix=spec.suffix, media_type=spec.media_type
        )
        for spec in formats().values()
    ]


@router.get("/export/plans")
def get_export_plans(served: Served) -> list[ExportPlanSchema]:
    """Return what an export will contain and leave out, for each choice of images."""
    return [
        ExportPlanSchema(
            choice=plan.choice,
            images=plan.images,
            of=plan.of,
            annotations=plan.annotations,
            left_out=list(plan.left_out),
            lacking={name: list(lines) for name, lines in plan.lacking.items()},
        )
        for plan in exporting.plan_exports(served.project)
    ]


@router.get("/export", response_class=Response, responses={200: {"content": ANY_FILE}})
def get_export(served: Served, format: str = "coco", images: ImageChoice = "labelled") -> Response:
    """Return the accepted annotations as an attachment, a ZIP file when the format has several files.

    `images`: `labelled` are those that are done or have an accepted annotation.

    The header `X-Written` says what the file contains: `2 of 5 annotations (2 boxes) of 3 images`. The header
    `X-Left-Out` lists content that the format cannot hold, if there is any.
    """
    exported = exporting.export(served.project, format, images)
    name = quote(f"{served.project.name}-{format}{exported.suffix}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    headers["X-Written"] = exported.written.content
    if exported.left_out:
        headers["X-Left-Out"] = quote("; ".join(exported.left_out), safe=" ;:,()'")
    return Response(exported.content, media_type=exported.media_type, headers=headers)
