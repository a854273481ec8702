"""Customers and what we know of them: names, addresses, identifiers, related parties, members, provider
accounts, declared use, attestations and consent.

Every table here carries the world; migration 0002 adds composite foreign keys (customer, world), so that
no row can link a live customer to a test one. Every personal record says why it is kept and until when.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from kyc.catalogue.models import LicenceTerms
from kyc.customers.states import EDITABLE, MOVING, OFF_FILE, SERVED, CustomerKind, CustomerStatus, InterestKind
from kyc.ids import customer_id, interest_id, party_id
from kyc.matching.types import NameQuality
from kyc.vault.fields import SealedTextField
from kyc.worlds import World


class LegalBasis(models.TextChoices):
    """Why a personal record may be kept (GDPR art. 6, 9). An AI lab outside AML law often has no legal duty."""

    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation", "legal obligation"
    LEGITIMATE_INTEREST = "legitimate_interest", "legitimate interest"
    CONSENT = "consent"


class PersonalRecord(models.Model):
    """Abstract: the retention basis of one record. `retain_until` None: as long as the relationship lasts."""

    legal_basis = models.CharField(max_length=20, choices=LegalBasis.choices, default=LegalBasis.LEGITIMATE_INTEREST)
    retention_rule = models.CharField(max_length=40, default="customer_file")  # kyc.policy.retention
    retain_until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class CustomerQuerySet(models.QuerySet["Customer"]):
    def of(self, world: str) -> CustomerQuerySet:
        return self.filter(world=world)

    def on_file(self) -> CustomerQuerySet:
        """All who are re-screened: everybody but drafts and the closed."""
        return self.exclude(status__in=OFF_FILE)

    def served(self) -> CustomerQuerySet:
        return self.filter(status__in=SERVED)

    def overdue_steps(self, before: models.Func) -> CustomerQuerySet:
        """Whose next step was due before that time and did not happen: a lost message."""
        return self.filter(next_step_at__lt=before)

    def seen_by(self, user: models.Model) -> CustomerQuerySet:
        """The customers a portal user acts for."""
        return self.filter(member__user=user, member__removed_at=None)


class Customer(PersonalRecord):
    """A person or organisation whose identity we know, or are about to."""

    public_id = models.CharField(max_length=40, unique=True, default=customer_id)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])
    external_id = models.CharField(max_length=200, null=True, blank=True)  # the provider's own, unique in a world
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in CustomerKind])
    status = models.CharField(
        max_length=20,
        choices=[(s.value, s.value.replace("_", " ")) for s in CustomerStatus],
        default=CustomerStatus.DRAFT,
    )

    legal_name = models.CharField(max_length=300, blank=True)
    original_name = models.CharField(max_length=300, blank=True)  # in its own script
    birth_date = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=6, blank=True)  # "female", "male" or not said
    nationalities = ArrayField(models.CharField(max_length=2), default=list, blank=True)  # ISO alpha-2
    residence_country = models.CharField(max_length=2, blank=True)  # of an organisation: where it is run from
    registration_country = models.CharField(max_length=2, blank=True)
    registration_number = models.CharField(max_length=80, blank=True)
    incorporated_on = models.DateField(null=True, blank=True)
    parent_country = models.CharField(max_length=2, blank=True)  # of the ultimate parent's headquarters
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(blank=True)

    tier = models.CharField(max_length=10, default="none")  # granted: kyc.access.states.AccessTier
    tier_wanted = models.CharField(max_length=10, default="standard")
    risk_level = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=10, default="portal")  # portal, api, import
    # bumped with every fact that screening looks at, and when staff regroup parties they have hits on; a screening
    # names the number it saw
    facts_version = models.PositiveIntegerField(default=1)
    # bumped with every write through the API or portal: the ETag
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    review_due_on = models.DateField(null=True, blank=True)
    # set when a worker's step is due, cleared when it is done; beat sends again what is late
    next_step_at = models.DateTimeField(null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["world", "external_id"], name="kyc_customer_external_once"),
            # what the composite foreign keys of the other tables point at
            models.UniqueConstraint(fields=["id", "world"], name="kyc_customer_world"),
        ]
        indexes = [
            models.Index(fields=["world", "status"]),
            # the beat job kyc.resume_journeys
            models.Index(fields=["next_step_at"], condition=~models.Q(next_step_at=None), name="kyc_customer_due"),
        ]

    def __str__(self) -> str:
        return self.legal_name or self.public_id

    @property
    def is_editable(self) -> bool:
        return self.status in EDITABLE

    @property
    def is_moving(self) -> bool:
        return self.status in MOVING

    @property
    def is_off_file(self) -> bool:
        return self.status in OFF_FILE

    @property
    def is_person(self) -> bool:
        return self.kind == CustomerKind.PERSON


class CustomerRecord(models.Model):
    """Abstract: a row that belongs to one customer, in that customer's world."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="%(class)s_set", related_query_name="%(class)s"
    )
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])

    class Meta:
        abstract = True


