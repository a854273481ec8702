"""A database and a data folder for one measurement, made from the migrations and thrown away after it.

What is measured goes through the real services against the real engine, and touches nothing that anybody keeps.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import environ
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from kyc import dispatch
from kyc.screening.indexes import forget_all


@contextmanager
def scratch_database() -> Iterator[Path]:
    """Everything inside uses an empty, migrated database of its own; gives the folder that stands in for DATA.

    Messages to workers are not sent: they would look for these rows in the other database.
    Raises CommandError where no role that may create databases is known.
    """
    if not os.environ.get("DATABASE_OWNER_URL"):
        raise CommandError("Set DATABASE_OWNER_URL: the measurement makes a database of its own.")
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(
        {name: owner[name] for name in ("USER", "PASSWORD", "HOST", "PORT")},
        TEST={**connection.settings_dict["TEST"], "NAME": f"bench_{os.getpid()}"},
    )
    name, kept_data = before["NAME"], settings.DATA
    with tempfile.TemporaryDirectory(prefix="clearance-bench-") as folder:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        settings.DATA = Path(folder)
        forget_all()
        try:
            with mock.patch.object(dispatch, "_send", lambda task, arguments: None):
                yield Path(folder)
        finally:
            forget_all()
            settings.DATA = kept_data
            connection.creation.destroy_test_db(name, verbosity=0)
            connection.close()
            connection.settings_dict.update(before)
