import pytest

from stack.commands import Need, is_enough, joined_environment, need_of
from stack.engine import Engine
from stack.environment import Needs, needs_of
from stack.lint import safe_installation
from stack.places import Places
from stack.processes import Identity
from stack.state import RUN, SERVICES, State, write_state
from stack.suite import pytest_arguments

SUPERVISOR = Identity(7, "12345")


class ACommand:
    @pytest.mark.parametrize(
        ("name", "arguments", "need"),
        [
            ("makemigrations", [], Need.NOTHING),
            ("check", ["--deploy"], Need.NOTHING),
            ("migrate", ["--help"], Need.NOTHING),
            ("migrate", [], Need.STORES),
            ("createsuperuser", [], Need.STORES),
            ("verify_audit", [], Need.STORES),
            ("a_command_written_tomorrow", [], Need.STORES),
            ("demo", [], Need.ALL),
        ],
    )
    def test_gets_what_it_needs(self, name: str, arguments: list[str], need: Need) -> None:
        assert need_of(name, arguments) is need

    @pytest.mark.parametrize(
        ("environment", "needs"),
        [
            ({}, Needs(database=True, broker=True)),
            ({"DATABASE_URL": "postgres://db/kyc"}, Needs(database=False, broker=True)),
            ({"DATABASE_URL": "postgres://db/kyc", "BROKER_URL": "redis://r"}, Needs(database=False, broker=False)),
            ({"DATABASE_URL": ""}, Needs(database=True, broker=True)),
        ],
    )
    def test_has_nothing_started_for_what_the_environment_names(
        self, environment: dict[str, str], needs: Needs
    ) -> None:
        assert needs_of(environment) == needs


class ARunningStack:
    @pytest.mark.parametrize(
        ("state", "need", "enough"),
        [
            (None, Need.STORES, False),
            (State(SERVICES, SUPERVISOR), Need.STORES, False),
            (State(SERVICES, SUPERVISOR, ready=True), Need.STORES, True),
            (State(SERVICES, SUPERVISOR, ready=True), Need.ALL, False),
            (State(RUN, SUPERVISOR, ready=True), Need.STORES, True),
            (State(RUN, SUPERVISOR, ready=True), Need.ALL, False),
            (State(RUN, SUPERVISOR, ready=True, url="http://localhost:8000"), Need.ALL, True),
        ],
    )
    def test_is_joined_when_it_offers_enough(self, state: State | None, need: Need, enough: bool) -> None:
        assert is_enough(state, need) is enough

    def test_gives_its_environment_but_not_over_the_persons_own(self, places: Places) -> None:
        places.make()
        told = {"DATABASE_URL": "postgres://theirs", "CLEARANCE_DEMO": "1"}
        write_state(places.state, State(RUN, SUPERVISOR, ready=True, programs="/pg/bin", environment=told))
        joined = joined_environment(Engine(places, {}), {"CLEARANCE_DEMO": "0", "PATH": "/bin"})
        assert joined == {"DATABASE_URL": "postgres://theirs", "PATH": "/bin:/pg/bin"}


class AFolderThatIsHeld:
    def test_is_not_given_to_a_second_one(self, places: Places, environment: dict[str, str]) -> None:
        first, second = Engine(places, environment), Engine(places, environment)
        assert first.hold(RUN)
        assert not second.hold(SERVICES)
        holder = second.holder()
        assert holder is not None
        assert holder.kind == RUN
        first.close()
        assert second.hold(SERVICES)
        second.close()

    def test_is_free_again_when_only_a_dead_stacks_state_is_left(
        self, places: Places, environment: dict[str, str]
    ) -> None:
        places.make()
        write_state(places.state, State(RUN, SUPERVISOR, services={"web": Identity(2**22 + 1, "1")}))
        engine = Engine(places, environment)
        assert engine.hold(RUN)
        engine.close()


class TheSuite:
    def test_leaves_slow_tests_out_unless_told(self) -> None:
        assert "not slow and not faults" in pytest_arguments([])
        assert "not slow" not in " ".join(pytest_arguments(["--all"]))
        assert pytest_arguments(["--faults"])[-4:] == ["-m", "faults", "-n", "0"]

    def test_hands_the_persons_words_on_after_its_own(self) -> None:
        assert pytest_arguments(["--all", "-n", "0", "tests/stack"])[-3:] == ["-n", "0", "tests/stack"]


class TheSafeInstallation:
    def test_of_the_deploy_checks_is_no_demonstration(self, places: Places) -> None:
        safe = safe_installation(places.data)
        assert (safe["CLEARANCE_DEMO"], safe["CLEARANCE_GENERATED_KEYS"], safe["CLEARANCE_HTTPS"]) == ("0", "0", "1")
