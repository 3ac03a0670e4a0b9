"""Serving a project until it is stopped."""

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
from fewclicks.store.project import Project

SAID = 5  # how many problems of one kind the terminal shows


def serve(
    project_dir: Path,
    port: int | None = None,
    open_browser: bool | None = None,
    models: Mapping[str, AnyModel] | None = None,
) -> None:
    """Serve the project in `project_dir` until SIGINT or SIGTERM. What is None comes from the settings.

    Raises ConflictError when the port or the project is taken, NotFoundError when there is no project, StorageError
    when it cannot be used.
    """
    settings = Settings.read(port=port, open_browser=open_browser)
    settings.check_host()
    keep_memory()
    with listening(settings.host, settings.port) as sock, Project(project_dir) as project:
        _say_problems(project)
        app = create_app(project, models, settings)
        url = f"http://{settings.host}:{sock.getsockname()[1]}/"
        print(f"fewclicks: {project.name} is at {url} (stop with Ctrl+C)", flush=True)
        if settings.open_browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        app.state.is_stopping = lambda: server.should_exit  # streams of events end by themselves
        _run(server, sock)


def listening(host: str, port: int) -> contextlib.closing[socket.socket]:
    """A socket that listens already, so that a taken port is known before anything is opened."""
    # With the protocol named, asyncio sends small answers at once; else each may wait 40 ms for an acknowledgement.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        if isinstance(error, PermissionError):
            raise InputError(f"port {port} needs the rights of an administrator; choose one above 1023") from error
        raise ConflictError(f"port {port} is in use; choose another one, or 0 for any free one") from error
    return contextlib.closing(sock)


def _say_problems(project: Project) -> None:
    with project.reading() as log:
        problems = [row for row in log.images() if row.problem]
    left_out = [f"left out, {NOT_UTF8}: {name}" for name in project.synced.unnamed]
    _say_first(left_out, "files with such names")
    _say_first(
        [f"{printable(row.file_name)}: {row.problem}" for row in problems], "images with problems; the page lists them"
    )


def _say_first(lines: Sequence[str], others: str) -> None:
    for line in lines[:SAID]:
        print(f"fewclicks: {line}", file=sys.stderr)
    if len(lines) > SAID:
        print(f"fewclicks: and {len(lines) - SAID} more {others}", file=sys.stderr)


def _run(server: uvicorn.Server, sock: socket.socket) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    # uvicorn ends cleanly on a signal and then raises it once more: being asked to stop is no failure.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            server.run(sockets=[sock])
    finally:
        signal.signal(signal.SIGTERM, before)
