"""Compare what documents say with each other and with what the customer declared. Pure.

Every field of every reading gives one finding (agree, disagree or missing, with a sentence), every pair of
readings another where they differ. Check digits say nothing about names: a name that no second source
confirms goes to a person. What a contradiction means is a table in kyc/policy/identity.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations, permutations, product

from rapidfuzz.distance import OSA

from kyc.documents.aamva import Aamva
from kyc.documents.mrz import Mrz
from kyc.documents.transliteration import spellings_of, words_of
from kyc.findings import Finding, Says
from kyc.matching.types import PartialDate
from kyc.policy.countries import country_name, is_country
from kyc.policy.identity import (
    CURRENT,
    DISAGREEMENT_MEANS,
    MUST_BE_CONFIRMED,
    NOT_NAMES,
    OUTCOMES_WORST_FIRST,
    REMARKS_FOR_A_PERSON,
    SPECIAL_ISSUERS,
    SPECIMEN_ISSUERS,
    IdentityPolicy,
)


class IdentityOutcome(StrEnum):
    CONSISTENT = "consistent"
    REVIEW = "review"  # a person must look
    INCONSISTENT = "inconsistent"  # the document contradicts what was declared
    UNREADABLE = "unreadable"
    EXPIRED = "expired"


class Source(StrEnum):
    """Where a reading comes from. The value is the prefix of its findings' codes."""

    ZONE = "mrz"
    BARCODE = "barcode"
    PRINTED = "printed"
    VENDOR = "vendor"


SOURCE_WORDS = {
    Source.ZONE: "machine-readable zone",
    Source.BARCODE: "barcode",
    Source.PRINTED: "printed text",
    Source.VENDOR: "provider's result",
}


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    """What the customer says. `other_names`: aliases, former names, the name in its own script."""

    legal_name: str
    birth_date: date | None
    nationalities: tuple[str, ...]  # alpha-2
    document_numbers: tuple[str, ...]
    gender: str = ""  # "female", "male" or not said
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says of the holder; "" and None where it does not say."""

    source: Source
    surname: str = ""
    given_names: str = ""
    birth_date: PartialDate | None = None
    nationality: str = ""  # as printed in a zone (alpha-3 or ICAO's own), else alpha-2
    nationality_country: str = ""  # alpha-2
    document_number: str = ""
    sex: str = ""  # "M", "F" or ""
    expires_on: date | None = None
    issuer: str = ""  # as printed
    issuing_country: str = ""  # alpha-2
    names_cut: bool = False  # the field had no room for all

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surname}".strip()


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    outcome: IdentityOutcome
    findings: tuple[Finding, ...]

    @property
    def needs_a_person(self) -> bool:
        return self.outcome is not IdentityOutcome.CONSISTENT


def reading_of_zone(mrz: Mrz) -> Reading:
    return Reading(
        source=Source.ZONE,
        surname=mrz.surname,
        given_names=mrz.given_names,
        birth_date=mrz.birth_date,
        nationality=mrz.nationality,
        nationality_country=mrz.nationality_country,
        document_number=mrz.document_number,
        sex=mrz.sex,
        expires_on=mrz.expires_on,
        issuer=mrz.issuing_state,
        issuing_country=mrz.issuing_country,
        names_cut=mrz.names_full,
    )


def reading_of_barcode(card: Aamva) -> Reading:
    born = card.birth_date
    return Reading(
        source=Source.BARCODE,
        surname=card.surname,
        given_names=card.given_names,
        birth_date=PartialDate(born.year, born.month, born.day) if born else None,
        document_number=card.document_number,
        sex=card.sex,
        expires_on=card.expires_on,
        issuer=card.jurisdiction or card.issuer,
        issuing_country=card.country,
        names_cut=card.names_cut,
    )


# ------------------------------------------------------------------------------------------------ the verdict


def compare_document(
    declared: DeclaredPerson,
    mrz: Mrz | None,
    *,
    today: date,
    barcode: Aamva | None = None,
    printed: Reading | None = None,
    remarks: Iterable[Finding] = (),
    policy: IdentityPolicy = CURRENT,
) -> IdentityVerdict:
    """Every field of every reading against the declaration, and the readings against each other.

    `printed` is the text beside the zone; `remarks` are what the reader noticed of the picture. Never "verified".
    """
    readings = [
        *([reading_of_zone(mrz)] if mrz else []),
        *([reading_of_barcode(barcode)] if barcode else []),
        *([printed] if printed else []),
    ]
    noticed = [*(mrz.warnings if mrz else ()), *(barcode.warnings if barcode else ()), *remarks]
    if mrz is not None:
        noticed.insert(0, check_digits_finding(mrz))
    return compare_readings(declared, readings, remarks=noticed, today=today, policy=policy)


def compare_readings(
    declared: DeclaredPerson,
    readings: Sequence[Reading],
    *,
    remarks: Iterable[Finding] = (),
    today: date,
    policy: IdentityPolicy = CURRENT,
) -> IdentityVerdict:
    """The same for readings of any source, such as a commercial provider's."""
    findings = list(remarks)
    for reading in readings:
        findings += _fields(declared, reading, today=today, policy=policy)
    findings += _disagreements(readings, policy)
    if readings:
        findings.append(_age(declared, readings, today=today, policy=policy))
    findings += _confirmation(findings, readings)
    return IdentityVerdict(_outcome(findings, readings), tuple(findings))


