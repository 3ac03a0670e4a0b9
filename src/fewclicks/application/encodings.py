"""Encoded images: each decoded once and encoded once, kept within a memory bound, the next one made ready ahead."""

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
QUIET = 0.3  # seconds without an answer under way before the next image is encoded ahead


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded image, or what reads a large one, and its encodings by role and version of the models."""

    image: ImageSource
    encodings: dict[tuple[str, str], Encoding[object]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        pixels = self.image.nbytes if isinstance(self.image, np.ndarray) else 0
        return pixels + sum(encoding.nbytes for encoding in self.encodings.values())


Keep = Callable[[int, Opened, int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    image_id: int
    model: AnyModel
    at_once: bool


class Encodings:
    """Encodings by image and model; those of one image share its pixels, and are kept and dropped with them.

    `load` reads an image by its id and may raise InputError; `unreadable` is told when the background meets such an
    image, whoever calls `get` gets the error itself.
    """

    def __init__(self, load: Load, unreadable: Callable[[int, InputError], None], max_bytes: int) -> None:
        self._load = load
        self._unreadable = unreadable
        self._kept: BoundedCache[int, Opened] = BoundedCache(max_bytes)
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
        """The encoding, made now if need be; requests at the same time share one making. `aside`: what was
        used last is not dropped for it.
        """
        with self.answering():
            return self._encoding(image_id, model, self._kept.put_aside if aside else self._kept.put)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """A person waits: nothing is begun that can wait."""
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
        """Make this image ready in the background, and once all is quiet the next one, and what can wait until `later`.
        Drops earlier wishes.

        The next one takes no room from this one, and is left alone when there is none besides.
        """
        with self._state:
            self._wanted = [Wish(image_id, model, at_once=True) for model in models]
            if next_id is not None:
                self._wanted += [replace(wish, image_id=next_id, at_once=False) for wish in self._wanted]
            self._in_view, self._later = [], list(later)
            self._quiet_since = time.monotonic()
            self._wake()

    def prepare_view(self, tasks: Sequence[Callable[[], object]]) -> None:
        """Do what the part of the image wants that a person looks at, in small portions, before anything else that can
        wait. Drops what an earlier part wanted.
        """
        with self._state:
            self._in_view = list(tasks)
            self._wake()

    def stop(self) -> None:
        """End the background work; what is encoded stays."""
        with self._state:
            self._stopped = True
            self._wanted, self._in_view, self._later = [], [], []
            self._state.notify_all()
        if self._worker is not None:
            self._worker.join(timeout=10)

    @property
    def nbytes(self) -> int:
        return self._kept.nbytes

    # --- parts --------------------------------------------------------------------------------

    def _encoding(self, image_id: int, model: AnyModel, keep: Keep) -> Encoding[object]:
        opened = self._once(image_id, lambda: self._opened(image_id, keep))
        key = (image_id, model.info.role, model.info.version)
        encoding = self._once(key, lambda: self._encoded(opened, model))
        self._keep(image_id, opened, keep)
        return encoding

    def _opened(self, image_id: int, keep: Keep) -> Opened:
        opened = self._kept.peek(image_id)
        if opened is None:
            opened = Opened(self._load(image_id))
            if isinstance(opened.image, np.ndarray):
                opened.image.flags.writeable = False  # what one model wrote into it, another would read
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
        """What `make` gives; whoever asks for `key` meanwhile gets the same, or the same error."""
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
            except Exception as error:  # a click will try again, and say it to the person
                log.warning("something could not be made ready ahead: %r", error)

    def _encode_ahead(self, wish: Wish) -> None:
        if not (wish.at_once or self._kept.has_room):
            return
        try:
            self._encoding(wish.image_id, wish.model, self._kept.put if wish.at_once else self._kept.put_aside)
        except InputError as error:
            self._unreadable(wish.image_id, error)
        except ModelError:
            return  # it is too large for this model, or not ready yet: who asks for an answer is told
        if self._kept.peek(wish.image_id) is None:
            self._give_up(wish)

    def _give_up(self, wish: Wish) -> None:
        """Drop the wishes of other models too: the image cannot be read, or there is no room for it."""
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
        """Whether nothing happened for a while; a click must not share the processor with what can wait."""
        left = self._quiet_since + QUIET - time.monotonic()
        if self._busy or left > 0:
            self._state.wait(None if self._busy else left)
            return False
        return True
