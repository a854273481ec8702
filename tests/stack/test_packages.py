import subprocess
import sys
from pathlib import Path

import pytest

from stack import packages
from stack.packages import DEV, RUNTIME, Venv, installed_names, lock_digest, python_for, required_names
from stack.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = """\
Django==5.2.19 \\
    --hash=sha256:00
    # via clearance
async-timeout==5.0.1 ; python_full_version < '3.11.3' \\
    --hash=sha256:01
zope.interface==8.0
"""


class ALockFile:
    def test_names_what_every_machine_needs(self) -> None:
        assert required_names(LOCK) == {"django", "zope-interface"}

    @pytest.mark.parametrize("kind", [RUNTIME, DEV])
    def test_of_ours_is_read_whole(self, kind: str) -> None:
        text = (ROOT / packages.LOCKS[kind]).read_text()
        marked = sum(" ; " in line for line in text.splitlines() if "==" in line and not line.startswith(" "))
        pinned = sum("==" in line and not line.startswith((" ", "#")) for line in text.splitlines())
        assert len(required_names(text)) == pinned - marked > 50

    @pytest.mark.parametrize("name", [*packages.LOCKS.values(), packages.INSTALLER_LOCK])
    def test_of_ours_pins_and_hashes_every_line(self, name: str) -> None:
        entries = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
        loose = [entry for entry in entries if entry.strip() and not entry.lstrip().startswith("#")]
        assert [entry for entry in loose if "==" not in entry or "--hash=sha256:" not in entry] == []

    def test_of_development_holds_the_runtime_lock(self) -> None:
        runtime, dev = (
            {line for line in (ROOT / packages.LOCKS[kind]).read_text().splitlines() if line[:1].isalpha()}
            for kind in (RUNTIME, DEV)
        )
        assert runtime <= dev


class AnInterpreterThatHasThePackages:
    def test_is_used_as_it_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "requirements.txt").write_text("pytest==9 \\\n")
        assert python_for(tmp_path, RUNTIME, {}) == Path(sys.executable)
        assert not (tmp_path / ".venv").exists()

    def test_is_known_by_the_folders_of_its_distributions(self, tmp_path: Path) -> None:
        (tmp_path / "Zope.Interface-8.0.dist-info").mkdir()
        assert installed_names([str(tmp_path), str(tmp_path / "missing")]) == {"zope-interface"}


class AnInterpreterThatLacksThem:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        (tmp_path / "requirements.txt").write_text("clearance-does-not-exist==1 \\\n    --hash=sha256:00\n")
        return tmp_path

    def test_is_used_all_the_same_when_told_so(self, project: Path) -> None:
        assert python_for(project, RUNTIME, {"CLEARANCE_PYTHON": "current"}) == Path(sys.executable)

    def test_gives_way_to_a_filled_venv(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(packages, "_fill", lambda *_: pytest.fail("nothing had to be installed"))
        venv = _empty_venv(project)
        venv.stamp(RUNTIME).write_text(lock_digest(project, RUNTIME))
        assert python_for(project, RUNTIME, {}) == venv.python

    def test_fills_the_venv_again_after_the_lock_changed(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        filled: list[str] = []
        monkeypatch.setattr(packages, "_fill", lambda root, venv, kind, environment: filled.append(kind))
        venv = _empty_venv(project)
        venv.stamp(RUNTIME).write_text(lock_digest(project, RUNTIME))
        with (project / "requirements.txt").open("a") as lock:
            lock.write("another==1\n")
        python_for(project, RUNTIME, {})
        assert filled == [RUNTIME]

    def test_fills_the_venv_again_after_its_python_moved_on(self, project: Path) -> None:
        venv = _empty_venv(project)
        venv.stamp(RUNTIME).write_text("digest")
        assert venv.has(RUNTIME, "digest")
        (venv.folder / "lib" / venv.python.resolve().name).rename(venv.folder / "lib" / "python3.9")
        assert not venv.has(RUNTIME, "digest")

    def test_without_a_venv_module_says_what_to_install(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(packages, "_answers", lambda python, code: False)
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        with pytest.raises(Trouble, match=r"apt-get install python3\.\d+-venv"):
            python_for(project, RUNTIME, {})


class TheSettingsOfPip:
    def test_are_handed_on_to_uv(self) -> None:
        listing = (
            "global.cert='/etc/ssl/ca.crt'\n"
            "global.index-url='https://mirror.example/simple'\n"
            "global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'\n"
            ":env:.find-links='/wheels'\n"
            "global.timeout='60'\n"
        )
        assert packages.uv_settings_from_pip(listing) == {
            "SSL_CERT_FILE": "/etc/ssl/ca.crt",
            "UV_DEFAULT_INDEX": "https://mirror.example/simple",
            "UV_INDEX": "https://a.example/simple https://b.example/simple",
            "UV_FIND_LINKS": "/wheels",
        }

    def test_may_be_none(self) -> None:
        assert packages.uv_settings_from_pip("") == {}


def _empty_venv(project: Path) -> Venv:
    venv = Venv(project / ".venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv.folder)], check=True)
    return venv
