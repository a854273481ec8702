"""The verb of ownership: ask the five tests about an organisation, and keep what they say.

Holds and cases are not known here: the journey acts on what comes back, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.errors import ForbiddenMove
from kyc.ownership.graph import Listing, Structure
from kyc.ownership.models import OwnershipEvaluation
from kyc.ownership.queries import current_evaluation, structure_of
from kyc.ownership.rules import Evaluation, Result, evaluate
from kyc.policy.ownership import VERSION, next_change_after

UNTOLD = "untold"  # in what is kept of the results: questions that nobody has sent the customer yet


@dataclass(frozen=True)
class OwnershipResult:
    """What the journey acts on: the tests whose result is another than before, and questions that were never sent."""

    row: OwnershipEvaluation
    evaluation: Evaluation
    changed: tuple[Result, ...] = ()
    new_questions: tuple[str, ...] = ()
    new_flaws: bool = False


@transaction.atomic
def evaluate_ownership(
    *, customer: Customer, listings: Mapping[str, tuple[Listing, ...]], on: date | None = None, actor: Actor = SYSTEM
) -> OwnershipResult:
    """Evaluate and keep. Safe to run twice and at once: the same facts and results leave the row as it is.

    `listings` by public id say whom the lists name, as screening knows it.
    """
    if customer.is_person:
        raise ForbiddenMove("Only an organisation has owners.", customer=customer.public_id)
    on = on or timezone.localdate()
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    structure = structure_of(customer, listings)
    evaluation = evaluate(structure, on)
    facts = structure.as_json()
    before = current_evaluation(customer)
    old: dict[str, Any] = before.results if before else {"tests": {}, "questions": [], "flaws": []}
    asked = set(old["questions"]) - set(old.get(UNTOLD, ()))
    untold = [question for question in evaluation.questions if question not in asked]
    results = results_of(evaluation) | {UNTOLD: untold}
    changes_on = _changes_on(structure, on)
    if before is not None and _same(before, facts, results, changes_on):
        return OwnershipResult(before, evaluation, new_questions=tuple(untold))
    if before is not None:
        OwnershipEvaluation.objects.filter(pk=before.pk, current=True).update(current=False)
    row = OwnershipEvaluation.objects.create(
        customer=customer,
        world=customer.world,
        as_of=on,
        outcome=evaluation.worst,
        outcomes={str(result.test): [str(result.outcome), result.in_force] for result in evaluation.results},
        facts=facts,
        results=results,
        policy_version=VERSION,
        facts_version=customer.facts_version,
        changes_on=changes_on,
        retention_rule="sanctions_record",
    )
    record(
        verb=Verb.OWNERSHIP_EVALUATED,
        subject=row,
        actor=actor,
        person=customer.public_id,
        facts={"as_of": on, "outcome": row.outcome, "outcomes": row.outcomes, "policy": VERSION},
    )
    return OwnershipResult(
        row,
        evaluation,
        tuple(row for row in evaluation.results if row.as_json() != old["tests"].get(str(row.test))),
        tuple(untold),
        results["flaws"] != old["flaws"] and bool(evaluation.flaws),
    )


def count_as_told(*, row: OwnershipEvaluation) -> None:
    """The questions of this evaluation were sent. Call in the transaction that sent them."""
    kept: Any = row.results
    row.results = kept | {UNTOLD: []}
    row.save(update_fields=["results"])


def has_untold(row: OwnershipEvaluation) -> bool:
    kept: Any = row.results
    return bool(kept.get(UNTOLD))


def results_of(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "tests": {str(result.test): result.as_json() for result in evaluation.results},
        "flaws": [flaw.as_json() for flaw in evaluation.flaws],
        "questions": list(evaluation.questions),
    }


def _same(before: OwnershipEvaluation, facts: dict[str, Any], results: dict[str, Any], changes_on: date | None) -> bool:
    stands = (before.policy_version, before.changes_on) == (VERSION, changes_on)
    return stands and (before.facts, before.results) == (facts, results)


def _changes_on(structure: Structure, on: date) -> date | None:
    """When the same facts may come to another result: an interest begins or ends, or a rule's date comes."""
    days = (structure.next_change_after(on), next_change_after(on))
    return min((day for day in days if day is not None), default=None)
