"""The server process of a project."""

import contextlib
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from fewclicks.allocator import keep_memory
from fewclicks.errors import ConflictError, InputError, printable
from fewclicks.model import AnyModel
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.images import NOT_UTF8
from fewclicks.store.project import READ_ONLY, Project

MOST_LINES = 5  # the maximum of problems of a kind that the terminal shows


def serve(
    project_dir: Path,
    port: int | None = None,
    open_browser: bool | None = None,
    models: Mapping[str, AnyModel] | None = None,
) -> None:
    """Serve the project in `project_dir` until SIGINT or SIGTERM. Settings replace values that are None.

    Raises ConflictError when the port or the project is in use, NotFoundError without a project, StorageError when it
    cannot be read or written.
    """
    settings = Settings.read(port=port, open_browser=open_browser)
    settings.check_host()
    keep_memory()
    with listening(settings.host, settings.port) as sock, Project(project_dir) as project:
        _print_problems(project)
        app = create_app(project, models, settings)
        url = f"http://{settings.host}:{sock.getsockname()[1]}/"
        print(f"fewclicks: {project.name} is at {url} (stop with Ctrl+C)", flush=True)
        if settings.open_browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        app.state.is_stopping = lambda: server.should_exit  # ends the event streams
        _run(server, sock)


def listening(host: str, port: int) -> contextlib.closing[socket.socket]:
    """Open a listening socket, so that a port in use is reported before the project is opened."""
    # With an explicit protocol, asyncio sends small responses at once; otherwise each may take 40 ms more.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        if isinstance(error, PermissionError):
            raise InputError(f"no permission to use port {port}; choose one above 1023", place="--port") from error
        raise ConflictError(f"port {port} is in use; choose another one with --port, or 0 for a free one") from error
    return contextlib.closing(sock)


def _print_problems(project: Project) -> None:
    if project.read_only:
        print(f"fewclicks: {project.folder}: {READ_ONLY}", file=sys.stderr)
    with project.reading() as log:
        problems = [row for row in log.images() if row.problem]
    skipped = [f"{name}: skipped, {NOT_UTF8}" for name in project.synced.unnamed]
    _print_first(skipped, "files with such names")
    _print_first(
        [f"{printable(row.file_name)}: {row.problem}" for row in problems], "images with problems; the page lists them"
    )


def _print_first(lines: Sequence[str], others: str) -> None:
    for line in lines[:MOST_LINES]:
        print(f"fewclicks: {line}", file=sys.stderr)
    if len(lines) > MOST_LINES:
        print(f"fewclicks: and {len(lines) - MOST_LINES} more {others}", file=sys.stderr)


def _run(server: uvicorn.Server, sock: socket.socket) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    # uvicorn ends cleanly on a signal and then raises it again, although stopping is not an error.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            server.run(sockets=[sock])
    finally:
        signal.signal(signal.SIGTERM, before)
