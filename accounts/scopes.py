"""What an API key may do. Pure."""

from enum import StrEnum


class Scope(StrEnum):
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    SCREENINGS_READ = "screenings:read"
    SCREENINGS_WRITE = "screenings:write"
    ACCESS_DECIDE = "access:decide"
    ACCESS_INTERNAL = "access:internal"  # staff services: also sees the reasons a customer may not
    LISTS_READ = "lists:read"
