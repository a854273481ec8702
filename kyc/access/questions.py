"""A question to the gate, read from what a caller sent. Pure: one table of fields, everything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec

from kyc.access.states import Channel
from kyc.errors import ClearanceError
from kyc.geo.client_address import Address, read_address
from kyc.geo.evasion import NOTHING_OBSERVED, Observed
from kyc.worlds import World

MOST_QUESTIONS = 1_000
MOST_ID, MOST_MODEL, MOST_ADDRESS = 200, 60, 45  # characters


class BadQuestion(ClearanceError):
    """Some fields are missing or wrong."""

    code = "invalid"
    status = 422

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields=fields)


class Question(NamedTuple):
    """May this account, from this address, use this model now? One of the two ids is given."""

    ip: str
    address: Address
    model: str
    channel: Channel
    customer_id: str = ""
    account_id: str = ""
    observed: Observed = NOTHING_OBSERVED
    signed: bool = False  # the caller wants a verdict that others can verify

    @property
    def asked_for(self) -> str:
        return self.account_id or self.customer_id


@dataclass(frozen=True, slots=True)
class Caller:
    """The service that asks, by a key that was just shown (kyc.access.services.admit)."""

    public_id: str
    world: World
    internal: bool  # may read the reasons that are for staff


Reader = Callable[[Any], Any]


def read_question(sent: Any) -> Question:
    """Raises BadQuestion naming each field that is missing, wrong or unknown, as {field: [sentences]}."""
    if not isinstance(sent, dict):
        raise BadQuestion({"": ["Send an object."]})
    wrong: dict[str, Any] = {}
    given = _read(sent, _FIELDS, wrong)
    for name in ("ip", "model", "channel"):
        if name not in sent:
            wrong[name] = ["This field is needed."]
    if not wrong and bool(given.get("customer_id")) == bool(given.get("account_id")):
        wrong["customer"] = ["Give exactly one of customer and account."]
    if wrong:
        raise BadQuestion(wrong)
    return Question(**given)


def read_batch(sent: Any) -> tuple[Question, ...]:
    """Up to 1,000 questions in {"questions": [...]}. All or none: one that cannot be read refuses the batch."""
    rows = sent.get("questions") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_QUESTIONS:
        raise BadQuestion({"questions": [f"Send a list of 1 to {MOST_QUESTIONS} questions."]})
    wrong: dict[str, Any] = {}
    questions: list[Question] = []
    for number, row in enumerate(rows):
        try:
            questions.append(read_question(row))
        except BadQuestion as error:
            wrong[str(number)] = error.facts["fields"]
    if wrong:
        raise BadQuestion({"questions": wrong})
    return tuple(questions)


# ------------------------------------------------------------------------------------------------ the usual question
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_ID)]


class _Usual(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What nearly every caller sends. Whatever does not fit is read by the table, which says what is wrong with it."""

    ip: Annotated[str, msgspec.Meta(max_length=MOST_ADDRESS)]
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_MODEL)]
    channel: Channel
    customer: _Id = ""
    account: _Id = ""
    signed: bool = False


class _UsualBatch(msgspec.Struct, forbid_unknown_fields=False, gc=False):
    questions: Annotated[list[_Usual], msgspec.Meta(min_length=1, max_length=MOST_QUESTIONS)]


_read_usual = msgspec.json.Decoder(_Usual).decode
_read_usual_batch = msgspec.json.Decoder(_UsualBatch).decode


