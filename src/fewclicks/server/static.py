"""The page built by Vite as static files; without it, a line on how to build it."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

PAGE = Path(__file__).parent / "page"
MISSING = (
    "<!doctype html><title>fewclicks</title><p>The page is not built; run <code>make setup</code>, then reload.</p>"
)


def add_page(app: FastAPI, folder: Path = PAGE) -> None:
    """Serve the page at `/`."""
    if (folder / "index.html").is_file():
        app.mount("/", StaticFiles(directory=folder, html=True), name="page")
    else:
        app.add_api_route("/", lambda: HTMLResponse(MISSING), include_in_schema=False, response_class=HTMLResponse)
