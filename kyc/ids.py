"""Public ids: a prefix that says what it is, and 100 random bits. Pure."""

import base64
import os
import secrets
from collections import deque

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to mistake


_FROM_RFC_4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())


# Random characters that were drawn and not used yet. The gate makes an id for each answer, and asking the kernel
# costs more than all the rest of it; a child process must not use what its parent may use as well.
_drawn: deque[str] = deque()
os.register_at_fork(after_in_child=_drawn.clear)
_AT_ONCE = 256


def new_id(prefix: str) -> str:
    """ "cus_4t9m…": 20 characters of base 32 after the prefix. Threads may share it."""
    while True:
        try:
            return f"{prefix}_{_drawn.pop()}"
        except IndexError:
            _drawn.extend(_draw(_AT_ONCE))


def _draw(many: int) -> list[str]:
    """12.5 random bytes each: 20 characters hold 100 bits."""
    text = base64.b32encode(os.urandom(25 * many // 2)).translate(_FROM_RFC_4648).decode()
    return [text[at : at + 20] for at in range(0, 20 * many, 20)]


def customer_id() -> str:
    return new_id("cus")


def party_id() -> str:
    return new_id("pty")


def interest_id() -> str:
    return new_id("int")


def evaluation_id() -> str:
    return new_id("own")


def proposal_id() -> str:
    return new_id("prp")


def document_id() -> str:
    return new_id("doc")


def way_out_id() -> str:
    return new_id("way")


def verification_id() -> str:
    return new_id("ver")


def edition_id() -> str:
    return new_id("edn")


def screening_id() -> str:
    return new_id("scr")


def trial_id() -> str:
    return new_id("trl")


def self_test_id() -> str:
    return new_id("tst")


def hit_id() -> str:
    return new_id("hit")


def case_id() -> str:
    return new_id("case")


def request_id() -> str:
    return new_id("req")


def appeal_id() -> str:
    return new_id("apl")


def decision_id() -> str:
    return new_id("dec")


def hold_id() -> str:
    return new_id("hold")


def access_id() -> str:
    return new_id("acc")


def import_id() -> str:
    return new_id("imp")


def client_id() -> str:
    return new_id("cli")


def reference_id() -> str:
    """ "R-4T9MX2KC": short enough to read out on the telephone."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(8)).upper()
