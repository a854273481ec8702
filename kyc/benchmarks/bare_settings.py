"""The least that Django needs to answer: the bare JSON view that the gate is measured against."""

SECRET_KEY = "measured, never deployed"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "kyc.benchmarks.bare_view"
USE_TZ = True
