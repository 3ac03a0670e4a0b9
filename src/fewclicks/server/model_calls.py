"""Requests that run a model, in a pool of their own: they take no thread that saving needs."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, Lock, to_thread
from fastapi import HTTPException, Request

T = TypeVar("T")
AT_ONCE = max(2, (os.cpu_count() or 1) // 2)
CLIENT_CLOSED_REQUEST = 499


class ModelCalls:
    """Runs at most `AT_ONCE` calls at a time; other calls wait."""

    def __init__(self) -> None:
        self._images: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._turns, self._threads = CapacityLimiter(AT_ONCE), CapacityLimiter(AT_ONCE)

    async def run(self, request: Request, call: Callable[[], T], in_order: bool = True) -> T:
        """Return the result of `call`, in a thread; a request whose client has gone before its turn is dropped.

        in_order: whether to wait for earlier calls in order about the same image, without taking a place from others.
        """
        image = self._images.setdefault(request.path_params.get("image_id", ""), Lock()) if in_order else nullcontext()
        async with image, self._turns:
            if await request.is_disconnected():
                raise HTTPException(CLIENT_CLOSED_REQUEST, "the client has closed the connection")
            return await to_thread.run_sync(call, limiter=self._threads)
