"""The status page: updates itself while something moves, names the next action, and tells nobody off."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kyc.access.models import Hold
from kyc.audit.services import SYSTEM
from kyc.cases.models import CaseNote
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer
from kyc.customers.states import MOVING, CustomerStatus
from kyc.decisions.services import record_decision
from kyc.findings import Finding
from kyc.risk.models import RiskAssessment
from kyc.screening.models import Hit, Screening
from kyc.watchlists.models import EntryGroup
from tests.kyc.portal.conftest import Visitor


def put(customer: Customer, status: CustomerStatus) -> None:
    """Where workers and staff would have brought it."""
    Customer.objects.filter(pk=customer.pk).update(status=status)
    customer.refresh_from_db()


def status_url(customer: Customer, name: str = "status") -> str:
    return reverse(f"portal:{name}", args=[customer.public_id])


@pytest.mark.parametrize("status", list(CustomerStatus))
class ACustomerInAnyState:
    def test_reads_what_comes_next(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list, status: CustomerStatus
    ) -> None:
        put(person, status)
        response = visitor.at(ada).get(status_url(person))
        assert response.status_code == 200
        assert response.context["next"].title
        assert response.context["next"].sentence
        assert [stop.title for stop in response.context["road"]]

    def test_is_led_by_the_next_action_to_a_page_that_opens(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list, status: CustomerStatus
    ) -> None:
        put(person, status)
        link = visitor.at(ada).get(status_url(person)).context["next_url"]
        if link:
            assert visitor.get(link, follow=True).status_code == 200

    def test_is_asked_again_only_while_something_moves_without_them(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list, status: CustomerStatus
    ) -> None:
        put(person, status)
        page = visitor.at(ada).get(status_url(person)).content.decode()
        every = 3 if status in MOVING else 30 if status == CustomerStatus.IN_REVIEW else 0
        assert (f'hx-trigger="every {every}s"' in page) == bool(every)
        assert ("<noscript><meta http-equiv" in page) == bool(every)


class ThePartThatUpdatesItself:
    def test_is_a_fragment_of_the_page(self, visitor: Visitor, ada: User, person: Customer) -> None:
        put(person, CustomerStatus.SCREENING)
        fragment = visitor.at(ada).get(status_url(person, "live")).content.decode()
        assert fragment.startswith('<div id="live" hx-get=')
        assert "<html" not in fragment

    def test_stops_asking_when_there_is_an_end(self, visitor: Visitor, ada: User, person: Customer) -> None:
        put(person, CustomerStatus.APPROVED)
        assert "hx-get" not in visitor.at(ada).get(status_url(person, "live")).content.decode()


MARK = "Zq-marker-for-staff-alone"


class TheWall:
    """Whatever staff write or the screening finds: no page of the customer's holds a word of it."""

    @pytest.fixture(autouse=True)
    def watched(self, organisation: Customer, catalogue: list) -> None:
        staff = User.objects.create_user("analyst@example.org", "x" * 14, role=Role.ANALYST, name=MARK)
        finding = Finding(code="name", says="agree", sentence=MARK)
        case, _ = open_case(
            customer=organisation, type=CaseType.SCREENING, summary=MARK, findings=[finding], actor=SYSTEM
        )
        case.assignee = staff
        case.save()
        CaseNote.objects.create(case=case, author=staff, text=MARK)
        now = timezone.now()
        screening = Screening.objects.create(
            customer=organisation,
            world=organisation.world,
            reason="onboarding",
            editions={MARK: MARK},
            policy_version="1",
            facts_version=1,
            facts=[],
            outcome="hits",
            started_at=now,
        )
        Hit.objects.create(
            customer=organisation,
            world=organisation.world,
            group=EntryGroup.objects.create(key=MARK, name=MARK),
            subject=organisation.public_id,
            path=MARK,
            screening=screening,
            score=0.97,
            strong=True,
            effect="block",
            query_name=MARK,
            matched_name=MARK,
            findings=[finding.as_json()],
            fingerprint="x",
            narrative=MARK,
        )
        Hold.objects.create(
            customer=organisation, world=organisation.world, kind="sanctions", reason=MARK, reference=MARK
        )
        RiskAssessment.objects.create(
            customer=organisation,
            world=organisation.world,
            level="high",
            points=9,
            findings=[finding.as_json()],
            policy_version="1",
        )
        record_decision(
            customer=organisation,
            outcome="rejected",
            tier="none",
            reason_codes=["listed_party"],
            customer_words="We cannot offer this service to you at present.",
            staff_words=MARK,
            actor=SYSTEM,
            facts={"why": MARK},
            findings=[{"sentence": MARK}],
        )

    @pytest.mark.parametrize("status", list(CustomerStatus))
    def test_stands_on_every_page(
        self, visitor: Visitor, grace: User, organisation: Customer, status: CustomerStatus
    ) -> None:
        put(organisation, status)
        visitor.at(grace)
        pages = ["status", "live", "review", "team", "appeal", "form"]
        steps = ["about", "addresses", "identifiers", "people", "documents", "use", "attestations", "privacy"]
        urls = [status_url(organisation, name) for name in pages]
        urls += [reverse("portal:step", args=[organisation.public_id, step]) for step in steps]
        for url in [*urls, "/"]:
            text = visitor.get(url, follow=True).content.decode()
            assert MARK not in text, url

    @pytest.mark.parametrize("status", list(CustomerStatus))
    def test_keeps_to_neutral_words_on_the_status_page(
        self, visitor: Visitor, grace: User, organisation: Customer, status: CustomerStatus
    ) -> None:
        put(organisation, status)
        text = visitor.at(grace).get(status_url(organisation)).content.decode().lower()
        for word in ("sanction", "watchlist", "hit", "match", "listed", "risk", "score", "hold"):
            assert not re.search(rf"\b{word}", text), word

    def test_hides_that_somebody_looks_until_it_is_decided(
        self, visitor: Visitor, grace: User, organisation: Customer
    ) -> None:
        """Held or not, an organisation in review reads the same."""
        put(organisation, CustomerStatus.IN_REVIEW)
        held = visitor.at(grace).get(status_url(organisation)).context
        Hold.objects.update(lifted_at=timezone.now() - timedelta(days=1))
        Hit.objects.update(status="no_match")
        free = visitor.get(status_url(organisation)).context
        assert (held["next"], held["road"]) == (free["next"], free["road"])
