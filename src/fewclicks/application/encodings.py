"""A cache of encoded images within a memory limit; the next image is encoded in the background."""

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Condition, Thread
from typing import Any, TypeVar

import numpy as np

from fewclicks.cache import BoundedCache
from fewclicks.errors import InputError, ModelError
from fewclicks.images.source import ImageSource
from fewclicks.model import AnyModel, Encoding

Made = TypeVar("Made")
Load = Callable[[int], ImageSource]
log = logging.getLogger("fewclicks")
QUIET = 0.3  # seconds without a running answer before the next image is encoded


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded image, or the reader of a large one, and its encodings by the role and version of the models."""

    image: ImageSource
    encodings: dict[tuple[str, str], Encoding[object]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        pixels = self.image.nbytes if isinstance(self.image, np.ndarray) else 0
        return pixels + sum(encoding.nbytes for encoding in self.encodings.values())


Keep = Callable[[int, Opened, int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """An image to encode in the background; `at_once`: before the quiet time has passed."""

    image_id: int
    model: AnyModel
    at_once: bool


class Encodings:
    """Encodings by image and model; the encodings of one image share its pixels and leave the cache together.

    load: reads an image by its id; may raise InputError. unreadable: called when the background work gets such an
    error; `get` raises it.
    """

    def __init__(self, load: Load, unreadable: Callable[[int, InputError], None], max_bytes: int) -> None:
        self._load = load
        self._unreadable = unreadable
        self._cache: BoundedCache[int, Opened] = BoundedCache(max_bytes)
        self._running: dict[Hashable, Future[Any]] = {}
        self._wanted: list[Wish] = []
        self._in_view: list[Callable[[], object]] = []
        self._later: list[Callable[[], object]] = []
        self._busy = 0
        self._quiet_since = 0.0
        self._stopped = False
        self._state = Condition()
        self._worker: Thread | None = None

    def get(self, image_id: int, model: AnyModel, aside: bool = False) -> Encoding[object]:
        """Return the encoding, computed now if necessary; simultaneous requests share one computation.

        aside: the last used encoding is not dropped for this one.
        """
        with self.answering():
            return self._encoding(image_id, model, self._cache.put_aside if aside else self._cache.put)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Postpone background work while a person waits for an answer."""
        with self._state:
            self._busy += 1
        try:
            yield
        finally:
            with self._state:
                self._busy -= 1
                self._quiet_since = time.monotonic()
                self._state.notify_all()

    def prepare(
        self,
        image_id: int,
        next_id: int | None,
        models: Iterable[AnyModel],
        later: Sequence[Callable[[], object]] = (),
    ) -> None:
        """Encode this image in the background, then, while no answer runs, the next one, and do the `later` tasks.

        Drops earlier wishes. The next image never replaces this one: without free memory it is skipped.
        """
        with self._state:
            self._wanted = [Wish(image_id, model, at_once=True) for model in models]
            if next_id is not None:
                self._wanted += [replace(wish, image_id=next_id, at_once=False) for wish in self._wanted]
            self._in_view, self._later = [], list(later)
            self._quiet_since = time.monotonic()
            self._wake()

    def prepare_view(self, tasks: Sequence[Callable[[], object]]) -> None:
        """Do the tasks for the visible part of the image, one at a time, before other background work.

        Drops the tasks of earlier parts.
        """
        with self._state:
            self._in_view = list(tasks)
            self._wake()

    def stop(self) -> None:
        """End the background work; existing encodings stay."""
        with self._state:
            self._stopped = True
            self._wanted, self._in_view, self._later = [], [], []
            self._state.notify_all()
        if self._worker is not None:
            self._worker.join(timeout=10)

    @property
    def nbytes(self) -> int:
        return self._cache.nbytes

    # --- parts --------------------------------------------------------------------------------

    def _encoding(self, image_id: int, model: AnyModel, keep: Keep) -> Encoding[object]:
        opened = self._once(image_id, lambda: self._opened(image_id, keep))
        key = (image_id, model.info.role, model.info.version)
        encoding = self._once(key, lambda: self._encoded(opened, model))
        self._keep(image_id, opened, keep)
        return encoding

    def _opened(self, image_id: int, keep: Keep) -> Opened:
        opened = self._cache.peek(image_id)
        if opened is None:
            opened = Opened(self._load(image_id))
            if isinstance(opened.image, np.ndarray):
                opened.image.flags.writeable = False  # all models share these pixels
            self._keep(image_id, opened, keep)
        return opened

    def _encoded(self, opened: Opened, model: AnyModel) -> Encoding[object]:
        name = (model.info.role, model.info.version)
        if name not in opened.encodings:
            encoding = model.encode(opened.image)
            with self._state:
                opened.encodings[name] = encoding
        return opened.encodings[name]

    def _keep(self, image_id: int, opened: Opened, keep: Keep) -> None:
        with self._state:
            keep(image_id, opened, opened.nbytes)

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return the result of `make`; simultaneous calls for `key` share the result or the error."""
        with self._state:
            future = self._running.get(key)
            ours = future is None
            if future is None:
                future = self._running[key] = Future()
        if ours:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
            with self._state:
                del self._running[key]
        made: Made = future.result()
        return made

    def _wake(self) -> None:
        if self._worker is None and not self._stopped:
            self._worker = Thread(target=self._work, name="encode-ahead", daemon=True)
            self._worker.start()
        self._state.notify_all()

    def _work(self) -> None:
        while True:
            task = self._next_task()
            if task is None:
                return
            try:
                task()
            except Exception as error:  # the next click tries again and reports the error
                log.warning("background preparation failed, the next click tries again: %r", error)

    def _encode_ahead(self, wish: Wish) -> None:
        if not (wish.at_once or self._cache.has_room):
            return
        try:
            self._encoding(wish.image_id, wish.model, self._cache.put if wish.at_once else self._cache.put_aside)
        except InputError as error:
            self._unreadable(wish.image_id, error)
        except ModelError:
            return  # too large for this model, or not ready yet: the next prompt reports it
        if self._cache.peek(wish.image_id) is None:
            self._give_up(wish)

    def _give_up(self, wish: Wish) -> None:
        """Drop the wishes of other models for an image that cannot be read or does not fit into memory."""
        with self._state:
            alike = (wish.image_id, wish.at_once)
            self._wanted = [each for each in self._wanted if (each.image_id, each.at_once) != alike]

    def _next_task(self) -> Callable[[], object] | None:
        with self._state:
            while not self._stopped:
                is_at_once = bool(self._wanted) and self._wanted[0].at_once
                if not (self._wanted or self._in_view or self._later):
                    self._state.wait()
                elif is_at_once or self._quiet():
                    if self._in_view and not is_at_once:
                        return self._in_view.pop(0)
                    if self._wanted:
                        return partial(self._encode_ahead, self._wanted.pop(0))
                    if self._later:
                        return self._later.pop(0)
            return None

    def _quiet(self) -> bool:
        """Return whether no answer ran for `QUIET` seconds, so that a click does not share the processor."""
        left = self._quiet_since + QUIET - time.monotonic()
        if self._busy or left > 0:
            self._state.wait(None if self._busy else left)
            return False
        return True