def usual_question(body: bytes) -> Question | None:
    """As `read_question` reads it, None for what only that can judge."""
    try:
        return None if _NUL in body else _from_usual(_read_usual(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def usual_batch(body: bytes) -> tuple[Question, ...] | None:
    """As `read_batch` reads it, None for what only that can judge."""
    if _NUL in body:
        return None
    try:
        questions = [_from_usual(sent) for sent in _read_usual_batch(body).questions]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    whole = [question for question in questions if question is not None]
    return tuple(whole) if len(whole) == len(questions) else None


_NUL = b"\\u0000"  # JSON knows no other way to write it in text


def _from_usual(sent: _Usual) -> Question | None:
    address = _parsed(sent.ip)
    if address is None or bool(sent.customer) is bool(sent.account):
        return None
    return Question(
        sent.ip,
        address,
        sent.model,
        sent.channel,
        sent.customer,
        sent.account,
        NOTHING_OBSERVED,
        sent.signed,
    )


def with_declared(observed: Observed, declared: Observed) -> Observed:
    """Where the customer said to be is a fact of ours, not of the caller's; of the others the caller's is newer."""
    if observed is NOTHING_OBSERVED:
        return declared
    return replace(
        observed,
        declared_country=declared.declared_country,
        phone_country=observed.phone_country or declared.phone_country,
        document_country=observed.document_country or declared.document_country,
    )


# ------------------------------------------------------------------------------------------------ fields
def _read(sent: Mapping[str, Any], fields: Mapping[str, tuple[str, Reader]], wrong: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in sent.items():
        field = fields.get(name)
        if field is None:
            wrong[str(name)[:60]] = ["There is no such field."]
            continue
        try:
            given[field[0]] = field[1](value)
        except BadQuestion as error:
            wrong[name] = error.facts["fields"]
        except ValueError as error:
            wrong[name] = [str(error)]
    if "ip" in given:
        given["ip"], given["address"] = given["ip"]
    return given


def _text(most: int) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= most:
            raise ValueError(f"Send text of 1 to {most} characters.")
        if "\x00" in value:
            raise ValueError("Send text without the character NUL.")
        return value

    return read


def _country(value: Any) -> str:
    if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha() and value.isupper():
        return value
    raise ValueError("Send two capital letters of ISO 3166.")


def _number(least: float, most: float, *, whole: bool) -> Reader:
    def read(value: Any) -> float:
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not number or not least <= value <= most:
            raise ValueError(f"Send a{' whole' if whole else ''} number from {least:g} to {most:g}.")
        return value

    return read


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> Address | None:
    return read_address(text)


def _address(value: Any) -> tuple[str, Address]:
    address = _parsed(value) if isinstance(value, str) and len(value) <= MOST_ADDRESS else None
    if address is None:
        raise ValueError("Send one IPv4 or IPv6 address.")
    return value, address


_CHANNELS = {channel.value: channel for channel in Channel}


def _channel(value: Any) -> Channel:
    channel = _CHANNELS.get(value) if isinstance(value, str) else None
    if channel is None:
        raise ValueError(f"Send one of {', '.join(_CHANNELS)}.")
    return channel


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Send true or false.")
    return value


def _observed(value: Any) -> Observed:
    wrong: dict[str, Any] = {}
    if not isinstance(value, dict):
        raise ValueError("Send an object.")
    given = _read(value, _OBSERVED, wrong)
    if wrong:
        raise BadQuestion(wrong)
    return Observed(**given)


_YEAR = 366 * 86_400.0
_OBSERVED: dict[str, tuple[str, Reader]] = {
    "second_factor_age_seconds": ("second_factor_age_seconds", _number(0, _YEAR, whole=False)),
    "timezone": ("timezone", _text(64)),
    "utc_offset_minutes": ("utc_offset_minutes", _number(-840, 840, whole=True)),
    "language": ("language", _text(35)),
    "phone_country": ("phone_country", _country),
    "payment_country": ("payment_country", _country),
    "document_country": ("document_country", _country),
}
_FIELDS: dict[str, tuple[str, Reader]] = {
    "customer": ("customer_id", _text(MOST_ID)),
    "account": ("account_id", _text(MOST_ID)),
    "ip": ("ip", _address),
    "model": ("model", _text(MOST_MODEL)),
    "channel": ("channel", _channel),
    "observed": ("observed", _observed),
    "signed": ("signed", _yes_or_no),
}
