import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack.keys import GENERATED, MAKERS, keys_for
from stack.trouble import Trouble


class TheFirstStart:
    def test_makes_every_key_for_its_owner_alone(self, tmp_path: Path) -> None:
        keys_for(tmp_path / "keys", {})
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
        assert modes == {name.lower(): 0o600 for name in MAKERS}
        assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700

    def test_makes_keys_in_the_form_the_product_reads(self, tmp_path: Path) -> None:
        keys = keys_for(tmp_path, {})
        name, _, key = keys["CLEARANCE_MASTER_KEYS"].partition(":")
        assert (name, len(base64.b64decode(key, validate=True))) == ("k1", 32)
        assert len(base64.b64decode(keys["CLEARANCE_AUDIT_SIGNING_KEY"], validate=True)) == 32
        assert len(keys["SECRET_KEY"]) >= 50

    def test_says_that_the_keys_are_generated(self, tmp_path: Path) -> None:
        assert keys_for(tmp_path, {})[GENERATED] == "1"

    def test_of_two_commands_at_once_ends_with_the_same_keys(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: keys_for(tmp_path, {}), range(16)))
        assert all(keys == made[0] for keys in made)


class TheNextStart:
    def test_finds_the_same_keys(self, tmp_path: Path) -> None:
        assert keys_for(tmp_path, {}) == keys_for(tmp_path, {})

    def test_refuses_a_key_that_others_can_read(self, tmp_path: Path) -> None:
        keys_for(tmp_path, {})
        os.chmod(tmp_path / "secret_key", 0o644)
        with pytest.raises(Trouble, match="can be read by others"):
            keys_for(tmp_path, {})

    def test_refuses_an_emptied_key_and_makes_no_new_one(self, tmp_path: Path) -> None:
        keys_for(tmp_path, {})
        (tmp_path / "clearance_master_keys").write_text("")
        with pytest.raises(Trouble, match="is empty"):
            keys_for(tmp_path, {})


class AKeyFromTheEnvironment:
    def test_is_used_as_it_is(self, tmp_path: Path) -> None:
        assert keys_for(tmp_path, {"SECRET_KEY": "mine"})["SECRET_KEY"] == "mine"
        assert not (tmp_path / "secret_key").exists()

    def test_for_every_name_leaves_nothing_generated(self, tmp_path: Path) -> None:
        assert GENERATED not in keys_for(tmp_path, {name: "mine" for name in MAKERS})
