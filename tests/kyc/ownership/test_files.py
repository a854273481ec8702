"""Charts from files: BODS 0.4 both ways, GLEIF level 2 for what it says, and what becomes of them on file."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyc import dispatch, journey
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import add_identifier
from kyc.customers.states import InterestKind
from kyc.errors import BadInput
from kyc.ownership.bods import NOMINEE_FOR, PARENT, read_bods, write_bods
from kyc.ownership.chart import Chart, ChartParty
from kyc.ownership.files import chart_of, import_chart, import_gleif
from kyc.ownership.gleif import Consolidation, read_relationships
from kyc.ownership.graph import IN_PERCENT, Interest, PartyKind
from kyc.ownership.queries import current_evaluation, structure_of
from tests.kyc.ownership.conftest import director, owner

bods_fixtures = pytest.importorskip("bods_fixtures", reason="bods-v04-fixtures is a development requirement")
ON = date(2026, 11, 26)
# a busy machine draws slowly, and that says nothing of the files
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BMW, QUANDT = "YEH5ZCD6E441RHVHD759", "529900W18LQJJN6SJ336"  # two LEIs with right check digits


# ------------------------------------------------------------------------------------------------ BODS
def statement(record: str, kind: str, details: dict, **more: object) -> dict:
    return {
        "statementId": f"s-{record}",
        "declarationSubject": "acme",
        "statementDate": "2026-01-01",
        "publicationDetails": {"bodsVersion": "0.4", "publicationDate": "2026-01-01", "publisher": {"name": "x"}},
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": details,
    } | more


ACME = statement("acme", "entity", {"entityType": {"type": "registeredEntity"}, "name": "Acme Ltd"})
JANE = statement("jane", "person", {"personType": "knownPerson", "names": [{"type": "legal", "fullName": "Jane"}]})


def held(*interests: dict, owner: object = "jane", record: str = "rel", **more: object) -> dict:
    details = {"subject": "acme", "interestedParty": owner, "interests": list(interests)} | more
    return statement(record, "relationship", details)


def read(*rows: dict) -> Chart:
    return read_bods(json.dumps(rows).encode())


class TheFixturesOfTheStandard:
    def test_of_direct_ownership_are_read(self):
        chart = read_bods(json.dumps(bods_fixtures.load("core/01-direct-ownership").statements).encode())
        assert chart.party(chart.subject).name == "Acme Holdings Ltd"
        (shares, votes) = chart.interests
        assert (shares.low, shares.high, shares.since) == (Fraction(3, 4), Fraction(3, 4), date(2010, 1, 1))
        assert votes.kind == InterestKind.VOTES

    def test_of_a_circle_are_read(self):
        rows = bods_fixtures.load("edge-cases/10-circular-ownership").statements
        names = sorted(row["recordDetails"]["name"] for row in rows if row["recordType"] == "entity")
        chart = read_bods(json.dumps(rows).encode(), about=names[0])
        assert chart.party(chart.subject).name == names[0]
        assert {(row.owner, row.owned) for row in chart.interests} >= {
            (row.owned, row.owner) for row in chart.interests if chart.party(row.owner).kind == PartyKind.ORGANISATION
        }
        with pytest.raises(BadInput, match="not about one company"):
            read_bods(json.dumps(rows).encode())

    def test_of_an_anonymous_owner_leave_somebody_unnamed(self):
        chart = read_bods(json.dumps(bods_fixtures.load("edge-cases/11-anonymous-person").statements).encode())
        (row,) = chart.interests
        assert chart.party(row.owner).kind == PartyKind.UNNAMED
        assert not row.known


class AStatement:
    @pytest.mark.parametrize(
        ("share", "low", "high"),
        [
            ({"exact": 25}, "1/4", "1/4"),
            ({"minimum": 25, "maximum": 50}, "1/4", "1/2"),
            ({"exclusiveMinimum": 50, "maximum": 75}, "1/2", "3/4"),
            ({"exact": 33.3333}, "333333/1000000", "333333/1000000"),
            ({}, "0", "1"),
        ],
    )
    def test_says_exactly_how_much(self, share, low, high):
        (row,) = read(ACME, JANE, held({"type": "shareholding", "share": share})).interests
        assert (str(row.low), str(row.high)) == (low, high)

    def test_that_is_later_replaces_an_earlier_one_and_a_closed_one_ends_it(self):
        later = held({"type": "shareholding", "share": {"exact": 10}}) | {"statementDate": "2026-02-01"}
        earlier = held({"type": "shareholding", "share": {"exact": 90}})
        assert read(ACME, JANE, later, earlier).interests[0].low == Fraction(1, 10)
        closed = later | {"recordStatus": "closed"}
        assert read(ACME, JANE, earlier, closed).interests == ()

    def test_of_an_indirect_interest_with_components_is_not_counted_twice(self):
        indirect = held(
            {"type": "shareholding", "directOrIndirect": "indirect", "share": {"exact": 50}},
            record="whole",
            componentRecordIds=["rel"],
        )
        chart = read(ACME, JANE, held({"type": "shareholding", "share": {"exact": 50}}), indirect)
        assert len(chart.interests) == 1
        assert "not counted twice" in chart.notes[0]

    def test_that_there_is_no_owner_is_no_unnamed_one(self):
        chart = read(ACME, held(owner={"reason": "noBeneficialOwners"}))
        assert chart.interests == ()

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"{", "not JSON"),
            (b"[]", "list of statements"),
            (b'[{"recordType": "entity"}]', "BODS without a version"),
            (json.dumps([ACME | {"publicationDetails": {"bodsVersion": "0.3"}}]).encode(), "0.3"),
            (json.dumps([ACME, JANE, held({"type": "shareholding", "share": {"exact": 120}})]).encode(), "0 to 100"),
            (json.dumps([ACME, JANE, held({"type": "shareholding", "share": {"exact": "half"}})]).encode(), "number"),
            (b"[" * 100_000, "not JSON"),
        ],
    )
    def test_that_cannot_be_read_says_why(self, content, words):
        with pytest.raises(BadInput, match=words):
            read_bods(content)

    @UNHURRIED
    @given(st.binary(max_size=200))
    def test_of_any_bytes_is_read_or_refused(self, content):
        with pytest.raises(BadInput):
            read_bods(content)


PART = st.integers(0, 1_000_000).map(lambda number: Fraction(number, 1_000_000))
DAYS = st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2030, 1, 1)))


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Whatever the standard can say: people, companies, trusts, states, the unnamed; ranges, unknowns, dates."""
    parties = [ChartParty("target", "The Target Ltd", PartyKind.ORGANISATION, "GB", "FR")]
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(list(PartyKind)))
        person = kind == PartyKind.PERSON
        parties.append(
            ChartParty(
                key=f"party{number}",
                name="" if kind == PartyKind.UNNAMED else draw(st.text("abcÄ é", min_size=1)).strip() or "x",
                kind=kind,
                country=draw(st.sampled_from(["", "DE", "PA"])),
                headquarters="" if person or kind == PartyKind.UNNAMED else draw(st.sampled_from(["", "CN"])),
                birth_date=date(1975, 6, 20) if person else None,
                nationalities=("DE",) if person else (),
                listed_on="NYSE" if kind == PartyKind.ORGANISATION and draw(st.booleans()) else "",
            )
        )
    rows = []
    for number, party in enumerate(parties[1:]):
        kind = draw(st.sampled_from(list(InterestKind)))
        low, high = sorted([draw(PART), draw(PART)])
        counted = kind in IN_PERCENT and draw(st.booleans())
        nominee = kind in IN_PERCENT and draw(st.booleans())
        rows.append(
            Interest(
                f"rel{number}#0",
                party.key,
                "target",
                kind,
                low if counted else Fraction(0),
                high if counted else Fraction(1),
                nominee,
                "target" if nominee and draw(st.booleans()) else None,
                draw(DAYS),
                draw(DAYS),
            )
        )
    return Chart("target", tuple(parties), tuple(rows))


