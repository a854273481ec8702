"""Ask a ClamAV daemon about an upload, where an installation has one: CLAMAV_SOCKET, a path or host:port.

clamd's own protocol: "zINSTREAM", then the file in pieces that carry their length, then a piece of none; the answer
is "stream: OK", "stream: NAME FOUND" or "… ERROR". A daemon that is named and does not answer refuses the upload for
now: what nobody looked at is not taken for clean.
Source: clamd(8), COMMANDS.
"""

from __future__ import annotations

import socket
from contextlib import closing

from kyc.errors import BadInput, Unavailable

PIECE = 65_536  # bytes
SECONDS = 20.0  # for the whole answer
LONGEST_ANSWER = 4_096  # bytes


def check_for_viruses(content: bytes, *, address: str) -> None:
    """Raises BadInput for what the daemon names, Unavailable when it cannot be asked. "" asks nobody."""
    if not address:
        return
    try:
        said = _ask(content, address)
    except OSError as error:
        raise Unavailable("Files cannot be checked now; please try again later.", scanner=str(error)) from error
    if said.endswith(" FOUND"):
        name = said.removeprefix("stream: ").removesuffix(" FOUND")
        raise BadInput("This file carries a virus; send a new picture from another device.", found=name)
    if said != "stream: OK":
        raise Unavailable("Files cannot be checked now; please try again later.", scanner=said)


def _ask(content: bytes, address: str) -> str:
    with closing(_connected(address)) as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), PIECE):
            piece = content[start : start + PIECE]
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            part = line.recv(1024)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected(address: str) -> socket.socket:
    if "/" in address:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(address)
        return line
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise OSError(f"CLAMAV_SOCKET is neither a path nor host:port: {address}")
    return socket.create_connection((host, int(port)), timeout=SECONDS)