class OtherName(CustomerRecord, PersonalRecord):
    """An alias, a former or trading name."""

    text = models.CharField(max_length=300)
    quality = models.CharField(max_length=16, choices=[(q.value, q.value) for q in NameQuality])


class Address(CustomerRecord, PersonalRecord):
    class Kind(models.TextChoices):
        RESIDENCE = "residence"
        REGISTERED = "registered"
        BUSINESS = "business", "place of business"

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.RESIDENCE)
    street = models.CharField(max_length=300)
    city = models.CharField(max_length=120)
    region = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.street, self.postal_code, self.city, self.region, self.country]))


class PartyRole(models.TextChoices):
    OWNER = "owner"
    DIRECTOR = "director"
    CONTROL_PERSON = "control_person", "control person"
    PARENT = "parent", "parent company"


class PartyNature(models.TextChoices):
    """What a party is where "person" or "organisation" does not say enough for the rules of ownership."""

    ORDINARY = "", "person or company"
    TRUST = "trust", "trust or similar arrangement"
    STATE = "state", "state or public body"
    UNNAMED = "unnamed", "somebody who is not named"


class RelatedParty(CustomerRecord, PersonalRecord):
    """An owner, director, control person or parent of an organisation; screened and verified like a customer.

    What they hold, and in whom, is in their interests.
    """

    public_id = models.CharField(max_length=40, unique=True, default=party_id)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in CustomerKind])
    roles = ArrayField(models.CharField(max_length=16, choices=PartyRole.choices))
    legal_name = models.CharField(max_length=300)
    birth_date = models.DateField(null=True, blank=True)
    nationalities = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    country = models.CharField(max_length=2, blank=True)  # of residence, or of registration
    headquarters_country = models.CharField(max_length=2, blank=True)
    nature = models.CharField(max_length=8, choices=PartyNature.choices, blank=True)
    listed_on = models.CharField(max_length=80, blank=True)  # the stock exchange where its shares are traded
    email = models.EmailField(blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "related parties"

    def __str__(self) -> str:
        return self.legal_name

    @property
    def holding(self) -> Interest | None:
        """Their first interest that was not removed: the one that the form asks for."""
        living = [row for row in self.interests.all() if row.removed_at is None]
        return min(living, key=lambda row: row.pk, default=None)


class Interest(CustomerRecord, PersonalRecord):
    """What a party holds in the customer, or in another party, from when until when, and who says so.

    Shares are percent, as a range; equal bounds for an exact share; both None where it is unknown or means nothing.
    """

    public_id = models.CharField(max_length=40, unique=True, default=interest_id)
    party = models.ForeignKey(RelatedParty, on_delete=models.CASCADE, related_name="interests")
    owned = models.ForeignKey(  # in whom; None: in the customer itself
        RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="owners"
    )
    kind = models.CharField(
        max_length=14, choices=[(k.value, k.value) for k in InterestKind], default=InterestKind.SHARES
    )
    share_min = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    share_max = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    nominee = models.BooleanField(default=False)
    held_for = models.ForeignKey(  # on whose behalf a nominee holds it; None: they did not say
        RelatedParty, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)  # the first day on which it no longer stands
    source = models.CharField(max_length=200, default="customer")  # who says so: customer, a register, a file
    statement = models.CharField(max_length=200, blank=True)  # its id there
    recorded_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share_min=None, share_max=None)
                | models.Q(share_min__gte=0, share_max__lte=100, share_min__lte=models.F("share_max")),
                name="kyc_interest_share_range",
            ),
            models.CheckConstraint(
                condition=models.Q(owned=None) | ~models.Q(owned=models.F("party")), name="kyc_interest_not_in_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} in {self.owned or self.customer}"


class Identifier(CustomerRecord, PersonalRecord):
    """A document, tax or registration number: sealed, found by its blind index, shown by its last characters."""

    party = models.ForeignKey(RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="identifiers")
    kind = models.CharField(max_length=20)  # passport, identity_card, tax, registration, lei
    country = models.CharField(max_length=2, blank=True)
    value = SealedTextField()
    index = models.CharField(max_length=64, db_index=True)
    tail = models.CharField(max_length=4)
    expires_on = models.DateField(null=True, blank=True)


class IdentityMark(CustomerRecord):
    """A keyed digest by which one person or organisation is found again under another customer.

    Of what was declared, and of what a document was read to say (`read`): a number that was typed wrong on purpose
    is still found by the other.
    """

    party = models.ForeignKey(RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="marks")
    kind = models.CharField(max_length=10)  # kyc.customers.marks.MarkKind
    index = models.CharField(max_length=64)
    read = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "party", "kind", "index"], nulls_distinct=False, name="kyc_mark_once"
            )
        ]
        indexes = [models.Index(fields=["index", "kind"])]


