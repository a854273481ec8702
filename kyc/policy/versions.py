"""The version of the policy as a whole, stored on every verdict. Pure.

Raise it with every change of a number or table in kyc/policy; a verdict keeps the version it was made with.
"""

POLICY_VERSION = "2026-11-23.1"