class AChartWrittenAndReadAgain:
    @UNHURRIED
    @given(charts())
    def test_is_the_same_chart(self, chart):
        again = read_bods(json.dumps(write_bods(chart, on=ON, publisher="x")).encode())
        assert {party.key: party for party in again.parties} == {party.key: party for party in chart.parties}

        def plain(rows):
            return [(row.owner, row.owned, row.kind, row.low, row.high, row.nominee, row.held_for) for row in rows]

        assert plain(again.interests) == plain(chart.interests)
        dates = [(row.since, row.until) for row in again.interests]
        assert dates == [(row.since, row.until) for row in chart.interests]


@pytest.mark.django_db
class AChartOnFile:
    ROWS = (
        statement("acme", "entity", {"entityType": {"type": "legalEntity"}, "name": "Northern Light Robotics LTD"}),
        statement(
            "hold",
            "entity",
            {
                "entityType": {"type": "registeredEntity"},
                "name": "Holding Ltd",
                "jurisdiction": {"code": "GB"},
                "identifiers": [{"scheme": "GB-COH", "id": "10000001"}],
            },
        ),
        JANE,
        statement(
            "r1",
            "relationship",
            {
                "subject": "acme",
                "interestedParty": "hold",
                "interests": [{"type": "shareholding", "share": {"exact": 60}}],
            },
        ),
        statement(
            "r2",
            "relationship",
            {
                "subject": "hold",
                "interestedParty": "jane",
                "interests": [
                    {"type": "shareholding", "share": {"minimum": 25, "maximum": 50}},
                    {"type": "boardMember"},
                ],
            },
        ),
    )

    @pytest.fixture(autouse=True)
    def quiet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)

    def test_keeps_parties_interests_and_their_source(self, company: Customer) -> None:
        made = import_chart(customer=company, chart=read(*self.ROWS), source="bods:register", actor=SYSTEM)
        assert (made.added, made.interests) == (2, 2)
        holding = company.relatedparty_set.get(legal_name="Holding Ltd")
        jane = company.relatedparty_set.get(legal_name="Jane")
        assert holding.holding.share_min == Decimal(60)
        assert (jane.holding.owned, jane.holding.share_max) == (holding, Decimal(50))
        assert holding.identifiers.get().kind == "registration"

    def test_does_not_make_who_runs_a_holding_run_the_customer(self, company: Customer) -> None:
        made = import_chart(customer=company, chart=read(*self.ROWS), source="bods:register", actor=SYSTEM)
        assert company.relatedparty_set.get(legal_name="Jane").roles == ["owner"]
        assert "Jane runs Holding Ltd and not the customer; left out." in made.notes
        journey.look_at_owners(customer=company, actor=SYSTEM, on=ON)
        findings = current_evaluation(company).results["tests"]["beneficial_owners"]["findings"]
        assert "ownership.beneficial_owners.no_control" in {row["code"] for row in findings}

    def test_keeps_who_runs_the_customer_itself(self, company: Customer) -> None:
        board = held({"type": "boardMember"}, record="board")
        import_chart(customer=company, chart=read(*self.ROWS, board), source="bods:register", actor=SYSTEM)
        assert company.relatedparty_set.get(legal_name="Jane").roles == ["director", "owner"]

    def test_leaves_out_who_owns_and_runs_other_companies(self, company: Customer) -> None:
        sub = statement("sub", "entity", {"entityType": {"type": "registeredEntity"}, "name": "Sub Ltd"})
        mark = statement("mark", "person", {"personType": "knownPerson", "names": [{"fullName": "Mark"}]})
        theirs = held({"type": "shareholding", "share": {"exact": 40}}, {"type": "boardMember"}, record="r3")
        theirs["recordDetails"] |= {"subject": "sub", "interestedParty": "mark"}
        ours = held({"type": "shareholding", "share": {"exact": 100}}, owner="acme", record="r4")
        ours["recordDetails"]["subject"] = "sub"
        chart = read(*self.ROWS, sub, mark, theirs, ours)
        made = import_chart(customer=company, chart=chart, source="bods:register", actor=SYSTEM)
        assert sorted(company.relatedparty_set.values_list("legal_name", flat=True)) == ["Holding Ltd", "Jane"]
        assert company.interest_set.count() == 2
        assert "Sub Ltd does not own the customer; who owns it was left out." in made.notes
        assert "Mark runs Sub Ltd and not the customer; left out." in made.notes

    def test_keeps_a_parent_of_a_holding_as_its_parent_and_not_the_customers(self, company: Customer) -> None:
        top = statement("top", "entity", {"entityType": {"type": "registeredEntity"}, "name": "Top Ltd"})
        parent = held({"type": "otherInfluenceOrControl", "details": PARENT}, owner="top", record="r3")
        parent["recordDetails"]["subject"] = "hold"
        import_chart(customer=company, chart=read(*self.ROWS, top, parent), source="bods:register", actor=SYSTEM)
        (row,) = company.relatedparty_set.get(legal_name="Top Ltd").interests.all()
        assert (row.kind, row.owned.legal_name) == ("parent", "Holding Ltd")

    def test_keeps_for_whom_a_nominee_holds(self, company: Customer) -> None:
        nominee = statement("nora", "person", {"personType": "knownPerson", "names": [{"fullName": "Nora"}]})
        shares = {"type": "shareholding", "share": {"exact": 40}, "details": f"{NOMINEE_FOR}jane."}
        chart = read(self.ROWS[0], JANE, nominee, held(shares, owner="nora"))
        import_chart(customer=company, chart=chart, source="bods:register", actor=SYSTEM)
        assert company.interest_set.get().held_for.legal_name == "Jane"

    def test_that_is_sent_again_replaces_what_that_source_said(self, company: Customer) -> None:
        for _ in range(2):
            made = import_chart(customer=company, chart=read(*self.ROWS), source="bods:register", actor=SYSTEM)
        assert (made.added, made.found, made.replaced) == (0, 2, 2)
        assert company.interest_set.filter(removed_at=None).count() == 2

    def test_leaves_what_the_customer_said(self, company: Customer) -> None:
        owner(company, "Grace Example", "40")
        import_chart(customer=company, chart=read(*self.ROWS), source="bods:register", actor=SYSTEM)
        assert company.interest_set.get(party__legal_name="Grace Example").removed_at is None

    def test_of_another_company_is_refused_and_leaves_no_trace(self, company: Customer) -> None:
        before = AuditRow.objects.count()
        with pytest.raises(BadInput, match="not about Northern Light"):
            import_chart(customer=company, chart=read(ACME, JANE, held()), source="bods:x", actor=SYSTEM)
        assert (company.relatedparty_set.count(), AuditRow.objects.count()) == (0, before)

    def test_comes_out_as_it_is_on_file(self, company: Customer) -> None:
        import_chart(customer=company, chart=read(*self.ROWS), source="bods:register", actor=SYSTEM)
        director(company)
        written = json.dumps(write_bods(chart_of(company), on=ON, publisher="Clearance")).encode()
        again = read_bods(written)
        assert again.party(again.subject).name == "Northern Light Robotics Ltd"
        told = {(again.party(row.owner).name, str(row.kind), str(row.low), str(row.high)) for row in again.interests}
        assert ("Holding Ltd", "shares", "3/5", "3/5") in told
        assert ("Jane", "shares", "1/4", "1/2") in told
        assert ("Dora Example", "control_person", "0", "1") in told


