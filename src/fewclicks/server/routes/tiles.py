"""Routes of the deep zoom tiles of large images."""

from fastapi import APIRouter, Request, Response

from fewclicks.errors import InputError
from fewclicks.images.deep_zoom import COARSEST, TILE, DeepZoom, read_tile
from fewclicks.server.dependencies import ImageId, Served
from fewclicks.server.routes.images import cacheable, not_modified
from fewclicks.server.schemas.images import TilesAnswer

router = APIRouter(prefix="/api/images")


@router.get("/{image_id}/tiles")
def get_tiles(image_id: ImageId, served: Served) -> TilesAnswer:
    """Return the progress of the tiles, whose computation starts with the first request."""
    row = served.image(image_id)
    try:
        progress = served.large_images.progress(row)
    except InputError as error:
        served.note_problem(row.id, error)
        raise
    zoom = DeepZoom(row.size_hw)
    return TilesAnswer(
        progress=progress,
        width=row.width,
        height=row.height,
        tile_size=TILE,
        coarsest=COARSEST,
        finest=zoom.finest,
        version=row.content_hash,
    )


@router.get("/{image_id}/tiles/{level}/{column}/{row}")
def get_tile(image_id: ImageId, level: int, column: int, row: int, request: Request, served: Served) -> Response:
    """Return a tile as JPEG, or as PNG for a losslessly compressed file."""
    image = served.image(image_id)
    tag = f'"{image.content_hash}-{level}-{column}-{row}"'
    if (known := not_modified(request, tag)) is not None:
        return known
    try:
        content, media_type = read_tile(served.large_images.open(image), level, column, row)
    except InputError as error:
        served.large_images.forget(image)
        served.note_problem(image.id, error)
        raise
    return Response(content, media_type=media_type, headers=cacheable(tag))
