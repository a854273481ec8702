from pathlib import Path

import pytest

from stack.places import Places
from stack.preparing import (
    Step,
    location_steps,
    read_note,
    run_steps,
    schema_fingerprint,
    stamp_location,
    stamp_static,
    static_fingerprint,
    static_steps,
    write_note,
)
from stack.trouble import Trouble

SCHEMA_FILES = (
    "requirements.txt",
    "config/settings.py",
    "kyc/migrations/0001_initial.py",
    "kyc/management/commands/secure_database.py",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files a fingerprint looks at."""
    for name in (*SCHEMA_FILES, "static/site.css", "kyc/geo/build.py", "kyc/geo/mmdb.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


class TheFingerprintOfTheTables:
    @pytest.mark.parametrize(
        "name",
        [*SCHEMA_FILES, "accounts/migrations/0001_initial.py"],
    )
    def test_changes_with(self, project: Path, name: str) -> None:
        before = schema_fingerprint(project)
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("changed")
        assert schema_fingerprint(project) != before

    @pytest.mark.parametrize("name", ["static/site.css", "kyc/views.py", "README.md"])
    def test_does_not_change_with(self, project: Path, name: str) -> None:
        before = schema_fingerprint(project)
        (project / name).write_text("changed")
        assert schema_fingerprint(project) == before

    def test_does_not_depend_on_where_the_project_lies(self, project: Path) -> None:
        before = schema_fingerprint(project)
        moved = project.rename(project.with_name("moved"))
        assert schema_fingerprint(moved) == before


class StaticFiles:
    def test_are_collected_once(self, project: Path) -> None:
        places = Places(root=project, data=project / "var")
        assert [step.name for step in static_steps(places, {})] == ["collectstatic"]
        (places.data / "static").mkdir(parents=True)
        stamp_static(places)
        assert static_steps(places, {}) == []

    def test_are_collected_again_after_a_change(self, project: Path) -> None:
        before = static_fingerprint(project)
        (project / "static" / "site.css").write_text("longer than before")
        assert static_fingerprint(project) != before

    def test_are_collected_again_after_they_were_deleted(self, project: Path) -> None:
        places = Places(root=project, data=project / "var")
        places.data.mkdir()
        stamp_static(places)
        assert [step.name for step in static_steps(places, {})] == ["collectstatic"]


class TheLocationData:
    def test_is_compiled_once(self, project: Path) -> None:
        places = Places(root=project, data=project / "var")
        assert [step.name for step in location_steps(places, {})] == ["refresh_geo"]
        (places.data / "geo").mkdir(parents=True)
        stamp_location(places)
        assert location_steps(places, {}) == []

    def test_is_compiled_again_when_its_packages_change(self, project: Path) -> None:
        places = Places(root=project, data=project / "var")
        (places.data / "geo").mkdir(parents=True)
        stamp_location(places)
        (project / "requirements.txt").write_text("iptocc==4")
        assert [step.name for step in location_steps(places, {})] == ["refresh_geo"]


class TheNoteInTheCluster:
    def test_is_read_as_it_was_written(self) -> None:
        assert read_note(write_note({"schema": "ab", "seeded": "done"})) == {"schema": "ab", "seeded": "done"}

    @pytest.mark.parametrize("text", ["", "our production database", "[1]", '{"cut'])
    def test_by_somebody_else_counts_as_none(self, text: str) -> None:
        assert read_note(text) == {}


class AStep:
    def test_that_fails_is_one_clear_line_with_its_reason(self, places: Places, environment: dict[str, str]) -> None:
        with pytest.raises(Trouble, match=r"wrong failed: CommandError: .*nonsense.*wrong\.log"):
            run_steps(
                places,
                [Step("wrong", ["check", "--tag", "nonsense"], environment), Step("right", ["version"], environment)],
            )
