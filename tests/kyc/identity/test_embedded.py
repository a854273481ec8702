"""The embedded reader on the road: a drawn passport is uploaded, read, compared, and who must look is told."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from kyc import dispatch, journey, tasks, verifying
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer, OtherName
from kyc.customers.services import add_identifier, consent, create_customer
from kyc.documents import services as documents
from kyc.documents.aamva import write_aamva
from kyc.documents.models import Document, ReadingStatus
from kyc.documents.mrz import Format, Holder, write_mrz
from kyc.documents.reading.reader import ReadingFailed
from kyc.documents.reading.weights import MODELS
from kyc.documents.services import read_document, store_document
from kyc.errors import LostRace
from kyc.identity import services
from kyc.identity.models import Verification
from kyc.specimens.papers import draw_page
from kyc.specimens.people import Someone
from tests.kyc.identity.conftest import HOLDER, ZONE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    settings.DATA = tmp_path


def a_page(text: str | None = ZONE, **quality: Any) -> dict[str, Any]:
    zone = {"text": text, "crops_agree": True, "surest": 0.97, "pixels": 24.0} if text else None
    measured = {"sharpness": 900.0, "glare": 0.0, "light": 180.0, "pixels": 1600} | quality
    return {"zone": zone, "barcode": None, "printed": [], "quality": measured, "turned": 0}


@pytest.fixture
def reads(monkeypatch):
    """What the reader's process answers, in place of it; the process itself: tests/kyc/documents/reading."""
    answers: list[Any] = []

    def answer(pixels: bytes, **order: Any) -> dict[str, Any]:
        said = answers.pop(0) if answers else a_page()
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(documents, "read_pixels", answer)
    return answers


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "PNG")
    return out.getvalue()


def maja(*, content: bytes | None = None, consents: bool = True, **facts: Any) -> Customer:
    """Submitted, with her passport on file and nobody's look at it yet."""
    facts = {
        "legal_name": "Maja Sofia Lindqvist", "birth_date": date(1990, 4, 16), "nationalities": ["SE"],
        "residence_country": "SE", "email": "maja@lindqvist.example", "tier_wanted": "sandbox",
    } | facts  # fmt: skip
    customer = create_customer(kind="person", world="test", actor=SYSTEM, source="api", **facts)
    add_identifier(customer=customer, actor=SYSTEM, kind="passport", value="88359756", country="SE")
    consent(customer=customer, actor=SYSTEM, kind="biometrics", given=consents, version=1)
    store_document(
        customer=customer, actor=SYSTEM, kind="passport", filename="p.png", content=content or picture()
    )  # fmt: skip
    Customer.objects.filter(pk=customer.pk).update(status="submitted")
    customer.refresh_from_db()
    return customer


def read_all(customer: Customer) -> None:
    for document in customer.document_set.order_by("id"):
        tasks.read_one(document.pk)


def verification_of(customer: Customer) -> Verification:
    return customer.verification_set.get()


def cases_of(customer: Customer) -> list[Case]:
    return list(Case.objects.unresolved().filter(customer=customer, type=CaseType.IDENTITY))


def codes_of(row: Verification) -> dict[str, str]:
    return {finding["code"]: finding["says"] for finding in row.findings}


class ADocumentThatAgreesInAll:
    def test_lets_a_person_into_the_sandbox_without_anybody(self, reads):
        customer = maja()
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        row = verification_of(customer)
        assert (row.provider, row.status, row.outcome) == ("embedded", "verified", "consistent")
        assert cases_of(customer) == []
        assert customer.document_set.get().status == "accepted"
        assert row.document_expires_on == HOLDER.expires_on

    def test_goes_to_a_person_who_wants_more(self, reads):
        customer = maja(tier_wanted="standard")
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        row = verification_of(customer)
        assert (row.status, row.outcome) == ("review", "consistent")
        assert len(cases_of(customer)) == 1

    def test_goes_to_a_person_where_biometrics_are_refused(self, reads):
        customer = maja(consents=False)
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        row = verification_of(customer)
        assert (row.provider, row.status, row.outcome) == ("staff_review", "review", "consistent")
        assert len(cases_of(customer)) == 1


