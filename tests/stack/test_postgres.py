"""Against real clusters: initdb, crash, repair. Each takes a second or two."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg2
import psycopg2.errors
import pytest

from stack import postgres
from stack.environment import base_environment
from stack.places import Places
from stack.postgres import OWNER, PRODUCT, Cluster, find_binaries
from stack.processes import Service, wait_for
from stack.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent


def connect(cluster: Cluster, role: str) -> "psycopg2.extensions.connection":
    """As Django would: through django-environ's reading of the address."""
    read = environ.Env.db_url_config(cluster.url(role))
    return psycopg2.connect(dbname=read["NAME"], user=read["USER"], **read["OPTIONS"])


def stop(cluster: Cluster) -> None:
    if cluster.service is not None:
        cluster.service.finish(hurry=True)
    cluster.remove_files()


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="clr-"))
    places = Places(root=ROOT, data=folder)
    places.make()
    surroundings = {name: value for name, value in os.environ.items() if "DATABASE" not in name}
    cluster = Cluster(places, base_environment(places, surroundings), careless=True)
    cluster.begin()
    cluster.finish_start()
    yield cluster
    stop(cluster)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(places: Places, environment: dict[str, str]) -> Iterator[Cluster]:
    """Not begun yet."""
    made = Cluster(places, environment, careless=True)
    yield made
    stop(made)


class ANewCluster:
    def test_is_reached_through_the_address_that_django_reads(self, running: Cluster) -> None:
        with connect(running, PRODUCT) as line, line.cursor() as cursor:
            cursor.execute("SELECT current_user, current_database()")
            assert cursor.fetchone() == (PRODUCT, "clearance")

    def test_compares_names_in_other_scripts(self, running: Cluster) -> None:
        with connect(running, OWNER) as line, line.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute("SELECT similarity('Владимир', 'Владимер'), lower('ВЛАДИМИР')")
            similar, lowered = cursor.fetchone()
        assert similar == pytest.approx(0.5, abs=0.01)
        assert lowered == "владимир"

    def test_is_not_on_the_network(self, running: Cluster) -> None:
        assert running.ask("SHOW listen_addresses") == ""

    def test_keeps_its_socket_from_other_users(self, running: Cluster) -> None:
        assert running.sockets.stat().st_mode & 0o077 == 0

    def test_keeps_a_note_with_the_database(self, running: Cluster) -> None:
        running.keep_note('{"it\'s": "quoted"}')
        assert running.finish_start() == '{"it\'s": "quoted"}'


class TheProductsRole:
    @pytest.fixture
    def table(self, running: Cluster) -> Iterator[str]:
        with connect(running, OWNER) as line, line.cursor() as cursor:
            cursor.execute("CREATE TABLE facts (id serial PRIMARY KEY, fact text)")
        yield "facts"
        with connect(running, OWNER) as line, line.cursor() as cursor:
            cursor.execute("DROP TABLE facts")

    def test_reads_and_writes_the_owners_tables(self, running: Cluster, table: str) -> None:
        with connect(running, PRODUCT) as line, line.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (fact) VALUES ('one') RETURNING id")
            cursor.execute(f"UPDATE {table} SET fact = 'two'")
            cursor.execute(f"DELETE FROM {table} RETURNING fact")
            assert cursor.fetchall() == [("two",)]

    @pytest.mark.parametrize(
        "sql",
        [
            "TRUNCATE facts",
            "DROP TABLE facts",
            "ALTER TABLE facts ADD COLUMN more text",
            "ALTER TABLE facts DISABLE TRIGGER ALL",
            "CREATE TABLE mine (id int)",
            f"SET ROLE {OWNER}",
            f"GRANT {OWNER} TO {PRODUCT}",
        ],
    )
    def test_cannot_change_what_belongs_to_the_owner(self, running: Cluster, table: str, sql: str) -> None:
        with (
            connect(running, PRODUCT) as line,
            line.cursor() as cursor,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            cursor.execute(sql)

    def test_can_be_put_on_by_the_owner_for_tests(self, running: Cluster, table: str) -> None:
        with connect(running, OWNER) as line, line.cursor() as cursor:
            cursor.execute(f"SET ROLE {PRODUCT}")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"TRUNCATE {table}")

    def test_has_the_same_rights_in_a_test_database(self, running: Cluster) -> None:
        running.ask("CREATE DATABASE test_of_rights", role=OWNER)
        try:
            running.ask("CREATE TABLE facts (id serial)", role=OWNER, database="test_of_rights")
            running.ask("INSERT INTO facts DEFAULT VALUES", role=PRODUCT, database="test_of_rights")
        finally:
            running.ask("DROP DATABASE test_of_rights", role=OWNER)


