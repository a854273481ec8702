"""What the re-screening benchmark makes and draws: the same from the same seed, and true to its points."""

from __future__ import annotations

from xml.etree import ElementTree

from kyc.audit.services import SYSTEM
from kyc.benchmarks.pace import pace_of, pace_plot
from kyc.benchmarks.people import CUSTOMERS, Namer, latin_of
from kyc.benchmarks.population import editions, fill
from kyc.customers.models import Customer, Identifier
from kyc.customers.queries import party_facts
from kyc.matching.types import Kind
from kyc.watchlists.services import activate_edition, load_edition
from tests.kyc.watchlists.conftest import own_folder  # noqa: F401


class ANamer:
    def test_gives_the_same_names_for_the_same_seed(self) -> None:
        one, other = (Namer(3, CUSTOMERS) for _ in range(2))
        assert [one.person() for _ in range(50)] == [other.person() for _ in range(50)]
        assert [one.company() for _ in range(50)] == [other.company() for _ in range(50)]

    def test_writes_several_scripts_and_their_latin_form(self) -> None:
        namer = Namer(3, CUSTOMERS)
        originals = "".join(namer.person().original for _ in range(500))
        scripts = (("а", "я"), ("一", "鿿"), ("ء", "ي"), ("가", "힣"))
        assert all(any(first <= letter <= last for letter in originals) for first, last in scripts)
        assert latin_of("Щукин Юрий") == "Shchukin Yuriy"


class APopulation:
    def test_is_customers_as_any_other_with_the_planted_among_them(self, db: None) -> None:
        lists = editions(entries=200, changes=50, seed=1)
        people = tuple(entry for entry in lists.added if entry.kind is Kind.PERSON)[:3]
        planted = fill(customers=60, affected=people, seed=2)
        assert (Customer.objects.count(), len(planted)) == (60, 3)
        bearer = Customer.objects.get(external_id=planted[0].external_id)
        assert bearer.legal_name == people[0].names[0].text
        assert all(party.names for customer in Customer.objects.all() for party in party_facts(customer))
        assert Identifier.objects.first().value.endswith(Identifier.objects.first().tail)  # sealed, and opens
        assert Customer.objects.create(kind="person", world="live").pk > 60  # the numbers go on after them

    def test_has_two_editions_that_differ_by_what_was_asked(self, db: None) -> None:
        lists = editions(entries=200, changes=50, seed=1)
        load = {"source": "operator", "origin": "a test", "actor": SYSTEM}
        activate_edition(edition=load_edition(files={"main": lists.first}, **load), actor=SYSTEM)
        second = load_edition(files={"main": lists.second}, **load)
        assert (second.status, second.added, second.modified, second.deleted) == ("ready", 30, 15, 5)


class ThePlot:
    POINTS = [(0.0, 0), (1.0, 100), (2.0, 300), (4.0, 300)]

    def test_tells_accounts_a_second_in_each_stretch(self) -> None:
        assert pace_of(self.POINTS, buckets=4) == [(1.0, 100.0), (2.0, 200.0), (4.0, 0.0)]

    def test_of_a_run_that_was_over_at_once_is_empty(self) -> None:
        assert pace_of([(0.0, 0)]) == []

    def test_is_well_formed_and_names_each_run(self) -> None:
        drawn = pace_plot({"full & fast": self.POINTS, "nothing": []}, "A title")
        texts = [element.text for element in ElementTree.fromstring(drawn).iter() if element.text]
        assert "full & fast" in texts
        assert "200/s" in texts