def _outcome(findings: Sequence[Finding], readings: Sequence[Reading]) -> IdentityOutcome:
    asked = {_means(finding) for finding in findings}
    if not readings or _is_unreadable(findings, readings):
        asked.add("unreadable")
    for field in MUST_BE_CONFIRMED:
        said = {finding.says for finding in findings if _field(finding) == field}
        if Says.AGREE not in said:
            asked.add("review")
    return IdentityOutcome(next((word for word in OUTCOMES_WORST_FIRST if word in asked), "consistent"))


def _field(finding: Finding) -> str:
    return finding.code.partition(".")[2]


def _means(finding: Finding) -> str:
    """The outcome that one finding asks for by itself."""
    if finding.code in REMARKS_FOR_A_PERSON:
        return "review"
    if finding.says is not Says.DISAGREE:
        return "consistent"
    if finding.facts.get("near"):
        return "review"
    return DISAGREEMENT_MEANS.get(_field(finding), "review")


def _is_unreadable(findings: Sequence[Finding], readings: Sequence[Reading]) -> bool:
    """One reading, no field's check digit of which holds and whose name is nobody's: a bad picture, not a forgery."""
    if len(readings) != 1:
        return False
    digits = next((finding for finding in findings if finding.code == "mrz.check_digits"), None)
    named = any(_field(finding) == "name" and finding.says is Says.AGREE for finding in findings)
    return digits is not None and FIELDS_WITH_DIGITS.isdisjoint(digits.facts["held"]) and not named


FIELDS_WITH_DIGITS = frozenset({"document_number", "birth_date", "expires_on"})


def check_digits_finding(mrz: Mrz) -> Finding:
    wrong = [name for name, holds in mrz.checks.items() if not holds]
    facts = {"held": [name for name, holds in mrz.checks.items() if holds], "failed": wrong}
    if not wrong:
        sentence = "All check digits hold; they say nothing about names."
        return Finding("mrz.check_digits", sentence, Says.AGREE, facts=facts)
    names = ", ".join(name.replace("_", " ") for name in wrong)
    public = "We could not read every line of your document. Please send a sharper picture."
    return Finding("mrz.check_digits", f"Check digits do not hold: {names}.", Says.DISAGREE, public=public, facts=facts)


def _fields(declared: DeclaredPerson, reading: Reading, *, today: date, policy: IdentityPolicy) -> Iterator[Finding]:
    yield _name(declared, reading, policy)
    yield _birth_date(declared.birth_date, reading)
    if reading.source is not Source.BARCODE or reading.nationality:  # licences name none
        yield _nationality(declared.nationalities, reading)
    yield _number(declared.document_numbers, reading)
    if reading.sex or reading.source is Source.ZONE:
        yield _sex(declared.gender, reading)
    yield _expiry(reading, today=today, policy=policy)
    if reading.source is Source.ZONE:
        yield _issuer(reading)


