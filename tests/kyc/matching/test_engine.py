"""The doors of the matching engine, with a cast of one listed man, his namesake and strangers."""

from pathlib import Path

import pytest

from kyc.errors import BadInput
from kyc.findings import Says
from kyc.matching.engine import Engine, compare
from kyc.matching.index import Index
from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate, Party
from kyc.policy.matching import CURRENT

SIDOROV = Party(
    key="listed-1",
    names=(Name("Ivan Petrovich SIDOROV"), Name("The Fox", NameQuality.WEAK)),
    kind=Kind.PERSON,
    birth_dates=(PartialDate(1970, 4, 16),),
    countries=("RU",),
    identifiers=(Identifier("passport", "AB 123456", "RU"),),
)
PLANT = Party(key="listed-2", names=(Name("JSC Uralskiy Zavod Prometey"),), kind=Kind.ORGANISATION, countries=("RU",))
OTHERS = tuple(
    Party(key=f"other-{n}", names=(Name(text),), kind=Kind.PERSON)
    for n, text in enumerate(("Mohammed Ali Hassan", "Kim Jong Chol", "Maria Lopez Garcia", "Petr Ivanov"))
)


def person(text: str, **facts: object) -> Party:
    return Party(key="customer", names=(Name(text),), kind=Kind.PERSON, **facts)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Index.build((SIDOROV, PLANT, *OTHERS)))


class AListedMan:
    def test_is_found_by_his_name_alone_strongly_enough_for_a_hold(self, engine: Engine) -> None:
        (match,) = engine.match(person("Sidorov, Ivan Petrovich"))
        assert match.key == "listed-1"
        assert match.score >= CURRENT.strong_threshold

    def test_never_reaches_certainty_by_name_alone(self, engine: Engine) -> None:
        (match,) = engine.match(person("Ivan Petrovich Sidorov"))
        assert match.score <= CURRENT["name_ceiling"] < 1.0

    def test_ranks_higher_with_each_fact_that_agrees(self, engine: Engine) -> None:
        bare = engine.match(person("Ivan Sidorov"))[0].score
        born = engine.match(person("Ivan Sidorov", birth_dates=(PartialDate(1970, 4, 16),)))[0].score
        both = engine.match(person("Ivan Sidorov", birth_dates=(PartialDate(1970, 4, 16),), countries=("RU",)))[0].score
        assert bare < born < both

    def test_is_found_in_cyrillic(self, engine: Engine) -> None:
        assert engine.match(person("Иван Петрович Сидоров"))[0].key == "listed-1"


class ANamesakeWithAnotherBirthDateAndCountry:
    namesake = person("Ivan Petrovich Sidorov", birth_dates=(PartialDate(1988, 1, 2),), countries=("CA",))

    def test_becomes_a_case_for_a_person_and_no_hold(self, engine: Engine) -> None:
        (match,) = engine.match(self.namesake)
        assert CURRENT.report_threshold <= match.score < CURRENT.strong_threshold

    def test_is_told_what_disagrees(self, engine: Engine) -> None:
        (match,) = engine.match(self.namesake)
        against = {finding.code for finding in match.findings if finding.says is Says.DISAGREE}
        assert against == {"birth.year.disagree", "country.disagree"}
        assert all(finding.sentence.endswith((".", ").")) for finding in match.findings)


class AnIdentifierThatIsTheSame:
    def test_is_a_hit_under_any_name(self, engine: Engine) -> None:
        (match,) = engine.match(person("John Smith", identifiers=(Identifier("passport", "ab-123456"),)))
        assert match.key == "listed-1"
        assert match.score >= CURRENT.strong_threshold
        assert match.name_score < CURRENT.report_threshold

    def test_of_another_country_is_another_number(self, engine: Engine) -> None:
        assert engine.match(person("John Smith", identifiers=(Identifier("passport", "AB123456", "US"),))) == []


class AWeakAlias:
    def test_weighs_less_and_says_so(self) -> None:
        weak = compare(person("The Fox"), SIDOROV)
        strong = compare(person("The Fox"), Party("x", (Name("The Fox"),), Kind.PERSON))
        assert weak.name_score < strong.name_score
        assert "name.weak_alias" in {finding.code for finding in weak.findings}


class TheCompareDoor:
    @pytest.mark.parametrize("text", ["Ivan Sidorov", "Ivan Petrovich Sydorov", "Сидоров Иван", "Ivan Petrov Sidorov"])
    def test_scores_a_pair_as_the_whole_index_does(self, engine: Engine, text: str) -> None:
        found = {match.key: match for match in engine.match(person(text))}
        alone = compare(person(text), SIDOROV)
        assert found["listed-1"].score == pytest.approx(alone.score, abs=1e-4)
        assert found["listed-1"].findings == alone.findings

    def test_gives_zero_for_strangers(self) -> None:
        assert compare(person("John Smith"), SIDOROV).score == 0.0


class TheBatchDoor:
    def test_gives_what_one_at_a_time_gives(self, engine: Engine) -> None:
        queries = [person(text) for text in ("Ivan Sidorov", "Kim Jong Chol", "Nobody Atall", "Maria Lopez")]
        assert engine.match_many(queries) == [engine.match(query) for query in queries]


class TheIndexOnDisk:
    def test_opens_with_the_same_parties_and_matches(self, engine: Engine, tmp_path: Path) -> None:
        engine.index.save(tmp_path / "edition")
        opened = Index.open(tmp_path / "edition")
        assert [opened.party(n) for n in range(len(opened))] == [SIDOROV, PLANT, *OTHERS]
        query = person("Ivan Sidorov")
        assert Engine(opened).match(query) == engine.match(query)

    def test_replaces_a_folder_while_it_is_mapped(self, engine: Engine, tmp_path: Path) -> None:
        folder = tmp_path / "edition"
        engine.index.save(folder)
        mapped = Index.open(folder)
        Index.build(OTHERS).save(folder)
        assert Engine(mapped).match(person("Ivan Sidorov"))
        assert len(Index.open(folder)) == len(OTHERS)
        assert [path.name for path in tmp_path.iterdir()] == ["edition"]

    def test_is_read_only(self, engine: Engine, tmp_path: Path) -> None:
        engine.index.save(tmp_path / "edition")
        with pytest.raises(ValueError, match="read-only"):
            Index.open(tmp_path / "edition").postings[0] = 1

    @pytest.mark.parametrize("damage", ["missing", "format", "cut"])
    def test_refuses_what_is_no_whole_index(self, engine: Engine, tmp_path: Path, damage: str) -> None:
        folder = tmp_path / "edition"
        if damage != "missing":
            engine.index.save(folder)
        if damage == "format":
            (folder / "format.json").write_text('{"format": 0}')
        elif damage == "cut":
            (folder / "postings.npy").write_bytes(b"\x93NUMPY")
        with pytest.raises(BadInput):
            Index.open(folder)

    def test_of_nobody_matches_nothing(self, tmp_path: Path) -> None:
        Index.build(()).save(tmp_path / "empty")
        assert Engine(Index.open(tmp_path / "empty")).match(person("Ivan Sidorov")) == []