class ADocumentStillBeingRead:
    def test_is_waited_for_and_then_taken_in(self, reads):
        customer = maja()
        journey.advance(customer_id=customer.pk)
        assert verification_of(customer).status == "processing"
        assert cases_of(customer) == []
        read_all(customer)
        assert verification_of(customer).status == "verified"
        journey.advance(customer_id=customer.pk)
        customer.refresh_from_db()
        assert customer.status not in ("submitted", "verifying")

    def test_opens_its_case_when_it_is_read(self, reads):
        customer = maja(tier_wanted="standard")
        journey.advance(customer_id=customer.pk)
        read_all(customer)
        assert verification_of(customer).status == "review"
        assert len(cases_of(customer)) == 1

    def test_is_sent_again_when_it_is_late(self, reads, monkeypatch):
        sent = []
        customer = maja()
        monkeypatch.setattr(tasks, "after_commit", lambda task, **arguments: sent.append((task, arguments)))
        tasks.resume_readings()
        assert sent == []
        self.uploaded(customer, minutes=2)
        tasks.resume_readings()
        assert sent == [("kyc.read_document", {"document_id": customer.document_set.get().pk})]

    def test_is_given_up_after_a_quarter_of_an_hour_and_goes_to_a_person(self, reads):
        customer = maja()
        journey.advance(customer_id=customer.pk)
        self.uploaded(customer, minutes=16)
        tasks.resume_readings()
        row = verification_of(customer)
        assert (row.status, row.outcome) == ("review", "unknown")
        assert codes_of(row)["reading.failed"] == "missing"
        assert len(cases_of(customer)) == 1

    def uploaded(self, customer: Customer, *, minutes: int) -> None:
        when = timezone.now() - timedelta(minutes=minutes)
        Document.objects.filter(customer=customer).update(uploaded_at=when)


class AReadingThatFailed:
    def test_is_unknown_and_goes_to_a_person(self, reads):
        reads.append(ReadingFailed("the reader took too long"))
        customer = maja()
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        row = verification_of(customer)
        assert (row.status, row.outcome) == ("review", "unknown")
        assert "took too long" in next(f["sentence"] for f in row.findings if f["code"] == "reading.failed")

    def test_says_so_in_the_trail_and_nothing_of_the_holder(self, reads):
        reads.append(ReadingFailed("signal 9"))
        customer = maja()
        read_all(customer)
        row = AuditRow.objects.get(verb="document.read")
        assert "LINDQVIST" not in str(row.__dict__).upper()
        assert customer.document_set.get().reading_status == ReadingStatus.FAILED


class ASecondWorker:
    def test_finds_it_read(self, reads):
        document = maja().document_set.get()
        assert read_document(document_id=document.pk) is not None
        assert read_document(document_id=document.pk) is None
        assert AuditRow.objects.filter(verb="document.read").count() == 1

    def test_changes_nothing_that_a_person_settled(self, reads):
        customer = maja()
        journey.advance(customer_id=customer.pk)
        Verification.objects.update(status="failed")
        read_all(customer)
        assert verification_of(customer).status == "failed"


class AContradiction:
    def test_is_shown_to_a_person_with_its_sentence(self, reads):
        reads.append(a_page(write_mrz(Format.TD3, Holder(**(as_facts(HOLDER) | {"surname": "Karlsson"})))))
        customer = maja()
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        row = verification_of(customer)
        assert (row.status, row.outcome) == ("review", "inconsistent")
        assert codes_of(row)["mrz.name"] == "disagree"
        assert "mrz.name" in [finding["code"] for finding in cases_of(customer)[0].findings]


