"""What a process of the gate remembers stays true, and what it answers is written down."""

from __future__ import annotations

import json

import jwt
import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import ApiKey
from accounts.scopes import Scope
from kyc.access import ledger as ledgers
from kyc.access import memory as memories
from kyc.access.feed import KEEP_CHANGES, forget_changes
from kyc.access.holds import place_hold
from kyc.access.memory import Memory, remembered
from kyc.access.models import AccessChange, AccessDecision
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Attestation, Customer
from kyc.errors import GateClosed
from kyc.geo.models import Sighting
from kyc.worlds import World
from tests.kyc.api.conftest import HOME, PYONGYANG, question

pytestmark = pytest.mark.usefixtures("house", "places")


@pytest.fixture
def maja(approved):
    return approved


def asked(service, customer, /, **more):
    return service.post("access/decisions", question(customer, **more)).json()["decision"]


class AnotherProcess:
    """Two memories stand for two processes here; tests/stack asks real ones."""

    @pytest.fixture
    def other(self, maja):
        other = Memory()
        other.keep_fresh()
        assert self.status(other, maja) == "approved"
        return other

    def status(self, memory, customer):
        known, _, _ = memory.find(
            World.TEST, customer_id=customer.public_id, account_id="", index="", at=timezone.now()
        )
        return known.subject.status

    def test_learns_at_its_next_look_what_was_changed(self, other, maja):
        Customer.objects.filter(pk=maja.pk).update(status="suspended")
        assert self.status(other, maja) == "approved", "nothing is read without a look"
        other.keep_fresh()
        assert self.status(other, maja) == "suspended"

    def test_learns_of_holds_models_and_keys(self, other, maja, service):
        place_hold(customer=maja, kind=HoldKind.MANUAL, reason="A test.", actor=SYSTEM)
        CatalogueModel.objects.filter(code="aurora-small").update(active=False)
        ApiKey.objects.update(revoked_at=timezone.now())
        other.keep_fresh()
        known, _, _ = other.find(World.TEST, customer_id=maja.public_id, account_id="", index="", at=timezone.now())
        assert [hold.kind for hold in known.subject.holds] == [HoldKind.MANUAL]
        assert other.model("aurora-small") is None and not other.house.keys

    def test_knows_terms_that_were_published_since_its_last_look(self, other):
        terms = LicenceTerms.objects.create(code="new", title="New", asks=[{"code": "fair", "must_be": True}])
        somebody = Customer.objects.create(world=World.TEST, kind="person")
        Attestation.objects.create(customer=somebody, world=World.TEST, terms=terms, answers={"fair": True})
        known, _, _ = other.find(World.TEST, customer_id=somebody.public_id, account_id="", index="", at=timezone.now())
        assert [(one.licence, one.version, one.agreed) for one in known.subject.attestations] == [("new", 1, True)]

    def test_judges_anew_by_terms_that_were_changed(self, other, maja):
        before = self.agreed(other, maja)
        assert before and all(before.values())
        LicenceTerms.objects.update(asks=[{"code": "nobody_was_asked_this", "must_be": True}])
        other.keep_fresh()
        assert not any(self.agreed(other, maja).values())

    def agreed(self, memory, maja):
        known, _, _ = memory.find(World.TEST, customer_id=maja.public_id, account_id="", index="", at=timezone.now())
        return {one.licence: one.agreed for one in known.subject.attestations}

    def test_reads_a_change_once_however_long_its_transaction_is_open(self, other, maja, monkeypatch):
        Customer.objects.filter(pk=maja.pk).update(tier="frontier")
        other.keep_fresh()
        self.status(other, maja)
        read = []
        monkeypatch.setattr(memories, "_read_one", lambda *args: read.append(args))
        other.keep_fresh()  # this test's own transaction is still open: its changes are seen again, and known
        self.status(other, maja)
        assert not read


class AWarmAnswer:
    def test_needs_no_query_but_the_look(self, service, maja, settings, django_assert_num_queries):
        settings.GATE_CHECK_SECONDS, settings.GATE_WRITE_BEHIND_SECONDS = 60, 60
        assert asked(service, maja) == "allow"
        with django_assert_num_queries(0):
            assert asked(service, maja) == "allow"

    def test_for_a_customer_not_met_yet_needs_one(self, service, maja, settings, django_assert_num_queries):
        settings.GATE_CHECK_SECONDS, settings.GATE_WRITE_BEHIND_SECONDS = 60, 60
        remembered().keep_fresh()
        with django_assert_num_queries(1):
            assert asked(service, maja) == "allow"


class ADatabaseThatIsAway:
    @pytest.fixture
    def away(self, service, maja, monkeypatch):
        assert asked(service, maja) == "allow"

        def refuse(*args):
            raise DatabaseError("the server closed the connection")

        monkeypatch.setattr(memories, "_changes_since", refuse)

    def test_is_bridged_for_a_moment(self, away, service, maja, settings):
        settings.GATE_STALE_SECONDS = 60
        assert asked(service, maja) == "allow"

    def test_then_closes_the_gate(self, away, service, maja, settings):
        settings.GATE_STALE_SECONDS = 0
        said = service.post("access/decisions", question(maja))
        assert (said.status_code, said.json()["code"]) == (503, "gate_closed")
        assert said["Cache-Control"] == "no-store"

    def test_or_closes_it_when_a_refusal_cannot_be_written(self, service, maja, monkeypatch):
        def refuse(lines):
            raise DatabaseError("disk full")

        monkeypatch.setattr(ledgers, "_copy_decisions", refuse)
        assert service.post("access/decisions", question(maja, ip=PYONGYANG)).status_code == 503
        assert not AccessDecision.objects.exists() and not Sighting.objects.exists()