class MemberRole(models.TextChoices):
    OWNER = "owner"
    CONTRIBUTOR = "contributor"


class Member(CustomerRecord, PersonalRecord):
    """A portal user who acts for a customer, under the name they gave: it is screened like an owner's."""

    name = models.CharField(max_length=300, blank=True)  # "" until they said it
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=MemberRole.choices, default=MemberRole.OWNER)
    joined_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "user"], condition=models.Q(removed_at=None), name="kyc_member_once"
            )
        ]

    @property
    def key(self) -> str:
        """By which screening names them; as an owner's public id."""
        return f"mem_{self.pk}"


class Invitation(CustomerRecord, PersonalRecord):
    """A link by e-mail: to join as a colleague, or for a related party to verify themselves."""

    email = models.EmailField()
    role = models.CharField(max_length=12, choices=MemberRole.choices, blank=True)
    party = models.ForeignKey(RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)


class ProviderAccount(CustomerRecord):
    """An account at the provider's own service, by its id there. The gate accepts it for its customer."""

    account_id = models.CharField(max_length=200)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["world", "account_id"], name="kyc_account_once"),
        ]

    def __str__(self) -> str:
        return self.account_id


class UseDeclaration(CustomerRecord, PersonalRecord):
    """What the models will be used for. The latest counts; earlier ones stay."""

    purposes = ArrayField(models.CharField(max_length=40))  # codes of kyc.policy.uses
    description = models.TextField()
    models_wanted = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    monthly_volume = models.CharField(max_length=40, blank=True)
    declared_at = models.DateTimeField(default=timezone.now)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )


class Attestation(CustomerRecord, PersonalRecord):
    """One person's answers to one version of one licence's questions, on behalf of a customer."""

    terms = models.ForeignKey(LicenceTerms, on_delete=models.PROTECT, related_name="attestations")
    answers = models.JSONField(default=dict)  # {question code: true | false | text}
    text_sha256 = models.CharField(max_length=64)  # of the words that were shown
    attested_at = models.DateTimeField(default=timezone.now)
    attested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_client = models.CharField(max_length=40, blank=True)  # the API client, where no portal user was there
    ip = models.GenericIPAddressField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)


class Consent(CustomerRecord, PersonalRecord):
    """The privacy notice read, biometrics agreed to or refused. The latest of a kind counts."""

    class Kind(models.TextChoices):
        PRIVACY = "privacy", "privacy notice"
        BIOMETRICS = "biometrics"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    version = models.PositiveIntegerField()
    given = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
