"""What documents say against what was declared: fields, sources, and what each contradiction means."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.documents.aamva import parse_aamva, write_aamva
from kyc.documents.mrz import Format, Holder, parse_mrz, write_mrz
from kyc.findings import Finding, Says
from kyc.identity.rules import (
    DeclaredPerson,
    IdentityOutcome,
    IdentityVerdict,
    Reading,
    Source,
    age_range,
    compare_birth_dates,
    compare_document,
    compare_names,
    compare_readings,
)
from kyc.matching.types import PartialDate
from kyc.policy.identity import CURRENT, DISAGREEMENT_MEANS, OUTCOMES_WORST_FIRST

TODAY = date(2026, 11, 23)

ALICE = DeclaredPerson(
    legal_name="Alice Maria Müller",
    birth_date=date(1990, 4, 16),
    nationalities=("DE",),
    document_numbers=("C01X00T47",),
    gender="female",
)
HER_PASSPORT = Holder(
    surname="Müller",
    given_names="Alice Maria",
    document_number="C01X00T47",
    issuing_state="D",
    nationality="D",
    birth_date=PartialDate(1990, 4, 16),
    expires_on=date(2031, 4, 15),
    sex="F",
)
PRINTED = Reading(
    Source.PRINTED,
    surname="MÜLLER",
    given_names="ALICE MARIA",
    birth_date=PartialDate(1990, 4, 16),
    document_number="C01X00T47",
    sex="F",
    expires_on=date(2031, 4, 15),
)


def judged(declared: DeclaredPerson = ALICE, *, form: Format = Format.TD3, printed=None, **changed) -> IdentityVerdict:
    mrz = parse_mrz(write_mrz(form, replace(HER_PASSPORT, **changed)), today=TODAY)
    return compare_document(declared, mrz, today=TODAY, printed=printed)


def said(verdict: IdentityVerdict, code: str) -> Says:
    return next(finding.says for finding in verdict.findings if finding.code == code)


class APassportThatSaysWhatWasDeclared:
    def test_is_consistent(self):
        assert judged().outcome is IdentityOutcome.CONSISTENT

    def test_says_so_of_every_field(self):
        codes = {finding.code for finding in judged().findings if finding.says is Says.AGREE}
        assert codes == {
            "mrz.check_digits",
            "mrz.name",
            "mrz.birth_date",
            "mrz.nationality",
            "mrz.document_number",
            "mrz.sex",
            "mrz.expiry",
            "mrz.issuer",
            "document.age",
            "document.name_confirmed",
        }

    @pytest.mark.parametrize("form", [Format.TD1, Format.TD2, Format.TD3])
    def test_is_consistent_in_every_format(self, form):
        assert judged(form=form).outcome is IdentityOutcome.CONSISTENT

    def test_tells_the_customer_nothing(self):
        assert not any(finding.public for finding in judged().findings)


class AContradiction:
    @pytest.mark.parametrize(
        ("changed", "code", "outcome"),
        [
            ({"surname": "Schmidt"}, "mrz.name", "inconsistent"),
            ({"birth_date": PartialDate(1991, 4, 16)}, "mrz.birth_date", "inconsistent"),
            ({"birth_date": PartialDate(1990, 5, 16)}, "mrz.birth_date", "inconsistent"),
            ({"nationality": "FRA"}, "mrz.nationality", "review"),
            ({"document_number": "C01X00T48"}, "mrz.document_number", "review"),
            ({"sex": "M"}, "mrz.sex", "review"),
            ({"expires_on": date(2026, 11, 22)}, "mrz.expiry", "expired"),
            ({"issuing_state": "UTO"}, "mrz.issuer", "review"),
            ({"issuing_state": "QQQ"}, "mrz.issuer", "review"),
            ({"surname": "Mueler"}, "mrz.name", "review"),  # a slip: a person sees which side is wrong
        ],
    )
    def test_means_what_the_policy_says(self, changed, code, outcome):
        verdict = judged(**changed)
        assert said(verdict, code) is Says.DISAGREE
        assert verdict.outcome == outcome

    def test_is_worse_than_an_expiry(self):
        verdict = judged(surname="Schmidt", expires_on=date(2020, 1, 1))
        assert verdict.outcome is IdentityOutcome.INCONSISTENT

    def test_gives_the_customer_words_without_naming_the_rule(self):
        public = [finding.public for finding in judged(surname="Schmidt").findings if finding.public]
        assert public == ["The name on your document is not the one you entered."]

    def test_has_an_outcome_for_every_field_of_the_table(self):
        assert set(DISAGREEMENT_MEANS.values()) <= set(OUTCOMES_WORST_FIRST) == {str(o) for o in IdentityOutcome}


class AFieldThatOneSideLeavesOut:
    @pytest.mark.parametrize(
        ("declared", "outcome"),
        [
            (replace(ALICE, document_numbers=()), "consistent"),
            (replace(ALICE, gender=""), "consistent"),
            (replace(ALICE, nationalities=()), "consistent"),
            (replace(ALICE, birth_date=None), "review"),
            (replace(ALICE, legal_name=""), "review"),
            (replace(ALICE, legal_name="Alice Müller"), "review"),
            (replace(ALICE, legal_name="王爱丽"), "review"),
        ],
    )
    def test_needs_a_person_when_it_is_the_name_or_the_birth(self, declared, outcome):
        assert judged(declared).outcome == outcome

    @pytest.mark.parametrize(
        ("changed", "outcome"),
        [
            ({"birth_date": PartialDate(1990)}, "review"),
            ({"sex": ""}, "consistent"),
            ({"nationality": "XXB"}, "consistent"),
        ],
    )
    def test_on_the_document_is_not_agreement(self, changed, outcome):
        assert judged(**changed).outcome == outcome

    def test_is_never_called_agreement(self):
        verdict = judged(replace(ALICE, document_numbers=(), gender="", nationalities=()))
        for code in ("mrz.document_number", "mrz.sex", "mrz.nationality"):
            assert said(verdict, code) is Says.MISSING


class ANameThatNobodyConfirms:
    def test_goes_to_a_person_although_every_digit_holds(self):
        verdict = judged(replace(ALICE, legal_name="王爱丽"))
        assert said(verdict, "mrz.check_digits") is Says.AGREE
        assert said(verdict, "document.name_confirmed") is Says.MISSING
        assert verdict.needs_a_person

    def test_is_confirmed_by_another_name_that_was_declared(self):
        declared = replace(ALICE, legal_name="Алиса Мюллер", other_names=("Alice Maria Müller",))
        assert judged(declared).outcome is IdentityOutcome.CONSISTENT


class AZoneThatWasReadBadly:
    def broken(self, *places: int) -> IdentityVerdict:
        lines = write_mrz(Format.TD3, HER_PASSPORT).splitlines()
        row = list(lines[1])
        for place in places:
            row[place] = str((int(row[place]) + 1) % 10)
        return compare_document(ALICE, parse_mrz(f"{lines[0]}\n{''.join(row)}", today=TODAY), today=TODAY)

    def test_in_one_check_digit_goes_to_a_person(self):
        assert self.broken(9).outcome is IdentityOutcome.REVIEW

    def test_throughout_is_unreadable_and_asks_for_a_better_picture(self):
        lines = write_mrz(Format.TD3, replace(HER_PASSPORT, surname="Qxzk")).splitlines()
        row = list(lines[1])
        for place in (9, 19, 27):
            row[place] = str((int(row[place]) + 1) % 10)
        verdict = compare_document(ALICE, parse_mrz(f"{lines[0]}\n{''.join(row)}", today=TODAY), today=TODAY)
        assert verdict.outcome is IdentityOutcome.UNREADABLE
        assert "We could not read every line of your document. Please send a sharper picture." in [
            finding.public for finding in verdict.findings
        ]

    def test_and_repaired_goes_to_a_person(self):
        lines = write_mrz(Format.TD3, replace(HER_PASSPORT, birth_date=PartialDate(1990, 4, 16))).splitlines()
        mrz = parse_mrz(f"{lines[0]}\n{lines[1].replace('900416', '9O0416')}", today=TODAY)
        assert mrz.repaired == ("birth_date",)
        assert compare_document(ALICE, mrz, today=TODAY).outcome is IdentityOutcome.REVIEW

    def test_not_at_all_is_unreadable(self):
        assert compare_document(ALICE, None, today=TODAY).outcome is IdentityOutcome.UNREADABLE


class ASecondReading:
    def test_that_agrees_changes_nothing(self):
        assert judged(printed=PRINTED).outcome is IdentityOutcome.CONSISTENT

    @pytest.mark.parametrize(
        ("other", "field"),
        [
            ({"surname": "MULLEN"}, "name"),
            ({"birth_date": PartialDate(1990, 4, 18)}, "birth_date"),
            ({"document_number": "C01X00T41"}, "document_number"),
            ({"expires_on": date(2032, 4, 15)}, "expiry"),
            ({"sex": "M"}, "sex"),
        ],
    )
    def test_that_differs_goes_to_a_person(self, other, field):
        verdict = judged(printed=replace(PRINTED, **other))
        assert said(verdict, f"readings.{field}") is Says.DISAGREE
        assert verdict.needs_a_person

    def test_gives_the_name_that_the_zone_had_no_room_for(self):
        long_name = "Maria Alexandra Wilhelmine Philippine von Hohenstein und Falkenberg"
        declared = replace(ALICE, legal_name=long_name)
        verdict = judged(
            declared,
            form=Format.TD1,
            surname="von Hohenstein und Falkenberg",
            given_names="Maria Alexandra Wilhelmine Philippine",
            printed=replace(
                PRINTED,
                surname="VON HOHENSTEIN UND FALKENBERG",
                given_names="MARIA ALEXANDRA WILHELMINE PHILIPPINE",
            ),
        )
        assert verdict.outcome is IdentityOutcome.CONSISTENT

    def test_of_the_year_settles_the_century(self):
        declared = replace(ALICE, birth_date=date(1925, 4, 16))
        verdict = judged(
            declared,
            birth_date=PartialDate(2025, 4, 16),
            printed=replace(PRINTED, birth_date=PartialDate(1925, 4, 16)),
        )
        assert said(verdict, "mrz.birth_date") is Says.AGREE
        assert "readings.birth_date" not in {finding.code for finding in verdict.findings}


class ADrivingLicence:
    CARD = {
        "DAQ": "T64235789", "DCS": "SAMPLE", "DAC": "MICHAEL", "DAD": "JOHN", "DCU": "JR", "DBB": "06061986",
        "DBA": "12102030", "DBC": "1", "DCG": "USA",
    }  # fmt: skip
    MICHAEL = DeclaredPerson("Michael John Sample Jr.", date(1986, 6, 6), ("US",), ("T64235789",), "male")

    def judged(self, **changed: str) -> IdentityVerdict:
        card = parse_aamva(write_aamva(self.CARD | changed, issuer="636000"))
        return compare_document(self.MICHAEL, None, today=TODAY, barcode=card)

    def test_needs_no_zone(self):
        assert self.judged().outcome is IdentityOutcome.CONSISTENT

    def test_says_nothing_of_nationality(self):
        assert "barcode.nationality" not in {finding.code for finding in self.judged().findings}

    @pytest.mark.parametrize(
        ("changed", "outcome"),
        [({"DCS": "SIMPLER"}, "inconsistent"), ({"DBA": "12102020"}, "expired"), ({"DBB": "06071986"}, "inconsistent")],
    )
    def test_contradicts_like_any_document(self, changed, outcome):
        assert self.judged(**changed).outcome == outcome

    def test_of_no_known_issuer_goes_to_a_person(self):
        card = parse_aamva(write_aamva(self.CARD, issuer="123456"))
        assert compare_document(self.MICHAEL, None, today=TODAY, barcode=card).outcome is IdentityOutcome.REVIEW


class TheNameOnADocument:
    @pytest.mark.parametrize(
        ("declared", "surname", "given", "says"),
        [
            ("Anna Maria Eriksson", "ERIKSSON", "ANNA MARIA", Says.AGREE),
            ("Eriksson Anna Maria", "ERIKSSON", "ANNA MARIA", Says.AGREE),
            ("ERIKSSON, Anna Maria", "ERIKSSON", "ANNA MARIA", Says.AGREE),
            ("Maria Anna Eriksson", "ERIKSSON", "ANNA MARIA", Says.AGREE),
            ("Dr. Anna Maria Eriksson", "ERIKSSON", "ANNA MARIA", Says.AGREE),
            ("Jürgen Müller", "MUELLER", "JUERGEN", Says.AGREE),
            ("Jürgen Müller", "MULLER", "JURGEN", Says.AGREE),
            ("Jürgen Müller", "MUXXLLER", "JUERGEN", Says.AGREE),
            ("José Núñez", "NUNEZ", "JOSE", Says.AGREE),
            ("José Núñez", "NUNXXEZ", "JOSE", Says.AGREE),
            ("Søren Ærø", "AEROE", "SOEREN", Says.AGREE),
            ("Åsa Öberg", "OEBERG", "AASA", Says.AGREE),
            ("Łukasz Żółć", "ZOLC", "LUKASZ", Says.AGREE),
            ("Þórður Guðmundsson", "GUDMUNDSSON", "THORDUR", Says.AGREE),
            ("Weiß", "WEISS", "", Says.AGREE),
            ("Іван Франко", "FRANKO", "IVAN", Says.AGREE),
            ("Юлия Щербакова", "SHCHERBAKOVA", "IULIIA", Says.AGREE),
            ("Георги Щерев", "SHTEREV", "GEORGI", Says.AGREE),
            ("Enya O'Connor", "OCONNOR", "ENYA", Says.AGREE),
            ("Jean-Luc Picard", "PICARD", "JEAN LUC", Says.AGREE),
            ("Omar Al-Sayed", "ALSAYED", "OMAR", Says.AGREE),
            ("Omar Alsayed", "AL SAYED", "OMAR", Says.AGREE),
            ("Mary Jane Watson", "WATSON", "MARYJANE", Says.AGREE),
            ("Suharto", "SUHARTO", "", Says.AGREE),
            ("Anna Eriksson", "ERIKSSON", "ANNA MARIA", Says.MISSING),
            ("Anna Maria Eriksson", "ERIKSSON", "ANNA", Says.MISSING),
            ("Ana García", "GARCIA LOPEZ", "ANA", Says.MISSING),
            ("A. Eriksson", "ERIKSSON", "ANNA", Says.MISSING),
            ("王伟", "WANG", "WEI", Says.MISSING),
            ("", "WANG", "WEI", Says.MISSING),
            ("Anna", "ERIKSSON", "ANNA", Says.DISAGREE),
            ("Eriksson", "ERIKSSON", "ANNA", Says.DISAGREE),
            ("Bella Eriksson", "ERIKSSON", "ANNA", Says.DISAGREE),
            ("Anna Karlsson", "ERIKSSON", "ANNA", Says.DISAGREE),
            ("Jurgen Muller", "MUELLER", "JURGEN", Says.DISAGREE),
            ("Li Na", "LI", "NU", Says.DISAGREE),
        ],
    )
    def test_is_compared_as_a_zone_would_print_it(self, declared, surname, given, says):
        assert compare_names(declared, surname, given).says is says

    @pytest.mark.parametrize(
        ("declared", "surname", "given", "near"),
        [
            ("Anna Ericsson", "ERIKSSON", "ANNA", True),
            ("Anna Eriskson", "ERIKSSON", "ANNA", True),
            ("Jurgen Muller", "MUELLER", "JURGEN", True),
            ("Anna Erickson", "ERIKSSON", "ANNA", False),  # two edits
            ("Li Na", "LI", "NU", False),  # too short for a slip
            ("Bella Ericsson", "ERIKSSON", "ANNA", False),  # nothing else agrees
        ],
    )
    def test_differs_by_a_slip_only_in_a_long_word_beside_one_that_agrees(self, declared, surname, given, near):
        found = compare_names(declared, surname, given)
        assert found.says is Says.DISAGREE
        assert found.near is near

    def test_that_was_cut_agrees_as_far_as_it_goes(self):
        found = compare_names("Dingo Potoroo Bennelong Warandjeri", "BENNELONG WARANDJERI", "DINGO POTO", cut=True)
        assert found.says is Says.AGREE

    def test_that_was_not_cut_does_not(self):
        found = compare_names("Dingo Potoroo Bennelong Warandjeri", "BENNELONG WARANDJERI", "DINGO POTO")
        assert found.says is Says.DISAGREE

    def test_that_was_cut_elsewhere_contradicts(self):
        found = compare_names("Dingo Potoroo Bennelong Warandjeri", "BENNELONG WARANDJERI", "DINGO QUOL", cut=True)
        assert found.says is Says.DISAGREE

    @given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.booleans())
    def test_whatever_it_is_gets_a_sentence(self, declared, surname, given_names, cut):
        assert compare_names(declared, surname, given_names, cut=cut).sentence

    names = st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜÑÅ", min_size=2, max_size=9), min_size=2, max_size=4)

    @given(names)
    def test_agrees_with_the_zone_it_is_printed_in(self, parts):
        holder = replace(HER_PASSPORT, surname=parts[-1], given_names=" ".join(parts[:-1]))
        mrz = parse_mrz(write_mrz(Format.TD3, holder), today=TODAY)
        found = compare_names(" ".join(parts), mrz.surname, mrz.given_names, cut=mrz.names_full)
        assert found.says is Says.AGREE


class TheDateOfBirth:
    @pytest.mark.parametrize(
        ("printed", "two_digits", "says", "near"),
        [
            (PartialDate(1990, 4, 3), True, Says.AGREE, False),
            (PartialDate(1890, 4, 3), True, Says.AGREE, False),
            (PartialDate(1890, 4, 3), False, Says.DISAGREE, False),
            (PartialDate(1990, 3, 4), True, Says.DISAGREE, True),
            (PartialDate(1990, 4), True, Says.MISSING, False),
            (PartialDate(1990), True, Says.MISSING, False),
            (PartialDate(1990, 5), True, Says.DISAGREE, False),
            (PartialDate(1991), True, Says.DISAGREE, False),
            (PartialDate(1990, 4, 13), True, Says.DISAGREE, False),
        ],
    )
    def test_is_compared_by_what_is_printed(self, printed, two_digits, says, near):
        found = compare_birth_dates(date(1990, 4, 3), printed, two_digits=two_digits)
        assert (found[0], found[2]) == (says, near)

    @pytest.mark.parametrize(
        ("born", "ages"),
        [
            (PartialDate(2008, 11, 23), (18, 18)),
            (PartialDate(2008, 11, 24), (17, 17)),
            (PartialDate(2008, 11), (17, 18)),
            (PartialDate(2008), (17, 18)),
            (PartialDate(2008, 10), (18, 18)),
        ],
    )
    def test_gives_a_range_of_ages(self, born, ages):
        assert age_range(born, TODAY) == ages

    @pytest.mark.parametrize(
        ("born", "says"),
        [
            (date(2008, 11, 23), Says.AGREE),
            (date(2008, 11, 24), Says.DISAGREE),
        ],
    )
    def test_of_somebody_too_young_goes_to_a_person(self, born, says):
        verdict = judged(replace(ALICE, birth_date=born), birth_date=PartialDate(born.year, born.month, born.day))
        assert said(verdict, "document.age") is says
        assert verdict.needs_a_person is (says is Says.DISAGREE)

    def test_of_a_child_on_the_document_counts_whatever_was_declared(self):
        verdict = judged(birth_date=PartialDate(2012, 4, 16))
        assert said(verdict, "document.age") is Says.DISAGREE

    def test_limit_is_the_policys(self):
        mrz = parse_mrz(write_mrz(Format.TD3, HER_PASSPORT), today=TODAY)
        verdict = compare_document(ALICE, mrz, today=TODAY, policy=replace(CURRENT, minimum_age_years=40))
        assert said(verdict, "document.age") is Says.DISAGREE


class TheVerdict:
    @given(
        st.builds(
            Reading,
            source=st.sampled_from(list(Source)),
            surname=st.sampled_from(["", "MUELLER", "SCHMIDT"]),
            given_names=st.sampled_from(["", "ALICE MARIA"]),
            birth_date=st.sampled_from([None, PartialDate(1990, 4, 16), PartialDate(1990)]),
            expires_on=st.sampled_from([None, date(2031, 1, 1), date(2001, 1, 1)]),
        )
    )
    def test_is_consistent_only_where_name_birth_and_validity_are_confirmed(self, reading):
        verdict = compare_readings(ALICE, [reading], today=TODAY)
        confirmed = (reading.surname, reading.given_names, reading.birth_date, reading.expires_on) == (
            "MUELLER", "ALICE MARIA", PartialDate(1990, 4, 16), date(2031, 1, 1),
        )  # fmt: skip
        if verdict.outcome is IdentityOutcome.CONSISTENT:
            assert confirmed

    def test_can_be_stored_and_read_back(self):
        rows = [finding.as_json() for finding in judged(surname="Schmidt").findings]
        assert [Finding.from_json(row).as_json() for row in rows] == rows

    def test_gives_each_number_of_the_policy_a_unit_and_a_source(self):
        for row in fields(CURRENT):
            if row.name not in ("version", "in_force_from"):
                assert row.metadata["unit"] and row.metadata["source"] and row.metadata["why"]
