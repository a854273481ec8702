"""Everything between a bare machine and a running Clearance: Python packages, PostgreSQL, broker, processes.

Standard library only, and no Django: this code runs before any requirement is installed. `manage.py` is
its only caller. What was measured and which traps are known stands in docs/runbook.md.
"""
