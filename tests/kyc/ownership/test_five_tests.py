"""The five tests, each as its regime counts. OFAC's own examples of FAQ 401 stand here by number."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from shares import interest, structure

from kyc.customers.states import InterestKind
from kyc.ownership.graph import Interest, Listing, Party, PartyKind, Structure, percent
from kyc.ownership.rules import (
    Outcome,
    Result,
    beneficial_owners,
    bis_affiliates,
    evaluate,
    headquarters,
    ofac_50,
    provider_majority,
)
from kyc.policy.ownership import REGIMES, OwnershipTest, next_change_after

TODAY = date(2026, 11, 26)


def codes(result: Result) -> set[str]:
    return {finding.code for finding in result.findings}


def said(result: Result) -> str:
    return " ".join(finding.sentence for finding in result.findings)


OFAC = [
    (
        "FAQ 401 ex. 1: X owns half of A, A half of B: B is blocked",
        ("X 50 A", "A 50 B", "p1 50 B", "p2 50 A"),
        "B",
        "reached",
    ),
    (
        "FAQ 401 ex. 2: half of A and of B, each a quarter of C",
        ("X 50 A", "X 50 B", "A 25 C", "B 25 C", "p1 50 C", "p2 50 A", "p3 50 B"),
        "C",
        "reached",
    ),
    (
        "FAQ 401 ex. 3: half of A, a tenth of B, A and B each half of C",
        ("X 50 A", "X 10 B", "A 50 C", "B 50 C", "p2 50 A", "p3 90 B"),
        "C",
        "reached",
    ),
    (
        "FAQ 401 ex. 4: half of A, a tenth of B, A 40 and B half of C",
        ("X 50 A", "X 10 B", "A 40 C", "B 50 C", "p1 10 C", "p2 50 A", "p3 90 B"),
        "C",
        "clear",
    ),
    (
        "FAQ 401 ex. 5: a quarter each of A and B, which own C by half each",
        ("X 25 A", "X 25 B", "A 50 C", "B 50 C", "p2 75 A", "p3 75 B"),
        "C",
        "clear",
    ),
    ("two blocked persons are added up", ("X 25 T", "Y 25 T", "p1 50 T"), "T", "reached"),
    ("exactly half suffices", ("X 50 T", "p1 50 T"), "T", "reached"),
    ("a ten-thousandth of a percent less does not", ("X 49.9999 T", "p1 50.0001 T"), "T", "clear"),
    ("nothing of a blocked person", ("p1 100 T",), "T", "clear"),
    ("a circle does not catch itself", ("A 60 T", "T 60 A", "p1 40 T", "p2 40 A"), "T", "clear"),
    ("a range reaches with its upper end: a risk and no proof", ("X 25-50 T", "p1 50 T"), "T", "possible"),
    ("a range is cut by what others hold for certain", ("X 25-75 T", "p1 60 T"), "T", "clear"),
    ("an unknown share of a blocked person may be half", ("X ? T", "p1 50 T"), "T", "possible"),
    ("half is held by nobody who was named", ("p1 50 T",), "T", "unknown"),
    ("less than half is not named", ("p1 50.0001 T",), "T", "clear"),
    ("a blocked person and the unnamed rest come to half", ("X 30 T", "p1 50 T"), "T", "unknown"),
    ("the owners of the parent are not known", ("A 100 T",), "T", "unknown"),
]


@pytest.mark.parametrize(("why", "lines", "target", "outcome"), OFAC, ids=[row[0] for row in OFAC])
class TheFiftyPercentRuleOfOfac:
    def test_answers(self, why, lines, target, outcome):
        result = ofac_50(structure(target, *lines, listed={"X": "SDN", "Y": "SDN"}), TODAY)
        assert result.outcome == outcome, said(result)


class TheFiftyPercentRuleOfOfacExplained:
    def test_gives_the_path_and_the_arithmetic_of_every_step(self):
        result = ofac_50(structure("C", *OFAC[1][1], listed={"X": "SDN"}), TODAY)
        assert [step.owned for step in result.steps] == ["A", "B", "C"]
        assert said(result).endswith(
            "C: A 25 % (counts in full) + B 25 % (counts in full) = 50 %; 50 % or more counts."
        )
        assert result.findings[-1].facts["sum"] == "1/2"

    def test_of_a_control_person_is_a_warning_and_no_block(self):
        result = ofac_50(structure("T", "p1 100 T", "p9 control_person T", listed={"p9": "SDN"}), TODAY)
        assert result.outcome == Outcome.CLEAR
        assert "ownership.ofac_50.control" in codes(result)

    def test_of_an_open_hit_is_possible_and_never_proved(self):
        result = ofac_50(structure("T", "p1 60 T", "p2 40 T", waiting={"p1": "SDN"}), TODAY)
        assert result.outcome == Outcome.POSSIBLE

    def test_of_a_party_of_another_list_is_nothing(self):
        assert ofac_50(structure("T", "p1 60 T", "p2 40 T", listed={"p1": "EL"}), TODAY).outcome == Outcome.CLEAR

    def test_of_a_listed_company_does_not_ask_for_its_small_holders(self):
        known = structure("T", "A 100 T", exchange={"A": "Euronext Paris"})
        assert ofac_50(known, TODAY).outcome == Outcome.CLEAR

    def test_of_a_nominee_counts_for_whoever_stands_behind(self):
        held = interest("p1 60 T", nominee=True, held_for="p9")
        assert ofac_50(structure("T", held, "p2 40 T", listed={"p9": "SDN"}), TODAY).outcome == Outcome.REACHED

    def test_of_a_trust_with_a_blocked_beneficiary_is_possible(self):
        trust = structure(
            "T",
            "F 60 T",
            "p2 40 T",
            "p9 beneficiary F",
            "p3 trustee F",
            listed={"p9": "SDN"},
            kinds={"F": PartyKind.TRUST},
        )
        assert ofac_50(trust, TODAY).outcome == Outcome.POSSIBLE

    def test_of_bearer_shares_is_unknown_and_asked_for(self):
        bearer = structure("T", "B 50 T", "p1 50 T", kinds={"B": PartyKind.UNNAMED})
        assert ofac_50(bearer, TODAY).outcome == Outcome.UNKNOWN
        assert evaluate(bearer, TODAY).questions

    def test_of_shares_sold_before_the_day_counts_no_more(self):
        sold = interest("p9 60 T", until=date(2026, 1, 1))
        bought = interest("p1 60 T", since=date(2026, 1, 1))
        told = structure("T", sold, bought, "p2 40 T", listed={"p9": "SDN"})
        assert evaluate(told, date(2025, 12, 31)).result(OwnershipTest.OFAC_50).outcome == Outcome.REACHED
        assert evaluate(told, date(2026, 1, 1)).result(OwnershipTest.OFAC_50).outcome == Outcome.CLEAR


class TheAffiliatesRuleOfBis:
    HALF = ("X 25 T", "Y 25 T", "p1 50 T")

    @pytest.mark.parametrize(
        ("on", "in_force", "confirmed"),
        [
            (date(2025, 9, 28), False, True),
            (date(2025, 9, 29), True, True),
            (date(2025, 11, 9), True, True),
            (date(2025, 11, 10), False, True),
            (date(2026, 11, 9), False, True),
            (date(2026, 11, 10), True, False),
        ],
    )
    def test_comes_is_suspended_and_comes_back(self, on, in_force, confirmed):
        result = bis_affiliates(structure("T", *self.HALF, listed={"X": "EL", "Y": "MEU"}), on)
        assert (result.in_force, result.confirmed) == (in_force, confirmed)

    def test_tells_what_it_would_say_while_it_is_suspended(self):
        result = bis_affiliates(structure("T", *self.HALF, listed={"X": "EL", "Y": "MEU"}), date(2026, 1, 1))
        assert (result.outcome, result.bites) == (Outcome.REACHED, False)
        assert "ownership.bis_affiliates.suspended" in codes(result)

    def test_adds_up_over_the_lists_at_exactly_half(self):
        assert bis_affiliates(structure("T", *self.HALF, listed={"X": "EL", "Y": "MEU"}), TODAY).outcome == "reached"
        less = structure("T", "X 25 T", "Y 24.9999 T", "p1 50.0001 T", listed={"X": "EL", "Y": "MEU"})
        assert bis_affiliates(less, TODAY).outcome == "clear"

    def test_applies_the_strictest_requirement_of_the_owners(self):
        result = bis_affiliates(structure("T", *self.HALF, listed={"X": "MEU", "Y": "EL"}), TODAY)
        assert "15 CFR 744.11" in said(result)
        result = bis_affiliates(structure("T", *self.HALF, listed={"X": "SDN", "Y": "EL"}, programmes=("SDGT",)), TODAY)
        assert "15 CFR 744.8" in said(result)

    @pytest.mark.parametrize(("programmes", "outcome"), [(("SDGT",), "reached"), (("CUBA",), "clear"), ((), "reached")])
    def test_counts_only_sdns_of_the_programmes_under_744_8_and_those_that_do_not_say(self, programmes, outcome):
        result = bis_affiliates(
            structure("T", "p9 50 T", "p1 50 T", listed={"p9": "SDN"}, programmes=programmes), TODAY
        )
        assert result.outcome == outcome

    def test_raises_red_flag_29_for_an_unknown_share(self):
        result = bis_affiliates(structure("T", "X ? T", "p1 60 T", listed={"X": "EL"}), TODAY)
        assert "ownership.bis_affiliates.red_flag_29" in codes(result)
        assert bis_affiliates(structure("T", "X ? T", "p1 40 T", listed={"X": "EL"}), TODAY).outcome == "possible"


class TheTestByHeadquarters:
    @pytest.mark.parametrize(
        ("lines", "at", "outcome", "why"),
        [
            (("p1 100 T",), {"T": "CN"}, "reached", "itself"),
            (("A 100 T", "p1 100 A"), {"A": "MO"}, "reached", "parent"),
            (("A 50 T", "p1 50 T"), {"A": "CN"}, "possible", "half"),
            (("A 50.0001 T", "p1 49.9999 T", "p2 100 A"), {"A": "CN"}, "reached", "parent"),
            (("A 49.9999 T", "p1 50.0001 T"), {"A": "CN"}, "clear", "clear"),
            (("A 51 T", "p1 49 T", "B 51 A", "p2 49 A", "p3 100 B"), {"A": "CN"}, "possible", "between"),
            (("A parent T", "p1 100 T", "p2 100 A"), {"A": "CN"}, "reached", "parent"),
            (("A 100 T", "p1 100 A"), {"A": ""}, "unknown", "unknown"),
            (("p1 30 T",), {}, "unknown", "unnamed"),
            (("p1 100 T",), {"p1": "CN"}, "clear", "clear"),
            (("A 40-60 T", "p1 40 T"), {"A": "CN"}, "possible", "half"),
            (("A parent T", "B parent T", "p1 100 T", "p2 100 A", "p3 100 B"), {"B": "CN"}, "reached", "parent"),
            (("B parent T", "A 60 T", "p1 40 T", "p2 100 A", "p3 100 B"), {"A": "CN"}, "reached", "parent"),
            (("A parent T", "B parent T", "B parent A", "p1 100 T", "p3 100 B"), {"A": "CN"}, "possible", "between"),
            (("A parent T", "B parent T", "p1 100 T", "p2 100 A"), {}, "unknown", "unnamed"),
            (("p1 40 T", "U 60 T"), {}, "unknown", "unnamed"),
            (("p1 40 T", "U 50 T", "p2 10 T"), {}, "clear", "clear"),
            (("p1 40 T", "U 40 T"), {}, "unknown", "unnamed"),
            (("p1 40 T", "F 60 T"), {}, "unknown", "unnamed"),
            (("p1 40 T", "F 60 T", "p2 trustee F"), {}, "clear", "clear"),
        ],
    )
    def test_answers(self, lines, at, outcome, why):
        kinds = {"U": PartyKind.UNNAMED, "F": PartyKind.TRUST}
        result = headquarters(structure("T", *lines, at=at, kinds=kinds), TODAY)
        assert (result.outcome, f"ownership.headquarters.{why}" in codes(result)) == (outcome, True), said(result)

    def test_by_the_form_of_two_parents_names_the_one_that_counts(self):
        told = structure("T", "A parent T", "B parent T", "p1 100 T", at={"B": "CN"}, exchange={"A": "NYSE"})
        words = "One of those who may be the ultimate parent is run from China: T → B."
        assert words in said(headquarters(told, TODAY))

    def test_asks_who_holds_what_nobody_is_named_for(self):
        told = structure("T", "p1 40 T", "U 60 T", "pc director T", kinds={"U": PartyKind.UNNAMED})
        assert headquarters(told, TODAY).asks == ("U",)

    def test_ends_where_parents_are_said_to_own_one_another(self):
        told = structure("T", "A parent T", "B parent T", "A parent B", "B parent A", "p1 100 T", at={"A": "CN"})
        assert headquarters(told, TODAY).outcome == Outcome.REACHED

    def test_ends_where_parents_own_one_another(self):
        circle = structure("T", "A 60 T", "B 60 A", "A 60 B", "p1 40 T", "p2 40 A", "p3 40 B")
        assert headquarters(circle, TODAY).outcome == Outcome.CLEAR

    def test_no_longer_counts_a_country_that_left(self):
        told = structure("T", "A 100 T", "p1 100 A", at={"A": "KH"})
        assert headquarters(told, date(2026, 2, 2)).outcome == Outcome.REACHED
        assert headquarters(told, date(2026, 2, 3)).outcome == Outcome.CLEAR


class TheProvidersOwnMajority:
    @pytest.mark.parametrize(
        ("lines", "outcome"),
        [
            (("X 50 T", "p1 50 T"), "clear"),  # exactly half is not more than half
            (("X 50.0001 T", "p1 49.9999 T"), "reached"),
            (("X 26 T", "Y 25 T", "p1 49 T"), "reached"),
            (("X 51 A", "p1 49 A", "A 51 T", "p2 49 T"), "reached"),  # effectively 26 %, indirectly a majority
            (("X 50 A", "p1 50 A", "A 60 T", "X 30 T", "p2 10 T"), "reached"),  # 60 % in the end, no chain alone
            (("X 50 A", "p1 50 A", "A 40 T", "X 30 T", "p2 30 T"), "clear"),  # exactly half in the end
            (("X 40-60 T", "p1 40 T"), "possible"),
            (("p1 49 T",), "unknown"),
            (("p1 50 T",), "clear"),
        ],
    )
    def test_counts_strictly_more_than_half(self, lines, outcome):
        result = provider_majority(structure("T", *lines, at={"X": "CN", "Y": "RU"}), TODAY)
        assert result.outcome == outcome, said(result)

    def test_is_unknown_where_companies_own_one_another_beyond_what_can_be_solved(self):
        ring = [f"R{number}" for number in range(205)]
        lines = [f"{above} 40 {below}" for below, above in pairwise([*ring, ring[0]])]
        lines += [f"p1 60 {key}" for key in ring[1:]] + ["X 20 R0", "p3 40 R0"]
        result = provider_majority(structure("T", *lines, "X 45 T", "R0 45 T", "p2 10 T", at={"X": "CN"}), TODAY)
        assert (result.outcome, codes(result)) == (Outcome.UNKNOWN, {"ownership.provider_majority.circle"})
        assert set(result.asks) <= set(ring) and result.asks

    def test_is_reached_by_one_chain_whatever_circle_stands_beside_it(self):
        told = structure("T", "X 60 T", "A 40 T", "B 100 A", "A 100 B", at={"X": "CN"})
        assert provider_majority(told, TODAY).outcome == Outcome.REACHED

    def test_does_not_count_people_wherever_they_live(self):
        assert provider_majority(structure("T", "p1 100 T", at={"p1": "CN"}), TODAY).outcome == Outcome.CLEAR


class TheBeneficialOwners:
    @staticmethod
    def of(*lines, **more) -> tuple[Result, dict[str, tuple[str, str]]]:
        result = beneficial_owners(structure("T", *lines, "pc control_person T", **more), TODAY)
        return result, {owner.key: (percent(owner.low), percent(owner.high)) for owner in result.owners}

    def test_hold_exactly_a_quarter_or_more(self):
        _, owners = self.of("p1 25 T", "p2 24.9999 T", "p3 50.0001 T")
        assert set(owners) == {"p1", "p3"}

    def test_hold_through_chains_by_multiplication(self):
        _, owners = self.of("p1 50 A", "p2 50 A", "A 50 T", "p3 50 T")
        assert owners == {"p3": ("50 %", "50 %"), "p1": ("25 %", "25 %"), "p2": ("25 %", "25 %")}

    def test_hold_exactly_a_quarter_through_shares_no_decimal_can_write(self):
        _, owners = self.of("p1 3/4 A", "p2 1/4 A", "A 1/3 T", "p3 2/3 T")
        assert owners["p1"] == ("25 %", "25 %")
        _, owners = self.of("p1 3/4 A", "p2 1/4 A", "A 333333/1000000 T", "p3 666667/1000000 T")
        assert "p1" not in owners

    def test_share_out_the_whole_where_companies_own_one_another(self):
        result, owners = self.of("p1 80 T", "A 20 T", "p2 90 A", "T 10 A")
        assert abs(result.owners[0].low - Fraction(80, 98)) < Fraction(1, 10**12)
        assert owners == {"p1": ("81.6326… %", "81.6326… %")}  # p2 has 18 98ths
        assert result.outcome == Outcome.CLEAR

    def test_are_shown_with_every_chain_and_its_arithmetic(self):
        result, owners = self.of("p1 50 A", "p2 50 A", "A 40 T", "p1 20 B", "p2 80 B", "B 30 T", "p1 30 T")
        assert owners["p1"] == ("56 %", "56 %")
        assert result.owners[0].why == (
            "p1 owns 56 % in the end: p1 → T (30 %); p1 → A → T (50 % × 40 % = 20 %); p1 → B → T (20 % × 30 % = 6 %)."
        )

    def test_that_hold_by_one_chain_are_shown_with_it(self):
        result, _ = self.of("p1 60 A", "p2 40 A", "A 60 T", "p3 40 T")
        whys = {owner.key: owner.why for owner in result.owners}
        assert whys["p1"] == "p1 owns 36 % in the end: p1 → A → T (60 % × 60 %)."
        assert whys["p3"] == "p3 owns 40 % in the end: p3 → T (40 %)."

    def test_are_shown_with_ranges_in_each_chain(self):
        result, _ = self.of("p1 20-40 A", "p2 60 A", "A 50 T", "p1 20 T", "p2 30 T")
        assert "p1 → A → T (20 % to 40 % × 50 % = 10 % to 20 %)" in next(o.why for o in result.owners if o.key == "p1")

    def test_are_shown_with_the_five_largest_chains_and_how_many_more(self):
        lines = [line for n in range(1, 9) for line in (f"p1 100 C{n}", f"C{n} {n + 5} T")]
        result, owners = self.of(*lines, "p2 24 T")
        assert owners["p1"] == ("76 %", "76 %")
        why = result.owners[0].why
        assert why.count("→ T") == 5
        assert "p1 → C8 → T (100 % × 13 % = 13 %)" in why
        assert why.endswith("; and 3 more.")

    def test_are_not_looked_for_through_more_chains_than_anybody_can_read(self):
        layers = [[f"L{level}{n}" for n in range(5)] for level in range(12)]
        lines = [f"{owner} 20 {owned}" for below, above in pairwise(layers) for owned in below for owner in above]
        lines += [f"{owner} 20 T" for owner in layers[0]] + [f"p1 100 {owned}" for owned in layers[-1]]
        result, owners = self.of(*lines)
        assert owners["p1"] == ("100 %", "100 %")
        assert result.owners[0].why.endswith("; and more than can be listed.")

    def test_are_told_that_circles_add_to_their_chains(self):
        result, _ = self.of("p1 80 T", "A 20 T", "p2 90 A", "T 10 A")
        assert result.owners[0].why == (
            "p1 owns 81.6326… % in the end: p1 → T (80 %); the rest comes through companies that own one another."
        )

    def test_are_found_by_votes_too(self):
        _, owners = self.of("p1 10 T", "p2 90 T", interest_votes("p1", "T", 60), interest_votes("p2", "T", 40))
        assert owners["p1"] == ("60 %", "60 %")

    def test_may_be_owners_with_the_upper_end_of_their_range(self):
        _, owners = self.of("p1 10-30 T", "p2 70 T")
        assert owners["p1"] == ("10 %", "30 %")

    def test_stand_behind_a_trust_with_every_role(self):
        _, owners = self.of(
            "F 40 T", "p1 60 T", "p2 settlor F", "p3 trustee F", "p4 beneficiary F", kinds={"F": PartyKind.TRUST}
        )
        assert set(owners) == {"p1", "p2", "p3", "p4"}

    def test_are_not_looked_for_behind_a_listed_company(self):
        result, owners = self.of("A 60 T", "p1 40 T", exchange={"A": "NYSE"})
        assert (result.outcome, set(owners)) == (Outcome.CLEAR, {"p1"})

    def test_are_unknown_where_a_quarter_leads_to_nobody(self):
        assert self.of("p1 75 T")[0].outcome == Outcome.UNKNOWN
        assert self.of("p1 75.0001 T")[0].outcome == Outcome.CLEAR
        assert self.of("p1 70 T", "A 30 T", "p2 10 A")[0].outcome == Outcome.UNKNOWN

    def test_are_unknown_behind_a_nominee_who_does_not_say(self):
        result, _ = self.of("p1 60 T", interest("p2 40 T", nominee=True))
        assert result.outcome == Outcome.UNKNOWN

    def test_are_unknown_where_only_the_company_owns_itself(self):
        result, _ = self.of("A 100 T", "T 100 A")
        assert (result.outcome, "ownership.beneficial_owners.circle" in codes(result)) == (Outcome.UNKNOWN, True)

    def test_are_incomplete_without_a_control_person(self):
        result = beneficial_owners(structure("T", "p1 100 T"), TODAY)
        assert result.outcome == Outcome.UNKNOWN
        assert "ownership.beneficial_owners.no_control" in codes(result)


def interest_votes(owner: str, owned: str, hundredths: int) -> Interest:
    part = Fraction(hundredths, 100)
    return Interest(f"{owner} votes {owned}", owner, owned, InterestKind.VOTES, part, part)


class MoreThanAHundredPercent:
    def test_does_not_hide_a_blocked_owner(self):
        told = structure("T", "X 50 T", "p1 50 T", "p2 20 T", listed={"X": "SDN"})
        assert ofac_50(told, TODAY).outcome == Outcome.REACHED

    def test_is_a_mistake_that_goes_to_a_person_and_back_to_the_customer(self):
        evaluation = evaluate(structure("T", "p1 60 T", "p2 60 T", "pc director T"), TODAY)
        assert [flaw.code for flaw in evaluation.flaws] == ["ownership.over_100"]
        assert evaluation.worst == Outcome.UNKNOWN
        assert evaluation.questions == ("The shares in T add up to 120 %. Please correct them.",)


class ATrust:
    """The form knows shares alone: whoever is behind a trust "owns" so many percent of it."""

    TRUST = {"F": PartyKind.TRUST}
    QUESTION = "Please name the settlor, the trustees and the beneficiaries of F."

    def test_that_a_listed_person_is_said_to_own_may_be_theirs(self):
        told = structure("T", "F 100 T", "p9 100 F", "pc director T", listed={"p9": "SDN"}, kinds=self.TRUST)
        assert ofac_50(told, TODAY).outcome == Outcome.POSSIBLE
        assert "F is a trust of p9 beneficiary (listed): what it holds may be theirs." in said(ofac_50(told, TODAY))
        assert bis_affiliates(told, TODAY).outcome == Outcome.POSSIBLE
        assert [owner.key for owner in beneficial_owners(told, TODAY).owners] == ["p9"]

    def test_of_a_company_that_a_listed_person_owns_may_be_theirs(self):
        told = structure("T", "F 100 T", "A 100 F", "p9 60 A", "p1 40 A", listed={"p9": "SDN"}, kinds=self.TRUST)
        assert ofac_50(told, TODAY).outcome == Outcome.POSSIBLE

    @pytest.mark.parametrize(
        "lines",
        [
            ("F 100 T",),
            ("F 100 T", "A trustee F", "p1 100 A"),
            ("F 100 T", "A 100 F", "p1 100 A"),
            ("F 60 T", "p1 40 T"),
        ],
    )
    def test_without_a_person_behind_it_may_be_anybodys_and_is_asked_about(self, lines):
        evaluation = evaluate(structure("T", *lines, "pc director T", kinds=self.TRUST), TODAY)
        unknown = {str(row.test) for row in evaluation.results if row.outcome == Outcome.UNKNOWN}
        assert unknown >= {"ofac_50", "bis_affiliates", "provider_majority", "beneficial_owners"}
        assert self.QUESTION in evaluation.questions
        assert "no person behind it is named" in said(evaluation.result(OwnershipTest.OFAC_50))

    def test_of_less_than_the_threshold_leaves_each_test_as_it_was(self):
        told = structure("T", "F 20 T", "p1 80 T", "pc director T", kinds=self.TRUST)
        assert evaluate(told, TODAY).worst == Outcome.CLEAR

    def test_with_people_behind_it_is_nobody_elses(self):
        told = structure("T", "F 100 T", "p1 trustee F", "p2 100 F", "pc director T", kinds=self.TRUST)
        evaluation = evaluate(told, TODAY)
        assert (evaluation.worst, evaluation.questions) == (Outcome.CLEAR, ())
        assert {owner.key for owner in evaluation.result(OwnershipTest.BENEFICIAL_OWNERS).owners} == {"p1", "p2"}

    def test_is_known_as_well_by_whom_a_nominee_stands_for(self):
        held = interest("A 100 F", nominee=True, held_for="p2")
        told = structure("T", "F 100 T", held, "p1 100 A", "pc director T", kinds=self.TRUST)
        assert [owner.key for owner in beneficial_owners(told, TODAY).owners] == ["p2"]

    def test_is_told_as_it_was_when_the_facts_are_read_back(self):
        told = structure("T", "F 100 T", "p9 100 F", kinds=self.TRUST)
        assert Structure.from_json(told.as_json()) == told


class APublicBody:
    KINDS = {"S": PartyKind.STATE}

    def test_is_owned_by_whoever_is_said_to_own_it(self):
        told = structure("T", "S 60 T", "p1 40 T", "p9 60 S", "p2 40 S", listed={"p9": "SDN"}, kinds=self.KINDS)
        assert ofac_50(told, TODAY).outcome == Outcome.REACHED

    def test_of_which_nothing_is_told_is_nobodys(self):
        told = structure("T", "S 60 T", "p1 40 T", "pc director T", kinds=self.KINDS)
        assert ofac_50(told, TODAY).outcome == Outcome.CLEAR


class TheWords:
    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (Fraction(1, 2), "50 %"),
            (Fraction(1, 3), "33.3333… %"),
            (Fraction(10**40 // 2 - 1, 10**40), "49.9999… %"),
            (Fraction(1), "100 %"),
            (Fraction(0), "0 %"),
            (Fraction("0.125"), "12.5 %"),
        ],
    )
    def test_never_round_up(self, share, words):
        assert percent(share) == words

    def test_that_the_customer_reads_name_no_test(self):
        told = structure("T", "X ? T", "p1 50 T", listed={"X": "SDN"})
        for question in evaluate(told, TODAY).questions:
            assert not {"SDN", "OFAC", "blocked", "listed"} & set(question.replace(".", "").split())


class ThePolicy:
    def test_knows_the_next_day_on_which_something_changes(self):
        assert next_change_after(date(2025, 10, 1)) == date(2025, 11, 10)
        assert next_change_after(date(2026, 11, 9)) == date(2026, 11, 10)
        assert next_change_after(date(2026, 11, 10)) is None

    def test_has_no_gaps_and_no_overlaps_between_periods(self):
        for regime in REGIMES.values():
            for before, after in zip(regime.periods, regime.periods[1:], strict=False):
                assert before.valid_to == after.valid_from


class AnEvaluation:
    def test_is_worst_over_the_tests_in_force(self):
        told = structure("T", "X 60 T", "p1 40 T", "pc director T", listed={"X": "EL"}, exchange={"X": "HKEX"})
        assert evaluate(told, date(2026, 1, 1)).worst == Outcome.CLEAR
        assert evaluate(told, date(2026, 11, 10)).worst == Outcome.REACHED

    def test_of_a_listed_customer_says_that_it_is_listed_itself(self):
        party = Party("T", "T", PartyKind.ORGANISATION, "FR", "", (Listing("SDN", True),))
        result = ofac_50(Structure({"T": party}, (), "T"), TODAY)
        assert (result.outcome, codes(result)) == (Outcome.REACHED, {"ownership.ofac_50.itself"})
