"""A cache with a memory limit, which drops the least recently used values."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """A thread-safe cache of at most `max_bytes` in all; the newest value always stays."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._bytes = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return the value, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def peek(self, key: K) -> V | None:
        """Return the value, or None, without counting this as a use."""
        with self._lock:
            return self._values.get(key, (None, 0))[0]

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Add `value`, which takes `nbytes`."""
        with self._lock:
            self._add(key, value, nbytes)
            self._drop_old()

    def put_if_room(self, key: K, value: V, nbytes: int) -> None:
        """Add `value` unless another value would be dropped."""
        with self._lock:
            if self._bytes + nbytes <= self._max:
                self._add(key, value, nbytes)

    def put_aside(self, key: K, value: V, nbytes: int) -> None:
        """Add `value` unless the last used value would be dropped."""
        with self._lock:
            latest = next(reversed(self._values), key)
            self._add(key, value, nbytes)
            self._values.move_to_end(latest)
            self._drop_old()

    def _add(self, key: K, value: V, nbytes: int) -> None:
        _, old = self._values.pop(key, (None, 0))
        self._values[key] = (value, nbytes)
        self._bytes += nbytes - old

    def _drop_old(self) -> None:
        while self._bytes > self._max and len(self._values) > 1:
            _, (_, freed) = self._values.popitem(last=False)
            self._bytes -= freed

    @property
    def has_room(self) -> bool:
        """Whether the values fit; a single value may exceed the limit."""
        return self._bytes <= self._max

    @property
    def nbytes(self) -> int:
        """The memory of all values."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._values)
