"""Work in a process of its own: what it loads and how much it takes is then its own as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ..errors import BackendError

__all__ = ["apart"]

P = ParamSpec("P")
T = TypeVar("T")


def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """
    What a function of a module returns or raises in a new process.

    Raises BackendError if that process is killed.
    """
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(work, *args, **kwargs).result()
        except BrokenProcessPool as error:
            raise BackendError(
                "the process that did the work was killed", hint="it may have run out of memory"
            ) from error
