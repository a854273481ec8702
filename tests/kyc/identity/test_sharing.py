"""One identity, one customer: the same document, register number or mailbox elsewhere is seen, however written."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch, journey, verifying
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.customers.marks import document_form, email_form, number_form, phone_form
from kyc.customers.models import Customer, IdentityMark
from kyc.customers.services import (
    add_identifier,
    add_party,
    change_profile,
    create_customer,
    mark_document,
    remove_identifier,
)
from kyc.findings import Says
from kyc.identity.queries import shared_with_others
from kyc.identity.services import start_verification
from kyc.identity.sharing import OtherUse, shared_findings
from kyc.risk.queries import risk_codes
from tests.kyc.identity.conftest import person

ZONE = "P<SWELINDQVIST<<MAJA<SOFIA<<<<<<<<<<<<<<<<<<\n88359756<5SWE9004160F3109018<<<<<<<<<<<<<<02"
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def use(what: str, kind: str = "person", other_kind: str = "person", days: float = 0, **more: Any) -> OtherUse:
    facts: dict[str, Any] = {"mark": "1f", "other": "cus_2", "other_status": "approved", "read": False} | more
    since = {"ours_since": NOW, "theirs_since": NOW - timedelta(days=days)}
    return OtherUse(what=what, kind=kind, other_kind=other_kind, **since, **facts)


class ThePolicy:
    @pytest.mark.parametrize(
        ("what", "kind", "other_kind", "days", "says"),
        [
            ("document", "person", "person", 0, Says.DISAGREE),
            ("document", "person", "person", 4000, Says.DISAGREE),
            ("document", "organisation", "organisation", 0, Says.DISAGREE),
            ("document", "organisation", "organisation", 90, Says.DISAGREE),
            ("document", "organisation", "organisation", 90.01, Says.NOTE),
            ("document", "organisation", "organisation", -90.01, Says.NOTE),
            ("document", "person", "organisation", 0, Says.NOTE),
            ("document", "organisation", "person", 0, Says.NOTE),
            ("register", "organisation", "organisation", 1000, Says.DISAGREE),
            ("email", "person", "person", 0, Says.DISAGREE),
            ("email", "organisation", "organisation", 0, Says.NOTE),
            ("phone", "person", "person", 0, Says.NOTE),
        ],
    )
    def test_says_what_is_a_case_and_what_a_note(self, what, kind, other_kind, days, says):
        (finding,) = shared_findings([use(what, kind, other_kind, days)])
        assert finding.says is says

    def test_says_nothing_of_pairs_that_it_does_not_name(self):
        assert shared_findings([use("email", "person", "organisation")]) == ()

    def test_tells_the_customer_nothing(self):
        assert not any(finding.public for finding in shared_findings([use("document"), use("email")]))


class ANumber:
    @pytest.mark.parametrize(
        "written",
        [
            "C01X00T47",
            "c01x 00t47",
            "C-01-X00-T47",
            "C01XOOT47",
            "CO1X00T47",
            " c０１x００t４７ ",
            "C01X/00T.47",
        ],
    )
    def test_is_the_same_however_it_is_written(self, written):
        assert document_form("DE", written) == document_form("de", "C01X00T47")

    @pytest.mark.parametrize("other", ["C01X00T48", "C01X00T4", "01X00T47C"])
    def test_is_another_where_it_differs(self, other):
        assert document_form("DE", other) != document_form("DE", "C01X00T47")

    def test_of_another_issuer_is_another(self):
        assert document_form("DE", "88359756") != document_form("SE", "88359756")

    @pytest.mark.parametrize("short", ["", "123", "- - -", "١٢"])
    def test_that_is_too_short_is_nobodys(self, short):
        assert document_form("SE", short) == ""

    @given(st.text(max_size=40))
    def test_of_any_letters_has_one_form(self, text):
        assert number_form(number_form(text)) == number_form(text)


class AMailbox:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Maja@Example.org", "maja@example.org"),
            ("maja+lab@example.org", "maja@example.org"),
            ("m.a.j.a@gmail.com", "maja@googlemail.com"),
            ("maja@bücher.example", "maja@xn--bcher-kva.example"),
            ("maja@example.org.", "maja@example.org"),
        ],
    )
    def test_is_one_under_all_its_spellings(self, one, other):
        assert email_form(one) == email_form(other) != ""

    def test_keeps_its_dots_where_they_are_read(self):
        assert email_form("m.aja@example.org") != email_form("maja@example.org")

    @pytest.mark.parametrize("text", ["", "maja", "@example.org", "+x@example.org", "maja@"])
    def test_that_is_none_has_no_form(self, text):
        assert email_form(text) == ""

    @given(st.text(max_size=60))
    def test_never_raises(self, text):
        email_form(text)
        phone_form(text, "SE")


class APhone:
    def test_is_one_with_and_without_its_country(self):
        assert phone_form("018-471 00 00", "SE") == phone_form("+46 18 471 00 00", "") == "+46184710000"

    @pytest.mark.parametrize("text", ["", "12", "hello", "+999999999999999999"])
    def test_that_is_none_has_no_form(self, text):
        assert phone_form(text, "SE") == ""


@pytest.fixture
def first(db: None) -> Customer:
    return person("88359756", email="one@x.example")


class ADocumentOnTwoCustomers:
    def test_is_a_case_on_the_second_and_a_risk(self, first):
        second = person("8835 9756", email="two@x.example")
        verifying.look_for_others(customer=second, actor=SYSTEM)
        (case,) = Case.objects.filter(customer=second, type="risk")
        assert case.findings[0]["facts"]["other"] == first.public_id
        assert "identity.shared" in risk_codes(second, on=date(2026, 11, 26))

    def test_is_raised_on_submission_and_once(self, first):
        second = person("88359756", email="two@x.example")
        journey.advance(customer_id=second.pk)
        verifying.look_for_others(customer=second, actor=SYSTEM)
        (case,) = Case.objects.filter(customer=second, type="risk")
        assert len(case.findings) == 1

    def test_is_raised_again_for_a_second_document(self, first):
        second = person("88359756", email="two@x.example")
        verifying.look_for_others(customer=second, actor=SYSTEM)
        for customer in (first, second):
            mark_document(customer=customer, country="SE", number="11112222", read=True)
        verifying.look_for_others(customer=second, actor=SYSTEM)
        (case,) = Case.objects.filter(customer=second, type="risk")
        assert [finding["facts"]["other"] for finding in case.findings] == [first.public_id] * 2

    def test_is_found_though_it_was_called_another_kind(self, first):
        second = person("", status="draft", email="two@x.example")
        add_identifier(customer=second, actor=SYSTEM, kind="identity_card", value="88359756", country="SE")
        assert shared_with_others(second)[0].code == "shared.document"

    def test_is_found_though_no_issuer_was_given(self, first):
        second = person("", status="draft", email="two@x.example")
        add_identifier(customer=second, actor=SYSTEM, kind="passport", value="88359756")
        assert shared_with_others(second)[0].code == "shared.document"

    def test_is_not_seen_across_the_worlds(self, first):
        assert shared_with_others(person("88359756", world="live", email="two@x.example")) == ()

    def test_is_gone_when_the_number_is_taken_back(self, first):
        second = person("88359756", status="draft", email="two@x.example")
        remove_identifier(identifier=second.identifier_set.get(), actor=SYSTEM)
        assert shared_with_others(second) == ()

    def test_that_was_read_stays_though_the_number_is_taken_back(self, first):
        second = person("88359756", status="draft", email="two@x.example")
        mark_document(customer=second, country="SE", number="88359756", read=True)
        remove_identifier(identifier=second.identifier_set.get(), actor=SYSTEM)
        (finding,) = shared_with_others(second)
        assert finding.facts["read"] is True

    def test_is_readable_nowhere(self, first):
        assert "88359756" not in str(list(IdentityMark.objects.values()))


class ADirectorOfTwoOrganisations:
    def organisation(self, name: str, number: str = "88359756") -> Customer:
        made = create_customer(kind="organisation", world="test", actor=SYSTEM, source="api", legal_name=name)
        party = add_party(customer=made, actor=SYSTEM, kind="person", roles=["director"], legal_name="Maja Lindqvist")
        if number:
            add_identifier(customer=made, actor=SYSTEM, kind="passport", value=number, country="SE", party=party)
        return made

    def test_within_ninety_days_is_a_case(self, db):
        self.organisation("One Ltd")
        assert shared_with_others(self.organisation("Two Ltd"))[0].says is Says.DISAGREE

    def test_later_is_a_note(self, db):
        one = self.organisation("One Ltd")
        one.identitymark_set.update(made_at=NOW - timedelta(days=400))
        assert [finding.says for finding in shared_with_others(self.organisation("Two Ltd"))] == [Says.NOTE]

    def test_is_a_case_for_a_fresh_document_though_an_old_one_is_shared_too(self, db):
        one = self.organisation("One Ltd")
        one.identitymark_set.update(made_at=NOW - timedelta(days=400))
        two = self.organisation("Two Ltd")
        for customer in (one, two):
            add_identifier(
                customer=customer, actor=SYSTEM, kind="passport", value="11112222", country="SE",
                party=customer.relatedparty_set.get(),
            )  # fmt: skip
        assert [finding.says for finding in shared_with_others(two)] == [Says.DISAGREE, Says.NOTE]

    def test_is_a_case_where_another_of_its_people_came_to_the_document_lately(self, db):
        one = self.organisation("One Ltd")
        one.identitymark_set.update(made_at=NOW - timedelta(days=400))
        mark_document(customer=one, country="SE", number="88359756", read=True)
        (finding,) = shared_with_others(self.organisation("Two Ltd"))
        assert (finding.says, finding.facts["days_apart"]) == (Says.DISAGREE, 0)

    def test_is_looked_for_when_a_person_types_the_zone_of_their_passport(self, db):
        self.organisation("One Ltd")
        two = self.organisation("Two Ltd", number="")
        director = two.relatedparty_set.get()
        row = start_verification(customer=two, actor=SYSTEM, party=director)
        anna = create_staff(email="anna@x.example", name="Anna", role=Role.ANALYST, password=None)
        verifying.type_zone(verification=row, text=ZONE, actor=anna)
        assert Case.objects.get(customer=two, type="risk").findings[0]["code"] == "shared.document"


class AMailboxOfTwoPeople:
    def test_is_seen_and_follows_a_change(self, first):
        second = person("77777777", status="draft", email="One+lab@x.example")
        assert [finding.code for finding in shared_with_others(second)] == ["shared.email"]
        change_profile(customer=second, actor=SYSTEM, email="two@x.example")
        assert shared_with_others(second) == ()


class RowsFromBefore:
    def test_are_marked_by_the_migration_as_they_would_be_now(self, first):
        person("99999999", email="two@x.example", phone="018-471 00 00")
        now = sorted(IdentityMark.objects.values_list("customer_id", "party_id", "kind", "index"))
        IdentityMark.objects.all().delete()
        import_module("kyc.migrations.0011_identity_marks").mark_old_rows(apps, None)
        assert sorted(IdentityMark.objects.values_list("customer_id", "party_id", "kind", "index")) == now
        import_module("kyc.migrations.0011_identity_marks").mark_old_rows(apps, None)
        assert IdentityMark.objects.count() == len(now)


@pytest.mark.django_db(transaction=True)
class TwoWorkersWhoReadOneDocument:
    def test_do_not_both_miss_it(self, monkeypatch):
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
        customers = [person("", email=f"{name}@x.example") for name in ("one", "two")]
        gate = threading.Barrier(2)
        seen: list[int] = []

        def work(customer: Customer) -> None:
            gate.wait()
            try:
                with transaction.atomic():
                    mark_document(customer=customer, country="SE", number="88359756", read=True)
                    seen.append(len(shared_with_others(customer)))
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(customer,)) for customer in customers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(seen) == [0, 1]
