"""May this account, from this address, use this model now: the decision table as cases."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.access.rules import (
    AccessFacts,
    AttestationFacts,
    HoldFacts,
    ModelFacts,
    PassedChallenge,
    RangeHit,
    Subject,
    UseFacts,
    VisitFacts,
    decide_access,
    decide_visit,
    is_settled,
    words_of,
)
from kyc.access.states import AccessOutcome, AccessTier, Challenge, Channel, HoldKind
from kyc.customers.states import CustomerStatus
from kyc.geo.evasion import NO_HISTORY, NOTHING_OBSERVED, History, Observed, Seen
from kyc.geo.rules import Anonymiser, Correction, LocationVerdict, Opinion, Source, locate, unplaced
from kyc.policy.access import CURRENT as POLICY
from kyc.policy.access import PUBLIC, STOPS
from kyc.policy.geo import CURRENT as GEO
from kyc.worlds import World

DOORS = ("sign_up", "login", "portal", "console")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()
ALLOW, CHALLENGE, REVIEW, DENY = AccessOutcome
S, T = CustomerStatus, AccessTier


# ------------------------------------------------------------------------------------------------ the cast
def source(name: str, primary: int = 10, days: int = 3, regions: bool = False) -> Source:
    return Source(name, name, TODAY - timedelta(days=days), "", 0.85, primary, False, True, regions, "")


def seen(
    *said: str, address: str = "5.0.0.1", days: int = 3, correction: Correction | None = None, **more: object
) -> LocationVerdict:
    """A location where sources A, B, C… say these countries in this order, A being the primary."""
    regions = bool(more.get("region"))
    opinions = [
        Opinion(source(name, 10 * rank, days, regions), ipaddress.ip_address(address), country=code, **more)
        for rank, (name, code) in enumerate(zip("ABCDE", said, strict=False), start=1)
    ]
    return locate(
        ipaddress.ip_address(address),
        (),
        opinions,
        tuple(opinion.source for opinion in opinions),
        today=TODAY,
        policy=GEO,
        correction=correction,
    )


HOME = seen("DE")
NOWHERE = seen("")
WITHOUT_DATA = locate(ipaddress.ip_address("5.0.0.1"), (), (), (), today=TODAY, policy=GEO)
WITHOUT_ADDRESS = unplaced((source("A"),), today=TODAY, why="not told")

CLARA = Subject(
    "cus_clara",
    World.LIVE,
    S.APPROVED,
    T.FRONTIER,
    attestations=(AttestationFacts("provider", 2, True, date(2027, 11, 1)),),
    uses=(UseFacts("product", False),),
)
OPEN = ModelFacts("small", T.STANDARD, False, frozenset({"api", "console"}), "provider", 2)
RESTRICTED = replace(OPEN, code="large", tier=T.FRONTIER, restricted=True)


def ask(
    subject: Subject | None = CLARA,
    model: ModelFacts | None = OPEN,
    location: LocationVerdict = HOME,
    channel: Channel = Channel.API,
    ranges: tuple[RangeHit, ...] = (),
    observed: Observed = NOTHING_OBSERVED,
    history: History = NO_HISTORY,
    world: World = World.LIVE,
    policy=POLICY,
):
    facts = AccessFacts(subject, world, model, channel, location, ranges, observed, history)
    return decide_access(facts, policy, GEO, NOW)


def on_both(location: LocationVerdict, **more):
    """(outcome on an open model, outcome on a restricted one)."""
    return ask(location=location, **more).outcome, ask(location=location, model=RESTRICTED, **more).outcome


EGRESS = RangeHit(True, "5.0.0.0/24", "prp_1", NOW + timedelta(days=30))
BANNED = RangeHit(False, "5.0.0.0/24", "prp_2", NOW + timedelta(days=30))


class AnApprovedCustomerAtHome:
    def test_is_let_in(self):
        verdict = ask()
        assert (verdict.outcome, verdict.codes, verdict.public, verdict.legal) == (ALLOW, ("access.clear",), (), False)

    def test_is_told_for_how_long_and_by_which_policy(self):
        verdict = ask()
        assert verdict.ttl_seconds == 60
        assert verdict.policy_version.endswith(POLICY.version)

    def test_may_use_a_restricted_model_of_her_tier(self):
        assert ask(model=RESTRICTED).allowed

    def test_gets_the_same_answer_again(self):
        assert ask() == ask()


class TheSubject:
    """Row 1."""

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (S.DRAFT, "subject.unfinished"),
            (S.SUBMITTED, "subject.in_progress"),
            (S.VERIFYING, "subject.in_progress"),
            (S.SCREENING, "subject.in_progress"),
            (S.REJECTED, "subject.not_served"),
            (S.SUSPENDED, "subject.not_served"),
            (S.CLOSED, "subject.not_served"),
            (S.EXPIRED, "subject.expired"),
        ],
    )
    def test_who_is_not_served_is_denied(self, status, code):
        verdict = ask(replace(CLARA, status=status))
        assert (verdict.outcome, verdict.codes, verdict.tier) == (DENY, (code,), T.NONE)

    @pytest.mark.parametrize("status", [S.APPROVED, S.APPROVED_LIMITED, S.RESTRICTED, S.IN_REVIEW, S.NEEDS_INFORMATION])
    def test_keeps_a_tier_that_was_granted(self, status):
        assert ask(replace(CLARA, status=status)).allowed

    def test_in_a_first_review_has_no_tier_yet(self):
        verdict = ask(replace(CLARA, status=S.IN_REVIEW, tier=T.NONE))
        assert verdict.codes == ("tier.too_low",)

    def test_of_every_status_is_answered(self):
        for status in CustomerStatus:
            assert ask(replace(CLARA, status=status)).findings

    def test_nobody_knows_is_denied(self):
        verdict = ask(None)
        assert (verdict.outcome, verdict.codes) == (DENY, ("subject.unknown",))

    def test_of_the_other_world_is_as_unknown_as_nobody(self):
        verdict = ask(world=World.TEST)
        assert verdict.outcome is DENY and verdict.public == ask(None).public

    def test_whose_account_is_closed_is_denied(self):
        assert ask(replace(CLARA, account_closed=True)).codes == ("subject.account_closed",)

    def test_of_too_low_a_tier_is_denied_and_told_the_way(self):
        verdict = ask(replace(CLARA, tier=T.STANDARD), RESTRICTED)
        assert (verdict.outcome, verdict.codes) == (DENY, ("tier.too_low",))
        assert verdict.obligations == ("ask_for_tier:frontier",)


class AHold:
    @pytest.mark.parametrize("kind", HoldKind)
    def test_of_any_kind_denies_what_it_does_not_leave(self, kind):
        held = replace(CLARA, holds=(HoldFacts(kind, T.NONE, "hit_1"),))
        assert (ask(held).outcome, ask(held).codes) == (DENY, ("hold.standing",))

    def test_leaves_what_it_leaves(self):
        held = replace(CLARA, holds=(HoldFacts(HoldKind.CLUSTER, T.STANDARD, ""),))
        assert ask(held).allowed
        assert ask(held, RESTRICTED).outcome is DENY

    def test_for_sanctions_says_nothing_of_sanctions_outside(self):
        held = replace(CLARA, holds=(HoldFacts(HoldKind.SANCTIONS, T.NONE, "hit_1"),))
        verdict = ask(held)
        assert verdict.public == (("account.restricted", "This account cannot be used at present."),)
        assert not verdict.legal

    def test_is_not_answered_by_a_second_factor(self):
        held = replace(CLARA, holds=(HoldFacts(HoldKind.GEO, T.NONE, ""),))
        assert ask(held, observed=Observed(second_factor_age_seconds=1)).outcome is DENY


class TheModel:
    def test_that_nobody_knows_is_denied(self):
        assert ask(model=None).codes == ("model.unknown",)

    def test_through_a_channel_it_is_not_sold_in_is_denied(self):
        assert ask(channel=Channel.DOWNLOAD).codes == ("model.channel",)


class AnAttestation:
    @pytest.mark.parametrize(
        ("held", "outcome", "code"),
        [
            ((), CHALLENGE, "attestation.missing"),
            ((AttestationFacts("other", 2, True, None),), CHALLENGE, "attestation.missing"),
            ((AttestationFacts("provider", 1, True, None),), CHALLENGE, "attestation.outdated"),
            ((AttestationFacts("provider", 3, True, None),), CHALLENGE, "attestation.outdated"),
            ((AttestationFacts("provider", 2, True, TODAY),), CHALLENGE, "attestation.expired"),
            ((AttestationFacts("provider", 2, False, None),), DENY, "attestation.refused"),
            ((AttestationFacts("provider", 2, True, TODAY + timedelta(days=1)),), ALLOW, "access.clear"),
            ((AttestationFacts("provider", 2, True, None),), ALLOW, "access.clear"),
        ],
    )
    def test_must_be_of_the_models_licence_and_version(self, held, outcome, code):
        verdict = ask(replace(CLARA, attestations=held))
        assert (verdict.outcome, verdict.codes) == (outcome, (code,))

    def test_that_is_missing_names_what_to_do(self):
        assert ask(replace(CLARA, attestations=())).obligations == ("attest:provider:2",)

    def test_is_not_replaced_by_a_second_factor(self):
        told = Observed(second_factor_age_seconds=1)
        assert ask(replace(CLARA, attestations=()), observed=told).outcome is CHALLENGE

    def test_is_not_needed_where_the_model_asks_for_none(self):
        assert ask(replace(CLARA, attestations=()), replace(OPEN, licence="")).allowed


class ADeclaredUse:
    @pytest.mark.parametrize(
        ("use", "accepted", "use_policy", "outcome"),
        [
            ("product", False, {}, ALLOW),
            ("distillation", False, {}, DENY),
            ("distillation", True, {}, DENY),  # nobody can accept what the terms refuse
            ("distillation", False, {"distillation": "allow"}, ALLOW),  # this model's licence permits it
            ("data_generation", False, {}, REVIEW),
            ("data_generation", True, {}, ALLOW),
            ("data_generation", True, {"data_generation": "refuse"}, DENY),
            ("product", False, {"product": "refuse"}, DENY),
            ("never heard of", False, {}, REVIEW),
        ],
    )
    def test_is_what_the_models_policy_makes_of_it(self, use, accepted, use_policy, outcome):
        verdict = ask(replace(CLARA, uses=(UseFacts(use, accepted),)), replace(OPEN, use_policy=use_policy))
        assert verdict.outcome is outcome


class AnEmbargo:
    """Row 4."""

    @pytest.mark.parametrize(
        "said",
        [("IR",), ("CU",), ("KP",), ("DE", "IR"), ("DE", "DE", "IR"), ("AE", "IR"), ("DE", "DE", "DE", "DE", "CU")],
    )
    def test_counts_by_any_source(self, said):
        verdict = ask(location=seen(*said))
        assert (verdict.outcome, verdict.legal, verdict.codes[0]) == (DENY, True, "ip.embargo")

    @pytest.mark.parametrize("region", ["UA-43", "UA-40"])
    @pytest.mark.parametrize("country", ["UA", "RU"])
    def test_of_a_region_counts_whichever_country_it_is_put_in(self, country, region):
        verdict = ask(location=seen(country, region=region))
        assert (verdict.outcome, verdict.legal) == (DENY, True)

    def test_cites_the_law_to_staff_and_nothing_to_the_customer(self):
        verdict = ask(location=seen("IR"))
        assert "31 CFR 560" in verdict.findings[0].sentence
        assert verdict.public == (("region.unsupported", "We do not offer this service in your region."),)

    def test_sounds_like_policy_to_the_customer(self):
        assert ask(location=seen("IR")).public == ask(location=seen("CN")).public

    @pytest.mark.parametrize(
        "more",
        [
            {"ranges": (EGRESS,)},
            {"observed": Observed(second_factor_age_seconds=1)},
            {"subject": replace(CLARA, passed=tuple(PassedChallenge(way, NOW, ("ip.embargo",)) for way in Challenge))},
        ],
    )
    def test_is_overridden_by_nobody(self, more):
        assert ask(location=seen("DE", "IR"), **more).legal

    def test_is_not_crossed_by_a_correction(self):
        moved = Correction(ipaddress.ip_network("5.0.0.0/24"), "DE", "", date(2027, 1, 1), "prp_1")
        verdict = ask(location=seen("DE", "IR", correction=moved))
        assert (verdict.outcome, verdict.legal) == (DENY, True)

    def test_stays_when_the_data_are_old(self):
        assert ask(location=seen("IR", days=400)).legal

    @given(
        said=st.lists(st.sampled_from(["DE", "US", "CN", "UA", "FR"]), max_size=3),
        where=st.integers(0, 3),
        embargoed=st.sampled_from(["IR", "CU", "KP"]),
        restricted=st.booleans(),
        in_range=st.booleans(),
        factor=st.none() | st.floats(0, 10**6),
        status=st.sampled_from(CustomerStatus),
        passed=st.lists(st.sampled_from(Challenge), max_size=4),
    )
    def test_is_never_allowed(self, said, where, embargoed, restricted, in_range, factor, status, passed):
        said.insert(min(where, len(said)), embargoed)
        subject = replace(CLARA, status=status, passed=tuple(PassedChallenge(kind, NOW) for kind in passed))
        verdict = ask(
            subject,
            RESTRICTED if restricted else OPEN,
            seen(*said),
            ranges=(EGRESS,) if in_range else (),
            observed=Observed(second_factor_age_seconds=factor),
        )
        assert verdict.outcome is DENY and verdict.legal and "ip.embargo" in verdict.codes


class AnAddressInUkraine:
    def test_on_country_data_waits_for_a_person(self):
        verdict = ask(location=seen("UA"))
        assert (verdict.outcome, verdict.codes) == (REVIEW, ("ip.region_unresolved",))

    def test_in_kyiv_is_let_in(self):
        assert ask(location=seen("UA", region="UA-30")).allowed

    @pytest.mark.parametrize("region", ["UA-14", "UA-09"])
    def test_in_a_partly_occupied_oblast_waits_for_a_person(self, region):
        verdict = ask(location=seen("UA", region=region))
        assert (verdict.outcome, verdict.codes) == (REVIEW, ("ip.embargo_area",))

    def test_in_kherson_is_let_in_with_a_flag(self):
        verdict = ask(location=seen("UA", region="UA-65"))
        assert (verdict.outcome, verdict.codes) == (ALLOW, ("ip.flagged_area",))

    def test_is_let_in_from_a_range_that_two_people_registered(self):
        assert ask(location=seen("UA"), ranges=(EGRESS,)).allowed


class APolicyCountry:
    """Rows 5 and 5b. (open model, restricted model)"""

    @pytest.mark.parametrize(
        ("said", "outcomes"),
        [
            (("CN",), (DENY, DENY)),
            (("HK",), (DENY, DENY)),
            (("RU", "DE", "DE"), (DENY, DENY)),  # the primary source
            (("SG", "CN", "CN"), (DENY, DENY)),  # two of three
            (("SG", "CN", "SG"), (CHALLENGE, REVIEW)),  # a lone dissenter
            (("SG", "SG", "CN"), (CHALLENGE, REVIEW)),
            (("SG", "CN"), (CHALLENGE, REVIEW)),
            (("SG", "HK", "CN"), (CHALLENGE, REVIEW)),
            (("SG", "SG", "SG"), (ALLOW, ALLOW)),
            (("AF",), (ALLOW, REVIEW)),  # D:5: a licence question for restricted models
            (("IQ", "DE"), (ALLOW, REVIEW)),
            (("DE", "IQ"), (ALLOW, REVIEW)),
            (("KH",), (ALLOW, ALLOW)),  # left D:5 in 2026
        ],
    )
    def test_counts_by_the_primary_or_by_two(self, said, outcomes):
        assert on_both(seen(*said)) == outcomes

    def test_is_no_matter_of_law(self):
        assert not ask(location=seen("CN")).legal

    def test_may_be_the_models_own(self):
        assert ask(model=replace(OPEN, blocked_countries=frozenset({"FR"})), location=seen("FR")).codes == (
            "ip.policy_country",
        )

    def test_is_not_opened_by_a_registered_range(self):
        assert ask(location=seen("CN"), ranges=(EGRESS,)).outcome is DENY

    def test_is_opened_by_a_correction_of_two_people(self):
        moved = Correction(ipaddress.ip_network("5.0.0.0/24"), "SG", "", date(2027, 1, 1), "prp_1")
        assert ask(location=seen("CN", correction=moved)).allowed

    def test_of_registration_and_network_is_settled_by_a_correction_too(self):
        moved = Correction(ipaddress.ip_network("5.0.0.0/24"), "SG", "", date(2027, 1, 1), "prp_1")
        assert ask(location=seen("SG", registered="CN", asn=45102, correction=moved)).allowed

    def test_by_a_stale_dissenter_leaves_the_word_to_staleness(self):
        assert ask(location=seen("SG", "CN", days=400)).codes == ("ip.stale",)

    def test_may_be_the_corrections_own(self):
        moved = Correction(ipaddress.ip_network("5.0.0.0/24"), "CN", "", date(2027, 1, 1), "prp_1")
        assert ask(location=seen("SG", correction=moved)).outcome is DENY

    def test_in_the_registration_raises_doubt(self):
        assert on_both(seen("SG", registered="CN")) == (CHALLENGE, REVIEW)

    def test_in_the_registration_answered_by_a_fresh_second_factor_is_let_in(self):
        told = Observed(second_factor_age_seconds=60)
        assert ask(location=seen("SG", registered="CN"), observed=told).allowed

    @pytest.mark.parametrize("asn", [45102, 132203, 136907])
    def test_running_the_network_raises_doubt(self, asn):
        assert on_both(seen("SG", asn=asn)) == (CHALLENGE, REVIEW)

    def test_of_d5_may_be_denied_by_policy(self):
        strict = replace(POLICY, restricted_groups_deny=True)
        assert ask(model=RESTRICTED, location=seen("AF"), policy=strict).outcome is DENY

    def test_said_by_stale_data_alone_is_still_denied(self):
        assert ask(location=seen("CN", days=400)).outcome is DENY


class AnAnonymiser:
    """Rows 6 to 7b. (open model, restricted model)"""

    @pytest.mark.parametrize(
        ("kind", "sure", "outcomes"),
        [
            (Anonymiser.TOR, 0.10, (DENY, DENY)),
            (Anonymiser.TOR, 0.99, (DENY, DENY)),
            (Anonymiser.VPN, 0.99, (CHALLENGE, DENY)),
            (Anonymiser.VPN, 0.80, (CHALLENGE, DENY)),
            (Anonymiser.VPN, 0.79, (CHALLENGE, CHALLENGE)),
            (Anonymiser.VPN, 0.30, (CHALLENGE, CHALLENGE)),
            (Anonymiser.VPN, 0.29, (ALLOW, ALLOW)),
            (Anonymiser.PUBLIC_PROXY, 0.90, (CHALLENGE, DENY)),
            (Anonymiser.RESIDENTIAL_PROXY, 0.90, (CHALLENGE, DENY)),
            (Anonymiser.RESIDENTIAL_PROXY, 0.50, (CHALLENGE, CHALLENGE)),
            (Anonymiser.RELAY, 0.99, (CHALLENGE, CHALLENGE)),
            (Anonymiser.NONE, 0.0, (ALLOW, ALLOW)),
        ],
    )
    def test_is_judged_by_kind_and_confidence(self, kind, sure, outcomes):
        assert on_both(seen("DE", anonymiser=kind, anonymiser_confidence=sure)) == outcomes

    def test_in_a_registered_range_is_its_owners(self):
        assert on_both(seen("DE", anonymiser=Anonymiser.VPN, anonymiser_confidence=0.99), ranges=(EGRESS,)) == (
            ALLOW,
            ALLOW,
        )

    def test_of_tor_is_not_opened_by_a_registered_range(self):
        where = seen("DE", anonymiser=Anonymiser.TOR, anonymiser_confidence=0.9)
        assert ask(location=where, ranges=(EGRESS,)).outcome is DENY


class AnUnknownPlace:
    """Row 9. Nothing unknown is let pass."""

    @pytest.mark.parametrize(
        ("location", "code"),
        [
            (NOWHERE, "ip.unknown"),
            (WITHOUT_DATA, "ip.unavailable"),
            (WITHOUT_ADDRESS, "ip.no_address"),
            (seen("DE", address="10.0.0.1"), "ip.not_public"),
            (seen("DE", address="100.64.0.1"), "ip.not_public"),
            (seen("DE", address="127.0.0.1"), "ip.not_public"),
            (seen("DE", days=91), "ip.stale"),
            (seen("", days=91), "ip.stale"),
        ],
    )
    def test_is_challenged_and_on_restricted_models_reviewed(self, location, code):
        assert on_both(location) == (CHALLENGE, REVIEW)
        assert code in ask(location=location).codes

    def test_of_a_content_network_is_not_asked_about(self):
        """1.1.1.1 and its like are everywhere at once."""
        assert ask(location=seen("", anycast=True)).allowed

    def test_is_let_in_after_a_fresh_second_factor_on_an_open_model_only(self):
        told = Observed(second_factor_age_seconds=60)
        assert on_both(NOWHERE, observed=told) == (ALLOW, REVIEW)

    def test_is_let_in_from_a_registered_range(self):
        assert on_both(WITHOUT_ADDRESS, ranges=(EGRESS,)) == (ALLOW, ALLOW)

    @given(
        restricted=st.booleans(),
        channel=st.sampled_from([Channel.API, Channel.CONSOLE]),
        location=st.sampled_from([NOWHERE, WITHOUT_DATA, WITHOUT_ADDRESS, seen("DE", days=200), seen("UA")]),
        tier=st.sampled_from(AccessTier),
    )
    def test_is_never_allowed_silently(self, restricted, channel, location, tier):
        verdict = ask(replace(CLARA, tier=tier), RESTRICTED if restricted else OPEN, location, channel)
        assert not verdict.allowed


class AnOperatorsRange:
    def test_that_denies_is_denied(self):
        verdict = ask(ranges=(BANNED,))
        assert (verdict.outcome, verdict.codes) == (DENY, ("range.denied",))

    def test_that_denies_wins_over_one_that_allows(self):
        assert ask(ranges=(EGRESS, BANNED)).outcome is DENY

    def test_answers_a_challenge_and_says_so(self):
        verdict = ask(location=seen("DE", hosting=True), ranges=(EGRESS,))
        assert verdict.allowed
        assert verdict.findings[0].sentence.endswith("A passed challenge or a registered range answers it.")

    def test_ends_the_answer_when_it_ends(self):
        short = replace(EGRESS, expires_at=NOW + timedelta(seconds=7))
        assert ask(ranges=(short,)).ttl_seconds == 7


class AChallenge:
    SERVER = seen("DE", hosting=True)

    def test_names_the_ways_out(self):
        verdict = ask(location=self.SERVER)
        assert verdict.outcome is CHALLENGE
        assert set(verdict.obligations) == {f"challenge:{kind}" for kind in Challenge}

    @pytest.mark.parametrize(
        ("kind", "seconds"),
        [
            (Challenge.SECOND_FACTOR, POLICY.second_factor_seconds),
            (Challenge.IDENTITY, POLICY.identity_seconds),
            (Challenge.EGRESS, POLICY.egress_seconds),
        ],
    )
    def test_that_was_passed_is_remembered_as_long_as_policy_says(self, kind, seconds):
        def after(age: float):
            passed = PassedChallenge(kind, NOW - timedelta(seconds=age))
            return ask(replace(CLARA, passed=(passed,)), location=self.SERVER).outcome

        assert (after(0), after(seconds), after(seconds + 1)) == (ALLOW, ALLOW, CHALLENGE)

    def test_passed_in_the_future_counts_for_nothing(self):
        passed = PassedChallenge(Challenge.SECOND_FACTOR, NOW + timedelta(hours=1))
        assert ask(replace(CLARA, passed=(passed,)), location=self.SERVER).outcome is CHALLENGE

    def test_accepted_by_a_person_counts_for_that_reason_only(self):
        def accepted(*codes: str):
            passed = PassedChallenge(Challenge.PERSON, NOW, codes)
            return ask(replace(CLARA, passed=(passed,)), location=seen("UA")).outcome

        assert (accepted("ip.region_unresolved"), accepted("ip.unknown"), accepted()) == (ALLOW, REVIEW, REVIEW)

    def test_is_answered_by_the_callers_second_factor_while_fresh(self):
        ages = (0.0, POLICY.second_factor_seconds, POLICY.second_factor_seconds + 1.0, -5.0, None)
        outcomes = [ask(location=self.SERVER, observed=Observed(second_factor_age_seconds=age)).outcome for age in ages]
        assert outcomes == [ALLOW, ALLOW, CHALLENGE, CHALLENGE, CHALLENGE]

    @pytest.mark.parametrize(
        ("kinds", "hours", "outcome"),
        [
            ((Challenge.SECOND_FACTOR,) * 2, 1, CHALLENGE),
            ((Challenge.SECOND_FACTOR,) * 3, 1, REVIEW),
            ((Challenge.SECOND_FACTOR, Challenge.SECOND_FACTOR, Challenge.IDENTITY), 1, REVIEW),
            ((Challenge.PERSON,) * 3, 1, CHALLENGE),
            ((Challenge.SECOND_FACTOR,) * 3, 25, CHALLENGE),
        ],
    )
    def test_after_too_many_passed_alone_goes_to_a_person(self, kinds, hours, outcome):
        at = NOW - timedelta(hours=hours)
        passed = tuple(PassedChallenge(kind, at, ("travel.impossible",)) for kind in kinds)
        verdict = ask(location=self.SERVER, subject=replace(CLARA, passed=passed))
        assert verdict.outcome is outcome
        assert ("challenge.repeated" in verdict.codes) is (outcome is REVIEW)

    def test_that_was_passed_itself_is_not_a_new_one(self):
        passed = tuple(PassedChallenge(Challenge.SECOND_FACTOR, NOW, ("ip.hosting",)) for _ in range(5))
        assert ask(location=self.SERVER, subject=replace(CLARA, passed=passed)).outcome is ALLOW

    def test_repeated_is_let_go_by_a_person(self):
        passed = tuple(PassedChallenge(Challenge.SECOND_FACTOR, NOW, ("travel.impossible",)) for _ in range(3))
        person = PassedChallenge(Challenge.PERSON, NOW, ("ip.hosting", "challenge.repeated"))
        assert ask(location=self.SERVER, subject=replace(CLARA, passed=(*passed, person))).outcome is ALLOW

    def test_answer_is_forgotten_sooner_than_a_denial(self):
        assert ask(location=self.SERVER).ttl_seconds < ask(location=seen("CN")).ttl_seconds

    def test_that_was_passed_ends_the_answer_when_it_ends(self):
        passed = PassedChallenge(Challenge.SECOND_FACTOR, NOW - timedelta(seconds=POLICY.second_factor_seconds - 9))
        assert ask(replace(CLARA, passed=(passed,)), location=self.SERVER).ttl_seconds == 9


class TheSignsOfHiding:
    """Rows 8 and 10, whose tables are in tests/kyc/geo/test_evasion.py."""

    def test_on_a_console_login_challenge_a_server(self):
        seven_days = History(network_first_seen_at=NOW - timedelta(days=7))
        where = seen("DE", hosting=True)
        assert ask(location=where, history=seven_days).allowed
        assert ask(location=where, history=seven_days, channel=Channel.CONSOLE).outcome is CHALLENGE

    def test_challenge_impossible_travel(self):
        before = History(previous=Seen("SG", NOW - timedelta(hours=1)))
        assert ask(history=before).codes == ("travel.impossible",)

    def test_send_three_mismatches_to_a_person(self):
        told = Observed(phone_country="CN", payment_country="CN", utc_offset_minutes=480)
        assert ask(observed=told).outcome is REVIEW

    def test_only_note_a_minor_mismatch(self):
        verdict = ask(observed=Observed(phone_country="CN"))
        assert (verdict.outcome, verdict.codes) == (ALLOW, ("facts.mismatch_minor",))

    def test_keep_a_note_as_it_is_whatever_was_passed(self):
        told = Observed(phone_country="CN", second_factor_age_seconds=1)
        verdict = ask(observed=told, ranges=(EGRESS,))
        assert verdict.findings[0].sentence.endswith("do not fit: phone.")


class TheOrderOfReasons:
    def test_puts_first_what_decided(self):
        verdict = ask(replace(CLARA, attestations=()), location=seen("CN"), observed=Observed(phone_country="US"))
        assert verdict.codes == ("ip.policy_country", "attestation.missing", "facts.mismatch_minor")

    def test_tells_the_customer_only_what_decided(self):
        verdict = ask(replace(CLARA, attestations=()), location=seen("CN"))
        assert [code for code, _ in verdict.public] == ["region.unsupported"]

    def test_keeps_the_way_out_of_the_others(self):
        assert "attest:provider:2" in ask(replace(CLARA, attestations=()), location=seen("CN")).obligations

    def test_says_each_thing_once_outside(self):
        verdict = ask(location=seen("DE", hosting=True), history=History(accounts_on_address_24h=9))
        assert len(verdict.codes) == 2 and len(verdict.public) == 1

    def test_says_nothing_but_that_somebody_looks_during_a_review(self):
        assert [code for code, _ in ask(location=seen("UA")).public] == ["account.review"]

    def test_is_stored_with_each_outcome(self):
        stored = ask(location=seen("CN")).as_json()
        assert stored["outcome"] == "deny" and stored["findings"][0]["facts"]["outcome"] == "deny"


class TheWordsOutside:
    def test_exist_for_every_reason_that_can_stop_somebody(self):
        """A reason without words would be said as a review, which is wrong for a denial."""
        verdicts = [
            ask(subject, model, location, ranges=ranges)
            for subject in (None, CLARA, replace(CLARA, status=S.SUSPENDED), replace(CLARA, attestations=()))
            for model in (None, OPEN, RESTRICTED)
            for location in (HOME, seen("CN"), seen("IR"), seen("UA"), NOWHERE, WITHOUT_DATA, WITHOUT_ADDRESS)
            for ranges in ((), (BANNED,))
        ]  # fmt: skip
        said = {
            f.code for verdict in verdicts for f in verdict.findings if f.facts.get("outcome") in ("deny", "challenge")
        }
        assert said - set(PUBLIC) == set()

    def test_name_no_list_no_law_and_no_country(self):
        for words in PUBLIC.values():
            for secret in ("sanction", "list ", "embargo", "Tor", "VPN", "China", "Iran", "screen"):
                assert secret.lower() not in words.sentence.lower()

    def test_of_an_unknown_reason_say_only_that_somebody_looks(self):
        assert words_of("never.heard", DENY).code == "account.review"


class AVisitor:
    """Sign-up, login and the portal: nobody is known yet, so location alone."""

    def visit(self, location: LocationVerdict, door: str = "sign_up", **more):
        return decide_visit(VisitFacts(door, location, **more), POLICY, GEO, NOW)

    @pytest.mark.parametrize("door", DOORS)
    @pytest.mark.parametrize(
        ("location", "stopped", "legal"),
        [
            (HOME, False, False),
            (seen("CN"), True, False),
            (seen("IR"), True, True),
            (seen("DE", "IR"), True, True),
            (seen("DE", anonymiser=Anonymiser.TOR, anonymiser_confidence=0.8), True, False),
            (seen("DE", anonymiser=Anonymiser.VPN, anonymiser_confidence=0.8), False, False),
            (seen("UA"), False, False),  # grants nothing yet; the finding stays with the customer
            (NOWHERE, False, False),
        ],
    )
    def test_is_stopped_where_nothing_is_sold(self, door, location, stopped, legal):
        verdict = self.visit(location, door)
        assert (verdict.stops(door), verdict.legal) == (stopped, legal)

    @pytest.mark.parametrize("location", [seen("UA"), NOWHERE, WITHOUT_DATA, WITHOUT_ADDRESS])
    def test_of_unknown_place_is_not_said_to_be_allowed(self, location):
        assert not self.visit(location).allowed

    def test_at_the_gate_is_stopped_by_every_doubt(self):
        assert STOPS["gate"] == {"deny", "review", "challenge"}

    def test_in_a_banned_range_is_stopped(self):
        assert self.visit(HOME, ranges=(BANNED,)).stops("login")

    def test_with_a_passed_challenge_is_let_in(self):
        passed = (PassedChallenge(Challenge.SECOND_FACTOR, NOW),)
        assert self.visit(seen("DE", hosting=True), "login", passed=passed).allowed


def some(one: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(one, max_size=2).map(tuple)


subjects = st.none() | st.builds(
    lambda status, tier, holds, attested, uses, closed: replace(
        CLARA, status=status, tier=tier, holds=holds, attestations=attested, uses=uses, account_closed=closed
    ),
    st.sampled_from(CustomerStatus),
    st.sampled_from(AccessTier),
    some(st.builds(HoldFacts, st.sampled_from(HoldKind), st.sampled_from(AccessTier), st.just("x"))),
    st.sampled_from([(), CLARA.attestations, (AttestationFacts("provider", 2, False, None),)]),
    some(st.builds(UseFacts, st.sampled_from(["product", "distillation", "resale"]), st.booleans())),
    st.booleans(),
)
locations = st.builds(
    lambda said, days, hosting: seen(*said, days=days, hosting=hosting),
    st.lists(st.sampled_from(["DE", "CN", "IR", "UA", "AF", ""]), max_size=3),
    st.sampled_from([3, 40, 200]),
    st.booleans(),
)


class AnyQuestion:
    @given(subjects, st.sampled_from([None, OPEN, RESTRICTED]), locations, st.sampled_from(Channel), st.booleans())
    def test_is_answered_with_reasons(self, subject, model, location, channel, in_range):
        verdict = ask(subject, model, location, channel, ranges=(EGRESS,) if in_range else ())
        assert verdict.findings and verdict.ttl_seconds > 0
        assert bool(verdict.public) is (verdict.outcome is not ALLOW)
        assert all(finding.sentence.endswith(".") for finding in verdict.findings)

    @given(subjects, st.sampled_from([OPEN, RESTRICTED]), locations)
    def test_is_answered_no_better_with_one_more_hold(self, subject, model, location):
        if subject is None:
            return
        held = replace(subject, holds=(*subject.holds, HoldFacts(HoldKind.MANUAL, T.NONE, "")))
        assert ask(held, model, location).outcome.priority >= ask(subject, model, location).outcome.priority

    @given(subjects, locations)
    def test_is_answered_no_better_on_a_restricted_model(self, subject, location):
        restricted = replace(OPEN, restricted=True)
        assert ask(subject, restricted, location).outcome.priority >= ask(subject, OPEN, location).outcome.priority

    @given(
        subjects,
        st.sampled_from([OPEN, RESTRICTED]),
        st.lists(st.sampled_from(["DE", "CN", "IR", "UA", "US"]), max_size=3),
    )
    def test_is_answered_no_better_when_one_more_source_says_embargo(self, subject, model, said):
        before = ask(subject, model, seen(*said))
        assert ask(subject, model, seen(*said, "IR")).outcome.priority >= before.outcome.priority

    @given(
        subjects,
        st.sampled_from([None, OPEN, RESTRICTED]),
        locations,
        st.sampled_from(Channel),
        st.builds(History, st.none() | st.builds(Seen, st.sampled_from(["DE", "US", "AF"]), st.just(NOW))),
        st.integers(-12 * 3600, 12 * 3600 - 1),
        some(st.builds(PassedChallenge, st.sampled_from(Challenge), st.just(NOW))),
    )
    def test_that_is_settled_is_answered_alike_all_day(
        self, subject, model, location, channel, before, seconds, passed
    ):
        subject = replace(subject, passed=passed) if subject else None
        facts = AccessFacts(subject, World.LIVE, model, channel, location, history=before)
        if is_settled(facts):
            later = NOW + timedelta(seconds=seconds)
            assert decide_access(facts, POLICY, GEO, later) == decide_access(facts, POLICY, GEO, NOW)

    @pytest.mark.parametrize(
        "facts",
        [
            AccessFacts(CLARA, World.LIVE, OPEN, Channel.API, seen("DE", hosting=True)),
            AccessFacts(CLARA, World.LIVE, OPEN, Channel.API, HOME, history=History(Seen("US", NOW))),
            AccessFacts(CLARA, World.LIVE, OPEN, Channel.API, HOME, ranges=(EGRESS,)),
            AccessFacts(
                replace(CLARA, passed=(PassedChallenge(Challenge.IDENTITY, NOW),)), World.LIVE, OPEN, Channel.API, HOME
            ),
        ],
    )
    def test_is_not_settled_where_time_counts(self, facts):
        assert not is_settled(facts)

    def test_of_an_approved_customer_at_home_is_settled(self):
        assert is_settled(AccessFacts(CLARA, World.LIVE, OPEN, Channel.API, HOME, history=History(Seen("DE", NOW))))

    @given(locations, st.sampled_from(DOORS), st.integers(-12 * 3600, 12 * 3600 - 1))
    def test_of_a_visitor_of_whom_nothing_is_known_is_answered_alike_all_day(self, location, door, seconds):
        facts = VisitFacts(door, location)
        assert decide_visit(facts, POLICY, GEO, NOW + timedelta(seconds=seconds)) == decide_visit(
            facts, POLICY, GEO, NOW
        )
