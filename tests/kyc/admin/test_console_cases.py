"""The queue and the case page: claim, judge, ask, decide; and the second person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc.approvals.models import Proposal
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.cases.models import Case, InformationRequest
from kyc.cases.services import claim_case, request_information
from kyc.customers.models import Customer
from kyc.customers.services import add_party, change_profile
from kyc.customers.states import CustomerKind
from kyc.documents.mrz import check_digit
from kyc.policy.cases import CLAIM_LASTS_MINUTES
from kyc.screening.services import screen_customer

pytestmark = pytest.mark.django_db


def post(client, name: str, *args, **data):
    return client.post(reverse(f"console:{name}", args=args), data)


@pytest.fixture
def colleague(db) -> User:
    """A second senior analyst."""
    return create_staff(email="second@example.com", name="Second", role=Role.SENIOR_ANALYST, password=None)


class AFreeCase:
    def test_is_claimed_when_it_is_opened_from_the_queue(self, signed_in, house, people):
        answer = post(signed_in(Role.ANALYST), "case_open", house.case.public_id)
        house.case.refresh_from_db()
        assert answer["Location"] == reverse("console:case", args=[house.case.public_id])
        assert house.case.assignee == people[Role.ANALYST]

    def test_is_not_claimed_by_looking(self, signed_in, house):
        signed_in(Role.ANALYST).get(reverse("console:case", args=[house.case.public_id]))
        house.case.refresh_from_db()
        assert house.case.assignee is None

    def test_is_the_next_one(self, signed_in, house, people):
        answer = post(signed_in(Role.ANALYST), "case_next")
        assert answer["Location"] == reverse("console:case", args=[house.case.public_id])
        assert Case.objects.get(pk=house.case.pk).assignee == people[Role.ANALYST]

    def test_of_another_type_than_the_filter_is_not_the_next_one(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        client.get(reverse("console:cases"), {"type": "identity"})
        assert post(client, "case_next")["Location"] == reverse("console:cases")

    def test_of_the_other_world_is_not_the_next_one(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        post(client, "world", world="live")
        assert post(client, "case_next")["Location"] == reverse("console:cases")


class ACaseSomebodyWorksOn:
    @pytest.fixture
    def case(self, house, people):
        return claim_case(case=house.case, actor=people[Role.ANALYST])

    def test_is_read_by_others_and_says_who_has_it(self, signed_in, case):
        page = signed_in(Role.SENIOR_ANALYST).get(reverse("console:case", args=[case.public_id])).content.decode()
        assert "Analyst has claimed this case" in page
        assert reverse("console:case_decide", args=[case.public_id]) not in page

    def test_is_not_taken_over(self, signed_in, case, people):
        answer = post(signed_in(Role.SENIOR_ANALYST), "case_claim", case.public_id)
        assert answer.status_code == 409
        assert "Somebody else works on this case" in answer.content.decode()
        case.refresh_from_db()
        assert case.assignee == people[Role.ANALYST]

    @pytest.mark.parametrize(
        "verb, data",
        [
            ("case_note", {"text": "Mine too."}),
            ("case_escalate", {}),
            ("case_ask", {"items": ["birth_place"]}),
            ("case_decide", {"outcome": "rejected", "reason_codes": ["identity_not_established"]}),
            ("case_resolve", {"outcome": "false_positive"}),
        ],
    )
    def test_is_not_worked_on_by_others(self, signed_in, case, verb, data):
        before = AuditRow.objects.count()
        answer = post(signed_in(Role.SENIOR_ANALYST), verb, case.public_id, **data)
        assert answer.status_code == 409
        assert "Analyst has claimed this case" in answer.content.decode()
        assert AuditRow.objects.count() == before

    def test_keeps_its_hits_from_others(self, signed_in, case, house):
        answer = post(
            signed_in(Role.SENIOR_ANALYST), "hit_outcome", house.weak.public_id,
            status="no_match", reason_codes=["different_country"],
        )  # fmt: skip
        assert answer.status_code == 409
        house.weak.refresh_from_db()
        assert house.weak.status == "pending"

    def test_stays_claimed_while_it_is_worked_on(self, signed_in, case):
        almost = timezone.now() - timedelta(minutes=CLAIM_LASTS_MINUTES - 1)
        Case.objects.filter(pk=case.pk).update(claimed_at=almost)
        post(signed_in(Role.ANALYST), "case_note", case.public_id, text="Still here.")
        case.refresh_from_db()
        assert case.claimed_at > almost

    def test_is_opened_without_taking_it_over(self, signed_in, case, people):
        assert post(signed_in(Role.SENIOR_ANALYST), "case_open", case.public_id).status_code == 302
        case.refresh_from_db()
        assert case.assignee == people[Role.ANALYST]

    def test_is_free_again_when_it_was_left_lying(self, signed_in, case, people):
        long_ago = timezone.now() - timedelta(minutes=CLAIM_LASTS_MINUTES + 1)
        Case.objects.filter(pk=case.pk).update(claimed_at=long_ago)
        post(signed_in(Role.SENIOR_ANALYST), "case_claim", case.public_id)
        case.refresh_from_db()
        assert case.assignee == people[Role.SENIOR_ANALYST]

    def test_goes_back_into_the_queue(self, signed_in, case):
        post(signed_in(Role.ANALYST), "case_release", case.public_id)
        case.refresh_from_db()
        assert (case.assignee, case.status) == (None, "open")

    def test_is_not_given_back_by_somebody_else(self, signed_in, case):
        assert post(signed_in(Role.SENIOR_ANALYST), "case_release", case.public_id).status_code == 409

    def test_is_not_the_next_one_after_itself(self, signed_in, case):
        answer = post(signed_in(Role.ANALYST), "case_next", after=case.public_id)
        assert answer["Location"] == reverse("console:cases")


class ACaseThatWaits:
    @pytest.fixture
    def case(self, house, people):
        claim_case(case=house.case, actor=people[Role.ANALYST])
        items = [{"code": "other", "question": "Where do you work?", "wants_document": ""}]
        request_information(case=house.case, items=items, actor=people[Role.ANALYST])
        return house.case

    def test_for_the_customer_is_not_claimed_out_of_the_wait(self, signed_in, case):
        client = signed_in(Role.SENIOR_ANALYST)
        assert post(client, "case_claim", case.public_id).status_code == 409
        assert post(client, "case_open", case.public_id).status_code == 302
        case.refresh_from_db()
        assert case.status == "awaiting_customer"

    def test_is_read_and_decided_all_the_same(self, signed_in, case):
        page = signed_in(Role.SENIOR_ANALYST).get(reverse("console:case", args=[case.public_id])).content.decode()
        assert reverse("console:case_decide", args=[case.public_id]) in page
        assert reverse("console:case_claim", args=[case.public_id]) not in page

    def test_for_whoever_takes_an_escalated_one_is_free(self, signed_in, house, people):
        claim_case(case=house.case, actor=people[Role.ANALYST])
        post(signed_in(Role.ANALYST), "case_escalate", house.case.public_id)
        post(signed_in(Role.SENIOR_ANALYST), "case_claim", house.case.public_id)
        house.case.refresh_from_db()
        assert house.case.assignee == people[Role.SENIOR_ANALYST]


class ANote:
    def test_stands_on_the_page_and_in_the_history(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        post(client, "case_note", house.case.public_id, text="Born in <b>Kharkiv</b>.")
        page = client.get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "Born in &lt;b&gt;Kharkiv&lt;/b&gt;." in page
        assert "wrote a note" in page

    def test_that_is_empty_is_refused(self, signed_in, house):
        assert post(signed_in(Role.ANALYST), "case_note", house.case.public_id, text=" ").status_code == 400
        assert not house.case.notes.exists()


class TheCasePage:
    @pytest.fixture
    def page(self, signed_in, house) -> str:
        return signed_in(Role.ANALYST).get(reverse("console:case", args=[house.case.public_id])).content.decode()

    def test_says_why_now(self, page):
        assert "Why now: Two hits." in page

    def test_lays_both_sides_beside_each_other(self, page):
        for word in ("Customer", "List entry", "agree", "missing", "1968-03-14", "Russia (RU)"):
            assert word in page

    def test_marks_test_data(self, page):
        assert "test data" in page

    def test_shows_the_two_clocks_with_their_unit(self, page):
        assert "business day" in page
        assert "Clock of the law" in page

    def test_shows_the_hold_and_what_it_leaves(self, page):
        assert "A strong hit." in page

    def test_fetches_no_picture_by_itself(self, page, house):
        assert f'src="{reverse("console:document_picture", args=[house.document.public_id])}"' not in page
        assert not AuditRow.objects.filter(verb=Verb.DOCUMENT_VIEWED).exists()

    def test_offers_no_verb_to_the_auditor(self, signed_in, house):
        page = signed_in(Role.AUDITOR).get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert page.count("<form") == page.count('class="find"') + page.count('class="worlds"') + page.count(
            'method="dialog"'
        )

    def test_offers_no_document_to_the_list_manager(self, signed_in, house):
        page = signed_in(Role.LIST_MANAGER).get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "your role opens no documents" in page
        assert house.document.filename not in page


class ADocument:
    def test_view_is_recorded_with_the_viewers_name(self, signed_in, house, people):
        answer = signed_in(Role.ANALYST).get(reverse("console:document_picture", args=[house.document.public_id]))
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("image/")
        row = AuditRow.objects.get(verb=Verb.DOCUMENT_VIEWED)
        assert (row.actor_id, row.subject_id) == (str(people[Role.ANALYST].pk), house.document.public_id)

    def test_original_is_saved_and_never_shown_in_the_page(self, signed_in, house):
        answer = signed_in(Role.ANALYST).get(reverse("console:document_original", args=[house.document.public_id]))
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/octet-stream"
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_that_is_refused_leaves_no_row(self, signed_in, house):
        path = reverse("console:document_picture", args=[house.document.public_id])
        assert signed_in(Role.LIST_MANAGER).get(path).status_code == 403
        assert not AuditRow.objects.filter(verb=Verb.DOCUMENT_VIEWED).exists()


class AVerification:
    def test_compares_the_zone_with_what_was_declared(self, signed_in, house):
        zone = typed_zone()
        client = signed_in(Role.ANALYST)
        answer = post(client, "mrz", house.verification.public_id, text=zone, case=house.case.public_id)
        assert answer["Location"] == reverse("console:case", args=[house.case.public_id])
        page = client.get(answer["Location"]).content.decode()
        assert "On the document" in page
        assert "KARAMAZIN" in page

    def test_says_what_is_wrong_with_the_zone_and_keeps_it(self, signed_in, house):
        answer = post(signed_in(Role.ANALYST), "mrz", house.verification.public_id, text="P<NONSENSE")
        assert answer.status_code == 400
        assert "P&lt;NONSENSE" in answer.content.decode()

    def test_is_settled_by_a_person(self, signed_in, house, people):
        post(
            signed_in(Role.ANALYST), "verification_settle", house.verification.public_id, verified="yes", reason="Seen."
        )
        house.verification.refresh_from_db()
        assert (house.verification.status, house.verification.reviewed_by) == ("verified", people[Role.ANALYST])

    def test_is_not_settled_twice(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        post(client, "verification_settle", house.verification.public_id, verified="yes", reason="Seen.")
        again = post(client, "verification_settle", house.verification.public_id, verified="no", reason="No.")
        assert again.status_code == 409


def typed_zone() -> str:
    """A TD3 zone whose check digits hold, as printed in a passport."""
    number, birth, expiry, personal = "711234567", "680314", "300101", "<" * 14
    line = f"{number}{check_digit(number)}RUS{birth}{check_digit(birth)}M{expiry}{check_digit(expiry)}{personal}<"
    whole = line[:10] + line[13:20] + line[21:43]
    return "P<RUSKARAMAZIN<<VIKTOR<ALEKSANDROVICH".ljust(44, "<") + "\n" + line + check_digit(whole)


class AQuestionToTheCustomer:
    def test_is_previewed_before_it_goes_out(self, signed_in, house):
        answer = post(
            signed_in(Role.ANALYST), "case_ask", house.case.public_id,
            items=["birth_place", "other"], **{"question-other": "What is <i>your</i> shoe size?", "preview": "1"},
        )  # fmt: skip
        assert answer.status_code == 200
        assert "<li>What is &lt;i&gt;your&lt;/i&gt; shoe size?</li>" in answer.content.decode()
        assert not InformationRequest.objects.exists()

    def test_goes_out_with_all_others_in_one_message(self, signed_in, house):
        post(
            signed_in(Role.ANALYST), "case_ask", house.case.public_id,
            items=["birth_place", "address_proof"], **{"question-birth_place": "Where were you born, please?"},
        )  # fmt: skip
        request = InformationRequest.objects.get()
        questions = {item.code: item.question for item in request.items.all()}
        assert questions["birth_place"] == "Where were you born, please?"
        assert questions["address_proof"] == "Please send a recent proof of your address."
        house.case.refresh_from_db()
        assert house.case.status == "awaiting_customer"

    def test_stops_the_houses_clock_on_the_page(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        post(client, "case_ask", house.case.public_id, items=["birth_place"])
        page = client.get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "paused" in page
        assert "Clock of the law" in page

    def test_may_be_about_an_owner_and_then_names_them(self, signed_in, house):
        customer = house.case.customer
        customer.kind = CustomerKind.ORGANISATION
        customer.save()
        owner = add_party(customer=customer, actor=SYSTEM, kind="person", roles=["owner"], legal_name="Hedy Example")
        client = signed_in(Role.ANALYST)
        page = client.get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert f'<option value="{owner.public_id}">Hedy Example</option>' in page
        post(client, "case_ask", house.case.public_id, items=["birth_place"], about=owner.public_id)
        item = InformationRequest.objects.get().items.get()
        assert (item.party, item.question) == (owner, "Hedy Example: Please tell us your place of birth.")

    def test_to_correct_the_form_opens_it_again(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        page = client.get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "Ask to correct the form" in page
        post(client, "case_ask", house.case.public_id, items=["birth_place"], correct="1")
        house.customer.refresh_from_db()
        assert house.customer.status == "needs_information"
        assert InformationRequest.objects.get().items.get().code == "form.birth_place"
        page = client.get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "Go on without them" in page
        post(client, "case_go_on", house.case.public_id)
        house.customer.refresh_from_db()
        assert house.customer.status == "in_review"

    def test_to_correct_the_form_is_not_offered_after_a_decision(self, signed_in, house):
        Customer.objects.filter(pk=house.customer.pk).update(status="approved")
        client = signed_in(Role.ANALYST)
        page = client.get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "Ask to correct the form" not in page
        answer = post(client, "case_ask", house.case.public_id, items=["birth_place"], correct="1")
        assert (answer.status_code, InformationRequest.objects.count()) == (409, 0)

    def test_needs_something_to_ask(self, signed_in, house):
        answer = post(signed_in(Role.ANALYST), "case_ask", house.case.public_id)
        assert answer.status_code == 422
        assert not InformationRequest.objects.exists()


class AWeakHit:
    def test_is_settled_by_one_person(self, signed_in, house):
        answer = post(
            signed_in(Role.ANALYST), "hit_outcome", house.weak.public_id,
            status="no_match", reason_codes=["different_country"], case=house.case.public_id,
        )  # fmt: skip
        assert answer["Location"] == reverse("console:case", args=[house.case.public_id])
        house.weak.refresh_from_db()
        assert house.weak.status == "no_match"
        assert not Proposal.objects.exists()

    def test_needs_a_reason(self, signed_in, house):
        answer = post(signed_in(Role.ANALYST), "hit_outcome", house.weak.public_id, status="no_match")
        assert answer.status_code == 422
        house.weak.refresh_from_db()
        assert house.weak.status == "pending"

    def test_needs_words_where_the_reason_says_so_and_keeps_what_was_ticked(self, signed_in, house):
        answer = post(
            signed_in(Role.ANALYST), "hit_outcome", house.weak.public_id,
            status="no_match", reason_codes=["different_person"], hit=house.weak.public_id, case=house.case.public_id,
        )  # fmt: skip
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "needs an explanation" in page
        assert 'value="different_person" data-reason checked' in page


class AStrongHit:
    @pytest.fixture
    def proposal(self, signed_in, house) -> Proposal:
        post(
            signed_in(Role.SENIOR_ANALYST), "hit_outcome", house.strong.public_id,
            status="no_match", reason_codes=["different_person"], narrative="Another father.",
        )  # fmt: skip
        return Proposal.objects.get()

    def test_waits_for_a_second_person(self, house, proposal):
        house.strong.refresh_from_db()
        assert (house.strong.status, proposal.status) == ("pending", "proposed")

    def test_is_not_proposed_without_the_words_its_reason_needs(self, signed_in, house):
        answer = post(
            signed_in(Role.ANALYST), "hit_outcome", house.strong.public_id,
            status="no_match", reason_codes=["different_person"],
        )  # fmt: skip
        assert answer.status_code == 422
        assert not Proposal.objects.exists()

    def test_says_so_to_the_first(self, signed_in, house, proposal):
        page = signed_in(Role.SENIOR_ANALYST).get(reverse("console:case", args=[house.case.public_id])).content.decode()
        assert "somebody else must confirm" in page
        assert reverse("console:proposal_confirm", args=[proposal.public_id]) not in page

    def test_is_not_confirmed_by_the_first(self, signed_in, house, proposal):
        answer = post(signed_in(Role.SENIOR_ANALYST), "proposal_confirm", proposal.public_id, reason="Yes.")
        assert answer.status_code == 403
        house.strong.refresh_from_db()
        assert house.strong.status == "pending"

    def test_is_not_confirmed_by_an_analyst(self, signed_in, house, proposal):
        assert post(signed_in(Role.ANALYST), "proposal_confirm", proposal.public_id, reason="Yes.").status_code == 403

    def test_is_confirmed_by_a_colleague(self, signed_in, house, proposal, colleague):
        answer = post(signed_in(colleague), "proposal_confirm", proposal.public_id, reason="The fathers differ.")
        assert answer["Location"] == reverse("console:proposal", args=[proposal.public_id])
        house.strong.refresh_from_db()
        assert house.strong.status == "no_match"

    def test_is_confirmed_once(self, signed_in, proposal, colleague):
        client = signed_in(colleague)
        post(client, "proposal_confirm", proposal.public_id, reason="The fathers differ.")
        assert post(client, "proposal_confirm", proposal.public_id, reason="Again.").status_code == 409

    def test_is_refused_with_a_reason(self, signed_in, house, proposal, colleague):
        client = signed_in(colleague)
        assert post(client, "proposal_refuse", proposal.public_id, reason="").status_code == 400
        post(client, "proposal_refuse", proposal.public_id, reason="Same father.")
        proposal.refresh_from_db()
        assert (proposal.status, proposal.settled_by) == ("refused", colleague)

    def test_is_not_confirmed_when_the_evidence_changed(self, signed_in, house, proposal, colleague):
        change_profile(customer=house.customer, actor=SYSTEM, birth_date=date(1969, 3, 14))
        screen_customer(customer=house.customer, reason="changed")
        answer = post(signed_in(colleague), "proposal_confirm", proposal.public_id, reason="Yes.")
        assert answer.status_code == 409
        assert "propose anew" in answer.content.decode()
        house.strong.refresh_from_db()
        assert house.strong.status == "pending"

    def test_is_taken_back_by_the_first_only(self, signed_in, proposal, colleague):
        assert post(signed_in(colleague), "proposal_withdraw", proposal.public_id).status_code == 403
        post(signed_in(Role.SENIOR_ANALYST), "proposal_withdraw", proposal.public_id)
        proposal.refresh_from_db()
        assert proposal.status == "withdrawn"

    def test_is_read_by_the_auditor(self, signed_in, proposal):
        client = signed_in(Role.AUDITOR)
        assert client.get(reverse("console:proposal", args=[proposal.public_id])).status_code == 200
        assert client.get(reverse("console:proposal", args=["prp_nothing"])).status_code == 404
        assert post(client, "proposal_confirm", proposal.public_id, reason="x").status_code == 403


class ADecision:
    def test_is_previewed_in_the_customers_words(self, signed_in, house):
        answer = post(
            signed_in(Role.ANALYST), "case_decide", house.case.public_id,
            outcome="rejected", reason_codes=["unsupported_region"], preview="1",
        )  # fmt: skip
        assert "We do not offer this service in your region." in answer.content.decode()
        assert not Proposal.objects.exists()

    def test_is_proposed_and_confirmed_by_two(self, signed_in, house, colleague):
        answer = post(
            signed_in(Role.ANALYST), "case_decide", house.case.public_id, outcome="rejected", tier="none",
            reason_codes=["identity_not_established"], staff_words="The passport is not his.",
        )  # fmt: skip
        assert answer.status_code == 302
        proposal = Proposal.objects.get()
        post(signed_in(colleague), "proposal_confirm", proposal.public_id, reason="Seen.", case=house.case.public_id)
        house.customer.refresh_from_db()
        assert house.customer.status == "rejected"
        decision = house.customer.decision_set.get()
        assert decision.customer_words == "We could not confirm your identity from what you sent."

    @pytest.mark.parametrize("end", ["withdrawn", "refused", "voided"])
    def test_that_came_to_nothing_gives_the_case_back_to_the_queue(self, signed_in, house, colleague, end):
        post(
            signed_in(Role.ANALYST), "case_decide", house.case.public_id, outcome="rejected",
            reason_codes=["identity_not_established"],
        )  # fmt: skip
        house.case.refresh_from_db()
        assert house.case.status == "pending_approval"
        proposal = Proposal.objects.get()
        if end == "withdrawn":
            post(signed_in(Role.ANALYST), "proposal_withdraw", proposal.public_id)
        if end == "refused":
            post(signed_in(colleague), "proposal_refuse", proposal.public_id, reason="Look again.")
        if end == "voided":
            change_profile(customer=house.customer, actor=SYSTEM, birth_date=date(1969, 3, 14))
            assert post(signed_in(colleague), "proposal_confirm", proposal.public_id, reason="Yes.").status_code == 409
        house.case.refresh_from_db()
        assert house.case.status == "open"

    def test_without_an_outcome_is_refused(self, signed_in, house):
        assert post(signed_in(Role.ANALYST), "case_decide", house.case.public_id).status_code == 400


class AHold:
    def test_is_placed_by_one_person_at_once(self, signed_in, house):
        post(
            signed_in(Role.ANALYST),
            "hold_place",
            house.customer.public_id,
            kind="manual",
            tier="none",
            reason="A call.",
        )
        assert house.customer.hold_set.filter(kind="manual", lifted_at=None).exists()

    def test_needs_a_reason(self, signed_in, house):
        answer = post(signed_in(Role.ANALYST), "hold_place", house.customer.public_id, kind="manual", tier="none")
        assert answer.status_code == 400
        assert not house.customer.hold_set.filter(kind="manual").exists()

    def test_is_lifted_by_two(self, signed_in, house, colleague):
        post(signed_in(Role.ANALYST), "hold_lift", house.hold.public_id, reason="It was a namesake.")
        house.hold.refresh_from_db()
        assert house.hold.lifted_at is None
        assert Proposal.objects.get().action == "lift_hold"


class ASearch:
    @pytest.mark.parametrize("wanted", ["karamazin", "viktor@example.org"])
    def test_finds_the_customer(self, signed_in, house, wanted):
        page = signed_in(Role.ANALYST).get(reverse("console:search"), {"q": wanted}).content.decode()
        assert reverse("console:customer", args=[house.customer.public_id]) in page

    def test_by_id_leads_straight_there(self, signed_in, house):
        answer = signed_in(Role.ANALYST).get(reverse("console:search"), {"q": house.case.public_id})
        assert answer["Location"] == reverse("console:case", args=[house.case.public_id])

    def test_does_not_look_into_the_other_world(self, signed_in, house):
        client = signed_in(Role.ANALYST)
        post(client, "world", world="live")
        page = client.get(reverse("console:search"), {"q": "karamazin"}).content.decode()
        assert house.customer.public_id not in page


class TheLists:
    @pytest.mark.parametrize(
        "name, query, shown",
        [
            ("customers", "?q=Karamazin", True),
            ("customers", "?q=Nobody", False),
            ("customers", "?status__exact=in_review", True),
            ("customers", "?status__exact=approved", False),
            ("customers", "?held=yes", True),
            ("customers", "?held=no", False),
            ("hits", "?strong__exact=1", True),
            ("holds", "?state=lifted", False),
            ("screenings", "?outcome__exact=hits", True),
        ],
    )
    def test_filter(self, signed_in, house, name, query, shown):
        page = signed_in(Role.ANALYST).get(reverse(f"console:{name}") + query).content.decode()
        assert ("Viktor" in page) == shown

    def test_do_not_break_on_a_filter_that_is_not_theirs(self, signed_in, house):
        answer = signed_in(Role.ANALYST).get(reverse("console:customers") + "?owner__password=x", follow=True)
        assert answer.status_code in (200, 400)


class TheAuditTrail:
    def test_is_proved_whole(self, signed_in, house):
        answer = post(signed_in(Role.AUDITOR), "audit_verify")
        assert "The trail is whole." in answer.content.decode()

    def test_names_a_row_that_was_written_by_hand(self, signed_in, house):
        AuditRow.objects.create(
            verb="customer.moved", actor_kind="user", subject_kind="customer", subject_id="x", mark="0"
        )
        assert "not whole" in post(signed_in(Role.AUDITOR), "audit_verify").content.decode()
