"""One customer against the active lists: what is found, what stays, what is decided and remembered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.customers.services import add_party, change_party, change_profile, remove_party, set_names
from kyc.errors import BadInput, EvidenceChanged, ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.policy.screening import CURRENT as POLICY
from kyc.policy.versions import POLICY_VERSION
from kyc.screening import services
from kyc.screening.models import Hit, RememberedClearance, Screening
from kyc.screening.services import ScreeningResult, remember_clearance, screen_customer, settle_hit_as
from kyc.screening.states import HitStatus, ScreeningOutcome
from kyc.watchlists.models import EntryGroup, ListedParty
from kyc.watchlists.services import join_groups
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db

SIDOROV = listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",))
ORLOV = listed("2", "Petr Ilyich ORLOV", born="1961-01-02", nationalities=("RU",))
NAMESAKE = listed("6", "Ivan Petrovich SIDOROV", born="1970")
OTHERS = tuple(listed(str(n), f"Other Person{n}") for n in range(10, 30))  # so that one who leaves is a small part


def screened(customer: Customer) -> ScreeningResult:
    return screen_customer(customer=customer, reason="requested")


def cleared(hit: Hit, by: User) -> Hit:
    settled = settle_hit_as(
        hit=hit, status=HitStatus.NO_MATCH, reason_codes=["different_birth_date"], narrative="", actor=by
    )
    remember_clearance(hit=settled, actor=by)
    return settled


class AListedParty:
    def test_is_found_and_held(self, ivan: Customer) -> None:
        edition = in_force(SIDOROV, ORLOV)
        result = screened(ivan)
        (hit,) = result.new_hits
        assert result.strong_hits == (hit,)
        assert (hit.status, hit.strong, hit.effect) == (HitStatus.PENDING, True, "block")
        assert (hit.subject, hit.query_name, hit.matched_name) == (
            ivan.public_id,
            "Ivan Petrovich Sidorov",
            "Ivan Petrovich SIDOROV",
        )
        assert result.screening.outcome == ScreeningOutcome.HITS
        assert result.screening.editions == {"operator": edition.public_id}

    def test_leaves_the_evidence_with_the_verdict(self, ivan: Customer) -> None:
        in_force(SIDOROV)
        result = screened(ivan)
        stored = Screening.objects.get(pk=result.screening.pk)
        assert stored.facts[0]["names"][0]["text"] == "Ivan Petrovich Sidorov"
        assert (stored.policy_version, stored.facts_version) == (POLICY_VERSION, ivan.facts_version)
        codes = {finding["code"] for finding in Hit.objects.get().findings}
        assert {"name.agree", "birth.day.agree", "country.agree", "list.effect"} <= codes

    def test_is_audited_without_personal_words(self, ivan: Customer) -> None:
        in_force(SIDOROV)
        screened(ivan)
        rows = AuditRow.objects.filter(verb__in=[Verb.SCREENED, Verb.HIT_FOUND])
        assert rows.count() == 2
        assert not [row for row in rows if "idorov" in str(row.facts).lower()]

    def test_with_a_flag_only_is_a_hit_and_no_hold(self, ivan: Customer) -> None:
        in_force(listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", measure="OPERATOR-REVIEW"))
        result = screened(ivan)
        assert (len(result.new_hits), result.strong_hits) == (1, ())


class ANamesakeWithAnotherBirthDate:
    def test_is_a_hit_for_a_person_and_no_hold(self, namesake: Customer) -> None:
        in_force(SIDOROV)
        result = screened(namesake)
        (hit,) = result.new_hits
        assert not hit.strong
        assert result.strong_hits == ()


class AStranger:
    def test_is_clear(self, stranger: Customer) -> None:
        in_force(SIDOROV, ORLOV)
        result = screened(stranger)
        assert (result.screening.outcome, result.new_hits) == (ScreeningOutcome.CLEAR, ())


class AScreeningThatCannotBeDone:
    def test_without_lists_is_unknown_and_never_clear(self, ivan: Customer) -> None:
        result = screened(ivan)
        assert result.unknown
        assert "No list is active" in result.screening.error
        assert AuditRow.objects.filter(verb=Verb.SCREENING_FAILED).count() == 1

    def test_without_a_name_is_unknown(self, db: None) -> None:
        in_force(SIDOROV)
        assert screened(on_file("")).unknown

    def test_by_a_fault_of_ours_is_unknown_and_changes_no_hit(
        self, ivan: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_force(SIDOROV)
        screened(ivan)
        before = Hit.objects.values().get()

        def fault(*args: object) -> None:
            raise IndexError("a fault of ours")

        monkeypatch.setattr(services, "screener_of", fault)
        result = screened(ivan)
        assert (result.unknown, result.new_hits) == (True, ())
        assert result.screening.error == "IndexError: a fault of ours"
        assert Hit.objects.values().get() == before

    def test_by_a_disk_that_is_full_is_unknown(self, ivan: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(SIDOROV)

        def full(*args: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("kyc.screening.indexes.Index.save", full)
        assert screened(ivan).unknown


class TheSameScreeningTwice:
    def test_makes_no_second_hit_and_no_second_hold(self, ivan: Customer) -> None:
        in_force(SIDOROV)
        screened(ivan)
        again = screened(ivan)
        assert (again.new_hits, again.strong_hits) == ((), ())
        assert again.screening.outcome == ScreeningOutcome.HITS
        assert Hit.objects.get().screening == again.screening


class AnOwner:
    def test_who_is_listed_is_a_hit_on_the_customer_with_the_path(self, db: None) -> None:
        in_force(SIDOROV)
        company = on_file("Northern Light Robotics Ltd", kind="organisation", registration_country="GB")
        owner = add_party(
            customer=company,
            actor=SYSTEM,
            kind="person",
            roles=["owner"],
            legal_name="Ivan Petrovich Sidorov",
            birth_date=date(1970, 4, 16),
            share_min=60,
            share_max=60,
        )
        (hit,) = screened(company).strong_hits
        assert (hit.customer, hit.subject) == (company, owner.public_id)
        assert hit.path == "owner (60 %) of Northern Light Robotics Ltd"

    def test_who_was_removed_keeps_the_open_hit_for_a_person(self, db: None) -> None:
        in_force(SIDOROV)
        company = on_file("Northern Light Robotics Ltd", kind="organisation")
        owner = add_party(
            customer=company, actor=SYSTEM, kind="person", roles=["owner"], legal_name="Ivan Petrovich Sidorov"
        )
        screened(company)
        remove_party(party=owner, actor=SYSTEM)
        screened(company)
        assert Hit.objects.get().status == HitStatus.PENDING


class ACustomerWhoChangesTheirName:
    def test_does_not_talk_themselves_out_of_a_hit(self, ivan: Customer) -> None:
        in_force(SIDOROV)
        screened(ivan)
        change_profile(customer=ivan, actor=SYSTEM, legal_name="Aurelius Winterbottom")
        result = screened(ivan)
        assert result.screening.outcome == ScreeningOutcome.CLEAR
        assert Hit.objects.open().count() == 1

    def test_is_found_under_an_alias(self, stranger: Customer) -> None:
        in_force(SIDOROV)
        set_names(customer=stranger, actor=SYSTEM, names=[("Ivan Petrovich Sidorov", "strong")])
        assert len(screened(stranger).new_hits) == 1


class AClearedHit:
    def test_is_remembered_and_listed_with_the_reason(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        (hit,) = screened(namesake).new_hits
        cleared(hit, anna)
        again = screened(namesake)
        assert (again.screening.outcome, again.new_hits) == (ScreeningOutcome.CLEAR, ())
        (row,) = again.screening.suppressed
        assert row["hit"] == hit.public_id
        assert "neither side has changed" in row["why"]
        assert AuditRow.objects.filter(verb=Verb.HIT_SUPPRESSED).count() == 1

    def test_is_open_again_when_the_customer_changes(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        (hit,) = screened(namesake).new_hits
        cleared(hit, anna)
        change_profile(customer=namesake, actor=SYSTEM, birth_date=date(1970, 4, 16), nationalities=["RU"])
        again = screened(namesake)
        assert (again.new_hits, again.strong_hits) == ((hit,), (hit,))
        hit.refresh_from_db()
        assert (hit.status, hit.settled_by, hit.reason_codes) == (HitStatus.PENDING, None, [])
        told = "Changed since it was cleared: the customer's birth date; the customer's countries."
        assert hit.findings[0]["sentence"] == told
        clearance = RememberedClearance.objects.get()
        assert clearance.lapsed_reason == told
        assert AuditRow.objects.filter(verb=Verb.CLEARANCE_LAPSED).count() == 1

    def test_is_open_again_when_the_listing_changes(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV, ORLOV)
        cleared(screened(namesake).new_hits[0], anna)
        in_force(listed("1", "Ivan Petrovich SIDOROV", born="1988-01-02", nationalities=("RU",)), ORLOV)
        (hit,) = screened(namesake).new_hits
        assert hit.findings[0]["sentence"] == "Changed since it was cleared: the listed birth date (operator:1)."

    def test_is_open_again_when_another_list_names_the_party_too(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        cleared(screened(namesake).new_hits[0], anna)
        in_force(listed("7", "Ivan Petrovich SIDOROV", born="1970-04-16", source="sample"), source="sample")
        (hit,) = screened(namesake).new_hits
        assert "a further entry sample:7" in hit.findings[0]["sentence"]

    def test_stays_quiet_when_an_edition_changes_others(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        cleared(screened(namesake).new_hits[0], anna)
        in_force(SIDOROV, ORLOV)
        assert screened(namesake).new_hits == ()

    def test_is_open_again_when_the_clearance_has_expired(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        cleared(screened(namesake).new_hits[0], anna)
        clearance = RememberedClearance.objects.get()
        assert clearance.expires_on == timezone.localdate() + timedelta(days=POLICY.clearance_days)
        RememberedClearance.objects.update(expires_on=timezone.localdate())
        (hit,) = screened(namesake).new_hits
        assert "expired" in hit.findings[0]["sentence"]

    def test_can_be_cleared_and_remembered_a_second_time(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        cleared(screened(namesake).new_hits[0], anna)
        change_profile(customer=namesake, actor=SYSTEM, birth_date=date(1989, 1, 2))
        cleared(screened(namesake).new_hits[0], anna)
        assert RememberedClearance.objects.filter(lapsed_at=None).count() == 1
        assert screened(namesake).new_hits == ()

    def test_is_remembered_once_however_often_one_asks(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        hit = cleared(screened(namesake).new_hits[0], anna)
        assert remember_clearance(hit=hit, actor=anna) == RememberedClearance.objects.get()

    def test_keeps_no_readable_facts(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        cleared(screened(namesake).new_hits[0], anna)
        sides = RememberedClearance.objects.get().sides
        assert {"subject.birth_dates", "operator:1.names"} <= sides.keys()
        assert not [value for value in sides.values() if "1988" in value]


class AnOpenHit:
    def test_is_not_remembered(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        (hit,) = screened(namesake).new_hits
        with pytest.raises(ForbiddenMove):
            remember_clearance(hit=hit, actor=anna)

    def test_that_has_grown_strong_holds_access(self, namesake: Customer) -> None:
        in_force(SIDOROV)
        (hit,) = screened(namesake).new_hits
        change_profile(customer=namesake, actor=SYSTEM, birth_date=date(1970, 4, 16), nationalities=["RU"])
        result = screened(namesake)
        assert (result.new_hits, result.strong_hits) == ((), (hit,))


class AnEntryThatLeavesTheList:
    def test_marks_the_hit_and_lifts_nothing(self, ivan: Customer) -> None:
        in_force(SIDOROV, *(listed(str(n), f"Other Person{n}") for n in range(10, 30)))
        (hit,) = screened(ivan).new_hits
        in_force(*(listed(str(n), f"Other Person{n}") for n in range(10, 30)), ORLOV)
        result = screened(ivan)
        assert result.delisted_hits == (hit,)
        hit.refresh_from_db()
        assert hit.status == HitStatus.DELISTED

    def test_and_comes_back_opens_the_hit_again(self, ivan: Customer) -> None:
        others = [listed(str(n), f"Other Person{n}") for n in range(10, 30)]
        in_force(SIDOROV, *others)
        (hit,) = screened(ivan).new_hits
        in_force(*others, ORLOV)
        screened(ivan)
        in_force(SIDOROV, *others, ORLOV)
        result = screened(ivan)
        assert (result.new_hits, result.strong_hits) == ((hit,), (hit,))

    def test_does_not_touch_what_was_cleared(self, namesake: Customer, anna: User) -> None:
        others = [listed(str(n), f"Other Person{n}") for n in range(10, 30)]
        in_force(SIDOROV, *others)
        cleared(screened(namesake).new_hits[0], anna)
        in_force(*others, ORLOV)
        assert screened(namesake).delisted_hits == ()
        assert Hit.objects.get().status == HitStatus.NO_MATCH


class APairOfPartiesThatStaffJoin:
    def test_keep_one_hit_on_the_joined_party(self, ivan: Customer, anna: User) -> None:
        in_force(SIDOROV, listed("5", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("BY",)))
        ListedParty.objects.get(uid="5")
        first, second = sorted(screened(ivan).new_hits, key=lambda hit: hit.pk)
        kept = join_groups(groups=EntryGroup.objects.all(), actor=anna, reason="One man with two passports.")
        screened(ivan)
        first.refresh_from_db()
        second.refresh_from_db()
        assert {first.status, second.status} == {HitStatus.PENDING, HitStatus.SUPERSEDED}
        assert Hit.objects.open().get().group == kept


class AHitInAPersonsHands:
    @pytest.fixture
    def hit(self, namesake: Customer) -> Hit:
        in_force(SIDOROV)
        return screened(namesake).new_hits[0]

    def settle(self, hit: Hit, by: User, **changed: Any) -> Hit:
        said = {"status": HitStatus.NO_MATCH, "reason_codes": ["different_birth_date"], "narrative": ""} | changed
        return settle_hit_as(hit=hit, actor=by, **said)

    def test_is_settled_with_a_reason(self, hit: Hit, anna: User) -> None:
        settled = self.settle(hit, anna)
        assert (settled.status, settled.settled_by, settled.reason_codes) == (
            HitStatus.NO_MATCH,
            anna,
            ["different_birth_date"],
        )
        assert AuditRow.objects.get(verb=Verb.HIT_SETTLED).facts["codes"] == ["different_birth_date"]

    def test_is_lost_to_the_second_reviewer(self, hit: Hit, anna: User, hugo: User) -> None:
        stale = Hit.objects.get(pk=hit.pk)
        self.settle(hit, anna)
        with pytest.raises(LostRace):
            self.settle(stale, hugo, status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He is.")
        assert AuditRow.objects.filter(verb=Verb.HIT_SETTLED).count() == 1

    def test_is_lost_when_its_evidence_changed_meanwhile(self, hit: Hit, anna: User) -> None:
        change_profile(customer=hit.customer, actor=SYSTEM, birth_date=date(1970, 4, 16))
        screened(hit.customer)
        with pytest.raises(LostRace):
            self.settle(hit, anna)

    @pytest.mark.parametrize(
        ("said", "error"),
        [
            ({"reason_codes": []}, Incomplete),
            ({"reason_codes": ["common_name"]}, Incomplete),  # needs words
            ({"reason_codes": ["use_not_permitted"]}, BadInput),  # a reason for something else
            ({"reason_codes": ["no such reason"]}, BadInput),
            ({"reason_codes": ["same_party"], "narrative": "He is."}, BadInput),  # a reason for the other outcome
            ({"status": HitStatus.TRUE_MATCH}, BadInput),  # a different birth date makes no match
            ({"status": HitStatus.DELISTED}, BadInput),  # not a person's to say
            ({"status": HitStatus.PENDING}, BadInput),
        ],
    )
    def test_is_not_settled_badly(self, hit: Hit, anna: User, said: dict[str, Any], error: type[Exception]) -> None:
        with pytest.raises(error):
            self.settle(hit, anna, **said)
        hit.refresh_from_db()
        assert hit.status == HitStatus.PENDING

    def test_is_not_a_list_managers_to_settle(self, hit: Hit, lena: User) -> None:
        with pytest.raises(NotAllowed):
            self.settle(hit, lena)

    def test_keeps_the_narrative_out_of_the_readable_audit(self, hit: Hit, anna: User) -> None:
        self.settle(hit, anna, reason_codes=["common_name"], narrative="Sidorov is common in Omsk.")
        row = AuditRow.objects.get(verb=Verb.HIT_SETTLED)
        assert "Omsk" not in str(row.facts)
        assert "narrative" in row.personal

    def test_is_not_remembered_on_evidence_nobody_saw(self, hit: Hit, anna: User) -> None:
        settled = self.settle(hit, anna)
        settled.fingerprint = "another"
        with pytest.raises(EvidenceChanged):
            remember_clearance(hit=settled, actor=anna)


class ATrueMatch:
    def test_supersedes_what_is_no_stricter_and_leaves_the_rest(self, ivan: Customer, anna: User) -> None:
        in_force(
            SIDOROV,
            listed("5", "Ivan Petrovich SIDOROV", measure="OPERATOR-REVIEW", born="1971"),
            listed("6", "Ivan Petrovich SIDOROV", born="1970"),
        )
        hits = {hit.entries.get().party.uid: hit for hit in screened(ivan).new_hits}
        settle_hit_as(
            hit=hits["1"], status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He.", actor=anna
        )
        assert {hit.status for hit in Hit.objects.exclude(pk=hits["1"].pk)} == {HitStatus.SUPERSEDED}

    def test_on_a_mild_list_does_not_hide_a_strict_one(self, ivan: Customer, anna: User) -> None:
        in_force(SIDOROV, listed("5", "Ivan Petrovich SIDOROV", measure="OPERATOR-REVIEW", born="1971"))
        hits = {hit.entries.get().party.uid: hit for hit in screened(ivan).new_hits}
        settle_hit_as(
            hit=hits["5"], status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He.", actor=anna
        )
        assert Hit.objects.get(pk=hits["1"].pk).status == HitStatus.PENDING

    @pytest.fixture
    def superseded(self, ivan: Customer, anna: User) -> Hit:
        """The other hit of a man who is settled to be number 1."""
        in_force(SIDOROV, NAMESAKE, *OTHERS)
        hits = {hit.entries.get().party.uid: hit for hit in screened(ivan).new_hits}
        settle_hit_as(
            hit=hits["1"], status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He.", actor=anna
        )
        return hits["6"]

    def test_keeps_what_it_superseded_quiet_while_it_is_listed(self, ivan: Customer, superseded: Hit) -> None:
        assert screened(ivan).new_hits == ()
        in_force(SIDOROV, NAMESAKE, *OTHERS, ORLOV)
        assert screened(ivan).new_hits == ()
        superseded.refresh_from_db()
        assert superseded.status == HitStatus.SUPERSEDED

    def test_that_leaves_the_list_opens_again_what_it_superseded(self, ivan: Customer, superseded: Hit) -> None:
        in_force(NAMESAKE, *OTHERS)
        result = screened(ivan)
        assert [hit.status for hit in result.delisted_hits] == [HitStatus.DELISTED]
        assert result.new_hits == (superseded,)
        superseded.refresh_from_db()
        assert superseded.status == HitStatus.PENDING
        assert superseded.findings[0]["sentence"] == "No true match of the same subject is listed any more."

    def test_of_two_that_leaves_the_list_opens_nothing_while_the_other_stands(
        self, ivan: Customer, superseded: Hit
    ) -> None:
        Hit.objects.filter(pk=superseded.pk).update(status=HitStatus.TRUE_MATCH)
        in_force(SIDOROV, NAMESAKE, *OTHERS, listed("7", "Ivan Petrovich SIDOROV", measure="OPERATOR-REVIEW"))
        (third,) = screened(ivan).new_hits
        Hit.objects.filter(pk=third.pk).update(status=HitStatus.SUPERSEDED)
        in_force(NAMESAKE, *OTHERS, listed("7", "Ivan Petrovich SIDOROV", measure="OPERATOR-REVIEW"))
        result = screened(ivan)
        assert (len(result.delisted_hits), result.new_hits) == (1, ())

    def test_stays_one_when_screened_again(self, ivan: Customer, anna: User) -> None:
        in_force(SIDOROV)
        (hit,) = screened(ivan).new_hits
        settle_hit_as(hit=hit, status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He.", actor=anna)
        change_profile(customer=ivan, actor=SYSTEM, gender="male")
        result = screened(ivan)
        assert (result.new_hits, result.strong_hits) == ((), ())
        assert Hit.objects.get().status == HitStatus.TRUE_MATCH


class AnOwnerWhoseFactsArrive:
    def test_is_compared_anew(self, db: None) -> None:
        in_force(SIDOROV)
        company = on_file("Northern Light Robotics Ltd", kind="organisation")
        owner = add_party(customer=company, actor=SYSTEM, kind="person", roles=["owner"], legal_name="Unknown Holder")
        assert screened(company).new_hits == ()
        change_party(party=owner, actor=SYSTEM, legal_name="Ivan Petrovich Sidorov")
        assert len(screened(company).new_hits) == 1
