from importlib import import_module

from django.apps import AppConfig


class KycConfig(AppConfig):
    name = "kyc"
    verbose_name = "Compliance"

    def ready(self) -> None:
        import_module("kyc.checks")
        import_module("kyc.receivers")
