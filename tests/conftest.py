"""What all tests share."""

from hypothesis import settings

# Cores are shared with whatever else runs: a slow example says nothing about the code.
settings.register_profile("clearance", deadline=None)
settings.load_profile("clearance")
