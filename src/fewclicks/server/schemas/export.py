"""The REST contract of the export.

GET /api/export/plans   ExportPlanSchema, one for each choice of images
GET /api/export         the file; `images` is the choice
"""

from fewclicks.application.image_choice import ImageChoice
from fewclicks.server.schemas.base import Schema


class ExportPlanSchema(Schema):
    """What an export will contain: `images` of the `of` images of the project, with `annotations` accepted ones.

    `left_out`: a line for each kind of content that stays out, with the reason. `lacking`: by the name of a format, a
    line for each kind of shape that this format leaves out too; formats that hold all of them are not in it.
    """

    choice: ImageChoice
    images: int
    of: int
    annotations: int
    left_out: list[str]
    lacking: dict[str, list[str]]


class FormatSchema(Schema):
    """An installed file format. `name` is the parameter of `GET /api/export`; the page shows `title` and `summary`.

    `suffix` and `media_type` describe its file; `suffix` is "" when the format is a folder, which is exported as a ZIP.
    """

    name: str
    title: str
    summary: str
    suffix: str
    media_type: str
