"""Read pictures, one after another: run as a process of its own, with its limits set before anything is loaded.

    python -I child.py '{"root": "…", "seconds": 20, "memory": 1500000000, "idle_seconds": 120,
        "job": "pages", "tesseract": "/usr/bin/tesseract"}'

Each order is a frame of JSON, which says how many pictures follow, and a frame of pixels for each (PPM, drawn by
drawing.py and never a stranger's file); each answer a frame of JSON. A frame is its length in four bytes and then
itself. It does one job: reads pages, or compares faces ("job": "faces", "faces": the folder of that option). It ends
when nobody asks any more. It has an empty environment, may write no file, and has no more than its share of
processor time for each order.
"""

from __future__ import annotations

import json
import resource
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

ORDER = json.loads(sys.argv[1])
LONGEST_FRAME = 64_000_000  # bytes
STATUS = Path("/proc/self/status")


def memory() -> dict[str, int]:
    """Bytes: the most held since this program began, and what is held now (where the system says so).

    ru_maxrss would still tell of the parent, after fork and exec.
    """
    if STATUS.exists():
        words = (line.split() for line in STATUS.read_text().splitlines())
        held = {name: int(rest[0]) * 1024 for name, *rest in words if name in ("VmHWM:", "VmRSS:")}
        return {"peak_bytes": held["VmHWM:"], "held_bytes": held["VmRSS:"]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"peak_bytes": peak, "held_bytes": peak}


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no core dump with somebody's passport in it
    if sys.platform == "linux":  # what it may allocate; address space would also count the libraries' reserves
        resource.setrlimit(resource.RLIMIT_DATA, (ORDER["memory"], ORDER["memory"]))


def allow_seconds(more: float) -> None:
    """The kernel ends this process once it has used that much more processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    at = int(used.ru_utime + used.ru_stime + more) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (at, resource.RLIM_INFINITY))


def read_frame(pipe: BinaryIO) -> bytes | None:
    head = pipe.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    if length > LONGEST_FRAME:
        return None
    body = pipe.read(length)
    return body if len(body) == length else None


def write_frame(pipe: BinaryIO, body: bytes) -> None:
    pipe.write(len(body).to_bytes(4, "big") + body)
    pipe.flush()


def page_job() -> Callable[..., dict[str, Any]]:
    from kyc.documents.reading.page import PageReader
    from kyc.documents.reading.second import Tesseract

    reader = PageReader(Tesseract.at(ORDER["tesseract"]) if ORDER["tesseract"] else None)
    return lambda pictures, **order: reader.read(pictures[0], **order).as_json()


def face_job() -> Callable[..., dict[str, Any]]:
    from kyc.documents.reading.faces import FaceComparer

    return FaceComparer(Path(ORDER["faces"])).compare


def main() -> None:
    limit()
    allow_seconds(ORDER["seconds"])
    sys.path.insert(0, ORDER["root"])  # -I leaves it out; kyc.documents.reading loads no Django

    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    answer_for = face_job() if ORDER["job"] == "faces" else page_job()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    write_frame(answers, b'{"ready": true}')
    while select.select([asked], [], [], ORDER["idle_seconds"])[0]:
        head = read_frame(asked)
        order = json.loads(head) if head is not None else {}
        frames = [read_frame(asked) for _ in range(order.pop("pictures", 0))]
        if not frames or None in frames:
            return
        allow_seconds(ORDER["seconds"])
        answer: dict[str, Any]
        try:
            pictures = [cv2.imdecode(np.frombuffer(frame or b"", np.uint8), cv2.IMREAD_COLOR) for frame in frames]
            if any(picture is None for picture in pictures):
                answer = {"failed": "these are no pixels"}
            else:
                answer = answer_for(pictures, **order)
        except (MemoryError, cv2.error, RuntimeError) as error:
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
        write_frame(answers, json.dumps(answer | memory()).encode())


if __name__ == "__main__":
    main()
