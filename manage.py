#!/usr/bin/env python3
"""The one command: `python3 manage.py run`. It needs nothing but Python; see stack/ for what it does."""

import sys

# Before anything is read that older Pythons cannot even parse.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Clearance needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (" + sys.executable + ").")

from stack.front import main


def django(argv: list[str]) -> None:
    """Run one of Django's commands in this process; imported here because before, it may not be installed."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{argv[0]}: {error}")


if __name__ == "__main__":
    sys.exit(main(sys.argv, django))
