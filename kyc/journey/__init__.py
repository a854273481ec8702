"""The road: what comes next for a customer. The only package that knows, and the owner of the transactions
that span concepts: a hit, its hold and its case are one; a confirmed proposal and what it does are one.

    draft → submitted → verifying → screening → approved | in review → decision → access

| onboarding | the form, and each step until a decision or a person |
| screening, owners | what follows from what is found about them |
| people | owners and directors who come later, or become somebody else |
| two_people | proposed by one, confirmed by another, and what then happens |
| amending | the form opened again for what is to be corrected in it |
| deciding | a decision and all that goes with it; objections |
| regrouping | listed parties split or joined by staff, and whom that concerns |
| due | what falls due by itself |
| told | what the customer is told |

Each worker's step is a verb here that is safe to run twice. `Customer.next_step_at` says that a step is due;
the broker's message is a nudge, and beat sends again what is late. From review the form may be opened again ("needs
information"); handed in anew it walks the road from its beginning.
"""

from kyc.journey.amending import ask_to_amend, go_on_without, what_to_amend
from kyc.journey.deciding import review_again, uphold_decision
from kyc.journey.due import expire_documents, expire_reviews, late_customers, look_into_reviews, remind_of_attestations
from kyc.journey.onboarding import (
    advance,
    document_reader,
    missing_of,
    settle_identity,
    submit,
    worth_another_look,
)
from kyc.journey.owners import evaluate_owners, look_at_owners, organisations_to_ask, owners_as_of
from kyc.journey.regrouping import join_parties, split_party
from kyc.journey.screening import screen, screen_changed
from kyc.journey.told import next_action, status_for_customer, waits_for_customer, waits_for_staff
from kyc.journey.two_people import (
    confirm_proposal,
    propose_activation,
    propose_decision,
    propose_hit_outcome,
    propose_lift,
    propose_policy,
    refuse_proposal,
    withdraw_proposal,
)

__all__ = [
    "advance",
    "ask_to_amend",
    "confirm_proposal",
    "document_reader",
    "evaluate_owners",
    "expire_documents",
    "expire_reviews",
    "go_on_without",
    "join_parties",
    "late_customers",
    "look_at_owners",
    "look_into_reviews",
    "missing_of",
    "next_action",
    "organisations_to_ask",
    "owners_as_of",
    "propose_activation",
    "propose_decision",
    "propose_hit_outcome",
    "propose_lift",
    "propose_policy",
    "refuse_proposal",
    "remind_of_attestations",
    "review_again",
    "screen",
    "screen_changed",
    "settle_identity",
    "split_party",
    "status_for_customer",
    "submit",
    "uphold_decision",
    "waits_for_customer",
    "waits_for_staff",
    "what_to_amend",
    "withdraw_proposal",
    "worth_another_look",
]