def _finding(
    reading: Reading, field: str, sentence: str, says: Says, *, public: str = "", facts: dict[str, object] | None = None
) -> Finding:
    return Finding(f"{reading.source}.{field}", sentence, says, public=public, facts=facts or {})


# ------------------------------------------------------------------------------------------------ names


@dataclass(frozen=True, slots=True)
class NameComparison:
    """`near`: it differs by a slip, and a person should see which side is wrong."""

    says: Says
    sentence: str
    near: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a name with every spelling that a document may give it."""

    text: str
    spellings: frozenset[str]


def _words(name: str) -> tuple[_Word, ...]:
    found = [_Word(word, frozenset(spellings_of(word))) for word in words_of(name)]
    without = tuple(word for word in found if not word.spellings & NOT_NAMES)
    return without or tuple(found)  # somebody may be called King or Esq


def compare_names(
    declared: str, surname: str, given_names: str, *, cut: bool = False, policy: IdentityPolicy = CURRENT
) -> NameComparison:
    """A declared name, in any order, with a document's surname and given names.

    Spellings follow ICAO's transliteration and its variants (Müller is MUELLER, MULLER or MUXXLLER). `cut`: the
    document had no room for all of the name. Never raises.
    """
    ours, theirs = _words(declared), _words(f"{given_names} {surname}")
    if not ours or not theirs:
        return NameComparison(Says.MISSING, "One side gives no name.")
    if any(not word.spellings for word in (*ours, *theirs)):
        return NameComparison(
            Says.MISSING, "The name is written in a script that cannot be compared with the document."
        )
    if _in_order(ours, given_names, surname):
        return NameComparison(Says.AGREE, "The name is the declared one.")
    left, right, paired = _pair_off(ours, theirs)
    if not left and not right:
        return NameComparison(Says.AGREE, "The words of the name are the declared ones, in another order.")
    if left and right and _written_together(left, right):
        return NameComparison(Says.AGREE, "The name is the declared one, parted into words differently.")
    if cut and _is_cut(left, right):
        return NameComparison(Says.AGREE, "All that had room on the document agrees; the rest of the name is cut off.")
    return _difference(left, right, paired, (surname, given_names), policy)


def _difference(
    left: list[_Word], right: list[_Word], paired: list[_Word], parts: tuple[str, str], policy: IdentityPolicy
) -> NameComparison:
    """What to call names that are not the same: shortened, a slip, or another name."""
    surname_words, given_words = _words(parts[0]), _words(parts[1])
    has_surname = any(_same(word, other) for word in surname_words for other in paired)
    has_given = not given_words or any(_same(word, other) for word in given_words for other in paired)
    if has_surname and has_given and (not left or not right):
        more = " ".join(word.text for word in (left or right)).title()
        side = "The document" if left else "The declaration"
        return NameComparison(Says.MISSING, f"{side} leaves out: {more}.")
    if has_surname and left and right and _are_initials(left, right):
        return NameComparison(Says.MISSING, "One side gives initials only.")
    near = bool(paired) and len(left) == len(right) and _are_slips(left, right, policy)
    printed = f"{parts[1]} {parts[0]}".strip().title()
    if near:
        return NameComparison(Says.DISAGREE, f"The spelling differs: the document says {printed}.", near=True)
    return NameComparison(Says.DISAGREE, f"The document says {printed}.")


def _same(one: _Word, other: _Word) -> bool:
    return bool(one.spellings & other.spellings)


def _in_order(ours: tuple[_Word, ...], given_names: str, surname: str) -> bool:
    """Given names then surname, or surname then given names, word for word."""
    orders = (_words(f"{given_names} {surname}"), _words(f"{surname} {given_names}"))
    return any(len(ours) == len(order) and all(map(_same, ours, order)) for order in orders)


def _pair_off(ours: Iterable[_Word], theirs: Iterable[_Word]) -> tuple[list[_Word], list[_Word], list[_Word]]:
    """(ours without a partner, theirs without a partner, theirs with one)."""
    left, right, paired = [], list(theirs), []
    for word in ours:
        partner = next((other for other in right if _same(word, other)), None)
        if partner is None:
            left.append(word)
        else:
            right.remove(partner)
            paired.append(partner)
    return left, right, paired


MOST_JOINED = 4  # words whose spellings are tried as one: "Al Sayed" and "Alsayed"


def _written_together(left: Sequence[_Word], right: Sequence[_Word]) -> bool:
    if len(left) > MOST_JOINED or len(right) > MOST_JOINED:
        return False
    return bool(_joined(left) & _joined(right))


def _joined(words: Sequence[_Word]) -> set[str]:
    """Every way to write the words as one, in any order, with the few most usual spellings of each."""
    usual = [sorted(word.spellings, key=len)[:4] for word in words]
    return {"".join(parts) for order in permutations(usual) for parts in product(*order)}


def _is_cut(left: Sequence[_Word], right: Sequence[_Word]) -> bool:
    """Every word the document has left is the beginning of one of ours."""
    return bool(left) and all(
        any(spelling.startswith(cut) for word in left for spelling in word.spellings)
        for other in right
        for cut in [min(other.spellings, key=len)]
    )


def _are_initials(left: Sequence[_Word], right: Sequence[_Word]) -> bool:
    if len(left) != len(right):
        return False
    return all(
        (len(one.text) == 1 or len(other.text) == 1)
        and any(a[0] == b[0] for a in one.spellings for b in other.spellings)
        for one, other in zip(left, right, strict=True)
    )


def _are_slips(left: Sequence[_Word], right: Sequence[_Word], policy: IdentityPolicy) -> bool:
    """Word by word, in some order, at most a slip apart."""
    if len(left) > MOST_JOINED:
        return False
    return any(all(_is_slip(a, b, policy) for a, b in zip(left, order, strict=True)) for order in permutations(right))


def _is_slip(one: _Word, other: _Word, policy: IdentityPolicy) -> bool:
    return any(
        min(len(a), len(b)) >= policy.fewest_letters_near and OSA.distance(a, b) <= policy.most_edits_near
        for a in one.spellings
        for b in other.spellings
    )


def _name(declared: DeclaredPerson, reading: Reading, policy: IdentityPolicy) -> Finding:
    facts: dict[str, object] = {"declared": declared.legal_name, "document": reading.full_name}
    found = compare_names(
        declared.legal_name, reading.surname, reading.given_names, cut=reading.names_cut, policy=policy
    )
    if found.says is not Says.AGREE:
        for name in declared.other_names:
            other = compare_names(name, reading.surname, reading.given_names, cut=reading.names_cut, policy=policy)
            if other.says is Says.AGREE:
                return _finding(
                    reading, "name", f"The name is another one that was declared: {name}.", Says.AGREE, facts=facts
                )
    public = "The name on your document is not the one you entered." if found.says is Says.DISAGREE else ""
    return _finding(reading, "name", found.sentence, found.says, public=public, facts=facts | {"near": found.near})


# ------------------------------------------------------------------------------------------------ other fields


def _birth_date(declared: date | None, reading: Reading) -> Finding:
    printed = reading.birth_date
    if declared is None or printed is None:
        return _finding(reading, "birth_date", "One side gives no date of birth.", Says.MISSING)
    says, sentence, near = compare_birth_dates(declared, printed, two_digits=reading.source is Source.ZONE)
    public = "The date of birth on your document is not the one you entered." if says is Says.DISAGREE else ""
    facts: dict[str, object] = {"declared": declared.isoformat(), "document": str(printed), "near": near}
    return _finding(reading, "birth_date", sentence, says, public=public, facts=facts)


def compare_birth_dates(declared: date, printed: PartialDate, *, two_digits: bool) -> tuple[Says, str, bool]:
    """(what they say, sentence, whether it is a slip). `two_digits`: the century is the reader's guess."""
    years_agree = printed.year == declared.year or (two_digits and (printed.year - declared.year) % 100 == 0)
    parts = (printed.month, printed.day)
    if years_agree and parts == (declared.month, declared.day):
        if printed.year != declared.year:
            return Says.AGREE, "The date of birth agrees; the zone has no century.", False
        return Says.AGREE, "The date of birth agrees.", False
    if years_agree and printed.month in (0, declared.month) and not printed.day:
        return Says.MISSING, f"The document gives only {printed}, which fits.", False
    if years_agree and parts == (declared.day, declared.month):
        return Says.DISAGREE, "Day and month are swapped.", True
    return Says.DISAGREE, f"Declared {declared:%-d %B %Y}, the document says {printed}.", False


