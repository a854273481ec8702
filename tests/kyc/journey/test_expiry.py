"""What runs out is found by beat: documents become a review case, declarations a letter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kyc import dispatch, journey
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.services import resolve_case
from kyc.cases.states import CaseOutcome, CaseType
from kyc.catalogue.models import LicenceTerms
from kyc.catalogue.services import load_catalogue
from kyc.customers.models import Attestation, Customer
from kyc.customers.services import add_identifier, add_party, attest, create_customer, declare_use
from kyc.identity.models import Verification
from kyc.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)


@pytest.fixture
def maja():
    load_catalogue(actor=SYSTEM)
    customer = create_customer(
        kind="person", world="test", actor=SYSTEM, source="api", legal_name="Maja Lindqvist", email="maja@x.example"
    )
    Customer.objects.filter(pk=customer.pk).update(status="approved", tier="standard")
    customer.refresh_from_db()
    return customer


def days(number):
    return timezone.localdate() + timedelta(days=number)


class APassportThatRanOut:
    def test_becomes_a_review_case_once(self, maja):
        add_identifier(customer=maja, actor=SYSTEM, kind="passport", value="88359756", expires_on=days(-1))
        assert [journey.expire_documents(), journey.expire_documents()] == [1, 0]
        assert "9756" in Case.objects.get(type=CaseType.REVIEW).summary

    def test_is_not_raised_again_after_a_person_looked(self, maja):
        add_identifier(customer=maja, actor=SYSTEM, kind="passport", value="88359756", expires_on=days(-1))
        journey.expire_documents()
        case = Case.objects.get(type=CaseType.REVIEW)
        resolve_case(case=case, outcome=CaseOutcome.REQUIREMENTS_MET, reason_codes=["reviewed_ok"], actor=SYSTEM)
        assert journey.expire_documents() == 0

    def test_of_somebody_who_is_not_served_wakes_nobody(self, maja):
        add_identifier(customer=maja, actor=SYSTEM, kind="passport", value="88359756", expires_on=days(-1))
        Customer.objects.filter(pk=maja.pk).update(status="rejected")
        assert journey.expire_documents() == 0

    def test_is_not_one_that_is_good_until_tomorrow(self, maja):
        add_identifier(customer=maja, actor=SYSTEM, kind="passport", value="88359756", expires_on=days(1))
        assert journey.expire_documents() == 0


class ADocumentThatWasRead:
    def verified(self, maja, *, until, party=None):
        return Verification.objects.create(
            customer=maja, world=maja.world, party=party, provider="embedded", status="verified",
            document_expires_on=days(until),
        )  # fmt: skip

    def test_becomes_a_review_case_once_though_nobody_typed_its_last_day(self, maja):
        self.verified(maja, until=-1)
        assert [journey.expire_documents(), journey.expire_documents()] == [1, 0]
        assert "Maja Lindqvist" in Case.objects.get(type=CaseType.REVIEW).summary

    def test_is_one_case_with_what_was_typed_of_it(self, maja):
        self.verified(maja, until=-1)
        add_identifier(customer=maja, actor=SYSTEM, kind="passport", value="88359756", expires_on=days(-1))
        assert journey.expire_documents() == 1

    def test_is_forgotten_when_they_are_verified_by_another(self, maja):
        self.verified(maja, until=-1)
        self.verified(maja, until=900)
        assert journey.expire_documents() == 0

    def test_of_an_owner_counts_until_they_leave(self, maja):
        Customer.objects.filter(pk=maja.pk).update(kind="organisation")
        maja.refresh_from_db()
        owner = add_party(customer=maja, actor=SYSTEM, kind="person", roles=["owner"], legal_name="Hedy Example")
        self.verified(maja, until=900)
        self.verified(maja, until=-1, party=owner)
        owner.removed_at = timezone.now()
        owner.save()
        assert journey.expire_documents() == 0
        owner.removed_at = None
        owner.save()
        assert journey.expire_documents() == 1
        assert "Hedy Example" in Case.objects.get(type=CaseType.REVIEW).summary


class ADeclarationThatRunsOut:
    @pytest.fixture
    def attested(self, maja):
        declare_use(
            customer=maja, actor=SYSTEM, purposes=["product"], description="x" * 30, models_wanted=["aurora-small"]
        )
        for terms in LicenceTerms.objects.filter(replaced_at=None):
            answers = {ask["code"]: bool(ask["must_be"]) for ask in terms.asks}
            attest(customer=maja, actor=SYSTEM, terms=terms, answers=answers)
        return maja

    def test_is_written_about_once(self, attested):
        Attestation.objects.filter(customer=attested).update(expires_on=days(10))
        assert [journey.remind_of_attestations(), journey.remind_of_attestations()] == [1, 0]
        assert Notice.objects.get(template="attestation_due").email == "maja@x.example"

    def test_is_left_alone_while_it_holds(self, attested):
        assert journey.remind_of_attestations() == 0