class ANameThatWasDeclaredBesideTheLegalOne:
    @pytest.mark.parametrize(("original", "other"), [("Maja Sofia Lindqvist", ""), ("", "Maja Sofia Lindqvist")])
    def test_is_recognised_on_the_document(self, reads, original, other):
        customer = maja(legal_name="Maja Sofia Karlsson", original_name=original)
        if other:
            OtherName.objects.create(customer=customer, world=customer.world, text=other, quality="former")
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        name = next(finding for finding in verification_of(customer).findings if finding["code"] == "mrz.name")
        assert name["says"] == "agree"
        assert name["sentence"] == "The name is another one that was declared: Maja Sofia Lindqvist."


def as_facts(holder: Holder) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in holder.__dataclass_fields__}


class APictureThatCannotBeRead:
    @pytest.mark.parametrize(
        ("quality", "words"),
        [
            ({"light": 20.0}, "too dark"),
            ({"pixels": 400}, "not a small copy"),
            ({"glare": 0.05}, "reflection"),
            ({"sharpness": 5.0}, "blurred"),
            ({}, "no document"),
        ],
    )
    def test_is_asked_for_again_with_a_reason_that_helps(self, reads, quality, words):
        reads.append(a_page(None, **quality))
        document = read_document(document_id=maja().document_set.get().pk)
        assert words in document.retake_words

    def test_but_was_read_is_good_enough(self, reads):
        reads.append(a_page(sharpness=5.0, glare=0.2))
        assert read_document(document_id=maja().document_set.get().pk).retake == ""


class AnotherPaper:
    def test_is_not_read(self, reads):
        customer = maja()
        Customer.objects.filter(pk=customer.pk).update(status="draft")
        customer.refresh_from_db()
        paper = store_document(customer=customer, actor=SYSTEM, kind="address", filename="a", content=picture())
        assert paper.reading_status == ReadingStatus.NONE
        assert read_document(document_id=paper.pk) is None


@pytest.mark.slow
class ARealPassportPicture:
    """Nothing replaced: drawn, uploaded, sealed, opened, decoded in one process, read in another, compared."""

    def test_walks_the_road(self):
        page = draw_page(Format.TD3, Someone("Lindqvist", "Maja Sofia", HOLDER), Random(1)).rotate(180, expand=True)
        out = io.BytesIO()
        page.save(out, "JPEG", quality=85)
        customer = maja(content=out.getvalue())
        journey.advance(customer_id=customer.pk)
        assert verification_of(customer).status == "processing"
        read_all(customer)
        row = verification_of(customer)
        assert (row.status, row.outcome) == ("verified", "consistent")
        assert row.read["lines"] == ZONE.split("\n")
        said = codes_of(row)
        assert said["mrz.name"] == said["printed.name"] == said["printed.birth_date"] == "agree"
        assert verifying.is_open(customer) is False


@pytest.fixture
def faces(monkeypatch, settings, tmp_path):
    """The option is there, and this is what its process answers; the process itself: test_face_match.py."""
    answers: list[Any] = []
    asked: list[tuple[bytes, int]] = []

    def compare(selfie: bytes, pages: Any = (), *, turned: Any = (), folder: Any) -> dict[str, Any]:
        asked.append((selfie, len(pages)))
        said = answers.pop(0) if answers else 0.3
        if isinstance(said, Exception):
            raise said
        seen = said if isinstance(said, dict) else {"faces": 1, "distance": said}
        return {"faces": seen["faces"], "pages": [{"faces": 1, "distance": seen.get("distance")} for _ in pages]}

    settings.FACE_MATCH = tmp_path / "face-match"
    (settings.FACE_MATCH / "packages" / "dlib").mkdir(parents=True)
    for name in MODELS:
        (settings.FACE_MATCH / name).touch()
    monkeypatch.setattr(documents, "compare_faces", compare)
    monkeypatch.setattr(services, "compare_faces", compare)
    return Faces(answers, asked)


@dataclass
class Faces:
    answers: list[Any]
    asked: list[tuple[bytes, int]]


