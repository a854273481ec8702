"""Questions answered in one go; decisions contested."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from kyc.audit.services import SYSTEM
from kyc.cases.models import InformationRequest
from kyc.cases.services import open_case, request_information, resolve_case
from kyc.cases.states import CaseOutcome, CaseType
from kyc.customers.models import Customer
from kyc.customers.states import CustomerStatus
from kyc.decisions.services import record_decision
from kyc.journey import ask_to_amend
from tests.kyc.portal.conftest import Visitor
from tests.kyc.portal.pictures import passport_picture

ITEMS = [
    {"code": "birth_place", "question": "Please tell us your place of birth.", "wants_document": ""},
    {"code": "blurred", "question": "Please send the picture again.", "wants_document": "passport"},
]


@pytest.fixture
def analyst(db: None) -> User:
    return User.objects.create_user("analyst@example.org", "x" * 14, role=Role.ANALYST)


@pytest.fixture
def asked(person: Customer, analyst: User) -> InformationRequest:
    Customer.objects.filter(pk=person.pk).update(status=CustomerStatus.NEEDS_INFORMATION)
    person.refresh_from_db()
    case, _ = open_case(customer=person, type=CaseType.IDENTITY, summary="The picture is blurred.", actor=SYSTEM)
    return request_information(case=case, items=ITEMS, actor=analyst)


def answer_url(asked: InformationRequest) -> str:
    return reverse("portal:answer", args=[asked.customer.public_id, asked.public_id])


def fields(asked: InformationRequest, **answers: object) -> dict[str, object]:
    """{"words_birth_place": …} by the item's code, as the page names them."""
    pks = {item.code: item.pk for item in asked.items.all()}
    return {f"{kind}_{pks[code]}": value for key, value in answers.items() for kind, _, code in [key.partition("_")]}


class ARequestForInformation:
    def test_stands_on_the_status_page(
        self, visitor: Visitor, ada: User, person: Customer, asked: InformationRequest
    ) -> None:
        page = visitor.at(ada).get(reverse("portal:status", args=[person.public_id])).content.decode()
        assert answer_url(asked) in page
        assert "2 questions, asked" in page

    def test_is_answered_in_one_go(self, visitor: Visitor, ada: User, asked: InformationRequest) -> None:
        picture = SimpleUploadedFile("again.png", passport_picture())
        visitor.at(ada).post(answer_url(asked), fields(asked, words_birth_place="Turin", file_blurred=picture))
        asked.refresh_from_db()
        assert asked.answered_at is not None
        place, blurred = asked.items.order_by("id")
        assert place.answer == "Turin"
        assert blurred.document.filename == "again.png"

    def test_takes_a_reason_where_there_is_no_document(
        self, visitor: Visitor, ada: User, asked: InformationRequest
    ) -> None:
        visitor.at(ada).post(
            answer_url(asked), fields(asked, words_birth_place="Turin", words_blurred="It was stolen.")
        )
        assert asked.items.get(code="blurred").answer == "It was stolen."

    def test_is_not_answered_by_half(
        self, visitor: Visitor, ada: User, person: Customer, asked: InformationRequest
    ) -> None:
        picture = SimpleUploadedFile("again.png", passport_picture())
        response = visitor.at(ada).post(answer_url(asked), fields(asked, file_blurred=picture))
        assert response.status_code == 200
        asked.refresh_from_db()
        assert asked.answered_at is None
        assert not person.document_set.exists()

    def test_says_at_its_question_what_is_wrong_with_a_file(
        self, visitor: Visitor, ada: User, person: Customer, asked: InformationRequest
    ) -> None:
        picture = SimpleUploadedFile("again.png", b"no picture at all")
        answers = fields(asked, words_birth_place="Turin", file_blurred=picture)
        response = visitor.at(ada).post(answer_url(asked), answers)
        assert list(response.context["form"].errors) == [f"file_{asked.items.get(code='blurred').pk}"]
        asked.refresh_from_db()
        assert asked.answered_at is None

    def test_is_answered_once(self, visitor: Visitor, ada: User, asked: InformationRequest) -> None:
        answers = fields(asked, words_birth_place="Turin", words_blurred="It was stolen.")
        visitor.at(ada).post(answer_url(asked), answers)
        again = visitor.post(answer_url(asked), fields(asked, words_birth_place="Rome", words_blurred="x"))
        assert again.status_code == 302
        assert asked.items.get(code="birth_place").answer == "Turin"

    def test_answered_after_its_case_was_closed_opens_it_again(
        self, visitor: Visitor, ada: User, asked: InformationRequest
    ) -> None:
        self.close(asked)
        visitor.at(ada).post(
            answer_url(asked), fields(asked, words_birth_place="Turin", words_blurred="It was stolen.")
        )
        asked.case.refresh_from_db()
        assert (asked.case.status, asked.case.reopened, asked.case.outcome) == ("open", 1, "")

    def test_is_taken_up_by_another_case_of_its_type_that_is_open_by_then(
        self, visitor: Visitor, ada: User, person: Customer, asked: InformationRequest
    ) -> None:
        self.close(asked)
        standing, _ = open_case(customer=person, type=CaseType.IDENTITY, summary="Another look.", actor=SYSTEM)
        visitor.at(ada).post(
            answer_url(asked), fields(asked, words_birth_place="Turin", words_blurred="It was stolen.")
        )
        asked.case.refresh_from_db()
        standing.refresh_from_db()
        assert asked.case.status == "resolved"
        assert asked.case.public_id in standing.summary

    def close(self, asked: InformationRequest) -> None:
        met = CaseOutcome.REQUIREMENTS_MET
        resolve_case(case=asked.case, outcome=met, reason_codes=["reviewed_ok"], actor=SYSTEM)

    def test_does_not_exist_for_others(
        self, visitor: Visitor, eve: User, ben: User, organisation: Customer, asked: InformationRequest
    ) -> None:
        assert visitor.at(eve).get(answer_url(asked)).status_code == 404
        elsewhere = reverse("portal:answer", args=[organisation.public_id, asked.public_id])
        assert visitor.at(ben).get(elsewhere).status_code == 404


