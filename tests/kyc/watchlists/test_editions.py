"""Loading editions and putting them in force: the good one stays unless a better one is whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from kyc.approvals.services import confirm, propose
from kyc.approvals.states import Action
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.errors import BadInput, BadList, ForbiddenMove, LostRace, NotAllowed
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.models import Edition, EditionEntry, Entry, ListedParty, Removal, WatchList
from kyc.watchlists.queries import active_editions, changes_in, edition_replaced_by
from kyc.watchlists.services import activate_edition, load_edition, refuse_edition, roll_back
from kyc.watchlists.sources import SOURCES
from kyc.watchlists.states import EditionStatus
from tests.kyc.watchlists.published import DAY, in_force, listed, loaded, written

pytestmark = pytest.mark.django_db

IVAN = listed("1", "Ivan Sidorov", born="1970-04-16")
PETR = listed("2", "Petr Orlov")
MARIA = listed("3", "Maria Lopez")


def held() -> Edition:
    """One of three entries is gone: more than a tenth."""
    in_force(IVAN, PETR, MARIA)
    return loaded(IVAN, PETR, on=DAY + timedelta(days=1))


class AFirstEdition:
    def test_is_ready_and_not_yet_in_force(self) -> None:
        edition = loaded(IVAN, PETR)
        assert edition.status == EditionStatus.READY
        assert (edition.entry_count, edition.added, edition.modified, edition.deleted) == (2, 2, 0, 0)
        assert edition.published_on == DAY
        assert active_editions().ids == ()

    def test_keeps_what_was_published(self) -> None:
        loaded(IVAN)
        entry = Entry.objects.get()
        assert ListedEntry.from_json(entry.content) == IVAN
        assert (str(entry.party), entry.name, entry.measure) == ("operator:1", "Ivan Sidorov", "OPERATOR-BLOCK")

    def test_is_audited(self) -> None:
        edition = loaded(IVAN)
        row = AuditRow.objects.get(verb=Verb.EDITION_LOADED)
        assert row.subject_id == edition.public_id
        assert row.facts["sha256"] == edition.sha256


class TheSameFileAgain:
    def test_makes_no_new_edition(self) -> None:
        assert loaded(IVAN, PETR) == loaded(IVAN, PETR)
        assert Edition.objects.count() == 1

    def test_does_not_bring_back_an_edition_that_was_rolled_back(self, lena: User) -> None:
        first = in_force(IVAN, PETR)
        second = in_force(IVAN, PETR, MARIA)
        first.refresh_from_db()
        roll_back(watchlist=first.watchlist, to=first, actor=lena, reason="The new one is wrong.")
        assert loaded(IVAN, PETR, MARIA) == second
        assert active_editions().public_ids == (first.public_id,)


class ANewEdition:
    def test_tells_what_changed(self) -> None:
        in_force(IVAN, PETR, *(listed(str(n), f"Other Person{n}") for n in range(10, 30)))
        kept = [listed(str(n), f"Other Person{n}") for n in range(10, 30)]
        edition = loaded(listed("1", "Ivan Sidorov", born="1970-04-17"), *kept, MARIA)
        assert (edition.added, edition.modified, edition.deleted) == (1, 1, 1)
        changes = {m.entry.party.uid: m.change for m in edition.memberships.exclude(change="")}
        assert changes == {"1": "modified", "3": "added"}
        assert [removal.entry.party.uid for removal in edition.removals.all()] == ["2"]

    def test_shows_each_change_with_the_fields_that_differ(self) -> None:
        others = [listed(str(n), f"Other Person{n}") for n in range(10, 30)]
        in_force(IVAN, PETR, *others)
        edition = loaded(listed("1", "Ivan Sidorov", "Vanya", born="1970-04-17"), *others, MARIA)
        told = [(change.change, change.entry.party.uid, change.fields) for change in changes_in(edition)]
        assert told == [("added", "3", ()), ("modified", "1", ("names", "birth dates")), ("deleted", "2", ())]

    def test_stores_only_the_entries_that_are_new(self) -> None:
        in_force(IVAN, PETR)
        before = set(Entry.objects.values_list("pk", flat=True))
        loaded(IVAN, PETR, MARIA)
        assert [entry.name for entry in Entry.objects.exclude(pk__in=before)] == ["Maria Lopez"]

    def test_replaces_the_one_in_force_whole(self, sent: list, django_capture_on_commit_callbacks) -> None:
        old = in_force(IVAN, PETR)
        with django_capture_on_commit_callbacks(execute=True):
            new = in_force(IVAN, PETR, MARIA)
        old.refresh_from_db()
        assert (old.status, new.status) == (EditionStatus.RETIRED, EditionStatus.ACTIVE)
        assert edition_replaced_by(new) == old
        assert sent == [("kyc.start_rescreening", {"edition": new.public_id})]


class ATruncatedList:
    def test_is_held_and_the_good_one_stays(self) -> None:
        edition = held()
        assert edition.status == EditionStatus.HELD
        assert {concern["code"] for concern in edition.concerns} >= {"edition.smaller"}
        assert active_editions().public_ids == (edition.before.public_id,)

    def test_cannot_be_activated_by_one_person_or_by_the_system(self, lena: User) -> None:
        edition = held()
        for actor in (lena, SYSTEM):
            with pytest.raises(NotAllowed):
                activate_edition(edition=edition, actor=actor)
        assert active_editions().public_ids == (edition.before.public_id,)

    def test_that_breaks_its_own_promise_is_noted_and_leaves_nothing_else(self) -> None:
        good = in_force(IVAN, PETR, MARIA)
        whole = written(IVAN, PETR, listed("9", "New Person"))["main"]
        cut = whole[: whole.rstrip().rfind(b"\n") + 1]
        with pytest.raises(BadList):
            load_edition(source="operator", files={"main": cut}, origin="a test", actor=SYSTEM)
        assert "promises 3" in WatchList.objects.get(code="operator").check_error
        assert list(Edition.objects.all()) == [good]
        assert not ListedParty.objects.filter(uid="9").exists()


class AnEmptyFile:
    @pytest.mark.parametrize("content", [b"", b"\n", b"<html>404</html>", bytes(range(256))])
    def test_is_a_bad_list(self, content: bytes) -> None:
        with pytest.raises(BadList):
            load_edition(source="operator", files={"main": content}, origin="a test", actor=SYSTEM)
        assert Edition.objects.count() == 0

    def test_that_is_well_formed_is_held(self) -> None:
        assert [concern["code"] for concern in loaded().concerns] == ["edition.empty"]


class AnOlderEdition:
    def test_is_held(self) -> None:
        in_force(IVAN, PETR)
        edition = loaded(IVAN, PETR, MARIA, on=DAY - timedelta(days=3))
        assert [concern["code"] for concern in edition.concerns] == ["edition.older"]


class ABadRow:
    def test_is_kept_with_its_position_and_holds_the_edition(self) -> None:
        content = written(IVAN, PETR)["main"].replace(b'"names"', b'"manes"', 1)
        _header, _, rows = content.partition(b"\n")
        unsigned = b'{"format": "clearance-list/1", "entries": 2}\n' + rows
        edition = load_edition(source="operator", files={"main": unsigned}, origin="a test", actor=SYSTEM)
        assert edition.status == EditionStatus.HELD
        assert [row["position"] for row in edition.bad_rows] == ["line 2"]
        assert edition.bad_row_count == 1


class AnUnknownSource:
    def test_is_refused(self) -> None:
        with pytest.raises(BadInput):
            load_edition(source="nowhere", files={"main": b""}, origin="a test", actor=SYSTEM)

    def test_as_is_a_format_that_the_source_does_not_have(self) -> None:
        with pytest.raises(BadInput):
            load_edition(source="operator", files={"main": b""}, origin="a test", actor=SYSTEM, format="un-xml")


class AHeldEdition:
    def test_goes_in_force_when_two_people_agree(self, lena: User, hugo: User) -> None:
        edition = held()
        proposal = propose(
            action=Action.ACTIVATE_EDITION, subject=edition, payload={}, evidence={}, reason="Checked.", actor=lena
        )
        with pytest.raises(NotAllowed):
            activate_edition(edition=edition, actor=hugo, proposal=proposal)
        confirm(proposal=proposal, actor=hugo, reason="Agreed.", evidence_now={})
        activate_edition(edition=edition, actor=hugo, proposal=proposal)
        assert active_editions().public_ids == (edition.public_id,)

    def test_is_not_opened_by_a_proposal_for_another(self, lena: User, hugo: User) -> None:
        edition = held()
        proposal = propose(
            action=Action.ACTIVATE_EDITION, subject=edition.before, payload={}, evidence={}, reason="x", actor=lena
        )
        confirm(proposal=proposal, actor=hugo, reason="Agreed.", evidence_now={})
        with pytest.raises(NotAllowed):
            activate_edition(edition=edition, actor=hugo, proposal=proposal)

    def test_can_be_refused_for_good(self, lena: User) -> None:
        edition = refuse_edition(edition=held(), actor=lena, reason="Cut off.")
        with pytest.raises(ForbiddenMove):
            activate_edition(edition=edition, actor=lena)
        assert loaded(IVAN, PETR, on=DAY + timedelta(days=1)) == edition  # the same file does not come back as new


class AnAnalyst:
    def test_does_not_decide_which_edition_is_in_force(self, anna: User) -> None:
        edition = loaded(IVAN)
        with pytest.raises(NotAllowed):
            activate_edition(edition=edition, actor=anna)
        with pytest.raises(NotAllowed):
            refuse_edition(edition=edition, actor=anna, reason="x")
        edition.refresh_from_db()
        assert edition.status == EditionStatus.READY
        assert not AuditRow.objects.filter(verb=Verb.EDITION_ACTIVATED).exists()


class TheSecondWorker:
    def test_loses(self) -> None:
        edition = loaded(IVAN)
        stale = Edition.objects.get(pk=edition.pk)
        activate_edition(edition=edition, actor=SYSTEM)
        with pytest.raises(LostRace):
            activate_edition(edition=stale, actor=SYSTEM)
        assert AuditRow.objects.filter(verb=Verb.EDITION_ACTIVATED).count() == 1


class ARollBack:
    def test_brings_the_edition_before_back(self, lena: User) -> None:
        first = in_force(IVAN, PETR)
        second = in_force(IVAN, PETR, MARIA)
        first.refresh_from_db()
        roll_back(watchlist=first.watchlist, to=first, actor=lena, reason="Wrong entries.")
        second.refresh_from_db()
        assert (first.watchlist.editions.active().get(), second.status) == (first, EditionStatus.RETIRED)
        assert edition_replaced_by(Edition.objects.get(pk=first.pk)) == second

    def test_is_not_possible_to_an_edition_that_never_was_in_force(self, lena: User) -> None:
        edition = loaded(IVAN)
        with pytest.raises(ForbiddenMove):
            roll_back(watchlist=edition.watchlist, to=edition, actor=lena, reason="x")


class AnEditionInTheTables:
    def test_cannot_be_active_twice_for_one_list(self) -> None:
        edition = in_force(IVAN)
        with pytest.raises(IntegrityError), transaction.atomic():
            Edition.objects.create(
                watchlist=edition.watchlist, format="x", origin="x", sha256="x", size=0, status=EditionStatus.ACTIVE
            )


class AFailureHalfWay:
    def test_leaves_no_trace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        good = in_force(IVAN, PETR)
        counts = [model.objects.count() for model in (Edition, Entry, EditionEntry, Removal, ListedParty)]

        def full_disk(*args: object, **kwargs: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("kyc.watchlists.services._Loading._judge", full_disk)
        with pytest.raises(OSError):
            loaded(IVAN, MARIA)
        assert [model.objects.count() for model in (Edition, Entry, EditionEntry, Removal, ListedParty)] == counts
        assert active_editions().public_ids == (good.public_id,)
        assert not connection.needs_rollback


class AFormatThatIsNewToAList:
    def test_needs_a_person_the_first_time(self) -> None:
        """No real JSON of the CSL was ever read here; it does not slip in because the CSV was accepted."""
        watchlist = WatchList.objects.create(code="us-csl", title="CSL")
        Edition.objects.create(
            watchlist=watchlist, format="csl-csv", origin="x", sha256="x", size=1, status=EditionStatus.ACTIVE
        )
        edition = load_edition(
            source="us-csl",
            files={"main": b'{"results": []}'},
            origin="a test",
            actor=SYSTEM,
            format="csl-json",
        )
        assert "edition.format_new" in {concern["code"] for concern in edition.concerns}


class AListWhoseKeysAreHashes:
    """As most lists of the CSL: an edit gives the row another key."""

    @pytest.fixture(autouse=True)
    def hashed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hashed = replace(SOURCES["operator"], hashed_uids=r"[a-z]\d+")
        monkeypatch.setitem(SOURCES, "operator", hashed)

    def test_tells_an_edit_as_a_modification_of_the_same_party(self) -> None:
        others = [listed(f"o{n}", f"Other Person{n}") for n in range(10, 30)]
        in_force(listed("a1", "Ivan Sidorov", born="1970-04-16"), *others)
        edition = loaded(*others, listed("b1", "Ivan Sidorov", born="1970-04-17"), listed("c1", "Maria Lopez"))
        assert (edition.added, edition.modified, edition.deleted) == (1, 1, 0)
        changed = edition.memberships.get(change="modified").entry
        assert (changed.party.uid, changed.content["birth_dates"]) == ("a1", ["1970-04-17"])
        assert edition.status == EditionStatus.READY

    def test_keeps_the_order_of_the_file_so_that_a_cut_tail_is_still_seen(self) -> None:
        others = [listed(f"o{n}", f"Other Person{n}") for n in range(10, 30)]
        in_force(listed("a1", "Ivan Sidorov"), *others)
        edition = loaded(listed("b1", "Ivan Sidorov", remarks="edited"), *others)
        order = edition.memberships.order_by("pk").values_list("entry__party__uid", flat=True)
        assert list(order) == ["a1", *(entry.uid for entry in others)]

    def test_goes_on_knowing_the_party_in_the_editions_after(self) -> None:
        in_force(listed("a1", "Ivan Sidorov"), PETR)
        in_force(listed("b1", "Ivan Sidorov", remarks="edited"), PETR)
        third = loaded(listed("b1", "Ivan Sidorov", remarks="edited"), replace(PETR, remarks="edited"))
        assert (third.added, third.modified, third.deleted) == (0, 1, 0)
