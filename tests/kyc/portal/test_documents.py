"""Documents: uploaded, shown to their members alone, recorded at every look, never cached or sniffed."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from kyc.audit import models as audit
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.customers.services import add_party, consent, move_customer
from kyc.customers.states import CustomerStatus
from kyc.documents import services
from kyc.documents.models import Document, ReadingStatus
from kyc.documents.services import store_document
from kyc.identity.services import start_verification
from kyc.policy.documents import UPLOADS
from tests.kyc.portal.conftest import Visitor
from tests.kyc.portal.pictures import CAMERA_WROTE, passport_picture


def upload(visitor: Visitor, customer: Customer, content: bytes, name: str = "my passport.png"):
    file = SimpleUploadedFile(name, content, content_type="image/png")
    url = reverse("portal:step", args=[customer.public_id, "documents"])
    return visitor.post(url, {"kind": "passport", "file": file})


@pytest.fixture
def document(ada: User, person: Customer) -> Document:
    return store_document(
        customer=person, actor=ada, kind="passport", filename="my passport.png", content=passport_picture()
    )


def file_url(customer: Customer, document: Document, name: str = "document") -> str:
    return reverse(f"portal:{name}", args=[customer.public_id, document.public_id])


class APictureOfTheFace:
    @pytest.mark.parametrize(("given", "offered"), [(None, True), (True, True), (False, False)])
    def test_is_not_asked_of_those_who_refuse_comparing_faces(
        self, visitor: Visitor, ada: User, person: Customer, given: bool | None, offered: bool
    ) -> None:
        if given is not None:
            consent(customer=person, actor=ada, kind="biometrics", given=given, version=1)
        url = reverse("portal:step", args=[person.public_id, "documents"])
        assert ("Picture of your face" in visitor.at(ada).get(url).content.decode()) is offered

    def test_sent_before_the_consent_is_looked_at_after_it_and_not_without(
        self, visitor: Visitor, ada: User, person: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "is_installed", lambda folder: True)
        selfie = store_document(
            customer=person, actor=ada, kind="selfie", filename="me.png", content=passport_picture()
        )  # fmt: skip
        url = reverse("portal:step", args=[person.public_id, "privacy"])
        for answer, status in (("no", ReadingStatus.NONE), ("yes", ReadingStatus.WAITING)):
            visitor.at(ada).post(url, {"privacy": "on", "biometrics": answer})
            selfie.refresh_from_db()
            assert selfie.reading_status == status


class AnUpload:
    def test_is_kept_and_shown_with_its_preview(self, visitor: Visitor, ada: User, person: Customer) -> None:
        response = upload(visitor.at(ada), person, passport_picture())
        document = person.document_set.get()
        page = visitor.get(response["Location"]).content.decode()
        assert "my passport.png" in page
        assert file_url(person, document, "preview") in page

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"<script>alert(1)</script>" * 50, "passport.png"),
            (b"MZ" + b"\0" * 500, "passport.pdf"),
            (b"", "passport.png"),
        ],
    )
    def test_of_something_else_is_refused_with_a_sentence(
        self, visitor: Visitor, ada: User, person: Customer, content: bytes, name: str
    ) -> None:
        response = upload(visitor.at(ada), person, content, name)
        assert response.status_code == 200
        assert response.context["form"].errors
        assert not person.document_set.exists()

    def test_that_is_too_large_is_refused_before_it_is_read(
        self, visitor: Visitor, ada: User, person: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kyc.portal.views.documents.store_document", pytest.fail)
        response = upload(visitor.at(ada), person, b"\0" * (UPLOADS.bytes + 1))
        assert "The file is larger than" in response.content.decode()

    def test_is_refused_while_the_checks_run(self, visitor: Visitor, ada: User, person: Customer) -> None:
        move_customer(customer=person, to=CustomerStatus.SUBMITTED, actor=ada)
        upload(visitor.at(ada), person, passport_picture())
        assert not person.document_set.exists()


class ADocument:
    def test_comes_back_as_it_was_sent(self, visitor: Visitor, ada: User, person: Customer, document: Document) -> None:
        response = visitor.at(ada).get(file_url(person, document))
        assert response.content == passport_picture()
        assert response["Content-Disposition"] == 'attachment; filename="my passport.png"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]

    def test_is_previewed_without_what_the_camera_wrote_into_it(
        self, visitor: Visitor, ada: User, person: Customer, document: Document
    ) -> None:
        response = visitor.at(ada).get(file_url(person, document, "preview"))
        assert response["Content-Type"] == "image/png"
        assert response["Content-Disposition"].startswith("inline")
        assert response.content[:8] == b"\x89PNG\r\n\x1a\n"
        assert CAMERA_WROTE.encode() in passport_picture()
        assert CAMERA_WROTE.encode() not in response.content

    def test_leaves_a_trace_at_every_look(
        self, visitor: Visitor, ada: User, person: Customer, document: Document
    ) -> None:
        visitor.at(ada).get(file_url(person, document))
        visitor.get(file_url(person, document, "preview"))
        rows = audit.AuditRow.objects.filter(verb=Verb.DOCUMENT_VIEWED, subject_id=document.public_id)
        assert [(row.actor_id, row.facts["preview"]) for row in rows.order_by("id")] == [
            (str(ada.pk), False),
            (str(ada.pk), True),
        ]

    @pytest.mark.parametrize("name", ["document", "preview"])
    def test_does_not_exist_for_others(
        self, visitor: Visitor, eve: User, ben: User, person: Customer, organisation: Customer, document: Document, name
    ) -> None:
        assert visitor.at(eve).get(file_url(person, document, name)).status_code == 404
        # nor below a customer of their own
        assert visitor.at(ben).get(file_url(organisation, document, name)).status_code == 404
        assert not audit.AuditRow.objects.filter(verb=Verb.DOCUMENT_VIEWED).exists()

    def test_is_withdrawn_by_its_sender_and_then_gone(
        self, visitor: Visitor, ada: User, person: Customer, document: Document
    ) -> None:
        visitor.at(ada).post(file_url(person, document, "withdraw"))
        document.refresh_from_db()
        assert document.status == "withdrawn"
        assert visitor.get(file_url(person, document)).status_code == 404

    def test_is_not_withdrawn_by_a_stranger(
        self, visitor: Visitor, eve: User, person: Customer, document: Document
    ) -> None:
        assert visitor.at(eve).post(file_url(person, document, "withdraw")).status_code == 404
        document.refresh_from_db()
        assert document.status == "received"

    def test_is_not_withdrawn_by_a_link_alone(
        self, visitor: Visitor, ada: User, person: Customer, document: Document
    ) -> None:
        assert visitor.at(ada).get(file_url(person, document, "withdraw")).status_code == 405


class APictureThatCannotBeRead:
    """It was read after the form was handed in."""

    @pytest.fixture(autouse=True)
    def handed_in(self, person: Customer, document: Document) -> None:
        self.dark(document)
        now = timezone.now()
        Customer.objects.filter(pk=person.pk).update(status="verifying", submitted_at=now)
        person.refresh_from_db()
        start_verification(customer=person, actor=SYSTEM)

    def dark(self, document: Document) -> None:
        Document.objects.filter(pk=document.pk).update(reading_status="read", reading={"pages": []}, retake="dark")

    def again(self, visitor: Visitor, customer: Customer) -> HttpResponse:
        file = SimpleUploadedFile("better.png", passport_picture(), content_type="image/png")
        url = reverse("portal:again", args=[customer.public_id])
        return visitor.post(url, {"kind": "passport", "file": file})

    def status_of(self, visitor: Visitor, customer: Customer) -> str:
        return visitor.get(reverse("portal:status", args=[customer.public_id])).content.decode()

    def test_is_what_the_customer_is_led_to(self, visitor: Visitor, ada: User, person: Customer) -> None:
        text = self.status_of(visitor.at(ada), person)
        assert "Take a picture again" in text
        assert reverse("portal:again", args=[person.public_id]) in text
        assert (
            "This picture is too dark" in visitor.get(reverse("portal:again", args=[person.public_id])).content.decode()
        )

    def test_is_sent_once_more_into_the_open_check(self, visitor: Visitor, ada: User, person: Customer) -> None:
        assert self.again(visitor.at(ada), person).status_code == 302
        better = person.document_set.get(filename="better.png")
        assert person.verification_set.get().documents.contains(better)
        text = self.status_of(visitor, person)
        assert "Take a picture again" not in text
        assert "Please take it again" not in text

    def test_is_asked_for_once_more_where_the_next_is_no_better(
        self, visitor: Visitor, ada: User, person: Customer
    ) -> None:
        self.again(visitor.at(ada), person)
        self.dark(person.document_set.get(filename="better.png"))
        assert "Take a picture again" in self.status_of(visitor, person)

    def test_is_not_asked_for_when_a_person_has_settled_it(self, visitor: Visitor, ada: User, person: Customer) -> None:
        person.verification_set.update(status="verified")
        Customer.objects.filter(pk=person.pk).update(status="in_review")
        assert "take it again" not in self.status_of(visitor.at(ada), person).lower()
        assert self.again(visitor, person)["Location"] == reverse("portal:status", args=[person.public_id])
        assert person.document_set.count() == 1

    def test_is_nobody_elses_to_send(self, visitor: Visitor, eve: User, person: Customer) -> None:
        assert self.again(visitor.at(eve), person).status_code == 404


class ADocumentThatAnOwnerOfSharesSent:
    def test_is_hidden_from_the_organisation(self, visitor: Visitor, grace: User, organisation: Customer) -> None:
        party = add_party(customer=organisation, actor=grace, kind="person", roles=["owner"], legal_name="Hedy Example")
        document = store_document(
            customer=organisation,
            actor=grace,
            kind="passport",
            filename="hedy.png",
            content=passport_picture(),
            party=party,
        )
        assert visitor.at(grace).get(file_url(organisation, document)).status_code == 404
        for name in ("status", "review"):
            page = visitor.get(reverse(f"portal:{name}", args=[organisation.public_id])).content.decode()
            assert "hedy.png" not in page
