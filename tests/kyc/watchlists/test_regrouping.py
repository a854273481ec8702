"""Entries of several lists that are the same party stand in one group, and staff have the last word."""

from __future__ import annotations

import pytest

from accounts.models import User
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.errors import BadInput, ForbiddenMove, Incomplete, NotAllowed
from kyc.watchlists.models import EntryGroup, ListedParty
from kyc.watchlists.queries import groups_of
from kyc.watchlists.services import activate_edition, join_groups, split_group
from tests.kyc.watchlists.published import in_force, listed, loaded

pytestmark = pytest.mark.django_db

IVAN = listed("1", "Ivan Petrovich Sidorov", born="1970-04-16")
IVAN_ELSEWHERE = listed("X-9", "SIDOROV, Ivan Petrovich", born="1970-04-16", source="sample")
PETR = listed("2", "Petr Ilyich Orlov", born="1961-01-02")


def group_of(key: str) -> EntryGroup:
    code, _, uid = key.partition(":")
    return ListedParty.objects.select_related("group").get(watchlist__code=code, uid=uid).group


def both_lists() -> None:
    in_force(IVAN, PETR)
    in_force(IVAN_ELSEWHERE, source="sample")


class APartyOnTwoLists:
    def test_is_one_group_and_says_why(self) -> None:
        both_lists()
        assert group_of("operator:1") == group_of("sample:X-9")
        reason = ListedParty.objects.get(uid="X-9").link_reason
        assert reason == "same name and birth date 1970-04-16"

    def test_is_not_grouped_before_both_are_in_force(self) -> None:
        in_force(IVAN, PETR)
        loaded(IVAN_ELSEWHERE, source="sample")
        assert group_of("operator:1") != group_of("sample:X-9")

    def test_keeps_the_group_that_was_there_first(self) -> None:
        in_force(IVAN, PETR)
        before = group_of("operator:1")
        in_force(IVAN_ELSEWHERE, source="sample")
        assert group_of("sample:X-9") == before

    def test_parts_again_when_the_evidence_goes(self) -> None:
        both_lists()
        together = group_of("operator:1")
        in_force(listed("X-9", "SIDOROV, Ivan Petrovich", born="1988-12-01", source="sample"), source="sample")
        assert group_of("operator:1") == together
        assert group_of("sample:X-9").key == "sample:X-9"
        assert ListedParty.objects.get(uid="X-9").link_reason == ""


class APartyThatIsNobodyElse:
    def test_stands_alone(self) -> None:
        both_lists()
        assert groups_of(["operator:2"]) == {group_of("operator:2").pk}
        assert group_of("operator:2").parties.count() == 1

    def test_does_not_move_when_an_edition_changes_nothing_about_it(self) -> None:
        both_lists()
        before = {str(party): party.group_id for party in ListedParty.objects.all()}
        in_force(IVAN, PETR, listed("3", "Maria Lopez Garcia"))
        after = {str(party): party.group_id for party in ListedParty.objects.exclude(uid="3")}
        assert before == after


class ASplit:
    def test_parts_a_group_for_good(self, anna: User) -> None:
        both_lists()
        party = ListedParty.objects.get(uid="X-9")
        old = party.group
        new = split_group(party=party, actor=anna, reason="Different fathers.")
        assert group_of("sample:X-9") == new != group_of("operator:1") == old
        in_force(IVAN, PETR, listed("3", "Maria Lopez Garcia"))
        assert group_of("sample:X-9") == new

    def test_of_the_party_that_named_the_group_leaves_the_group_to_the_others(self, anna: User) -> None:
        both_lists()
        party = ListedParty.objects.get(uid="1")
        old = party.group
        new = split_group(party=party, actor=anna, reason="Different fathers.")
        assert group_of("sample:X-9") == old
        assert new.key == f"operator:1~{old.pk}"

    def test_is_audited(self, anna: User) -> None:
        both_lists()
        split_group(party=ListedParty.objects.get(uid="X-9"), actor=anna, reason="Different fathers.")
        assert AuditRow.objects.get(verb=Verb.GROUP_SPLIT).facts["reason"] == "Different fathers."

    def test_needs_a_group_of_two_and_a_reason(self, anna: User) -> None:
        both_lists()
        with pytest.raises(ForbiddenMove):
            split_group(party=ListedParty.objects.get(uid="2"), actor=anna, reason="x")
        with pytest.raises(Incomplete):
            split_group(party=ListedParty.objects.get(uid="X-9"), actor=anna, reason=" ")


class AJoin:
    def test_brings_parties_together_for_good(self, anna: User) -> None:
        both_lists()
        kept = join_groups(groups=[group_of("operator:2"), group_of("operator:1")], actor=anna, reason="One man.")
        assert {str(party) for party in kept.parties.all()} == {"operator:1", "sample:X-9", "operator:2"}
        activate_edition(edition=loaded(IVAN, PETR, listed("3", "Maria Lopez Garcia")), actor=SYSTEM)
        assert group_of("operator:1") == group_of("operator:2") == kept

    def test_needs_two_groups(self, anna: User) -> None:
        both_lists()
        with pytest.raises(BadInput):
            join_groups(groups=[group_of("operator:1")], actor=anna, reason="x")


class AVisitorWithoutARole:
    def test_may_not_touch_groups(self, db: None) -> None:
        both_lists()
        visitor = User.objects.create_user("visitor@example.com", "a long enough password")
        with pytest.raises(NotAllowed):
            split_group(party=ListedParty.objects.get(uid="X-9"), actor=visitor, reason="x")
        assert group_of("operator:1") == group_of("sample:X-9")
