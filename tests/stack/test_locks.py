import subprocess
import sys
from pathlib import Path

from stack.locks import Lock

HOLDER = """
import sys, time
from pathlib import Path
from stack.locks import Lock
lock = Lock(Path(sys.argv[1]))
assert lock.take()
print("held", flush=True)
time.sleep(60)
"""


class ALock:
    def test_is_given_once(self, tmp_path: Path) -> None:
        first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
        assert first.take()
        assert not second.take()
        first.release()
        assert second.take()

    def test_can_be_shared_and_then_not_be_had_alone(self, tmp_path: Path) -> None:
        guests = [Lock(tmp_path / "lock") for _ in range(2)]
        assert all(guest.take(shared=True) for guest in guests)
        assert not Lock(tmp_path / "lock").take()

    def test_can_be_on_a_folder(self, tmp_path: Path) -> None:
        held = Lock(tmp_path)
        assert held.take()
        assert not Lock(tmp_path).take()

    def test_comes_back_when_its_holder_is_killed(self, tmp_path: Path) -> None:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent.parent,
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not Lock(tmp_path / "lock").take()
        holder.kill()
        holder.communicate()
        assert Lock(tmp_path / "lock").take()
