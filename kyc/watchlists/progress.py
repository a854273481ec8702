"""How far a refresh is, told by its worker to whoever looks at the list's page. Kept in the cache, and nowhere else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.core.cache import cache

log = logging.getLogger(__name__)

KEPT_SECONDS = 180  # without another word: the worker has ended, or was killed
EVERY_SECONDS = 1.0


def teller(code: str) -> Callable[[str], None]:
    """A `tell` for one refresh of a list. A cache that is away costs the page its line and the refresh nothing."""
    last = 0.0

    def tell(sentence: str) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY_SECONDS:
            return
        last = time.monotonic()
        try:
            cache.set(_key(code), sentence, KEPT_SECONDS)
        except Exception as error:  # of whatever sort the cache's client has
            log.warning("the progress of %s could not be told: %s", code, error)

    return tell


def told(code: str) -> str:
    """The last word of a refresh that is going on; "" where there is none, or nobody can say."""
    try:
        return str(cache.get(_key(code)) or "")
    except Exception as error:
        log.warning("the progress of %s could not be asked: %s", code, error)
        return ""


def over(code: str) -> None:
    try:
        cache.delete(_key(code))
    except Exception as error:
        log.warning("the progress of %s could not be taken back: %s", code, error)


def _key(code: str) -> str:
    return f"list-progress:{code}"
