"""Staff and API clients in the console."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import ApiClient, ApiKey, StaffInvitation, User
from accounts.roles import Role
from accounts.scopes import Scope
from accounts.services import create_client, find_key, issue_key
from kyc.audit.models import AuditRow
from kyc.audit.verbs import Verb
from kyc.notices.models import Notice
from kyc.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(people) -> ApiClient:
    return create_client(name="Broker", world=World.TEST, actor=people[Role.COMPLIANCE_HEAD])


class AnApiClient:
    def test_is_created_by_the_head(self, signed_in):
        answer = signed_in(Role.COMPLIANCE_HEAD).post("/console/clients/new/", {"name": "Console", "world": "live"})
        client = ApiClient.objects.get(name="Console")
        assert answer["Location"] == reverse("console:client", args=[client.public_id])
        assert (client.name, client.world) == ("Console", "live")

    @pytest.mark.parametrize("role", set(Role) - {Role.COMPLIANCE_HEAD})
    def test_is_nobody_elses_business(self, signed_in, gateway, role):
        client = signed_in(role)
        assert client.get(reverse("console:client", args=[gateway.public_id])).status_code == 403
        assert client.post("/console/clients/new/", {"name": "x", "world": "live"}).status_code == 403
        assert (
            client.post(reverse("console:key_issue", args=[gateway.public_id]), {"scopes": "access:decide"}).status_code
            == 403
        )
        assert not ApiKey.objects.exists()

    def test_that_is_unknown_is_not_found(self, signed_in):
        assert signed_in(Role.COMPLIANCE_HEAD).get("/console/clients/cli_nobody/").status_code == 404

    def test_of_the_other_world_is_not_in_the_list(self, signed_in, gateway, people):
        create_client(name="Livewire", world=World.LIVE, actor=people[Role.COMPLIANCE_HEAD])
        page = signed_in(Role.COMPLIANCE_HEAD).get("/console/clients/").content.decode()
        assert "Broker" in page
        assert "Livewire" not in page


class AnApiKey:
    def test_is_shown_once_and_works(self, signed_in, gateway):
        client = signed_in(Role.COMPLIANCE_HEAD)
        answer = client.post(
            reverse("console:key_issue", args=[gateway.public_id]), {"scopes": ["access:decide"], "days": "30"}
        )
        shown = re.search(r'id="fresh-key">(clr_test_[^<]+)<', answer.content.decode())
        assert find_key(shown[1]).client == gateway
        assert shown[1] not in client.get(reverse("console:client", args=[gateway.public_id])).content.decode()

    def test_is_not_cached_anywhere(self, signed_in, gateway):
        answer = signed_in(Role.COMPLIANCE_HEAD).post(
            reverse("console:key_issue", args=[gateway.public_id]), {"scopes": ["access:decide"]}
        )
        assert "no-store" in answer["Cache-Control"]

    def test_needs_a_scope(self, signed_in, gateway):
        answer = signed_in(Role.COMPLIANCE_HEAD).post(reverse("console:key_issue", args=[gateway.public_id]), {})
        assert answer.status_code == 400
        assert b"Not done" in answer.content
        assert not ApiKey.objects.exists()

    def test_that_is_revoked_works_no_more(self, signed_in, gateway, people):
        key, text = issue_key(client=gateway, scopes=[Scope.ACCESS_DECIDE], actor=people[Role.COMPLIANCE_HEAD])
        signed_in(Role.COMPLIANCE_HEAD).post(reverse("console:key_revoke", args=[gateway.public_id, key.prefix]))
        assert find_key(text) is None

    def test_is_not_revoked_by_an_analyst(self, signed_in, gateway, people):
        key, text = issue_key(client=gateway, scopes=[Scope.ACCESS_DECIDE], actor=people[Role.COMPLIANCE_HEAD])
        answer = signed_in(Role.ANALYST).post(reverse("console:key_revoke", args=[gateway.public_id, key.prefix]))
        assert answer.status_code == 403
        assert find_key(text) is not None

    def test_of_another_client_is_not_found_under_this_one(self, signed_in, gateway, people):
        other = create_client(name="Other", world=World.TEST, actor=people[Role.COMPLIANCE_HEAD])
        key, _ = issue_key(client=other, scopes=[Scope.ACCESS_DECIDE], actor=people[Role.COMPLIANCE_HEAD])
        answer = signed_in(Role.COMPLIANCE_HEAD).post(
            reverse("console:key_revoke", args=[gateway.public_id, key.prefix])
        )
        assert answer.status_code == 404


class AnInvitation:
    def test_gives_a_link_once_and_writes_a_letter(self, signed_in):
        answer = signed_in(Role.COMPLIANCE_HEAD).post(
            "/console/staff/invite/", {"email": "new@example.com", "role": "auditor"}
        )
        assert "/console/join/" in answer.content.decode()
        assert StaffInvitation.objects.get().role == Role.AUDITOR
        assert Notice.objects.get().template == "staff_invitation"

    @pytest.mark.parametrize("role", set(Role) - {Role.COMPLIANCE_HEAD})
    def test_is_not_for_others_to_write(self, signed_in, role):
        answer = signed_in(role).post("/console/staff/invite/", {"email": "new@example.com", "role": "compliance_head"})
        assert answer.status_code == 403
        assert not StaffInvitation.objects.exists()

    def test_is_taken_by_who_was_invited(self, signed_in):
        page = signed_in(Role.COMPLIANCE_HEAD).post(
            "/console/staff/invite/", {"email": "new@example.com", "role": "analyst"}
        ).content.decode()  # fmt: skip
        path = re.search(r"/console/join/[^<\s]+/", page)[0]
        user = User.objects.create_user(email="new@example.com", password=None)
        client = signed_in(user)
        assert client.get(path).status_code == 200
        assert client.post(path)["Location"] == "/console/"
        user.refresh_from_db()
        assert user.role == Role.ANALYST

    def test_is_of_no_use_to_somebody_else(self, signed_in):
        page = signed_in(Role.COMPLIANCE_HEAD).post(
            "/console/staff/invite/", {"email": "new@example.com", "role": "analyst"}
        ).content.decode()  # fmt: skip
        path = re.search(r"/console/join/[^<\s]+/", page)[0]
        thief = User.objects.create_user(email="thief@example.com", password=None)
        assert signed_in(thief).post(path).status_code == 403
        thief.refresh_from_db()
        assert thief.role == ""


class AColleague:
    def test_is_given_another_role_by_the_head(self, signed_in, people):
        analyst = people[Role.ANALYST]
        signed_in(Role.COMPLIANCE_HEAD).post(
            reverse("console:staff_role", args=[analyst.pk]), {"role": "senior_analyst"}
        )
        analyst.refresh_from_db()
        assert analyst.role == Role.SENIOR_ANALYST
        row = AuditRow.objects.filter(verb=Verb.STAFF_ROLE_SET).latest("id")
        assert (row.actor_id, row.facts["new"]) == (str(people[Role.COMPLIANCE_HEAD].pk), "senior_analyst")

    def test_does_not_change_their_own_role(self, signed_in, people):
        head = people[Role.COMPLIANCE_HEAD]
        answer = signed_in(head).post(reverse("console:staff_role", args=[head.pk]), {"role": "analyst"})
        assert answer.status_code == 403
        head.refresh_from_db()
        assert head.role == Role.COMPLIANCE_HEAD

    def test_is_offboarded_with_every_session(self, signed_in, people):
        analyst = signed_in(Role.ANALYST)
        assert analyst.get("/console/").status_code == 200
        signed_in(Role.COMPLIANCE_HEAD).post(reverse("console:staff_offboard", args=[people[Role.ANALYST].pk]))
        assert analyst.get("/console/").status_code in (302, 403)

    def test_does_not_offboard_themselves(self, signed_in, people):
        head = people[Role.COMPLIANCE_HEAD]
        assert signed_in(head).post(reverse("console:staff_offboard", args=[head.pk])).status_code == 403
        head.refresh_from_db()
        assert head.is_active

    def test_who_is_a_portal_user_is_not_found_here(self, signed_in):
        user = User.objects.create_user(email="customer@example.com", password=None)
        head = signed_in(Role.COMPLIANCE_HEAD)
        assert head.get(reverse("console:colleague", args=[user.pk])).status_code == 404
        assert head.post(reverse("console:staff_role", args=[user.pk]), {"role": "analyst"}).status_code == 404
