"""The form: one step a page, saved at once, validated where it is sent, resumable, and honest on what is missing."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import User
from kyc.audit import models as audit
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Customer
from kyc.customers.services import change_profile, move_customer
from kyc.customers.states import CustomerStatus
from tests.kyc.portal.conftest import Visitor

ABOUT = {
    "legal_name": "Ada Example",
    "birth_date": "1990-12-10",
    "nationalities": "GB",
    "residence_country": "NL",
    "email": "ada@example.org",
}
ADDRESS = {"residence-street": "Singel 1", "residence-city": "Amsterdam", "residence-country": "NL"}
USE = {
    "purposes": ["research", "distillation"],
    "description": "We measure how well models keep to instructions.",
    "models_wanted": ["example-large", "llama-3.1-70b"],
}


def step_url(customer: Customer, step: str) -> str:
    return reverse("portal:step", args=[customer.public_id, step])


def send(visitor: Visitor, customer: Customer, step: str, **answers: object):
    """Answers of one page, with the hidden revision as the page has it."""
    if step == "about":
        customer.refresh_from_db()
        answers.setdefault("revision", customer.revision)
    return visitor.post(step_url(customer, step), answers)


class TheStepAboutAPerson:
    def test_saves_what_is_known_and_goes_on(self, visitor: Visitor, ada: User, person: Customer) -> None:
        extra = {"second_nationality": "IE", "other_names": "Ada Lovelace\n\nAugusta Byron"}
        response = send(visitor.at(ada), person, "about", **ABOUT, **extra)
        assert response["Location"] == step_url(person, "addresses")
        person.refresh_from_db()
        assert person.birth_date == date(1990, 12, 10)
        assert person.nationalities == ["GB", "IE"]
        assert set(person.othername_set.values_list("text", flat=True)) == {"Ada Lovelace", "Augusta Byron"}

    def test_saves_half_an_answer_and_says_what_is_missing(self, visitor: Visitor, ada: User, person: Customer) -> None:
        response = send(visitor.at(ada), person, "about", legal_name="Ada Example", email=ada.email)
        assert response["Location"] == step_url(person, "about") + "?missing=1"
        person.refresh_from_db()
        assert person.legal_name == "Ada Example"
        page = visitor.get(response["Location"]).content.decode()
        assert "Missing: Your date of birth" in page
        assert 'id="id_birth_date_missing"' in page

    def test_lets_them_leave_with_half_an_answer(self, visitor: Visitor, ada: User, person: Customer) -> None:
        response = send(visitor.at(ada), person, "about", legal_name="Ada Example", later="")
        assert response["Location"] == reverse("portal:status", args=[person.public_id])
        person.refresh_from_db()
        assert person.legal_name == "Ada Example"

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("birth_date", "2999-01-01", "cannot lie in the future"),
            ("birth_date", "yesterday", "Enter a valid date"),
            ("residence_country", "XX", "Select a valid choice"),
            ("email", "ada at example", "Enter a valid email address"),
            ("legal_name", "x" * 301, "at most 300"),
        ],
    )
    def test_refuses_what_cannot_be_and_saves_nothing(
        self, visitor: Visitor, ada: User, person: Customer, field: str, value: str, words: str
    ) -> None:
        before = audit.AuditRow.objects.count()
        response = send(visitor.at(ada), person, "about", **ABOUT | {field: value})
        assert response.status_code == 200
        assert words in response.content.decode()
        assert audit.AuditRow.objects.count() == before

    def test_says_that_somebody_is_too_young(self, visitor: Visitor, ada: User, person: Customer) -> None:
        young = date.today().replace(year=date.today().year - 15, day=1).isoformat()
        response = send(visitor.at(ada), person, "about", **ABOUT | {"birth_date": young})
        assert "You must be 18 or older" in visitor.get(response["Location"]).content.decode()

    def test_does_not_undo_what_a_colleague_saved_meanwhile(
        self, visitor: Visitor, ada: User, person: Customer
    ) -> None:
        shown = person.revision
        change_profile(customer=person, actor=ada, legal_name="Ada Lovelace")
        response = visitor.at(ada).post(step_url(person, "about"), ABOUT | {"revision": shown})
        person.refresh_from_db()
        assert person.legal_name == "Ada Lovelace"
        page = response.content.decode()
        assert "Somebody else changed this first" in page
        # and a second look with what was typed goes through
        assert f'name="revision" value="{person.revision}"' in page
        assert 'value="Ada Example"' in page


class TheStepAboutAnOrganisation:
    def test_asks_for_its_registration(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        answers = {
            "legal_name": "Example Robotics Ltd",
            "registration_country": "GB",
            "registration_number": "01234567",
            "residence_country": "GB",
            "website": "robotics.example",
            "email": "kyc@robotics.example",
        }
        response = send(visitor.at(ben), organisation, "about", **answers)
        assert response["Location"] == step_url(organisation, "addresses")
        organisation.refresh_from_db()
        assert organisation.registration_number == "01234567"
        assert organisation.website == "https://robotics.example"

    def test_has_a_place_of_business_only_if_it_is_elsewhere(
        self, visitor: Visitor, ben: User, organisation: Customer
    ) -> None:
        registered = {"registered-street": "1 Road", "registered-city": "Leeds", "registered-country": "GB"}
        response = send(visitor.at(ben), organisation, "addresses", **registered)
        assert response["Location"] == step_url(organisation, "identifiers")
        assert organisation.address_set.get().kind == "registered"


class TheStepOfAddresses:
    def test_saves_and_goes_on(self, visitor: Visitor, ada: User, person: Customer) -> None:
        response = send(visitor.at(ada), person, "addresses", **ADDRESS)
        assert response["Location"] == step_url(person, "identifiers")
        assert str(person.address_set.get()) == "Singel 1, Amsterdam, NL"

    def test_refuses_an_address_without_a_country(self, visitor: Visitor, ada: User, person: Customer) -> None:
        response = send(visitor.at(ada), person, "addresses", **ADDRESS | {"residence-country": ""})
        assert response.status_code == 200
        assert not person.address_set.exists()


class TheStepOfNumbers:
    NUMBER = {"kind": "passport", "country": "GB", "value": "SPECI2014", "expires_on": "2031-01-01"}

    def test_keeps_a_number_sealed_and_shows_its_tail_only(self, visitor: Visitor, ada: User, person: Customer) -> None:
        response = send(visitor.at(ada), person, "identifiers", **self.NUMBER)
        page = visitor.get(response["Location"]).content.decode()
        assert "…2014" in page
        assert "SPECI2014" not in page

    def test_removes_a_number(self, visitor: Visitor, ada: User, person: Customer) -> None:
        send(visitor.at(ada), person, "identifiers", **self.NUMBER)
        pk = person.identifier_set.get().pk
        visitor.post(reverse("portal:drop_identifier", args=[person.public_id, pk]))
        assert not person.identifier_set.exists()

    def test_does_not_remove_somebody_elses(
        self, visitor: Visitor, ada: User, ben: User, person: Customer, organisation: Customer
    ) -> None:
        send(visitor.at(ada), person, "identifiers", **self.NUMBER)
        pk = person.identifier_set.get().pk
        response = visitor.at(ben).post(reverse("portal:drop_identifier", args=[organisation.public_id, pk]))
        assert response.status_code == 404
        assert person.identifier_set.exists()


class TheStepOfUse:
    def test_saves_purposes_and_models(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        response = send(visitor.at(ada), person, "use", **USE)
        assert response["Location"] == step_url(person, "attestations")
        assert person.usedeclaration_set.get().purposes == ["research", "distillation"]

    def test_refuses_a_model_that_is_not_for_sale(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        send(visitor.at(ada), person, "use", **USE | {"models_wanted": ["secret"]})
        assert not person.usedeclaration_set.exists()


class TheStepOfDeclarations:
    ANSWERS = {"ask_no_training": "yes", "ask_distillation": "no"}

    def answer(self, visitor: Visitor, customer: Customer, code: str, **answers: str):
        terms = LicenceTerms.objects.get(code=code, replaced_at=None)
        return visitor.post(step_url(customer, "attestations") + f"?terms={code}", {"terms": terms.pk} | answers)

    def test_asks_for_each_licence_of_the_chosen_models(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        send(visitor.at(ada), person, "use", **USE)
        page = visitor.get(step_url(person, "attestations")).content.decode()
        assert "Llama 3.1 licence" in page
        assert "Terms of the provider" in page

    def test_keeps_a_no_as_a_no(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        self.answer(visitor.at(ada), person, "provider", **self.ANSWERS)
        kept = person.attestation_set.get()
        assert kept.answers == {"no_training": True, "distillation": False}
        assert kept.attested_by == ada
        assert kept.ip == "127.0.0.1"

    def test_refuses_an_open_question(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        response = self.answer(visitor.at(ada), person, "provider", ask_no_training="yes")
        assert "Please choose one of the two answers" in response.content.decode()
        assert not person.attestation_set.exists()

    def test_asks_again_when_a_new_version_comes(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        self.answer(visitor.at(ada), person, "provider", **self.ANSWERS)
        old = LicenceTerms.objects.get(code="provider")
        old.replaced_at = old.valid_from
        old.save()
        LicenceTerms.objects.create(code="provider", version=2, title=old.title, text="New words.", asks=old.asks)
        page = visitor.get(step_url(person, "attestations")).content.decode()
        assert "new since your answers of" in page
        assert "New words." in page

    def test_takes_no_answer_to_words_that_were_replaced_meanwhile(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        old = LicenceTerms.objects.get(code="provider")
        old.replaced_at = old.valid_from
        old.save()
        LicenceTerms.objects.create(code="provider", version=2, title=old.title, text="New words.", asks=old.asks)
        visitor.at(ada).post(step_url(person, "attestations"), {"terms": old.pk} | self.ANSWERS)
        assert not person.attestation_set.exists()

    def test_stays_open_after_the_form_is_handed_in(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        move_customer(customer=person, to=CustomerStatus.SUBMITTED, actor=ada)
        self.answer(visitor.at(ada), person, "provider", **self.ANSWERS)
        assert person.attestation_set.exists()


class TheStepOfPrivacy:
    def test_offers_another_way_to_those_who_refuse_comparing_faces(
        self, visitor: Visitor, ada: User, person: Customer
    ) -> None:
        page = visitor.at(ada).get(step_url(person, "privacy")).content.decode()
        assert "A person looks at my document instead" in page
        response = send(visitor, person, "privacy", privacy="on", biometrics="no")
        assert response["Location"] == step_url(person, "documents")
        assert dict(person.consent_set.values_list("kind", "given")) == {"privacy": True, "biometrics": False}

    def test_needs_the_notice_to_be_read(self, visitor: Visitor, ada: User, person: Customer) -> None:
        send(visitor.at(ada), person, "privacy", biometrics="yes")
        assert not person.consent_set.exists()

    def test_does_not_ask_an_organisation_for_its_face(
        self, visitor: Visitor, ben: User, organisation: Customer
    ) -> None:
        send(visitor.at(ben), organisation, "privacy", privacy="on")
        assert list(organisation.consent_set.values_list("kind", flat=True)) == ["privacy"]


class TheFormAsAWhole:
    def test_is_taken_up_at_the_first_step_with_something_missing(
        self, visitor: Visitor, ada: User, person: Customer
    ) -> None:
        form = reverse("portal:form", args=[person.public_id])
        assert visitor.at(ada).get(form)["Location"] == step_url(person, "about")
        send(visitor, person, "about", **ABOUT)
        assert visitor.get(form)["Location"] == step_url(person, "addresses")

    def test_has_no_step_for_owners_of_a_person(self, visitor: Visitor, ada: User, person: Customer) -> None:
        assert visitor.at(ada).get(step_url(person, "people")).status_code == 404

    def test_shows_on_the_rail_what_is_done_and_what_is_missing(
        self, visitor: Visitor, ada: User, person: Customer, catalogue: list[CatalogueModel]
    ) -> None:
        send(visitor.at(ada), person, "addresses", **ADDRESS)
        rail = visitor.get(step_url(person, "about")).context["rail"]
        assert {item.code for item in rail.items if item.is_done} == {"addresses"}

    def test_lists_everything_missing_on_the_last_page(self, visitor: Visitor, ada: User, person: Customer) -> None:
        page = visitor.at(ada).get(reverse("portal:review", args=[person.public_id])).content.decode()
        assert "Your full name as on your document" in page
        assert "Submit for checking" not in page

    def test_is_not_handed_in_while_something_is_missing(self, visitor: Visitor, ada: User, person: Customer) -> None:
        visitor.at(ada).post(reverse("portal:submit", args=[person.public_id]))
        person.refresh_from_db()
        assert person.status == CustomerStatus.DRAFT

    def test_is_closed_once_it_is_handed_in(self, visitor: Visitor, ada: User, person: Customer) -> None:
        move_customer(customer=person, to=CustomerStatus.SUBMITTED, actor=ada)
        response = visitor.at(ada).post(step_url(person, "about"), ABOUT | {"revision": person.revision})
        assert response["Location"] == reverse("portal:review", args=[person.public_id])
        person.refresh_from_db()
        assert person.legal_name == ""
