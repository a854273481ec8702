"""The locale: names in all scripts must compare and print, so UTF-8 is enforced, not hoped for."""

import locale
import sys
from collections.abc import MutableMapping

from stack.trouble import Trouble

# LC_CTYPE "C" makes PostgreSQL's pg_trgm drop every letter that is not ASCII: similar names would not be found.
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def enforce_utf8(environment: MutableMapping[str, str]) -> None:
    """Set UTF-8 for this process's children. Raises Trouble where the machine does not have the locale."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, LOCALE)
    except locale.Error:
        raise Trouble(
            f"This machine has no locale {LOCALE}, which names in other scripts need. "
            "On Debian or Ubuntu: apt-get install libc-bin locales"
        ) from None
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    environment["LANG"] = environment["LC_ALL"] = LOCALE
    environment["PYTHONUTF8"] = "1"
