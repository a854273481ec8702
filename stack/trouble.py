"""The one error of the start-up: a single line that tells a person what to do."""


class Trouble(Exception):
    """Something the person at the terminal must change. Printed as one line, exit code 1, no traceback."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM came while something was being started."""
