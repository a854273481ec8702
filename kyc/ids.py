"""Public ids: a prefix that says what it is, and 100 random bits. Pure."""

import base64
import os
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to mistake


_FROM_RFC_4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())


def new_id(prefix: str) -> str:
    """ "cus_4t9m…": 20 characters of base 32 after the prefix. A microsecond: the gate makes one for each answer."""
    return f"{prefix}_{base64.b32encode(os.urandom(15))[:20].translate(_FROM_RFC_4648).decode()}"


def customer_id() -> str:
    return new_id("cus")


def party_id() -> str:
    return new_id("pty")


def proposal_id() -> str:
    return new_id("prp")


def document_id() -> str:
    return new_id("doc")


def verification_id() -> str:
    return new_id("ver")


def edition_id() -> str:
    return new_id("edn")


def screening_id() -> str:
    return new_id("scr")


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
