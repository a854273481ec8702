"""From the reader's plain values to readings with every doubt; and what that means for who must look."""

from datetime import date

import pytest

from kyc.documents.aamva import write_aamva
from kyc.documents.mrz import Format, Holder, write_mrz
from kyc.findings import Says
from kyc.identity.reading import ReadDocument, interpret
from kyc.identity.rules import DeclaredPerson, IdentityOutcome, compare_document
from kyc.matching.types import PartialDate

TODAY = date(2026, 11, 26)


def zone_of(**more):
    facts = {
        "surname": "Lindqvist", "given_names": "Maja", "document_number": "88359756", "issuing_state": "SWE",
        "nationality": "SWE", "birth_date": PartialDate(1990, 5, 17), "expires_on": date(2031, 3, 1), "sex": "F",
    }  # fmt: skip
    return write_mrz(Format.TD3, Holder(**(facts | more)))


ZONE = zone_of()
MAJA = DeclaredPerson("Maja Lindqvist", date(1990, 5, 17), ("SE",), ("88359756",), "female")


def licence_of(**more):
    facts = {
        "DBA": "03012031", "DCS": "LINDQVIST", "DAC": "MAJA", "DBB": "05171990", "DBC": "2", "DAQ": "T64235789",
        "DCG": "USA",
    }  # fmt: skip
    return write_aamva(facts | more, issuer="636000")


LICENCE = licence_of()
DRIVER = DeclaredPerson("Maja Lindqvist", date(1990, 5, 17), ("US",), ("T64235789",))


def zone(text=ZONE, **more):
    return {"text": text, "crops_agree": True, "surest": 0.97, "pixels": 24.0} | more


def page(*printed: str, zone=None, barcode=None):
    lines = [
        {"text": text, "left": 100, "middle": 30 * row, "width": 12 * len(text), "height": 20, "sure": 0.99}
        for row, text in enumerate(printed, 1)
    ]
    quality = {"sharpness": 900.0, "glare": 0.0, "light": 180.0, "pixels": 1600}
    return {"zone": zone, "barcode": barcode, "printed": lines, "quality": quality, "turned": 0}


def passport(*pages, kind="passport", failed=""):
    return ReadDocument("doc_1", kind, pages, failed)


def licence(*pages):
    return passport(*pages, kind="driving_licence")


def judged(*documents, declared=MAJA):
    found = interpret(documents, today=TODAY)
    return compare_document(
        declared, found.mrz, today=TODAY, barcode=found.barcode, printed=found.printed, remarks=found.remarks
    )


def codes(verdict):
    return {finding.code: finding.says for finding in verdict.findings}


class APassportReadWell:
    def test_agrees_in_all_and_needs_nobody(self):
        verdict = judged(passport(page("Surname", "LINDQVIST", "Given names", "MAJA", "17 MAY 1990", zone=zone())))
        assert verdict.outcome is IdentityOutcome.CONSISTENT
        assert codes(verdict)["mrz.name"] is codes(verdict)["printed.name"] is Says.AGREE

    @pytest.mark.parametrize(
        ("doubt", "code"),
        [
            ({"crops_agree": False}, "mrz.crops_differ"),
            ({"surest": 0.49}, "mrz.unsure"),
            ({"pixels": 7.9}, "mrz.small_print"),
            ({"second": ZONE.replace("MAJA", "MAIA")}, "readings.second_opinion"),
            ({"text": ZONE.replace("SWE90", "SWE9O")}, "mrz.repaired"),
        ],
    )
    def test_but_for_one_doubt_goes_to_a_person(self, doubt, code):
        verdict = judged(passport(page(zone=zone(**doubt))))
        assert code in codes(verdict)
        assert verdict.outcome is IdentityOutcome.REVIEW

    @pytest.mark.parametrize("doubt", [{"surest": 0.5}, {"pixels": 8.0}, {"second": ZONE}, {"second": ""}])
    def test_is_not_doubted_at_the_threshold_or_by_a_second_opinion_that_agrees(self, doubt):
        assert judged(passport(page(zone=zone(**doubt)))).outcome is IdentityOutcome.CONSISTENT

    def test_whose_print_names_somebody_else_goes_to_a_person(self):
        verdict = judged(passport(page("Surname", "KARLSSON", "Given names", "MAJA", zone=zone())))
        assert codes(verdict)["readings.name"] is Says.DISAGREE
        assert verdict.needs_a_person

    def test_of_an_expired_passport_is_expired(self):
        old = zone_of(expires_on=date(2026, 11, 25))
        assert judged(passport(page(zone=zone(old)))).outcome is IdentityOutcome.EXPIRED


