"""The organisation of the ownership tests, and staff to judge it."""

from tests.kyc.ownership.conftest import company, no_index_of_another_test  # noqa: F401
from tests.kyc.watchlists.conftest import anna, own_folder  # noqa: F401
