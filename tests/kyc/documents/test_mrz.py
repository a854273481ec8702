"""Machine-readable zones: the specimens of ICAO 9303, what check digits find, and what they cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.documents.mrz import (
    ALPHABET,
    FILLER,
    LAYOUTS,
    LOOK_ALIKES,
    Format,
    Holder,
    check_digit,
    looks_equal_to_checks,
    parse_mrz,
    read_birth_date,
    read_expiry,
    write_mrz,
)
from kyc.errors import BadInput
from kyc.matching.types import PartialDate

TODAY = date(2026, 11, 23)

# The specimens printed in Doc 9303 parts 4 to 7
SPECIMENS = {
    Format.TD3: "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    Format.TD1: "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    Format.TD2: "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
    Format.MRVA: "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    Format.MRVB: "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<",
}

holders = st.builds(
    Holder,
    surname=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12),
    given_names=st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5), max_size=2).map(" ".join),
    document_number=st.text(ALPHABET, min_size=1, max_size=9),
    issuing_state=st.sampled_from(["UTO", "D", "FRA", "GBD", "XXB"]),
    nationality=st.sampled_from(["UTO", "D", "FRA", "XXA"]),
    birth_date=st.dates(date(1927, 1, 1), TODAY).map(lambda day: PartialDate(day.year, day.month, day.day)),
    expires_on=st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    sex=st.sampled_from(["M", "F", ""]),
    optional=st.text(ALPHABET, max_size=7),
)
formats = st.sampled_from(list(Format))


class TheSpecimensOfTheStandard:
    @pytest.mark.parametrize("form", list(Format))
    def test_are_read_with_every_check_digit_holding(self, form):
        mrz = parse_mrz(SPECIMENS[form], today=TODAY)
        assert mrz.format is form
        assert mrz.is_sound, mrz.checks
        assert (mrz.surname, mrz.given_names) == ("ERIKSSON", "ANNA MARIA")
        assert mrz.issuing_state == "UTO"
        assert mrz.sex == "F"
        assert mrz.repaired == ()

    def test_give_number_dates_and_optional_data_of_a_passport(self):
        mrz = parse_mrz(SPECIMENS[Format.TD3], today=TODAY)
        assert mrz.document_number == "L898902C3"
        assert mrz.birth_date == PartialDate(1974, 8, 12)
        assert mrz.expires_on == date(2012, 4, 15)
        assert mrz.optional == "ZE184226B"
        assert mrz.checks == dict.fromkeys(
            ("document_number", "birth_date", "expires_on", "optional", "composite"), True
        )

    def test_have_no_composite_digit_on_visas(self):
        assert "composite" not in parse_mrz(SPECIMENS[Format.MRVA], today=TODAY).checks


class TheNumberThatIsTooLongForItsField:
    """9303-5, 4.2.2: a filler for the check digit, the rest and the digit in the optional data."""

    ZONE = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"

    def test_is_put_together(self):
        mrz = parse_mrz(self.ZONE, today=date(1994, 1, 1))
        assert mrz.document_number == "D23145890734"
        assert mrz.is_sound
        assert mrz.optional == ""

    def test_leaves_the_rest_of_the_optional_data(self):
        holder = replace(ANNA, document_number="AB1234567890", optional="XY7")
        mrz = parse_mrz(write_mrz(Format.TD1, holder), today=TODAY)
        assert (mrz.document_number, mrz.optional) == ("AB1234567890", "XY7")

    @pytest.mark.parametrize("form", [Format.TD3, Format.MRVA, Format.MRVB])
    def test_is_refused_where_the_format_has_no_room(self, form):
        with pytest.raises(BadInput, match="nine characters"):
            write_mrz(form, replace(ANNA, document_number="AB1234567890"))

    def test_does_not_hold_when_the_rest_is_missing(self):
        zone = self.ZONE.replace("<7349", "<<<<<")
        assert not parse_mrz(zone, today=TODAY).checks["document_number"]


ANNA = Holder(
    surname="Eriksson",
    given_names="Anna Maria",
    document_number="L898902C3",
    issuing_state="UTO",
    nationality="UTO",
    birth_date=PartialDate(1974, 8, 12),
    expires_on=date(2031, 4, 15),
    sex="F",
)


class AWrittenZone:
    @given(form=formats, holder=holders)
    def test_is_read_back_as_it_was_meant(self, form, holder):
        mrz = parse_mrz(write_mrz(form, holder), today=TODAY)
        assert mrz.is_sound
        assert mrz.repaired == ()
        assert mrz.document_number == holder.document_number
        assert mrz.birth_date == holder.birth_date
        assert mrz.expires_on == holder.expires_on
        assert (mrz.issuing_state, mrz.nationality) == (holder.issuing_state, holder.nationality)
        assert mrz.sex == holder.sex
        assert mrz.optional == holder.optional
        if not mrz.names_full:
            assert (mrz.surname, mrz.given_names) == (holder.surname, holder.given_names)

    @given(form=formats, holder=holders)
    def test_has_the_shape_of_its_format(self, form, holder):
        lines = write_mrz(form, holder).splitlines()
        assert [len(line) for line in lines] == [LAYOUTS[form].length] * LAYOUTS[form].lines

    @given(form=formats, holder=holders)
    def test_can_be_read_again_from_what_was_frozen(self, form, holder):
        mrz = parse_mrz(write_mrz(form, holder), today=TODAY)
        assert parse_mrz("\n".join(mrz.as_json()["lines"]), today=TODAY) == mrz

    @pytest.mark.parametrize(
        ("surname", "given_names", "printed"),
        [
            ("van der Muellen", "Hilary-Marie", "VAN<DER<MUELLEN<<HILARY<MARIE"),
            ("O'Connor", "Enya Siobhan", "OCONNOR<<ENYA<SIOBHAN"),
            ("Müller-Straße", "Jörg", "MUELLER<STRASSE<<JOERG"),
            ("Щербакова", "Юлия", "SHCHERBAKOVA<<IULIIA"),
            ("Arkfreith", "", "ARKFREITH"),
        ],
    )
    def test_spells_names_as_the_standard_recommends(self, surname, given_names, printed):
        zone = write_mrz(Format.TD3, replace(ANNA, surname=surname, given_names=given_names))
        assert zone.splitlines()[0][5:].rstrip(FILLER) == printed

    @pytest.mark.parametrize("length", range(20, 60))
    def test_keeps_a_letter_of_the_given_names_when_it_cuts(self, length):
        zone = write_mrz(Format.TD1, replace(ANNA, surname="N" * length, given_names="Dingo Potoroo Bilby"))
        mrz = parse_mrz(zone, today=TODAY)
        assert mrz.names_full
        assert mrz.given_names.startswith("D")
        assert set(mrz.surname) == {"N"}

    @pytest.mark.parametrize(
        "wrong", [{"surname": "王", "given_names": "伟"}, {"optional": "X" * 20}, {"document_number": "12#4"}]
    )
    def test_is_refused_when_it_has_no_room_or_no_letters(self, wrong):
        with pytest.raises(BadInput):
            write_mrz(Format.TD3, replace(ANNA, **wrong))


def spans_with_a_check(form: Format) -> list[tuple[int, int]]:
    """Every (line, place) under a check digit, the digits themselves among them."""
    found = []
    for field in LAYOUTS[form].fields.values():
        if field.check is not None:
            found += [(field.line, place) for place in range(field.start, field.stop)]
    return found


class AChangedCharacter:
    @given(form=formats, holder=holders, choice=st.integers(0, 10**6), other=st.sampled_from(ALPHABET + FILLER))
    def test_in_a_checked_field_is_found_unless_its_value_differs_by_tens(self, form, holder, choice, other):
        lines = write_mrz(form, holder).splitlines()
        places = spans_with_a_check(form)
        line, place = places[choice % len(places)]
        old = lines[line][place]
        if old == other:
            return
        lines[line] = lines[line][:place] + other + lines[line][place + 1 :]
        mrz = parse_mrz("\n".join(lines), today=TODAY, repair=False)
        field = next(
            field
            for field in LAYOUTS[form].fields.values()
            if field.line == line and field.check is not None and field.start <= place < field.stop
        )
        if place == field.check or not looks_equal_to_checks(old, other):  # a digit is compared as it stands
            assert not mrz.is_sound
        else:  # the arithmetic cannot see it: either it passes, or it is no date any more
            assert all(mrz.checks.values())

    @given(form=formats, holder=holders, choice=st.integers(0, 10**6), other=st.sampled_from(ALPHABET + FILLER))
    def test_is_never_repaired_without_being_said(self, form, holder, choice, other):
        lines = write_mrz(form, holder).splitlines()
        places = spans_with_a_check(form)
        line, place = places[choice % len(places)]
        old = lines[line][place]
        lines[line] = lines[line][:place] + other + lines[line][place + 1 :]
        mrz = parse_mrz("\n".join(lines), today=TODAY)
        if mrz.is_sound and mrz.document_number != holder.document_number:
            assert mrz.repaired or looks_equal_to_checks(old, other)

    @pytest.mark.parametrize(("one", "other"), [("6", "G"), ("1", "L"), ("<", "K"), ("0", "U"), ("B", "L")])
    def test_of_equal_value_passes_every_digit(self, one, other):
        assert check_digit(f"12{one}4") == check_digit(f"12{other}4")

    def test_in_a_name_is_never_found(self):
        zone = SPECIMENS[Format.TD3].replace("ERIKSSON", "ERIKSZON")
        assert parse_mrz(zone, today=TODAY).is_sound

    def test_by_two_neighbours_changing_places_is_found_unless_they_differ_by_fives(self):
        assert check_digit("1284") != check_digit("1824")
        assert check_digit("1274") == check_digit("1724")


class ATypedZone:
    def test_may_have_blanks_and_small_letters(self):
        typed = "p<uto eriksson<<anna<maria<<<<<<<<<<<<<<<<<<<\n\n l898902c36 UTO 7408122 F 1204159 ZE184226B<<<<<10 "
        assert parse_mrz(typed, today=TODAY).is_sound

    def test_may_come_without_line_breaks(self):
        for form, zone in SPECIMENS.items():
            assert parse_mrz(zone.replace("\n", ""), today=TODAY).format is form

    def test_may_have_full_width_letters(self):
        assert parse_mrz(SPECIMENS[Format.TD2].replace("<", "＜"), today=TODAY).is_sound

    @pytest.mark.parametrize("cut", [1, 7])
    def test_is_not_padded_when_fillers_are_missing(self, cut):
        lines = SPECIMENS[Format.TD3].splitlines()
        with pytest.raises(BadInput, match=f"line 1 has {44 - cut}"):
            parse_mrz(f"{lines[0][:-cut]}\n{lines[1]}", today=TODAY)

    def test_of_a_card_does_not_become_a_passport_by_padding(self):
        padded = "\n".join(line.ljust(44, "<") for line in SPECIMENS[Format.TD2].splitlines())
        mrz = parse_mrz(padded, today=TODAY)
        assert not mrz.checks["composite"]

    @pytest.mark.parametrize("text", ["", "   ", "P<UTO", "A" * 44, "V" * 30 + "\n" + "<" * 30 + "\n" + "<" * 30])
    def test_of_no_known_shape_is_refused(self, text):
        with pytest.raises(BadInput):
            parse_mrz(text, today=TODAY)

    def test_with_a_strange_character_says_which(self):
        with pytest.raises(BadInput, match=r"Line 2 holds \* \?"):
            parse_mrz(SPECIMENS[Format.TD3].replace("L898902C", "L8?8*02C"), today=TODAY)

    @given(st.text())
    def test_whatever_it_is_gives_a_zone_or_a_sentence(self, text):
        try:
            parse_mrz(text, today=TODAY)
        except BadInput as refused:
            assert refused.sentence


class ALookAlike:
    """One in a field is exchanged and said; two are left, and the check digit fails."""

    def test_in_a_date_becomes_the_digit(self):
        zone = SPECIMENS[Format.TD3].replace("7408122F", "74O8122F")
        mrz = parse_mrz(zone, today=TODAY)
        assert mrz.is_sound
        assert mrz.repaired == ("birth_date",)
        assert mrz.birth_date == PartialDate(1974, 8, 12)
        assert [warning.code for warning in mrz.warnings] == ["mrz.repaired"]

    def test_twice_in_a_date_is_left(self):
        zone = SPECIMENS[Format.TD3].replace("7408122F", "74O8I22F")
        mrz = parse_mrz(zone, today=TODAY)
        assert mrz.repaired == ()
        assert mrz.birth_date is None
        assert not mrz.checks["birth_date"]

    def test_in_a_number_is_exchanged_where_one_exchange_alone_passes(self):
        mrz = parse_mrz(SPECIMENS[Format.TD3].replace("L898902C", "L8989O2C"), today=TODAY)
        assert (mrz.document_number, mrz.repaired) == ("L898902C3", ("document_number",))

    def test_in_a_number_is_left_where_two_exchanges_pass(self):
        number = "O0SSSSSS5"
        digit = next(
            str(n)
            for n in range(10)
            if sum(
                check_digit(number[:p] + twin + number[p + 1 :]) == str(n)
                for p, ch in enumerate(number)
                for twin in ([LOOK_ALIKES[ch]] if ch in LOOK_ALIKES else [])
            )
            > 1
            and check_digit(number) != str(n)
        )
        lines = write_mrz(Format.TD3, ANNA).splitlines()
        mrz = parse_mrz(f"{lines[0]}\n{number}{digit}{lines[1][10:]}", today=TODAY)
        assert mrz.repaired == ()
        assert not mrz.checks["document_number"]

    def test_in_a_name_becomes_the_letter(self):
        mrz = parse_mrz(SPECIMENS[Format.TD3].replace("ERIKSSON", "ERIKSS0N"), today=TODAY)
        assert (mrz.surname, mrz.repaired) == ("ERIKSSON", ("names",))

    def test_is_left_alone_when_asked(self):
        zone = SPECIMENS[Format.TD3].replace("7408122F", "74O8122F")
        assert not parse_mrz(zone, today=TODAY, repair=False).is_sound

    def test_that_is_none_is_not_exchanged(self):
        mrz = parse_mrz(SPECIMENS[Format.TD3].replace("7408122F", "74X8122F"), today=TODAY)
        assert mrz.repaired == ()


class TheCentury:
    @pytest.mark.parametrize(
        ("text", "today", "expected"),
        [
            ("740812", TODAY, PartialDate(1974, 8, 12)),
            ("261123", TODAY, PartialDate(2026, 11, 23)),
            ("261124", TODAY, PartialDate(1926, 11, 24)),
            ("000229", TODAY, PartialDate(2000, 2, 29)),
            ("000229", date(1999, 1, 1), None),  # 1900 had no 29 February
            ("8001<<", TODAY, PartialDate(1980, 1)),
            ("80<<<<", TODAY, PartialDate(1980)),
            ("800000", TODAY, PartialDate(1980)),
            ("80<<15", TODAY, PartialDate(1980)),
            ("<<<<<<", TODAY, None),
            ("<<0115", TODAY, None),
            ("801301", TODAY, None),
            ("800230", TODAY, None),
            ("8O0101", TODAY, None),
        ],
    )
    def test_of_a_birth_is_the_last_one_that_is_not_ahead(self, text, today, expected):
        assert read_birth_date(text, today=today) == expected

    @pytest.mark.parametrize(
        ("text", "today", "expected"),
        [
            ("310415", TODAY, date(2031, 4, 15)),
            ("760101", TODAY, date(2076, 1, 1)),
            ("770101", TODAY, date(1977, 1, 1)),
            ("120415", TODAY, date(2012, 4, 15)),
            ("050101", date(1996, 1, 1), date(2005, 1, 1)),
            ("310431", TODAY, None),
            ("310400", TODAY, None),
            ("31<<<<", TODAY, None),
        ],
    )
    def test_of_an_expiry_is_the_nearest(self, text, today, expected):
        assert read_expiry(text, today=today) == expected

    @given(st.dates(date(1927, 1, 1), TODAY))
    def test_of_the_living_is_right(self, day):
        assert read_birth_date(f"{day:%y%m%d}", today=TODAY) == PartialDate(day.year, day.month, day.day)


class AZoneThatIsOdd:
    def codes(self, zone: str) -> list[str]:
        return [warning.code for warning in parse_mrz(zone, today=TODAY).warnings]

    def test_with_letters_after_the_end_of_the_names_is_marked(self):
        zone = SPECIMENS[Format.TD3].replace("MARIA<<<<<<", "MARIA<<<K<<")
        assert self.codes(zone) == ["mrz.stray_letters"]

    def test_with_an_unknown_sex_is_marked(self):
        zone = SPECIMENS[Format.TD1].replace("7408122F", "7408122X")
        assert "mrz.sex_unknown" in self.codes(zone)

    def test_of_a_card_in_the_shape_of_a_passport_is_marked(self):
        zone = write_mrz(Format.TD3, replace(ANNA, document_type="C"))
        assert self.codes(zone) == ["mrz.unusual_type"]

    def test_without_a_whole_birth_date_is_marked(self):
        zone = write_mrz(Format.TD2, replace(ANNA, birth_date=PartialDate(1980)))
        assert self.codes(zone) == ["mrz.birth_date_partial"]

    def test_of_the_year_2000_keeps_its_zeros(self):
        zone = write_mrz(Format.TD2, replace(ANNA, birth_date=PartialDate(2000, 1, 2)))
        assert parse_mrz(zone, today=TODAY).birth_date == PartialDate(2000, 1, 2)


class TheStatesOfAZone:
    @pytest.mark.parametrize(("code", "country"), [("D", "DE"), ("FRA", "FR"), ("GBD", "GB"), ("UTO", ""), ("XXA", "")])
    def test_become_countries_where_they_are_some(self, code, country):
        mrz = parse_mrz(write_mrz(Format.TD3, replace(ANNA, issuing_state=code, nationality=code)), today=TODAY)
        assert (mrz.issuing_country, mrz.nationality_country) == (country, country)
