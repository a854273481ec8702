"""The staff console: Django's admin with the Unfold theme, in pages of our own (docs/decisions/0004-console-csp.md)."""
