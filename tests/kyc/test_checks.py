"""What a real installation is refused for."""

from __future__ import annotations

from typing import Any

import pytest

from kyc.checks import demonstration_only, letters_are_carried, not_a_demonstration

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