def with_selfie(customer: Customer) -> Customer:
    Customer.objects.filter(pk=customer.pk).update(status="draft")
    customer.refresh_from_db()
    store_document(customer=customer, actor=SYSTEM, kind="selfie", filename="me.png", content=picture())
    Customer.objects.filter(pk=customer.pk).update(status="submitted")
    customer.refresh_from_db()
    return customer


def walk(customer: Customer) -> Verification:
    """What the workers do until the identity waits for nobody but a person."""
    read_all(customer)
    journey.advance(customer_id=customer.pk)
    row = verification_of(customer)
    tasks.compare_faces(row.pk)
    return verification_of(customer)


@pytest.fixture
def analyst(db) -> User:
    return User.objects.create_user("analyst@example.org", "x" * 14, role=Role.ANALYST)


class ASelfie:
    def test_that_matches_lets_a_document_that_agrees_in_all_speak(self, reads, faces):
        row = walk(with_selfie(maja()))
        assert (row.status, row.outcome) == ("verified", "consistent")
        assert codes_of(row)["face.match"] == "agree"
        assert [pages for _, pages in faces.asked] == [0, 1]  # once looked at, once compared

    def test_is_compared_by_a_worker_and_waited_for(self, reads, faces, monkeypatch):
        sent = []
        monkeypatch.setattr(services, "after_commit", lambda task, **arguments: sent.append((task, arguments)))
        customer = with_selfie(maja())
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        row = verification_of(customer)
        assert row.status == "processing"
        assert sent == [("kyc.compare_faces", {"verification_id": row.pk})]

    @pytest.mark.parametrize(
        ("said", "outcome", "code"),
        [
            (0.55, "review", "face.unsure"),
            (0.71, "inconsistent", "face.differs"),
            ({"faces": 0}, "review", "face.unknown"),
            (ReadingFailed("the reader took too long"), "review", "face.unknown"),
        ],
    )
    def test_that_does_not_match_goes_to_a_person_with_its_sentence(self, reads, faces, said, outcome, code):
        faces.answers += [{"faces": 1}, said]
        customer = with_selfie(maja())
        row = walk(customer)
        assert (row.status, row.outcome) == ("review", outcome)
        assert code in codes_of(row)
        assert len(cases_of(customer)) == 1

    def test_leaves_nothing_but_its_distance(self, reads, faces):
        row = walk(with_selfie(maja()))
        assert row.read["faces"] == {"faces": 1, "distances": [0.3]}

    def test_of_a_zone_that_is_typed_later_still_speaks(self, reads, faces, analyst):
        faces.answers += [{"faces": 1}, 0.71]
        row = walk(with_selfie(maja()))
        typed = services.enter_mrz(verification=row, text=ZONE, actor=analyst)
        assert (typed.outcome, codes_of(typed)["face.differs"]) == ("inconsistent", "disagree")

    @pytest.mark.parametrize(("count", "words"), [(0, "no face"), (3, "several faces"), (1, "")])
    def test_is_asked_for_again_with_a_reason_that_helps(self, reads, faces, count, words):
        faces.answers.append({"faces": count})
        selfie = with_selfie(maja()).document_set.get(kind="selfie")
        assert words in read_document(document_id=selfie.pk).retake_words


