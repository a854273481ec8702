"""`manage.py bench`: every `bench_*` command in turn, each in a process of its own, and which aims were missed."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

COMMANDS = Path("kyc/management/commands")


def benchmarks(root: Path) -> list[str]:
    """The names of the `bench_*` commands that are there."""
    return sorted(path.stem for path in (root / COMMANDS).glob("bench_*.py"))


def bench(root: Path, environment: Mapping[str, str], arguments: list[str]) -> int:
    """Exit code: 1 where any benchmark missed an aim or failed. `--json DIR` keeps a file of figures for each."""
    words = list(arguments)
    folder: Path | None = None
    if "--json" in words:
        at = words.index("--json")
        folder = Path(words[at + 1])
        folder.mkdir(parents=True, exist_ok=True)
        del words[at : at + 2]
    failed = []
    for name in benchmarks(root):
        print(f"\n== {name}", flush=True)
        kept = [] if folder is None else ["--json", str(folder / f"{name}.json")]
        command = [sys.executable, str(root / "manage.py"), name, *words, *kept]
        if subprocess.run(command, cwd=root, env=dict(environment), check=False).returncode != 0:
            failed.append(name)
    print(f"\nbench: {'missed or failed: ' + ', '.join(failed) if failed else 'every aim was reached'}")
    return 1 if failed else 0
