"""What printed text says of a holder: by labels, by what a zone leads to, and nothing where it is silent."""

from datetime import date

import pytest

from kyc.identity.printed import Line, dates_in, read_printed
from kyc.identity.rules import Reading, Source
from kyc.matching.types import PartialDate

ANNA = Reading(
    source=Source.ZONE,
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    birth_date=PartialDate(1974, 8, 12),
    document_number="L898902C3",
    expires_on=date(2032, 4, 15),
)


def page(*texts: str) -> list[Line]:
    """Lines beneath each other, 20 pixels high, 30 apart."""
    return [Line(text, 100, 30.0 * row, 12.0 * len(text), 20) for row, text in enumerate(texts, 1)]


LABELLED = page(
    "PASSPORT UTO", "Surname / Nom", "ERIKSSON", "Given names / Prénoms", "ANNA MARIA",
    "Date of birth / Date de naissance", "12 AUG 1974", "Passport No.", "L898902C3",
    "Date of expiry / Date d'expiration", "15 APR 2032",
)  # fmt: skip


class ALabelledPage:
    def test_is_read_without_any_hint(self):
        read = read_printed(LABELLED)
        assert (read.surname, read.given_names) == ("ERIKSSON", "ANNA MARIA")
        assert read.birth_date == PartialDate(1974, 8, 12)
        assert read.expires_on == date(2032, 4, 15)
        assert read.document_number == "L898902C3"
        assert read.source is Source.PRINTED

    def test_contradicts_a_zone_with_another_name(self):
        forged = Reading(source=Source.ZONE, surname="SVENSSON", given_names="ANNA MARIA")
        assert read_printed(LABELLED, hint=forged).surname == "ERIKSSON"

    def test_with_values_beside_their_labels_is_read(self):
        lines = []
        for row, (label, value) in enumerate(
            (("Surname / Nom", "ERIKSSON"), ("Given names / Prénoms", "ANNA MARIA")), 1
        ):
            lines += [Line(label, 100, 40.0 * row, 150, 14), Line(value, 300, 40.0 * row, 120, 20)]
        assert read_printed(lines).full_name == "ANNA MARIA ERIKSSON"

    def test_with_values_on_their_labels_line_is_read(self):
        lines = page("Surname: ERIKSSON", "Given names: ANNA MARIA", "Date of birth: 12.08.1974")
        read = read_printed(lines)
        assert (read.full_name, read.birth_date) == ("ANNA MARIA ERIKSSON", PartialDate(1974, 8, 12))

    def test_in_german_is_read(self):
        lines = page("Name", "MÜLLER", "Vornamen", "JÖRG", "Geburtsdatum", "03.02.1980", "Gültig bis", "01.01.2031")
        read = read_printed(lines)
        assert (read.surname, read.given_names, read.expires_on) == ("MÜLLER", "JÖRG", date(2031, 1, 1))


class APageWithoutLabels:
    def test_confirms_what_a_zone_says(self):
        read = read_printed(page("ERIKSSON", "ANNA MARIA", "12 AUG 1974", "L898902C3"), hint=ANNA)
        assert (read.surname, read.given_names) == ("ERIKSSON", "ANNA MARIA")
        assert (read.birth_date, read.document_number) == (PartialDate(1974, 8, 12), "L898902C3")

    def test_shows_a_letter_that_differs(self):
        assert read_printed(page("ERIKSSEN", "ANNA MARIA"), hint=ANNA).surname == "ERIKSSEN"

    def test_takes_a_digit_in_a_name_for_the_letter_it_looks_like(self):
        assert read_printed(page("ER1KSS0N", "ANNA MARIA"), hint=ANNA).surname == "ERIKSSON"

    def test_says_nothing_of_a_name_it_does_not_show(self):
        assert read_printed(page("GOOD MORNING", "WORLD OF CARDS"), hint=ANNA) is None

    def test_does_not_confirm_half_a_name(self):
        read = read_printed(page("ERIKSSON", "12 AUG 1974"), hint=ANNA)
        assert (read.surname, read.given_names) == ("", "")
        assert read.birth_date == PartialDate(1974, 8, 12)

    def test_finds_a_short_name_only_exactly(self):
        hint = Reading(source=Source.ZONE, surname="LI", given_names="XU")
        assert read_printed(page("LO", "XU"), hint=hint) is None

    def test_without_a_hint_says_nothing(self):
        assert read_printed(page("ERIKSSON", "ANNA MARIA")) is None


class ADate:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("12 AUG 1974", [date(1974, 8, 12)]),
            ("12 AUG / AOUT 1974", [date(1974, 8, 12)]),
            ("12.08.1974", [date(1974, 8, 12)]),
            ("12/08/1974", [date(1974, 8, 12)]),
            ("1974-08-12", [date(1974, 8, 12)]),
            ("12AUG1974", [date(1974, 8, 12)]),
            ("03 fév 2001 - 04 mars 2011", [date(2001, 2, 3), date(2011, 3, 4)]),
            ("31 FEB 2001", []),
            ("12 AUG 74", []),
            ("03/04/05", []),
            ("nothing", []),
        ],
    )
    def test_is_read_whole_or_not_at_all(self, text, found):
        assert dates_in(text) == found