class AZoneThatAPersonTypes:
    BACK = write_aamva(
        {
            "DBA": "03012031", "DCS": "KARLSSON", "DAC": "MAJA SOFIA", "DBB": "04161990", "DBC": "2",
            "DAQ": "T64235789", "DCG": "USA",
        },
        issuer="636000",
    )  # fmt: skip

    @pytest.fixture
    def row(self, reads) -> Verification:
        """The reader found no zone, and a barcode that names somebody else."""
        reads.append(a_page(None) | {"barcode": self.BACK})
        return walk(maja())

    def test_is_compared_with_what_was_read_of_the_rest(self, row, analyst):
        typed = verifying.type_zone(verification=row, text=ZONE, actor=analyst)
        said = codes_of(typed)
        assert said["mrz.name"] == "agree"
        assert said["barcode.name"] == said["readings.name"] == "disagree"
        assert typed.outcome == "inconsistent"
        assert typed.read["barcode"]["surname"] == "KARLSSON"

    def test_stands_for_what_the_reader_could_not_read(self, reads, analyst):
        reads.append(ReadingFailed("the reader took too long"))
        typed = verifying.type_zone(verification=walk(maja()), text=ZONE, actor=analyst)
        assert (typed.outcome, typed.read["lines"]) == ("consistent", ZONE.split("\n"))

    def test_changes_nothing_that_a_colleague_settled_meanwhile(self, row, analyst):
        journey.settle_identity(
            verification=verification_of(row.customer), verified=False, actor=analyst, reason="Somebody else's."
        )
        with pytest.raises(LostRace):
            verifying.type_zone(verification=row, text=ZONE, actor=analyst)
        assert verification_of(row.customer).status == "failed"


class ThePersonWhoRefusesBiometrics:
    def test_has_no_face_looked_for_or_compared_and_goes_to_a_person(self, reads, faces):
        customer = with_selfie(maja(consents=False))
        row = walk(customer)
        assert faces.asked == []
        assert (row.provider, row.status) == ("staff_review", "review")
        assert row.read["faces"] == {"unknown": "refused"}
        assert customer.document_set.get(kind="selfie").reading_status == ReadingStatus.NONE
        assert len(cases_of(customer)) == 1

    def test_after_sending_the_selfie_has_it_compared_with_nothing(self, reads, faces):
        customer = with_selfie(maja())
        journey.advance(customer_id=customer.pk)
        consent(customer=customer, actor=SYSTEM, kind="biometrics", given=False, version=1)
        row = walk(customer)
        assert faces.asked == []
        assert codes_of(row)["face.unknown"] == "missing"

    def test_while_it_is_compared_has_the_result_thrown_away(self, reads, faces, monkeypatch):
        customer = with_selfie(maja())
        read_all(customer)
        journey.advance(customer_id=customer.pk)

        def takes_back(*_: Any, **__: Any) -> dict[str, Any]:
            consent(customer=customer, actor=SYSTEM, kind="biometrics", given=False, version=1)
            return {"faces": 1, "pages": [{"faces": 1, "distance": 0.2}]}

        monkeypatch.setattr(services, "compare_faces", takes_back)
        tasks.compare_faces(verification_of(customer).pk)
        assert verification_of(customer).read["faces"] == {"unknown": "refused"}


class WhenTheOptionIsNotInstalled:
    def test_the_faces_are_unknown_and_the_finding_says_how_to_get_it(self, reads):
        customer = with_selfie(maja())
        row = walk(customer)
        assert (row.status, row.outcome) == ("review", "review")
        sentence = next(f["sentence"] for f in row.findings if f["code"] == "face.unknown")
        assert "manage.py install_face_match" in sentence
        assert len(cases_of(customer)) == 1


class AComparisonThatWasLost:
    def test_is_sent_again_and_given_up_after_a_quarter_of_an_hour(self, reads, faces, monkeypatch):
        customer = with_selfie(maja())
        read_all(customer)
        journey.advance(customer_id=customer.pk)
        sent = []
        monkeypatch.setattr(tasks, "after_commit", lambda task, **arguments: sent.append((task, arguments)))
        tasks.resume_readings()
        assert sent == []
        self.started(minutes=2)
        tasks.resume_readings()
        assert sent == [("kyc.compare_faces", {"verification_id": verification_of(customer).pk})]
        self.started(minutes=16)
        tasks.resume_readings()
        row = verification_of(customer)
        assert (row.status, codes_of(row)["face.unknown"]) == ("review", "missing")

    def started(self, *, minutes: int) -> None:
        Verification.objects.update(started_at=timezone.now() - timedelta(minutes=minutes))

    def test_of_two_workers_is_kept_once(self, reads, faces):
        row = walk(with_selfie(maja()))
        assert services.compare_faces_of(verification_id=row.pk) is None