class ACardOfTwoSides:
    def test_is_read_together(self):
        front = page("Surname", "LINDQVIST", "Given names", "MAJA")
        verdict = judged(passport(front, kind="identity_card"), passport(page(zone=zone()), kind="identity_card"))
        assert codes(verdict)["printed.name"] is Says.AGREE
        assert verdict.outcome is IdentityOutcome.CONSISTENT


class ALicence:
    def test_is_read_by_its_barcode_and_its_front(self):
        front = page("LINDQVIST", "MAJA", "T64235789")
        verdict = judged(licence(front), licence(page(barcode=LICENCE)), declared=DRIVER)
        assert codes(verdict)["barcode.name"] is codes(verdict)["printed.name"] is Says.AGREE
        assert verdict.outcome is IdentityOutcome.CONSISTENT

    @pytest.mark.parametrize("printed", [(), ("01 MAR 2031",), ("T64235789",)])
    def test_of_a_barcode_that_no_printed_name_confirms_goes_to_a_person(self, printed):
        verdict = judged(licence(page(*printed, barcode=LICENCE)), declared=DRIVER)
        assert codes(verdict)["barcode.name"] is Says.AGREE
        assert codes(verdict)["reading.barcode_only"] is Says.MISSING
        assert verdict.outcome is IdentityOutcome.REVIEW

    def test_with_the_barcode_of_another_goes_to_a_person(self):
        front, other = page("LINDQVIST", "MAJA", barcode=LICENCE), page(barcode=licence_of(DCS="KARLSSON"))
        verdict = judged(licence(front), licence(other), declared=DRIVER)
        assert "reading.several" in codes(verdict)
        assert verdict.outcome is IdentityOutcome.REVIEW

    def test_photographed_twice_is_one(self):
        front = page("LINDQVIST", "MAJA", barcode=LICENCE)
        assert judged(licence(front), licence(page(barcode=LICENCE)), declared=DRIVER).outcome == "consistent"

    def test_whose_barcode_is_something_else_is_unreadable(self):
        assert judged(passport(page(barcode="https://x.example"))).outcome is IdentityOutcome.UNREADABLE


class TheDoubts:
    def test_a_document_that_could_not_be_read_is_unknown_and_goes_to_a_person(self):
        verdict = judged(passport(page(zone=zone())), passport(failed="the reader took too long"))
        assert codes(verdict)["reading.failed"] is Says.MISSING
        assert verdict.outcome is IdentityOutcome.REVIEW

    def test_print_alone_goes_to_a_person(self):
        lines = ("Surname", "LINDQVIST", "Given names", "MAJA", "Date of birth", "17 MAY 1990")
        verdict = judged(passport(page(*lines, "Date of expiry", "01 MAR 2031")))
        assert codes(verdict)["printed.name"] is Says.AGREE
        assert verdict.outcome is IdentityOutcome.REVIEW

    def test_zones_of_two_documents_go_to_a_person(self):
        other = zone_of(document_number="11111111")
        verdict = judged(passport(page(zone=zone())), passport(page(zone=zone(other))))
        assert "reading.several" in codes(verdict)
        assert verdict.needs_a_person

    def test_so_does_another_zone_whose_digits_fail_beside_a_sound_one(self):
        forged = zone_of(document_number="11111111").replace("11111111", "11111112")
        verdict = judged(passport(page(zone=zone())), passport(page(zone=zone(forged))))
        assert codes(verdict)["mrz.check_digits"] is Says.AGREE
        assert "reading.several" in codes(verdict)
        assert verdict.outcome is IdentityOutcome.REVIEW

    def test_one_zone_on_two_pictures_is_one(self):
        assert judged(passport(page(zone=zone())), passport(page(zone=zone()))).outcome == "consistent"

    def test_nothing_read_is_unreadable(self):
        assert judged(passport(page())).outcome is IdentityOutcome.UNREADABLE

    def test_a_zone_of_no_known_shape_is_no_zone(self):
        assert interpret([passport(page(zone=zone("P<UTO\nABC")))], today=TODAY).mrz is None