# ------------------------------------------------------------------------------------------------ GLEIF
XML = f"""<?xml version="1.0"?>
<rr:RelationshipData xmlns:rr="http://www.gleif.org/data/schema/rr/2016"><rr:RelationshipRecords>
<rr:RelationshipRecord><rr:Relationship>
 <rr:StartNode><rr:NodeID>{BMW}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:StartNode>
 <rr:EndNode><rr:NodeID>{QUANDT}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:EndNode>
 <rr:RelationshipType>IS_DIRECTLY_CONSOLIDATED_BY</rr:RelationshipType>
 <rr:RelationshipPeriods><rr:RelationshipPeriod><rr:StartDate>2012-11-29T00:00:00.000Z</rr:StartDate>
  <rr:PeriodType>RELATIONSHIP_PERIOD</rr:PeriodType></rr:RelationshipPeriod></rr:RelationshipPeriods>
 <rr:RelationshipStatus>ACTIVE</rr:RelationshipStatus>
</rr:Relationship></rr:RelationshipRecord></rr:RelationshipRecords></rr:RelationshipData>""".encode()
CSV = (
    "Relationship.StartNode.NodeID,Relationship.EndNode.NodeID,Relationship.RelationshipType,"
    "Relationship.RelationshipStatus,Relationship.Period.1.startDate,Relationship.Period.1.endDate,"
    "Relationship.Period.1.periodType\n"
    f"{BMW},{QUANDT},IS_ULTIMATELY_CONSOLIDATED_BY,ACTIVE,2012-11-29T00:00:00Z,,RELATIONSHIP_PERIOD\n"
    f"{BMW},{QUANDT},IS_FUND-MANAGED_BY,ACTIVE,,,\n"
).encode()
EXCEPTIONS = f"LEI,Exception.Category,Exception.Reason.1\n{BMW},ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT,NON_PUBLIC\n"


