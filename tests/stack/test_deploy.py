"""The examples in deploy/ say what the product reads and what the embedded default does."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from config import settings
from stack.places import Places
from stack.postgres import OWNER, PRODUCT, Cluster
from stack.supervisor import TAKEN_BY

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
OF_COMPOSE_ALONE = {"POSTGRES_PASSWORD", "CLEARANCE_OWNER_DB_PASSWORD", "CLEARANCE_DB_PASSWORD", "BROKER_PASSWORD"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def words(service: dict) -> str:
    return " ".join(service["command"])


class TheExampleOfTheEnvironment:
    def test_names_only_what_the_settings_read(self) -> None:
        named = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "clearance.env.example").read_text(), re.MULTILINE))
        read = set(re.findall(r'"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
        assert named - OF_COMPOSE_ALONE - read == set()

    def test_names_every_password_of_the_compose_file(self) -> None:
        asked = set(re.findall(r"\$\{([A-Z_]+):\?\}", (DEPLOY / "compose.yaml").read_text()))
        assert asked == OF_COMPOSE_ALONE


class TheComposeFile:
    def test_has_a_worker_for_every_queue(self, services: dict[str, dict]) -> None:
        routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
        taken = {
            queue
            for service in services.values()
            for found in re.findall(r" worker -Q (\S+) ", words(service) if "command" in service else "")
            for queue in found.split(",")
        }
        assert taken == routed | {settings.CELERY_TASK_DEFAULT_QUEUE}

    def test_takes_from_the_queues_as_the_embedded_default_does(self, services: dict[str, dict]) -> None:
        for queue in ("interactive", "bulk"):
            assert f"worker -Q {TAKEN_BY.get(queue, queue)} " in words(services[f"worker-{queue}"])

    def test_gives_the_owners_password_to_the_job_that_migrates_alone(self, services: dict[str, dict]) -> None:
        knowing = {name for name, service in services.items() if "DATABASE_OWNER_URL" in service.get("environment", {})}
        assert knowing == {"prepare"}

    def test_checks_before_it_migrates_and_secures_after(self, services: dict[str, dict]) -> None:
        steps = re.findall(r"manage\.py (\w+)", words(services["prepare"]))
        assert steps == ["check", "migrate", "secure_database", "collectstatic"]


class TheRoles:
    def test_have_the_rights_they_have_on_the_embedded_default(
        self, places: Places, environment: dict[str, str]
    ) -> None:
        cluster = Cluster(places, environment, careless=True)
        cluster.begin()
        try:
            cluster.wait_until_ready()
            _run_roles_sql(cluster)
            by_hand = _rights(cluster)
            cluster.ask("DROP DATABASE clearance", database="postgres")
            cluster.ask(f"DROP ROLE {PRODUCT}; DROP ROLE {OWNER}", database="postgres")
            cluster.finish_start()
            assert _rights(cluster) == by_hand
        finally:
            assert cluster.service is not None
            cluster.service.finish(hurry=True)
            cluster.remove_files()


def _run_roles_sql(cluster: Cluster) -> None:
    psql = [
        str(cluster.binaries / "psql"),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        cluster.url("postgres", "postgres"),
    ]
    passwords = ["-v", "owner_password=it's one", "-v", "product_password=another"]
    subprocess.run([*psql, *passwords, "-f", str(DEPLOY / "roles.sql")], env=cluster.environment, check=True)


def _rights(cluster: Cluster) -> list[str]:
    """Who may do what in the database, its schema and with tables to come; and how it sorts and folds letters."""
    return [
        cluster.ask(sql)
        for sql in (
            "SELECT datacl, datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'clearance'",
            "SELECT nspacl FROM pg_namespace WHERE nspname = 'public'",
            "SELECT defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 1",
            "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname LIKE 'clearance%' ORDER BY 1",
        )
    ]
