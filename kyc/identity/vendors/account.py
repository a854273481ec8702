"""What is known of an account at a provider: its address, its keys, and the secrets its webhooks are signed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """`webhook_secrets`: the newest first; all of them hold. `flow` is what the provider calls the kind of check:
    Persona's inquiry template, Sumsub's level; "" for Stripe. `second_key` signs Sumsub's requests.
    """

    base_url: str
    key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    flow: str = ""
    second_key: str = field(default="", repr=False)

    def link_hosts(self, *own: str) -> tuple[str, ...]:
        """Where links may lead: the provider's own hosts; in tests also the loopback that plays it."""
        host = urlsplit(self.base_url).hostname or ""
        return (*own, host) if host in LOOPBACK else own
