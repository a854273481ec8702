"""The command that a start and a beat call."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from kyc.errors import Unavailable
from kyc.management.commands import refresh_geo


@pytest.fixture
def folder(default_data: Path, settings, tmp_path: Path) -> Path:
    """A data folder that is fresh."""
    shutil.copytree(default_data, tmp_path / "geo")
    settings.DATA, settings.GEOIP_DIR = tmp_path, tmp_path / "geo"
    return tmp_path / "geo"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("refresh_geo", *arguments, stdout=out)
    return out.getvalue()


class AFreshFolder:
    def test_is_left_alone_and_its_ages_are_said(self, folder: Path):
        before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.mmdb")}
        said = run()
        assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.mmdb")} == before
        assert "compiling" not in said and said.count("days old") == 2

    def test_reads_the_operators_own_folder_too(self, folder: Path, settings, tmp_path: Path):
        settings.GEOIP_DIR = tmp_path / "licensed"
        settings.GEOIP_DIR.mkdir()
        (settings.GEOIP_DIR / "broken.mmdb").write_bytes(b"rubbish")
        errors = StringIO()
        call_command("refresh_geo", stdout=StringIO(), stderr=errors)
        assert "broken.mmdb is not a readable location file" in errors.getvalue()


class AMachineWithoutNpm:
    @pytest.fixture(autouse=True)
    def without_npm(self, monkeypatch):
        monkeypatch.setattr(refresh_geo, "find_npm", lambda: None)

    def test_is_told_so_when_npm_was_asked_for(self, folder: Path):
        with pytest.raises(CommandError, match="npm is not installed"):
            run("--npm")

    def test_goes_on_when_npm_was_only_tried(self, folder: Path):
        assert "npm is not installed" in run("--npm", "try")


class APackageThatCannotBeRead:
    def test_stops_the_command_with_one_sentence(self, folder: Path, monkeypatch):
        def fails(*args, **kwargs):
            raise Unavailable("iporigin has a kind of range we do not know: 'satellite'")

        monkeypatch.setattr(refresh_geo, "refresh", fails)
        with pytest.raises(CommandError, match=r"could not be compiled: .*satellite"):
            run()

    def test_leaves_no_answer_unsaid_when_nothing_can_be_opened(self, folder: Path, monkeypatch):
        monkeypatch.setattr(refresh_geo, "refresh", lambda *a, **k: ())
        for path in folder.glob("*.mmdb"):
            path.write_bytes(b"rubbish")
        with pytest.raises(CommandError, match="No file that knows countries"):
            run()