def _nationality(declared: tuple[str, ...], reading: Reading) -> Finding:
    country = reading.nationality_country
    facts: dict[str, object] = {"declared": list(declared), "document": reading.nationality}
    if not country and reading.nationality in SPECIAL_ISSUERS:
        sentence = f"The document gives {SPECIAL_ISSUERS[reading.nationality]} for a nationality."
        return _finding(reading, "nationality", sentence, Says.MISSING, facts=facts)
    if not country or not declared:
        return _finding(reading, "nationality", "One side gives no nationality.", Says.MISSING, facts=facts)
    if country in declared:
        return _finding(reading, "nationality", "The nationality agrees.", Says.AGREE, facts=facts)
    sentence = f"The document is of a national of {country_name(country)}, which was not declared."
    return _finding(reading, "nationality", sentence, Says.DISAGREE, facts=facts)


def bare(number: str) -> str:
    """A document number without blanks, hyphens and fillers, in upper case."""
    return "".join(ch for ch in number.upper() if ch.isalnum())


def _number(declared: tuple[str, ...], reading: Reading) -> Finding:
    if not reading.document_number or not declared:
        return _finding(reading, "document_number", "One side gives no document number.", Says.MISSING)
    if bare(reading.document_number) in map(bare, declared):
        return _finding(reading, "document_number", "The document number agrees.", Says.AGREE)
    sentence = "The number on the document was not declared."
    return _finding(reading, "document_number", sentence, Says.DISAGREE)


