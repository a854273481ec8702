"""Model fields whose values are sealed before they reach the database.

The context bound to each value is the table and column; a value copied to another column does not open.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from kyc.vault.keys import keyring
from kyc.vault.sealing import open_sealed, seal


class SealedTextField(models.BinaryField):
    """Text, encrypted at rest. Cannot be filtered by; keep a blind index beside it where equality matters."""

    def context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        sealed = seal(self.to_bytes(value), context=self.context(), keyring=keyring())
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return None
        return self.from_bytes(open_sealed(bytes(value), context=self.context(), keyring=keyring()))

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError("sealed values are not serialised")

    @staticmethod
    def to_bytes(value: Any) -> bytes:
        return str(value).encode()

    @staticmethod
    def from_bytes(content: bytes) -> Any:
        return content.decode()

    def to_python(self, value: Any) -> Any:
        return value


class SealedJSONField(SealedTextField):
    """Plain JSON values, encrypted at rest: frozen facts that hold personal data."""

    @staticmethod
    def to_bytes(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @staticmethod
    def from_bytes(content: bytes) -> Any:
        return json.loads(content)
