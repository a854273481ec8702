"""Commercial providers of identity checks, one module each, over HTTP and without their libraries.

The port they fill is kyc.identity.provider; docs/identity-vendors.md is the recipe for the next one.
"""
