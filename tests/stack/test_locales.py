import locale

import pytest

from stack.locales import LOCALE, enforce_utf8
from stack.trouble import Trouble


class AMachineWithTheLocale:
    def test_has_it_set_for_all_children(self) -> None:
        environment = {"LANG": "", "LC_ALL": "C", "PYTHONUTF8": "0"}
        enforce_utf8(environment)
        assert environment == {"LANG": LOCALE, "LC_ALL": LOCALE, "PYTHONUTF8": "1"}


class AMachineWithoutTheLocale:
    def test_is_one_clear_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def only_c(category: int, name: str | None = None) -> str:
            if name not in (None, "C"):
                raise locale.Error("unsupported locale setting")
            return "C"

        monkeypatch.setattr(locale, "setlocale", only_c)
        with pytest.raises(Trouble, match=f"no locale {LOCALE}.*apt-get install"):
            enforce_utf8({})