class AStartThatWasInterrupted:
    def test_while_the_folder_was_made_is_done_again(self, cluster: Cluster, places: Places) -> None:
        cluster.begin()
        cluster.finish_start()
        assert cluster.service is not None
        cluster.service.finish(hurry=True)
        folder = cluster.record_path
        # As initdb leaves it when it is killed: some files, no control file, beside the final place.
        making = folder.with_name(folder.name + ".making")
        folder.rename(making)
        (making / "global" / "pg_control").unlink()
        cluster.begin()
        assert cluster.finish_start() == ""
        assert not making.exists()

    def test_before_the_roles_were_made_is_completed(self, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
        half = postgres.ROLES_SQL.split("-- In the template")[0]
        with monkeypatch.context() as patched:
            patched.setattr(postgres, "ROLES_SQL", half)
            cluster.begin()
            with pytest.raises(ValueError, match="not enough values"):
                cluster.finish_start()
        assert cluster.finish_start() == ""
        assert cluster.ask("SELECT current_user", role=PRODUCT) == PRODUCT


class AFolderThatIsNotWhole:
    def test_is_left_alone_and_said_so(self, cluster: Cluster, places: Places) -> None:
        cluster.begin()
        cluster.finish_start()
        assert cluster.service is not None
        cluster.service.finish(hurry=True)
        (cluster.record_path / "global" / "pg_control").unlink()
        with pytest.raises(Trouble, match="not a whole PostgreSQL data folder"):
            cluster.begin()
        assert (cluster.record_path / "base").is_dir()

    def test_made_by_another_version_is_one_clear_line(self, cluster: Cluster) -> None:
        cluster.begin()
        cluster.finish_start()
        assert cluster.service is not None
        cluster.service.finish(hurry=True)
        (cluster.record_path / "PG_VERSION").write_text("15\n")
        with pytest.raises(Trouble, match=r"made by PostgreSQL 15 .* PG_BIN"):
            cluster.begin()

    def test_made_by_another_user_is_one_clear_line(self, cluster: Cluster, places: Places) -> None:
        record = {"mode": "self", "uid": os.geteuid() + 1, "folder": str(places.cluster)}
        places.cluster_record.write_text(json.dumps(record))
        with pytest.raises(Trouble, match="Run as that user"):
            cluster.begin()

    def test_with_an_unreadable_record_is_one_clear_line(self, cluster: Cluster, places: Places) -> None:
        places.cluster_record.write_text('{"mode": "self"')
        with pytest.raises(Trouble, match="cannot be read"):
            cluster.begin()


class AServerThatWasKilled:
    @pytest.fixture
    def cluster(self, places: Places, environment: dict[str, str]) -> Iterator[Cluster]:
        """With its commits on disk, unlike the clusters for tests."""
        made = Cluster(places, environment)
        yield made
        stop(made)

    def test_comes_back_with_what_was_committed(self, cluster: Cluster) -> None:
        cluster.begin()
        cluster.finish_start()
        cluster.ask("CREATE TABLE kept AS SELECT 1 AS one", role=OWNER)
        _kill(cluster.service)
        cluster.start_again()
        assert cluster.ask("SELECT one FROM kept", role=PRODUCT) == "1"

    def test_leaves_a_number_that_may_belong_to_another_process_by_now(self, cluster: Cluster) -> None:
        cluster.begin()
        cluster.finish_start()
        _kill(cluster.service)
        lock = cluster.record_path / "postmaster.pid"
        lock.write_text(f"{os.getpid()}\n" + lock.read_text().split("\n", 1)[1])
        cluster.begin()
        assert cluster.finish_start() == ""

    def test_but_lives_on_without_its_stack_is_ended_first(self, cluster: Cluster, environment: dict[str, str]) -> None:
        left_over = cluster.begin()
        cluster.finish_start()
        cluster.ask("CREATE TABLE kept AS SELECT 1 AS one", role=OWNER)
        after = Cluster(cluster.places, environment)
        try:
            after.begin()
            after.finish_start()
            assert not left_over.alive
            assert after.ask("SELECT one FROM kept", role=PRODUCT) == "1"
        finally:
            assert after.service is not None
            after.service.finish(hurry=True)


class TheBinaries:
    def test_are_those_named_by_pg_bin(self, tmp_path: Path) -> None:
        for name in ("initdb", "postgres", "psql"):
            (tmp_path / name).touch()
        assert find_binaries({"PG_BIN": str(tmp_path)}) == tmp_path

    def test_that_pg_bin_lacks_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "postgres").touch()
        with pytest.raises(Trouble, match="has no initdb and no psql"):
            find_binaries({"PG_BIN": str(tmp_path)})


def _kill(service: Service | None) -> None:
    assert service is not None
    os.kill(service.pid, signal.SIGKILL)
    assert wait_for(lambda: not service.alive, seconds=10)
