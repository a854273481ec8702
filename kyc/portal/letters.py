"""Letters whose link is a page of the portal: an invitation and its letter are one transaction."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import invite_colleague, invite_party
from kyc.notices.services import queue_notice


@transaction.atomic
def send_colleague_invitation(*, customer: Customer, email: str, role: str, actor: User) -> None:
    token = invite_colleague(customer=customer, email=email, role=role, actor=actor)
    link = settings.BASE_URL + reverse("portal:join", kwargs={"token": token})
    queue_notice(template="invitation_colleague", email=email, customer=customer, link=link)


@transaction.atomic
def send_party_invitation(*, party: RelatedParty, email: str, actor: User) -> None:
    token = invite_party(party=party, email=email, actor=actor)
    link = settings.BASE_URL + reverse("portal:verify", kwargs={"token": token})
    queue_notice(template="invitation_party", email=email, customer=party.customer, link=link)
