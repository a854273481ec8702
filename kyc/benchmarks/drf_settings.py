"""The product's own settings, with the gate answered by REST framework and the ORM (kyc/benchmarks/drf_view.py)."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "kyc.benchmarks.drf_view"
