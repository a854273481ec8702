"""What the web server calls. The gate's addresses are answered without the middleware that pages need.

With DJANGO_SETTINGS_MODULE=config.gate the same application is the gate's own process: nothing else is there.
"""

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Threads of one process answer while another writes the ledger: waiting Python's usual 5 ms for one's turn, more than
# once in an answer, is what the slowest answers wait for (docs/gate.md).
sys.setswitchinterval(0.0005)  # seconds
pages = get_wsgi_application()

from kyc.api.door import GATE, gate  # noqa: E402 - it needs Django set up


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    answering = gate if environ["PATH_INFO"].startswith(GATE) else pages
    return answering(environ, start_response)
