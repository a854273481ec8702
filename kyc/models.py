"""All tables of the compliance domain, re-exported for Django."""

from kyc.access.models import AccessChange, AccessDecision, Hold, PassedChallenge, WayOut
from kyc.api.models import IdempotentAnswer
from kyc.approvals.models import Proposal
from kyc.audit.models import AuditHead, AuditLink, AuditRow
from kyc.cases.models import Appeal, Case, CaseNote, InformationRequest, RequestedItem
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import (
    Address,
    Attestation,
    Consent,
    Customer,
    Identifier,
    IdentityMark,
    Interest,
    Invitation,
    Member,
    OtherName,
    ProviderAccount,
    RelatedParty,
    UseDeclaration,
)
from kyc.decisions.models import Decision
from kyc.documents.models import Document
from kyc.geo.models import LocationCorrection, OperatorRange, Sighting
from kyc.identity.models import FailedItem, VendorEvent, Verification
from kyc.imports.models import ImportBatch
from kyc.notices.models import Notice
from kyc.ownership.models import OwnershipEvaluation
from kyc.risk.models import RiskAssessment
from kyc.screening.models import (
    CoverageCheck,
    Hit,
    Outline,
    PolicyTrial,
    PublishedPolicy,
    RememberedClearance,
    RescreeningRun,
    Screening,
    SelfTest,
    Shard,
)
from kyc.vault.models import PersonKey
from kyc.watchlists.models import (
    Edition,
    EditionEntry,
    Entry,
    EntryGroup,
    ListedParty,
    Removal,
    WatchList,
)

__all__ = [
    "AccessChange",
    "AccessDecision",
    "Address",
    "Appeal",
    "Attestation",
    "AuditHead",
    "AuditLink",
    "AuditRow",
    "Case",
    "CaseNote",
    "CatalogueModel",
    "Consent",
    "CoverageCheck",
    "Customer",
    "Decision",
    "Document",
    "Edition",
    "EditionEntry",
    "Entry",
    "EntryGroup",
    "FailedItem",
    "Hit",
    "Hold",
    "IdempotentAnswer",
    "Identifier",
    "IdentityMark",
    "ImportBatch",
    "InformationRequest",
    "Interest",
    "Invitation",
    "LicenceTerms",
    "ListedParty",
    "LocationCorrection",
    "Member",
    "Notice",
    "OperatorRange",
    "OtherName",
    "Outline",
    "OwnershipEvaluation",
    "PassedChallenge",
    "PersonKey",
    "PolicyTrial",
    "Proposal",
    "ProviderAccount",
    "PublishedPolicy",
    "RelatedParty",
    "RememberedClearance",
    "Removal",
    "RequestedItem",
    "RescreeningRun",
    "RiskAssessment",
    "Screening",
    "SelfTest",
    "Shard",
    "Sighting",
    "UseDeclaration",
    "VendorEvent",
    "Verification",
    "WatchList",
    "WayOut",
]