GENDERS = {"female": "F", "male": "M"}


def _sex(declared: str, reading: Reading) -> Finding:
    ours = GENDERS.get(declared, "")
    if not ours or not reading.sex:
        return _finding(reading, "sex", "One side does not say.", Says.MISSING)
    if ours == reading.sex:
        return _finding(reading, "sex", "The sex agrees.", Says.AGREE)
    return _finding(reading, "sex", f"Declared {declared}, the document says {reading.sex}.", Says.DISAGREE)


def _expiry(reading: Reading, *, today: date, policy: IdentityPolicy) -> Finding:
    ends = reading.expires_on
    if ends is None:
        return _finding(reading, "expiry", "The document gives no readable expiry.", Says.MISSING)
    if (today - ends).days > policy.expired_days_accepted:
        public = "Your document has expired; please send one that is valid."
        return _finding(reading, "expiry", f"Expired on {ends:%-d %B %Y}.", Says.DISAGREE, public=public)
    return _finding(reading, "expiry", f"Valid until {ends:%-d %B %Y}.", Says.AGREE)


def _issuer(reading: Reading) -> Finding:
    if is_country(reading.issuing_country):
        return _finding(reading, "issuer", f"Issued by {country_name(reading.issuing_country)}.", Says.AGREE)
    if reading.issuer in SPECIAL_ISSUERS:
        return _finding(reading, "issuer", f"Issued by {SPECIAL_ISSUERS[reading.issuer]}.", Says.NOTE)
    if reading.issuer in SPECIMEN_ISSUERS:
        return _finding(reading, "issuer", "A specimen: Utopia issues no documents.", Says.DISAGREE)
    sentence = f"No state has the code {reading.issuer or 'that is printed'}."
    return _finding(reading, "issuer", sentence, Says.DISAGREE)


