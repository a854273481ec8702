import os
from pathlib import Path

import pytest

from stack.places import Places, fits_a_socket, make_private, places_for
from stack.trouble import Trouble


class TheDataFolder:
    def test_is_var_in_the_project(self, tmp_path: Path) -> None:
        assert places_for(tmp_path, {}).data == tmp_path / "var"

    def test_is_the_one_named_in_the_environment(self, tmp_path: Path) -> None:
        assert places_for(tmp_path, {"CLEARANCE_DATA": str(tmp_path / "other")}).data == tmp_path / "other"

    def test_is_readable_by_its_owner_alone(self, places: Places) -> None:
        places.make()
        assert places.data.stat().st_mode & 0o777 == 0o700

    def test_in_the_way_of_a_file_is_one_clear_line(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(Trouble, match=r"Cannot make the folder .*file/data.*CLEARANCE_DATA"):
            make_private(tmp_path / "file" / "data")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_without_the_right_to_write_is_one_clear_line(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(Trouble, match="Cannot write in"):
            make_private(tmp_path)

    def test_on_a_read_only_file_system_is_one_clear_line(self) -> None:
        with pytest.raises(Trouble, match=r"Cannot (write in|make the folder)"):
            make_private(Path("/proc/clearance"))


class TheSocketsFolder:
    def test_lies_in_the_data_folder(self, places: Places) -> None:
        assert places.sockets == places.data / "run"

    def test_moves_to_a_short_path_when_the_data_folder_is_deep(self, tmp_path: Path) -> None:
        deep = Places(root=tmp_path, data=tmp_path / ("very-" * 20 + "deep"))
        assert not fits_a_socket(deep.data / "run")
        assert fits_a_socket(deep.sockets)

    def test_differs_between_two_deep_data_folders(self, tmp_path: Path) -> None:
        one, other = (Places(root=tmp_path, data=tmp_path / ("very-" * 20 + name)) for name in ("one", "other"))
        assert one.sockets != other.sockets

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_made_by_somebody_else_before_us_is_refused(self, tmp_path: Path) -> None:
        deep = Places(root=tmp_path, data=tmp_path / ("very-" * 20 + "deep"))
        deep.sockets.mkdir()
        try:
            os.chown(deep.sockets, 12345, 12345)
            with pytest.raises(Trouble, match="belongs to somebody else"):
                deep.make()
        finally:
            deep.sockets.rmdir()
