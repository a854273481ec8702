"""Which TCP port the web server gets. PostgreSQL and the broker listen on sockets in the data folder only."""

import contextlib
import errno
import socket

from stack.trouble import Trouble

DEFAULT_PORT = 8000
PORTS_TRIED = 50


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises Trouble for an address this machine does not have."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise Trouble(f"Cannot listen on {host}: {error.strerror}.") from None
    return True


def choose_port(host: str, wanted: int | None) -> int:
    """The port that was asked for, which must be free; else the first free one from 8000. Raises Trouble."""
    if wanted is not None:
        if not is_free(host, wanted):
            raise Trouble(
                f"Port {wanted} is taken or not allowed. Give another with --port, or none to have one found."
            )
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        if is_free(host, port):
            return port
    raise Trouble(f"No free port from {DEFAULT_PORT} to {DEFAULT_PORT + PORTS_TRIED - 1}. Give one with --port.")


def read_port(text: str, source: str) -> int:
    """A port number from a word. Raises Trouble that names where the word came from."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Trouble(f"{source} must be a number from 1 to 65535, not {text!r}.")
    return int(text)
