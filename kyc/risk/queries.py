"""Which factors of the risk table apply to a customer now."""

from __future__ import annotations

from datetime import date

from kyc.catalogue.models import CatalogueModel
from kyc.customers.contacts import contact_findings
from kyc.customers.models import Customer
from kyc.customers.numbers import registration_finding
from kyc.customers.queries import contact_facts, current_attestations, current_use, people_to_verify
from kyc.findings import Says
from kyc.identity.queries import shared_with_others
from kyc.ownership.queries import current_evaluation, has_parent_of_group
from kyc.ownership.rules import Outcome
from kyc.policy.ownership import OwnershipTest
from kyc.policy.risk import COMPANY_YOUNG_AFTER
from kyc.policy.territories import Group, groups_of
from kyc.policy.uses import USES
from kyc.screening.models import Screening
from kyc.screening.states import HitStatus, ScreeningOutcome

HIGH_TIERS = frozenset({"frontier", "compute"})


def risk_codes(customer: Customer, *, on: date) -> tuple[str, ...]:
    """Codes of kyc.policy.risk.FACTORS, in the order of the road."""
    return (
        *_countries(customer, on),
        *_identity(customer),
        *_screening(customer),
        *_ownership(customer),
        *_use(customer),
        *_contact(customer),
    )


def _countries(customer: Customer, on: date) -> list[str]:
    where = {customer.residence_country, customer.registration_country} - {""}
    where |= {address.country for address in customer.address_set.all()}
    groups = {group for code in where for group in groups_of(code, on)}
    codes = []
    if Group.EMBARGO in groups:
        codes.append("country.embargoed")
    if Group.HEADQUARTERS in groups:
        codes.append("country.d5")
    if not customer.is_person and has_parent_of_group(customer, on):
        codes.append("country.parent_d5")
    if "country.d5" not in codes and any(Group.D5 in groups_of(code, on) for code in customer.nationalities):
        codes.append("country.nationality_only")
    return codes


def _identity(customer: Customer) -> list[str]:
    shared = {finding.code for finding in shared_with_others(customer) if finding.says is Says.DISAGREE}
    codes = ["identity.shared"] if shared & {"shared.document", "shared.register"} else []
    codes += ["contact.shared"] if "shared.email" in shared else []
    latest = customer.verification_set.filter(party=None).order_by("-id").first()
    if latest is not None and latest.outcome == "inconsistent":
        return [*codes, "identity.inconsistent"]
    return codes if latest is not None and latest.status == "verified" else [*codes, "identity.unverified"]


def _screening(customer: Customer) -> list[str]:
    codes = []
    if customer.hit_set.filter(status=HitStatus.TRUE_MATCH).exists():
        codes.append("screening.true_match")
    if customer.hit_set.open().exists():
        codes.append("screening.open_hit")
    latest = Screening.objects.filter(customer=customer).order_by("-finished_at", "-id").first()
    if latest is None or latest.outcome == ScreeningOutcome.UNKNOWN:
        codes.append("screening.unknown")
    return codes


OWNERSHIP_CODES = {
    OwnershipTest.OFAC_50: "ownership.blocked",
    OwnershipTest.BIS_AFFILIATES: "ownership.listed",
    OwnershipTest.PROVIDER_MAJORITY: "ownership.region",
}


def _ownership(customer: Customer) -> list[str]:
    """From what the ownership tests say at present."""
    if customer.is_person:
        return []
    evaluation = current_evaluation(customer)
    if evaluation is None:
        return ["ownership.unknown_share"]
    standing = {test: outcome for test, (outcome, in_force) in evaluation.outcomes.items() if in_force}
    codes = []
    if registration_finding(customer.registration_country, customer.registration_number):
        codes.append("registration.form")
    codes += [code for test, code in OWNERSHIP_CODES.items() if standing.get(test) == Outcome.REACHED]
    if Outcome.POSSIBLE in standing.values():
        codes.append("ownership.possible")
    if Outcome.UNKNOWN in standing.values() or evaluation.outcome == Outcome.UNKNOWN:
        codes.append("ownership.unknown_share")
    if any(party.verified_at is None for party in people_to_verify(customer)):
        codes.append("ownership.unverified")
    return codes


def _use(customer: Customer) -> list[str]:
    use = current_use(customer)
    if use is None:
        return []
    wanted = list(CatalogueModel.objects.filter(code__in=use.models_wanted))
    verdicts = {model.use_policy.get(code, USES[code].default) for model in wanted for code in use.purposes}
    codes = [f"use.{verdict}" for verdict in ("refuse", "review") if verdict in verdicts]
    for attestation in current_attestations(customer).values():
        must = {ask["code"]: ask.get("must_be") for ask in attestation.terms.asks}
        if any(must.get(code) is not None and must[code] != given for code, given in attestation.answers.items()):
            codes.append("attestation.negative")
            break
    if customer.tier_wanted in HIGH_TIERS:
        codes.append("tier.high")
    if (
        customer.tier_wanted == "compute"
        and customer.incorporated_on is not None
        and customer.incorporated_on.isoformat() > COMPANY_YOUNG_AFTER
    ):
        codes.append("company.young")
    return codes


def _contact(customer: Customer) -> list[str]:
    return list(dict.fromkeys(finding.code for finding in contact_findings(contact_facts(customer))))