WORDS = "You mistook my old address for my present one; please look again."


class ADecisionAgainstTheCustomer:
    @pytest.fixture(autouse=True)
    def decided(self, organisation: Customer) -> None:
        Customer.objects.filter(pk=organisation.pk).update(status=CustomerStatus.REJECTED)
        record_decision(
            customer=organisation,
            outcome="rejected",
            tier="none",
            reason_codes=["identity_not_established"],
            customer_words="We could not confirm who you are.",
            staff_words="Looks forged.",
            actor=SYSTEM,
            facts={},
        )

    def test_is_read_in_the_words_meant_for_customers(
        self, visitor: Visitor, ben: User, organisation: Customer
    ) -> None:
        page = visitor.at(ben).get(reverse("portal:status", args=[organisation.public_id])).content.decode()
        assert "We could not confirm who you are." in page
        assert "forged" not in page

    def test_is_contested_by_an_owner(self, visitor: Visitor, grace: User, organisation: Customer) -> None:
        url = reverse("portal:appeal", args=[organisation.public_id])
        assert b"took no part in the decision" in visitor.at(grace).get(url).content
        visitor.post(url, {"words": WORDS})
        appeal = organisation.appeal_set.get()
        assert (appeal.words, appeal.filed_by) == (WORDS, grace)

    def test_is_not_contested_by_a_contributor(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        url = reverse("portal:appeal", args=[organisation.public_id])
        assert visitor.at(ben).post(url, {"words": WORDS}).status_code == 403
        assert not organisation.appeal_set.exists()

    def test_is_contested_once_at_a_time(self, visitor: Visitor, grace: User, organisation: Customer) -> None:
        url = reverse("portal:appeal", args=[organisation.public_id])
        visitor.at(grace).post(url, {"words": WORDS})
        visitor.post(url, {"words": WORDS})
        assert organisation.appeal_set.count() == 1

    def test_is_not_contested_without_words(self, visitor: Visitor, grace: User, organisation: Customer) -> None:
        url = reverse("portal:appeal", args=[organisation.public_id])
        assert visitor.at(grace).post(url, {"words": "No."}).status_code == 200
        assert not organisation.appeal_set.exists()


class AFormToBeCorrected:
    @pytest.fixture
    def opened(self, organisation: Customer, analyst: User) -> InformationRequest:
        Customer.objects.filter(pk=organisation.pk).update(status=CustomerStatus.IN_REVIEW)
        case, _ = open_case(customer=organisation, type=CaseType.OWNERSHIP, summary="Who owns it.", actor=analyst)
        items = [{"code": "owner_share", "question": "Please name all owners of Example Robotics Ltd."}]
        return ask_to_amend(case=case, items=items, actor=analyst)

    @pytest.mark.parametrize("step", ["people", "about"])
    def test_has_what_was_asked_on_top(
        self, visitor: Visitor, ben: User, organisation: Customer, opened: InformationRequest, step: str
    ) -> None:
        page = visitor.at(ben).get(reverse("portal:step", args=[organisation.public_id, step])).content.decode()
        assert "Please name all owners of Example Robotics Ltd." in page

    def test_is_where_the_status_page_and_the_letters_link_lead(
        self, visitor: Visitor, ben: User, organisation: Customer, opened: InformationRequest
    ) -> None:
        form = reverse("portal:form", args=[organisation.public_id])
        status = visitor.at(ben).get(reverse("portal:status", args=[organisation.public_id]))
        assert (status.context["next_url"], status.context["requests"]) == (form, [])
        assert visitor.get(answer_url(opened))["Location"] == form

    def test_takes_another_owner(
        self, visitor: Visitor, ben: User, organisation: Customer, opened: InformationRequest
    ) -> None:
        page = visitor.at(ben).get(reverse("portal:add_party", args=[organisation.public_id]))
        assert page.status_code == 200
        assert "Please name all owners of Example Robotics Ltd." in page.content.decode()
