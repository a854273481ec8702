"""Where a worker's time goes. Loaded into a measured worker beside the tasks (`celery worker --include`), never else.

Each process keeps its sums in a file of its own, named by its pid, in the folder that CLEARANCE_BENCH_CLOCKS names.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, Self

from celery.signals import task_postrun, task_prerun
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

import kyc.copying
from kyc.matching.engine import Engine
from kyc.matching.outlines import Sieve

FOLDER = "CLEARANCE_BENCH_CLOCKS"


@dataclass
class Sums:
    """Seconds by the wall unless said otherwise, of one process or of several together."""

    tasks: int = 0
    busy: float = 0.0  # within tasks
    sql: float = 0.0  # waiting for the database
    matching: float = 0.0  # in the engine and its sieve
    cpu: float = 0.0  # of the process itself, tasks or not

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))


def read(folder: Path) -> Sums:
    """Of all processes that ever wrote there."""
    total = Sums()
    for path in folder.glob("*.json"):
        total += Sums(**json.loads(path.read_text()))
    return total


_sums = Sums()
_began = 0.0
_depth = 0  # SQL within a timed piece of SQL is counted once


def _sql(execute: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    global _depth
    if _depth:
        return execute(*args, **kwargs)
    _depth += 1
    began = time.perf_counter()
    try:
        return execute(*args, **kwargs)
    finally:
        _depth -= 1
        _sums.sql += time.perf_counter() - began


def _begin(**_: Any) -> None:
    global _began
    if _sql not in connection.execute_wrappers:
        connection.execute_wrappers.append(_sql)
    _began = time.perf_counter()


def _end(**_: Any) -> None:
    _sums.tasks += 1
    _sums.busy += time.perf_counter() - _began
    _sums.cpu = time.process_time()
    path = Path(os.environ[FOLDER]) / f"{os.getpid()}.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(_sums)))
    draft.replace(path)


def _as_sql(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        return _sql(function, *args, **kwargs)

    return timed


def _as_matching(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            _sums.matching += time.perf_counter() - began

    return timed


if FOLDER in os.environ:
    task_prerun.connect(_begin, weak=False)
    task_postrun.connect(_end, weak=False)
    for name in ("_commit", "_rollback"):
        setattr(DatabaseWrapper, name, _as_sql(getattr(DatabaseWrapper, name)))
    for owner, name in ((Engine, "match"), (Engine, "match_many"), (Engine, "near_many"), (Sieve, "passing")):
        setattr(owner, name, _as_matching(getattr(owner, name)))
    kyc.copying.send = _as_sql(kyc.copying.send)
