"""What a real installation is refused for."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from kyc.checks import (
    demonstration_only,
    identity_accounts_are_whole,
    letters_are_carried,
    not_a_demonstration,
)
from kyc.identity.vendors.account import VendorAccount

SAFE = {"DEMO": False, "DEBUG": False, "STAFF_SECOND_FACTOR": True, "BASE_URL": "https://clearance.example"}


@pytest.fixture
def real(settings: Any) -> Any:
    for name, value in (SAFE | {"DEMO_VISITOR_ADDRESS": ""}).items():
        setattr(settings, name, value)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    return settings


class ARealInstallation:
    def test_that_is_safe_hears_nothing(self, real):
        assert [*demonstration_only(), *not_a_demonstration(), *letters_are_carried()] == []

    @pytest.mark.parametrize(
        ("name", "value", "fault"),
        [
            ("DEMO", True, "kyc.E002"),
            ("DEBUG", True, "kyc.E003"),
            ("STAFF_SECOND_FACTOR", False, "kyc.E004"),
            ("BASE_URL", "http://clearance.example", "kyc.E005"),
        ],
    )
    def test_is_refused_for(self, real, name, value, fault):
        setattr(real, name, value)
        assert [found.id for found in not_a_demonstration()] == [fault]

    def test_is_refused_where_a_visitors_address_is_made_up(self, real):
        real.DEMO_VISITOR_ADDRESS = "81.2.69.142"
        assert [found.id for found in demonstration_only()] == ["kyc.E001"]

    def test_is_warned_where_letters_reach_nobody(self, real):
        real.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        assert [found.id for found in letters_are_carried()] == ["kyc.W001"]


class AnIdentityAccount:
    def found(self, settings: Any, world: str, vendor: str, **more: Any) -> list[str | None]:
        values = {"base_url": "https://api.example", "key": "", "webhook_secrets": ("s",), "flow": "f"} | more
        accounts = {vendor: VendorAccount(**values)}
        settings.IDENTITY_VENDORS = {"live": {}, "test": {}} | {world: accounts}
        return [message.id for message in identity_accounts_are_whole()]

    @pytest.mark.parametrize(
        ("world", "vendor", "more", "faults"),
        [
            ("live", "stripe", {"key": "rk_live_1"}, []),
            ("test", "stripe", {"key": "rk_live_1"}, ["kyc.E007"]),
            ("live", "stripe", {"key": "sk_test_1"}, ["kyc.E007"]),
            ("live", "persona", {"key": "persona_sandbox_1"}, ["kyc.E007"]),
            ("live", "persona", {"key": "persona_production_1", "flow": ""}, ["kyc.E008"]),
            ("test", "sumsub", {"key": "sbx:1", "second_key": "k"}, []),
            ("test", "sumsub", {"key": "sbx:1"}, ["kyc.E009"]),
            ("live", "stripe", {"key": "rk_live_1", "webhook_secrets": ()}, ["kyc.W002"]),
        ],
    )
    def test_is_held_to_its_world_and_to_what_its_provider_needs(self, settings, world, vendor, more, faults):
        assert self.found(settings, world, vendor, **more) == faults


class RabbitMQ:
    def where_the_cache_is(self, **given: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "CACHE_URL"}
        environment |= {"BROKER_URL": "amqp://guest:guest@rabbit//", **given}
        asked = "from django.conf import settings; print(settings.CACHE_URL)"
        words = [sys.executable, "-c", asked]
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    def test_keeps_no_cache_and_one_must_be_named_beside_it(self):
        refused = self.where_the_cache_is()
        assert refused.returncode != 0
        assert "CACHE_URL is not set; beside RabbitMQ" in refused.stderr

    def test_carries_messages_beside_a_cache(self):
        assert self.where_the_cache_is(CACHE_URL="redis://valkey:6379/1").stdout.strip() == "redis://valkey:6379/1"
