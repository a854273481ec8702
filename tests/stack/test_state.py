from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.processes import Identity
from stack.state import RUN, State, read_state, write_state

STATE = State(
    kind=RUN,
    supervisor=Identity(7, "12345"),
    url="http://localhost:8000",
    ready=True,
    programs="/usr/lib/postgresql/18/bin",
    services={"web": Identity(8, "12346")},
    environment={"SITE": "Prüfung"},
)


class TheStateOfAStack:
    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        write_state(tmp_path / "stack.json", STATE)
        assert read_state(tmp_path / "stack.json") == STATE

    def test_is_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        write_state(tmp_path / "stack.json", STATE)
        assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600

    def test_is_none_where_nothing_was_written(self, tmp_path: Path) -> None:
        assert read_state(tmp_path / "stack.json") is None

    @given(length=st.integers(min_value=0, max_value=300))
    def test_cut_off_anywhere_is_none(self, tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
        path = tmp_path_factory.mktemp("state") / "stack.json"
        write_state(path, STATE)
        whole = path.read_bytes()
        path.write_bytes(whole[: min(length, len(whole) - 1)])
        assert read_state(path) is None

    @pytest.mark.parametrize("text", ["[]", "null", '{"kind": "run"}', '"text"'])
    def test_of_another_shape_is_none(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "stack.json").write_text(text)
        assert read_state(tmp_path / "stack.json") is None

    def test_keeps_one_entry_a_service(self) -> None:
        again = STATE.with_service("web", Identity(9, "12347")).with_service("beat", None)
        assert again.services == {"web": Identity(9, "12347")}