class TheRecordsOfGleif:
    def test_say_who_consolidates_whom_in_either_format(self):
        (row,), _ = read_relationships(XML)
        assert (row.how, row.since, row.active) == (Consolidation.DIRECTLY, date(2012, 11, 29), True)
        (row,), _ = read_relationships(CSV)
        assert row.how == Consolidation.ULTIMATELY

    def test_say_why_no_parent_is_named(self):
        _, (row,) = read_relationships(EXCEPTIONS.encode())
        assert row.ultimate
        assert "not public" in row.says

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<a/>",
            b"a,b\n1,2\n",
            b"\xff\xfe",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            XML.replace(b"759", b"750"),
        ],
    )
    def test_that_cannot_be_read_are_refused(self, content):
        with pytest.raises(BadInput):
            read_relationships(content)

    @pytest.mark.django_db
    def test_become_a_parent_and_no_percentage(self, company: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
        add_identifier(customer=company, actor=SYSTEM, kind="lei", value=BMW)
        owner(company, "Grace Example", "100"), director(company)
        parents, exceptions = read_relationships(XML)
        made = import_gleif(customer=company, parents=parents, exceptions=exceptions, actor=SYSTEM)
        assert (made.added, made.interests) == (1, 1)
        parent = company.relatedparty_set.get(legal_name=f"LEI {QUANDT}")
        assert (parent.holding.kind, parent.holding.share_min) == ("parent", None)
        journey.look_at_owners(customer=company, actor=SYSTEM, on=ON)
        # more than half, by whom nobody says where: the test by headquarters asks
        assert current_evaluation(company).outcomes["headquarters"] == ["unknown", True]

    @pytest.mark.django_db
    def test_of_an_ultimate_parent_are_kept_of_the_company_they_are_about(
        self, company: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
        holding = owner(company, "Holding Ltd", "10", kind="organisation")
        add_identifier(customer=company, actor=SYSTEM, kind="lei", value=BMW, party=holding)
        made = import_gleif(customer=company, parents=read_relationships(CSV)[0], exceptions=(), actor=SYSTEM)
        (row,) = company.relatedparty_set.get(legal_name=f"LEI {QUANDT}").interests.all()
        assert (made.interests, row.kind, row.owned) == (1, "parent", holding)
        structure = structure_of(company, {})
        assert [one.owned for one in structure.interests if one.kind == InterestKind.PARENT] == [holding.public_id]

    @pytest.mark.django_db
    def test_of_what_the_customer_consolidates_make_it_nobodys_parent(
        self, company: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
        add_identifier(customer=company, actor=SYSTEM, kind="lei", value=QUANDT)
        holding = owner(company, "Holding Ltd", "10", kind="organisation")
        add_identifier(customer=company, actor=SYSTEM, kind="lei", value=BMW, party=holding)
        made = import_gleif(customer=company, parents=read_relationships(XML)[0], exceptions=(), actor=SYSTEM)
        assert (made.added, made.interests, company.relatedparty_set.count()) == (0, 0, 1)
        assert made.notes == (f"{BMW} is directly consolidated by {QUANDT}; no percentage is said.",)

    @pytest.mark.django_db
    def test_of_nobody_on_file_are_refused(self, company: Customer) -> None:
        with pytest.raises(BadInput, match="No LEI"):
            import_gleif(customer=company, parents=read_relationships(XML)[0], exceptions=(), actor=SYSTEM)