class Allowances:
    def test_wait_and_refusals_do_not(self, service, maja, settings, monkeypatch):
        settings.GATE_WRITE_BEHIND_SECONDS = 60
        monkeypatch.setattr(ledgers.Ledger, "_start", lambda self: None)
        asked(service, maja)
        asked(service, maja, ip=PYONGYANG)
        assert [row.outcome for row in AccessDecision.objects.all()] == ["deny"]
        ledgers.ledger().flush()
        assert sorted(row.outcome for row in AccessDecision.objects.all()) == ["allow", "deny"]

    def test_that_could_not_be_written_are_kept(self, service, maja, settings, monkeypatch):
        settings.GATE_WRITE_BEHIND_SECONDS = 60
        monkeypatch.setattr(ledgers.Ledger, "_start", lambda self: None)
        asked(service, maja)

        def refuse(lines):
            raise DatabaseError("disk full")

        with monkeypatch.context() as broken:
            broken.setattr(ledgers, "_copy_decisions", refuse)
            ledgers.ledger().flush()
        assert not AccessDecision.objects.exists()
        ledgers.ledger().flush()
        assert AccessDecision.objects.get().outcome == "allow"

    def test_close_the_gate_when_too_many_wait(self, service, maja, settings, monkeypatch):
        settings.GATE_WRITE_BEHIND_SECONDS = 60
        monkeypatch.setattr(ledgers.Ledger, "_start", lambda self: None)
        monkeypatch.setattr(ledgers, "FOR_ONE", ledgers.Room(0, 0.01))
        assert asked(service, maja) == "allow"
        assert service.post("access/decisions", question(maja)).status_code == 503


class ASignedVerdict:
    def test_is_verified_by_the_published_keys(self, service, maja):
        said = service.post("access/decisions", question(maja, signed=True)).json()
        published = service.get("access/keys").json()["keys"]
        kid = jwt.get_unverified_header(said["verdict"])["kid"]
        key = jwt.PyJWK(next(key for key in published if key["kid"] == kid))
        claims = jwt.decode(said["verdict"], key, ["EdDSA"], options={"verify_aud": False})
        assert (claims["sub"], claims["ip"], claims["model"]) == (maja.public_id, HOME, "aurora-small")
        assert (claims["decision"], claims["jti"]) == ("allow", said["decision_id"])
        assert 0 < claims["exp"] - claims["iat"] <= 60

    def test_is_not_believed_when_changed(self, service, maja):
        verdict = service.post("access/decisions", question(maja, signed=True, ip=PYONGYANG)).json()["verdict"]
        key = jwt.PyJWK(service.get("access/keys").json()["keys"][1])
        head, claims, signature = verdict.split(".")
        forged = jwt.utils.base64url_encode(
            json.dumps(json.loads(jwt.utils.base64url_decode(claims)) | {"decision": "allow"}).encode()
        ).decode()
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(f"{head}.{forged}.{signature}", key, ["EdDSA"], options={"verify_aud": False})


class TheFeed:
    @pytest.fixture(autouse=True)
    def account(self, house, service, maja):
        service.post(f"customers/{maja.public_id}/accounts", {"account_id": "acct-1"})

    def read(self, service, cursor=""):
        return service.get(f"access/feed?cursor={cursor}").json()

    def test_has_nobody_who_may_use_something(self, service):
        assert self.read(service)["accounts"] == []

    def test_tells_what_changed_since_the_cursor(self, service, maja):
        first = self.read(service)
        Customer.objects.filter(pk=maja.pk).update(status="suspended")
        second = self.read(service, first["cursor"])
        assert second["accounts"] == [{"account": "acct-1", "denied": True}]
        assert self.read(service)["accounts"] == second["accounts"]
        Customer.objects.filter(pk=maja.pk).update(status="approved")
        assert self.read(service, second["cursor"])["accounts"] == [{"account": "acct-1", "denied": False}]

    def test_leaves_out_the_other_world(self, service_with, service, maja):
        Customer.objects.filter(pk=maja.pk).update(status="suspended")
        assert self.read(service_with(*Scope, world=World.LIVE))["accounts"] == []

    @pytest.mark.parametrize("cursor", ["x", "new.1", "new.-1.0", "all.1.2.3", f"new.{2**64}.0"])
    def test_refuses_what_is_no_cursor(self, service, cursor):
        assert service.get(f"access/feed?cursor={cursor}").status_code == 400

    def test_sends_one_who_was_away_too_long_back_to_the_beginning(self, service):
        cursor = self.read(service)["cursor"]
        AccessChange.objects.update(at=timezone.now() - 2 * KEEP_CHANGES)
        assert service.get(f"access/feed?cursor={cursor}").status_code == 410
        assert forget_changes(now=timezone.now()) > 0
        assert service.get(f"access/feed?cursor={cursor}").status_code == 410, "also when the changes are gone"


class TheKey:
    def test_that_asks_is_noted_as_used(self, service_with, maja):
        gateway = service_with(Scope.ACCESS_DECIDE)
        key = ApiKey.objects.order_by("-id").first()
        asked(gateway, maja)
        key.refresh_from_db()
        assert key.last_used_at is not None


class AFieldThatDoesNotExist:
    @pytest.mark.parametrize("more", [{"adress": HOME}, {"observed": {"zone": "UTC"}}], ids=str)
    def test_is_named_and_refused(self, service, maja, more):
        said = service.post("access/decisions", question(maja, **more))
        assert said.status_code == 422 and said.json()["fields"]
        assert not AccessDecision.objects.exists()


def test_a_memory_that_never_looked_answers_nothing():
    with pytest.raises(GateClosed):
        _ = Memory().house
