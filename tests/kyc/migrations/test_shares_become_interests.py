"""Migration 0015 on rows written before it: what each party was said to hold becomes its first interest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from kyc.customers.models import Interest, RelatedParty

# sixteen migrations back and forth take their time
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BEFORE = [("kyc", "0014_documents_read")]
REMOVED_AT = timezone.now()


def migrate(to: list[tuple[str, str]]) -> Any:
    """The models as they stand there."""
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.fixture
def before() -> Iterator[Any]:
    """A database as it was before interests; brought up to date again, whatever the test did."""
    latest = [key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] == "kyc"]
    try:
        yield migrate(BEFORE)
    finally:
        migrate(latest)


def up_to_date() -> None:
    migrate([key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] == "kyc"])


class SharesOfBefore:
    """A holding with two owners, a range, a nominee who left, somebody who only directs, in two worlds."""

    @pytest.fixture
    def rows(self, before: Any) -> dict[str, int]:
        customer_of, party_of = before.get_model("kyc", "Customer"), before.get_model("kyc", "RelatedParty")
        pks: dict[str, int] = {}
        for world in ("live", "test"):
            customer = customer_of.objects.create(
                public_id=f"cus_{world}", kind="organisation", world=world, legal_name="Robotics", source="portal"
            )
            pks[f"{world}.customer"] = customer.pk

            def party(name: str, world: str = world, customer: Any = customer, **held: Any) -> Any:
                row = party_of.objects.create(
                    public_id=f"pty_{world}_{name}", customer=customer, world=world, legal_name=name, **held
                )
                pks[f"{world}.{name}"] = row.pk
                return row

            holding = party(
                "holding", kind="organisation", roles=["owner"], share_min=Decimal(60), share_max=Decimal(60)
            )
            party(
                "hedy", kind="person", roles=["owner", "director"], owned=holding,
                share_min=Decimal("33.3333"), share_max=Decimal(50), as_of=date(2024, 3, 1),
                legal_basis="legal_obligation", retention_rule="ownership", retain_until=date(2031, 1, 1),
            )  # fmt: skip
            party(
                "nominee", kind="person", roles=["owner"], share_min=Decimal(0), share_max=Decimal(10),
                nominee=True, until=date(2025, 6, 30), removed_at=REMOVED_AT,
            )  # fmt: skip
            party("silent", kind="person", roles=["owner"])  # an owner of whom no share is known
            party("emil", kind="person", roles=["director"])
            # a share without the role: what is held counts, whatever somebody is called
            party("parent", kind="organisation", roles=["parent"], share_min=Decimal(5), share_max=Decimal(5))
        up_to_date()
        return pks

    def test_are_kept_with_all_that_was_said_of_them(self, rows: dict[str, int]) -> None:
        assert Interest.objects.count() == 2 * 5
        for world in ("live", "test"):
            held = {row.party.legal_name: row for row in Interest.objects.filter(world=world).select_related("party")}
            assert set(held) == {"holding", "hedy", "nominee", "silent", "parent"}
            assert {row.kind for row in held.values()} == {"shares"}
            assert {row.customer_id for row in held.values()} == {rows[f"{world}.customer"]}
            shares = {name: (row.share_min, row.share_max) for name, row in held.items()}
            assert shares == {
                "holding": (Decimal(60), Decimal(60)),
                "hedy": (Decimal("33.3333"), Decimal(50)),
                "nominee": (Decimal(0), Decimal(10)),
                "silent": (None, None),
                "parent": (Decimal(5), Decimal(5)),
            }
            assert (held["hedy"].owned_id, held["holding"].owned_id) == (rows[f"{world}.holding"], None)
            assert (held["hedy"].since, held["hedy"].until) == (date(2024, 3, 1), None)
            assert held["hedy"].legal_basis == "legal_obligation"
            assert (held["hedy"].retention_rule, held["hedy"].retain_until) == ("ownership", date(2031, 1, 1))
            assert (held["nominee"].nominee, held["nominee"].until) == (True, date(2025, 6, 30))
            assert (held["nominee"].removed_at, held["holding"].removed_at) == (REMOVED_AT, None)

    def test_have_names_of_their_own(self, rows: dict[str, int]) -> None:
        names = list(Interest.objects.values_list("public_id", flat=True))
        assert len(set(names)) == len(names)
        assert all(names)

    def test_leave_the_parties_as_they_were(self, rows: dict[str, int]) -> None:
        assert RelatedParty.objects.count() == 2 * 6
        hedy = RelatedParty.objects.get(pk=rows["live.hedy"])
        assert (hedy.roles, hedy.nature, hedy.listed_on) == (["owner", "director"], "", "")
        assert hedy.holding == Interest.objects.get(party=hedy)
        assert RelatedParty.objects.get(pk=rows["live.emil"]).holding is None

    def test_may_be_none_at_all(self, before: Any) -> None:
        up_to_date()
        assert not Interest.objects.exists()