def age_range(born: PartialDate, today: date) -> tuple[int, int]:
    """(youngest, oldest) age in whole years of somebody born on a day that may be known in part."""
    latest = (born.month or 12, born.day or 31)
    earliest = (born.month or 1, born.day or 1)
    now = (today.month, today.day)
    return today.year - born.year - (now < latest), today.year - born.year - (now < earliest)


def _age(declared: DeclaredPerson, readings: Sequence[Reading], *, today: date, policy: IdentityPolicy) -> Finding:
    """By the youngest of the dates: a child's document is not outvoted by an adult's declaration."""
    dates = [reading.birth_date for reading in readings if reading.birth_date]
    if not dates and declared.birth_date:
        day = declared.birth_date
        dates = [PartialDate(day.year, day.month, day.day)]
    if not dates:
        return Finding("document.age", "No date of birth could be read.", Says.MISSING)
    youngest, oldest = age_range(max(dates, key=lambda born: (born.year, born.month, born.day)), today)
    limit = policy.minimum_age_years
    if youngest >= limit:
        return Finding("document.age", f"At least {limit} years old.", Says.AGREE)
    if oldest >= limit:
        return Finding("document.age", f"The date does not tell whether {limit} years are reached.", Says.DISAGREE)
    public = f"You must be {limit} or older."
    return Finding("document.age", f"{oldest} years old; {limit} are asked.", Says.DISAGREE, public=public)


# ------------------------------------------------------------------------------------------------ between readings


def _disagreements(readings: Sequence[Reading], policy: IdentityPolicy) -> Iterator[Finding]:
    """One finding for each field in which two readings differ; both may be right about different cards."""
    for one, other in combinations(readings, 2):
        names = compare_names(one.full_name, other.surname, other.given_names, cut=other.names_cut, policy=policy)
        swapped = compare_names(other.full_name, one.surname, one.given_names, cut=one.names_cut, policy=policy)
        if Says.AGREE not in (names.says, swapped.says) and one.full_name and other.full_name:
            yield _differ("name", one, other, one.full_name, other.full_name)
        pairs = {
            "birth_date": (str(one.birth_date or ""), str(other.birth_date or "")),
            "document_number": (bare(one.document_number), bare(other.document_number)),
            "expiry": (str(one.expires_on or ""), str(other.expires_on or "")),
            "sex": (one.sex, other.sex),
        }
        for field, (ours, theirs) in pairs.items():
            if ours and theirs and ours != theirs and not _differ_by_century(field, ours, theirs, one, other):
                yield _differ(field, one, other, ours, theirs)


def _differ_by_century(field: str, ours: str, theirs: str, one: Reading, other: Reading) -> bool:
    return field == "birth_date" and Source.ZONE in (one.source, other.source) and ours[2:] == theirs[2:]


def _differ(field: str, one: Reading, other: Reading, ours: str, theirs: str) -> Finding:
    words = field.replace("_", " ")
    sentence = f"The {SOURCE_WORDS[one.source]} and the {SOURCE_WORDS[other.source]} differ in the {words}."
    facts = {str(one.source): ours, str(other.source): theirs}
    return Finding(f"readings.{field}", sentence, Says.DISAGREE, facts=facts)


def _confirmation(findings: Sequence[Finding], readings: Sequence[Reading]) -> Iterator[Finding]:
    """Who confirms the name: the declaration, or a second reading. Nobody does: a person must."""
    agreeing = [finding.code.partition(".")[0] for finding in findings if _is_name_agreement(finding)]
    if agreeing:
        sources = " and ".join(f"the {SOURCE_WORDS[Source(source)]}" for source in agreeing)
        yield Finding("document.name_confirmed", f"The declared name is confirmed by {sources}.", Says.AGREE)
    elif readings:
        yield Finding("document.name_confirmed", "No second source confirms the name.", Says.MISSING)


def _is_name_agreement(finding: Finding) -> bool:
    return _field(finding) == "name" and finding.says is Says.AGREE
