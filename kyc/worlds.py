"""The two worlds of one installation. Pure."""

from enum import StrEnum


class World(StrEnum):
    LIVE = "live"
    TEST = "test"  # the sandbox: same code, same workers, never real customers
