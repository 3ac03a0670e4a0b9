"""The search for files of images that somebody renamed or moved while the project is open."""

import logging
import time
from threading import Condition, Thread

from fewclicks.store.project import Project

PAUSE = 5.0  # seconds between the end of a search and the next one
log = logging.getLogger("fewclicks")


class FolderSearch:
    """Searches the image folder in the background: one search at a time, and none within `PAUSE` seconds of another."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._state = Condition()
        self._wanted = False
        self._stopped = False
        self._rests_until = 0.0
        self._worker: Thread | None = None

    def request(self) -> None:
        """Search soon; requests before the search starts share it."""
        with self._state:
            self._wanted = not self._project.read_only
            if self._worker is None and self._wanted and not self._stopped:
                self._worker = Thread(target=self._work, name="folder-search", daemon=True)
                self._worker.start()
            self._state.notify_all()

    def stop(self) -> None:
        """End the background work."""
        with self._state:
            self._stopped = True
            self._state.notify_all()
        if self._worker is not None:
            self._worker.join(timeout=10)

    def _work(self) -> None:
        while self._is_due():
            try:
                self._project.find_renamed()
            except Exception as error:  # a file may vanish during the search; opening the image searches again
                log.warning("the search for renamed images failed, open the image to repeat it: %s", error)
            with self._state:
                self._rests_until = time.monotonic() + PAUSE

    def _is_due(self) -> bool:
        """Wait until a search is wanted and may start; return False once the work has ended."""
        with self._state:
            while not self._stopped:
                left = self._rests_until - time.monotonic()
                if self._wanted and left <= 0:
                    self._wanted = False
                    return True
                self._state.wait(left if self._wanted else None)
            return False
