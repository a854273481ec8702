"""A hit as a table: what stands on which side, and that no verdict is made up."""

from __future__ import annotations

import pytest

from kyc.admin.evidence import _marked, _rows, roman
from kyc.admin.reading import checked
from kyc.customers.models import Customer
from kyc.findings import Finding, Says
from kyc.identity.models import Verification
from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate, Party
from kyc.screening.models import Hit

OURS = Party(
    key="cus_1",
    names=(Name("Viktor Marchenko"), Name("Виктор Марченко", NameQuality.ORIGINAL_SCRIPT)),
    kind=Kind.PERSON,
    birth_dates=(PartialDate(1971, 3, 14),),
    countries=("UA", "CY"),
)
LISTED = Party(
    key="sample:1",
    names=(Name("MARCHENKO, Viktor"),),
    kind=Kind.PERSON,
    identifiers=(Identifier("passport", "71", "RU"),),
)
HIT = Hit(query_name="Viktor Marchenko", matched_name="MARCHENKO, Viktor")


def rows(*findings: Finding):
    table, used = _rows(OURS, [LISTED], findings, HIT)
    return {row.fact: row for row in table}, used


class TheTable:
    def test_shows_both_sides_of_each_fact(self):
        table, _ = rows()
        assert [value.text for value in table["Birth date"].ours] == ["1971-03-14"]
        assert table["Birth date"].theirs == ()
        assert [value.note for value in table["Identifiers"].theirs] == ["passport RU"]

    def test_says_in_words_what_the_list_does_not_say(self):
        table, _ = rows()
        assert table["Birth date"].says is Says.MISSING
        assert table["Birth date"].sentences == ("Birth date: missing on the list's side; nothing to compare.",)

    def test_says_in_words_what_the_customer_did_not_give(self):
        assert rows()[0]["Identifiers"].sentences == ("Identifiers: the customer gave none; nothing to compare.",)

    def test_leaves_out_what_neither_side_says(self):
        assert "Gender" not in rows()[0]

    def test_makes_no_verdict_of_its_own(self):
        """Both sides say "person": without a finding that is only shown."""
        assert rows()[0]["Kind"].says is Says.NOTE

    @pytest.mark.parametrize(
        "said, together",
        [
            ((Says.AGREE,), Says.AGREE),
            ((Says.AGREE, Says.DISAGREE), Says.DISAGREE),
            ((Says.NOTE, Says.AGREE), Says.AGREE),
            ((Says.NOTE, Says.MISSING), Says.MISSING),
        ],
    )
    def test_brings_a_facts_findings_together(self, said, together):
        table, _ = rows(*(Finding(f"country.{place}", "…", says) for place, says in enumerate(said)))
        assert table["Countries"].says is together

    def test_adds_up_the_weights_of_a_fact(self):
        table, used = rows(
            Finding("country.agree", "Both.", Says.AGREE, 0.1), Finding("country.more", "More.", Says.AGREE, 0.05)
        )
        assert table["Countries"].weight == pytest.approx(0.15)
        assert used == {"country.agree", "country.more"}


class ANameInAnotherScript:
    @pytest.mark.parametrize(
        "text, read",
        [("Виктор Марченко", "Viktor Marchenko"), ("Ольга", "Olga"), ("Viktor", ""), ("Müller-Łódź 12", "")],
    )
    def test_is_romanised_and_a_latin_one_is_not(self, text, read):
        assert roman(text) == read

    def test_meets_its_latin_spelling(self):
        assert _marked("Виктор Марченко", "Viktor MARCHENKO") == "<mark>Виктор</mark> <mark>Марченко</mark>"


class ANameThatIsMarkup:
    def test_is_shown_as_text(self):
        assert _marked('<img src=x> Viktor "&', "viktor") == "&lt;img src=x&gt; <mark>Viktor</mark> &quot;&amp;"


class AnIdentityCheck:
    """Whatever its findings are, staff see each of them."""

    def shown(self, findings: list[Finding], read: dict | None) -> list[Finding]:
        rows = [finding.as_json() for finding in findings]
        customer = Customer(legal_name="Maja Lindqvist")
        seen = checked(Verification(customer=customer, provider="embedded", read=read, findings=rows))
        return [row.finding for row in seen.rows if row.finding] + list(seen.notes)

    def test_shows_each_of_several_findings_with_one_code(self):
        failed = [Finding("reading.failed", f"The {what} could not be read.") for what in ("passport", "visa")]
        assert self.shown(failed, None) == failed

    def test_shows_each_of_several_about_one_fact(self):
        names = [Finding("mrz.name", sentence, Says.DISAGREE) for sentence in ("Says KARLSSON.", "Says ERIKSSON.")]
        assert self.shown(names, {"surname": "KARLSSON"}) == names

    def test_shows_a_finding_about_a_fact_of_which_nothing_is_kept(self):
        lost = [Finding("barcode.name", "The document says KARLSSON.", Says.DISAGREE)]
        assert self.shown(lost, {"surname": "LINDQVIST"}) == lost
