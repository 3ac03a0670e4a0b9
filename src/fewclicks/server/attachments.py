"""Tables that the browser saves as files."""

from typing import Any
from urllib.parse import quote

from fastapi import Response

CSV = "text/csv"
# How a route describes in OpenAPI that it returns a table.
CSV_RESPONSES: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {}}}}


def csv_attachment(name: str, content: str) -> Response:
    """Return a response that the browser saves as NAME.csv."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv", "Cache-Control": "no-store"}
    return Response(content, media_type=CSV, headers=headers)
