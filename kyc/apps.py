from importlib import import_module

from django.apps import AppConfig, apps


class KycConfig(AppConfig):
    name = "kyc"
    verbose_name = "Compliance"

    def ready(self) -> None:
        import_module("kyc.checks")
        if apps.is_installed("allauth.account"):  # where people sign in; not in the gate's own process
            import_module("kyc.receivers")
