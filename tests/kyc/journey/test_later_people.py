"""Who comes to an organisation after it was approved, or becomes somebody else, is verified like the first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from kyc import dispatch, journey
from kyc.audit.services import SYSTEM, System
from kyc.cases.models import Case
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import change_party
from kyc.identity.models import Verification
from kyc.identity.services import settle_verification, start_verification
from kyc.identity.states import VerificationStatus
from kyc.risk.queries import risk_codes
from kyc.risk.services import assess
from tests.kyc.ownership.conftest import director, owner
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    in_force(listed("1", "Nobody OF THE KIND", measure="SDN"))


def verified(party: RelatedParty, by: User) -> RelatedParty:
    session = start_verification(customer=party.customer, actor=SYSTEM, party=party)
    settle_verification(verification=session, verified=True, actor=by, reason="seen in person")
    party.refresh_from_db()
    return party


@pytest.fixture
def maja(company: Customer, anna: User) -> RelatedParty:
    """She owns an organisation that is approved, and was verified with its director."""
    found = owner(company, "Maja Lindqvist", "100", birth_date=date(1985, 3, 2), nationalities=["SE"])
    verified(director(company), anna)
    verified(found, anna)
    journey.screen_changed(customer_id=company.pk)
    assess(customer=company, actor=SYSTEM)
    assert not Case.objects.filter(type="identity").exists()
    return found


def open_sessions(party: RelatedParty) -> int:
    return Verification.objects.filter(party=party, status=VerificationStatus.REVIEW).count()


class AnOwnerWhoBecomesSomebodyElse:
    @pytest.mark.parametrize(
        "facts",
        [{"legal_name": "Boris Other"}, {"birth_date": date(1970, 1, 1)}, {"nationalities": ["RU"]}],
    )
    def test_is_no_longer_verified(self, maja: RelatedParty, facts: dict[str, Any]) -> None:
        change_party(party=maja, actor=System("invitation 1"), **facts)
        maja.refresh_from_db()
        assert maja.verified_at is None

    def test_stays_verified_where_only_the_address_or_the_share_is_another(self, maja: RelatedParty) -> None:
        change_party(party=maja, actor=SYSTEM, country="NO", legal_name="Maja  Lindqvist", share_min=90, share_max=90)
        maja.refresh_from_db()
        assert maja.verified_at is not None

    def test_is_looked_at_anew_with_a_case_and_the_risk_of_it(self, maja: RelatedParty) -> None:
        change_party(party=maja, actor=System("invitation 1"), legal_name="Boris Other", birth_date=date(1970, 1, 1))
        journey.screen_changed(customer_id=maja.customer_id)
        case = Case.objects.get(type="identity")
        assert (open_sessions(maja), case.summary) == (1, "Not verified: Boris Other.")
        latest = maja.customer.riskassessment_set.latest("at")
        assert "ownership.unverified" in latest.facts["codes"]
        assert "ownership.unverified" in risk_codes(maja.customer, on=ON)

    def test_is_looked_at_once(self, maja: RelatedParty) -> None:
        change_party(party=maja, actor=SYSTEM, legal_name="Boris Other")
        for _ in range(2):
            journey.screen_changed(customer_id=maja.customer_id)
        assert (open_sessions(maja), Case.objects.filter(type="identity").count()) == (1, 1)


class AnOwnerWhoComesLater:
    def test_is_verified_with_a_case_and_the_risk_of_it(self, maja: RelatedParty) -> None:
        change_party(party=maja, actor=SYSTEM, share_min=0, share_max=0)
        boris = owner(maja.customer, "Boris Other", "100", birth_date=date(1970, 1, 1), nationalities=["RU"])
        journey.screen_changed(customer_id=maja.customer_id)
        assert (open_sessions(boris), open_sessions(maja)) == (1, 0)
        assert Case.objects.get(type="identity").findings[0]["facts"] == {"parties": [boris.public_id]}
        assert "ownership.unverified" in maja.customer.riskassessment_set.latest("at").facts["codes"]

    def test_and_fails_is_not_begun_again_by_every_change(self, maja: RelatedParty, anna: User) -> None:
        boris = owner(maja.customer, "Boris Other", "10", birth_date=date(1970, 1, 1))
        journey.screen_changed(customer_id=maja.customer_id)
        session = Verification.objects.get(party=boris)
        settle_verification(verification=session, verified=False, actor=anna, reason="not he")
        change_party(party=boris, actor=SYSTEM, country="FR")
        journey.screen_changed(customer_id=maja.customer_id)
        assert Verification.objects.filter(party=boris).count() == 1

    def test_while_the_form_is_open_waits_until_it_is_handed_in(self, company: Customer) -> None:
        Customer.objects.filter(pk=company.pk).update(status="needs_information")
        owner(company, "Boris Other", "100", birth_date=date(1970, 1, 1))
        journey.screen_changed(customer_id=company.pk)
        assert not Verification.objects.exists()
        assert not Case.objects.filter(type="identity").exists()
