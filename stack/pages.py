"""Whether the web server answers: an open port is not an answer, it binds before its workers have imported."""

import http.client
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

HEALTH = "/healthz"
PAGES = ("/", "/console/", "/api/v1/docs/")
MOST_REDIRECTS = 4


@dataclass(frozen=True)
class Answer:
    """What came back for one page: the last status after following redirects on this server; 0 when nothing."""

    path: str
    status: int

    @property
    def good(self) -> bool:
        return self.status == 200


@dataclass(frozen=True)
class Server:
    """Where to ask, and the headers a request through the installation's front door would have."""

    host: str
    port: int
    headers: Mapping[str, str]

    def get(self, path: str, *, seconds: float) -> Answer:
        """Fetch one page, following redirects here. A redirect to https counts: TLS ends in front of us."""
        status, location = 0, path
        for _ in range(MOST_REDIRECTS):
            status, target = self._fetch(location, seconds)
            if status not in (301, 302, 303, 307, 308):
                break
            parts = urlsplit(target)
            if parts.scheme == "https":
                return Answer(path, 200)
            location = parts.path + (f"?{parts.query}" if parts.query else "")
        return Answer(path, status)

    def _fetch(self, path: str, seconds: float) -> tuple[int, str]:
        line = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        try:
            line.request("GET", path, headers=dict(self.headers))
            response = line.getresponse()
            response.read()
            return response.status, response.headers.get("Location", "")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()


def server_at(host: str, port: int, base_url: str) -> Server:
    """The server as seen from this machine; pages are asked for under the public name, which Django checks."""
    parts = urlsplit(base_url)
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    headers = {"Host": parts.netloc or f"{host}:{port}", "Accept": "text/html"}
    if parts.scheme == "https":
        headers["X-Forwarded-Proto"] = "https"
    return Server(host=reachable, port=port, headers=headers)


def main(host: str, port: str) -> int:
    """`python -m stack.pages HOST PORT`, for a container's health check: 0 when the server is well."""
    base_url = os.environ.get("CLEARANCE_BASE_URL", f"http://{host}:{port}")
    return 0 if server_at(host, int(port), base_url).get(HEALTH, seconds=5.0).good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
