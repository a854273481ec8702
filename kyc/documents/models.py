"""Uploaded documents: encrypted files on disk, a row for each, every view audited."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.customers.models import CustomerRecord, PersonalRecord, RelatedParty
from kyc.documents.retakes import words_for
from kyc.ids import document_id
from kyc.vault.fields import SealedJSONField


class DocumentKind(models.TextChoices):
    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card", "identity card"
    DRIVING_LICENCE = "driving_licence", "driving licence"
    VISA = "visa", "visa or residence permit"
    SELFIE = "selfie"
    REGISTRATION = "registration", "registration certificate"
    OWNERSHIP = "ownership", "ownership chart or register"
    ADDRESS = "address", "proof of address"
    OTHER = "other"


READ_KINDS = frozenset(
    {DocumentKind.PASSPORT, DocumentKind.IDENTITY_CARD, DocumentKind.DRIVING_LICENCE, DocumentKind.VISA}
)

# whose one page always has a machine-readable zone; a card has two sides, and licences mostly none
ZONE_KINDS = frozenset({DocumentKind.PASSPORT, DocumentKind.VISA})


class DocumentStatus(models.TextChoices):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ReadingStatus(models.TextChoices):
    """Whether the embedded reader has looked at it: at identity documents, and at selfies where it may and can."""

    NONE = "", "not read"
    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"  # unknown: a person looks


class DocumentQuerySet(models.QuerySet["Document"]):
    def standing(self) -> DocumentQuerySet:
        """What still speaks for its person: neither taken back by the customer nor rejected by us."""
        return self.exclude(status__in=(DocumentStatus.WITHDRAWN, DocumentStatus.REJECTED))


class Document(CustomerRecord, PersonalRecord):
    """`sealed_name` is the file below DATA/documents; the sealed file opens under this row's public id alone."""

    public_id = models.CharField(max_length=40, unique=True, default=document_id)
    party = models.ForeignKey(RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="documents")
    kind = models.CharField(max_length=16, choices=DocumentKind.choices)
    filename = models.CharField(max_length=255)
    mime = models.CharField(max_length=100)  # as sniffed, never as declared
    size = models.PositiveIntegerField()  # bytes
    pages = models.PositiveIntegerField(default=1)
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels
    height = models.PositiveIntegerField(null=True, blank=True)
    index = models.CharField(max_length=64, db_index=True)  # keyed digest: the same file again
    sealed_name = models.CharField(max_length=100)
    preview_name = models.CharField(max_length=100, blank=True)  # re-encoded picture without metadata, sealed too
    status = models.CharField(max_length=10, choices=DocumentStatus.choices, default=DocumentStatus.RECEIVED)
    status_reason = models.CharField(max_length=300, blank=True)
    reading_status = models.CharField(
        max_length=8, choices=ReadingStatus.choices, default=ReadingStatus.NONE, blank=True
    )
    reading = SealedJSONField(null=True)  # {"pages": […]}, a selfie's {"faces": n}, or {"failed": why}
    retake = models.CharField(max_length=12, blank=True)  # a code of kyc.policy.documents.RETAKES
    read_at = models.DateTimeField(null=True, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_client = models.CharField(max_length=40, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        indexes = [
            # the beat job that sends lost readings again
            models.Index(
                fields=["uploaded_at"], condition=models.Q(reading_status="waiting"), name="kyc_document_unread"
            ),
        ]

    @property
    def retake_words(self) -> str:
        """Why the customer should take the picture again; "" where it need not be."""
        return words_for(self.retake)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.public_id}"
