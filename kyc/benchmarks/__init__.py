"""Measurements of the product beside a named peer. Outside the road: it uses the product as anybody would.

One module a `bench_*` command; `report` is what all of them share.
"""
