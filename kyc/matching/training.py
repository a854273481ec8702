"""How the fitted table of the name score is made, so that anybody can make it again. Pure.

Labelled queries are derived from a corpus of listed parties (names with slips, dropped and added words,
lost spaces, other legal forms, aliases held out of the index ...) and from names of people and companies that are on no
list. Each query is matched with the hand-set score, its best candidates become rows of features, and a
logistic curve is fitted whose signs are fixed by what each feature means. `manage.py train_matching` runs
it; docs/matching.md says what was fed in.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kyc.matching.engine import Engine
from kyc.matching.normalise import read
from kyc.matching.scripts import HOMOGLYPHS, Script, script_of
from kyc.matching.types import Kind, Name, Party
from kyc.matching.words import common_names


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """`expected` are the keys of the listed parties it is; none for a name that is on no list."""

    text: str
    kind: Kind
    sort: str
    expected: frozenset[str] = frozenset()


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MIDDLE = (
    "Ali",
    "Maria",
    "James",
    "J.",
    "Ivan",
    "Hassan",
    "Peter",
    "M.",
    "Anna",
    "Lee",
    "Jose",
    "Omar",
    "Kumar",
    "Marie",
)
_FORM_SWAPS = {
    "limited": ("Ltd", "Ltd.", ""), "ltd": ("Limited", "Ltd.", ""), "company": ("Co", "Co.", "Corporation", ""),
    "co": ("Company", ""), "llc": ("Limited Liability Company", "OOO", "L.L.C.", ""), "ooo": ("LLC", ""),
    "inc": ("Incorporated", "Corp", ""), "corporation": ("Corp", "Inc", ""), "corp": ("Corporation", ""),
    "jsc": ("Joint Stock Company", "AO", "OAO"), "ao": ("JSC", "Joint-Stock Company"), "oao": ("OJSC", "JSC"),
    "ojsc": ("OAO", "JSC"), "pjsc": ("PAO", "JSC"), "gmbh": ("LLC", ""), "fze": ("Free Zone Establishment", ""),
    "sa": ("S.A.", ""), "international": ("Intl", "Int'l"), "zao": ("CJSC", "JSC"), "pte": ("Private", "Pte."),
    "private": ("Pvt",), "pvt": ("Private",),
}  # fmt: skip
_PLAIN_NOUNS = [
    "golden",
    "silver",
    "sunrise",
    "pacific",
    "atlantic",
    "northern",
    "southern",
    "eastern",
    "western",
    "blue",
    "green",
    "red",
    "white",
    "black",
    "royal",
    "first",
    "global",
    "universal",
    "united",
    "national",
    "central",
    "general",
    "modern",
    "bright",
    "happy",
    "smart",
    "fresh",
    "star",
    "sun",
    "moon",
    "ocean",
    "sea",
    "river",
    "mountain",
    "eagle",
    "lion",
    "falcon",
    "phoenix",
    "dragon",
    "crystal",
    "diamond",
    "pearl",
    "alpha",
    "beta",
    "delta",
    "omega",
    "nova",
    "vector",
    "atlas",
    "titan",
    "orion",
    "apollo",
    "mercury",
    "neptune",
    "horizon",
    "summit",
    "gateway",
    "harbor",
    "bridge",
    "tower",
    "garden",
    "forest",
    "spring",
    "summer",
    "century",
    "millennium",
    "future",
    "victory",
    "liberty",
    "unity",
    "harmony",
    "prime",
    "elite",
    "royal",
    "premier",
    "capital",
    "metro",
    "city",
    "alliance",
    "partner",
    "progress",
    "vision",
]
_PLAIN_TRADES = [
    "Trading",
    "General Trading",
    "Shipping",
    "Technology",
    "Technologies",
    "Electronics",
    "Software",
    "Consulting",
    "Logistics",
    "Holdings",
    "Group",
    "Industries",
    "Engineering",
    "Construction",
    "Bank",
    "Capital",
    "Investment",
    "Energy",
    "Foods",
    "Travel Agency",
    "Services",
    "Marine Services",
    "Institute",
    "Research Institute",
    "Technical Institute",
    "Foundation",
    "University",
    "Airlines",
    "Media",
    "Solutions",
    "Systems",
    "Motors",
    "Chemicals",
    "Steel",
    "Textiles",
    "Medical Center",
    "Import Export",
    "Real Estate",
    "Insurance",
    "Restaurant",
    "Books",
    "Academy",
    "Club",
]
_PLAIN_FORMS = [
    "LLC",
    "Ltd",
    "Inc",
    "Co Ltd",
    "GmbH",
    "SA",
    "PLC",
    "Pte Ltd",
    "Corporation",
    "OOO",
    "Co., Ltd.",
    "Limited",
    "AG",
    "",
]


# ------------------------------------------------------------------------------------------------ mutations
def slip(text: str, rng: random.Random) -> str:
    """One letter inserted, left out, exchanged for another, or swapped with its neighbour."""
    at = rng.randrange(max(len(text) - 1, 1))
    match rng.randrange(4):
        case 0:
            return text[:at] + rng.choice(_LETTERS) + text[at:]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at] + rng.choice(_LETTERS) + text[at + 1 :]
        case _:
            return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _two_slips(text: str, rng: random.Random) -> str:
    return slip(slip(text, rng), rng)


def _reordered(text: str, rng: random.Random) -> str:
    words = text.split()
    turn = rng.randrange(1, len(words))
    return " ".join(words[turn:] + words[:turn])


def _comma(text: str, rng: random.Random) -> str:
    words = text.split()
    return f"{words[-1]}, {' '.join(words[:-1])}" if rng.random() < 0.5 else f"{words[0]}, {' '.join(words[1:])}"


def _without_middle(text: str, rng: random.Random) -> str:
    words = text.split()
    drop = rng.randrange(1, len(words) - 1) if rng.random() < 0.75 else rng.randrange(len(words))
    return " ".join(words[:drop] + words[drop + 1 :])


def _with_middle(text: str, rng: random.Random) -> str:
    words = text.split()
    return " ".join([words[0], rng.choice(_MIDDLE), *words[1:]])


def _without_a_space(text: str, rng: random.Random) -> str:
    words = text.split()
    at = rng.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def _other_form(text: str, rng: random.Random) -> str:
    words = text.split()
    places = [place for place, word in enumerate(words) if word.lower().strip(".,\"'()") in _FORM_SWAPS]
    if not places:
        return f"{text} {rng.choice(('LLC', 'Ltd', 'Inc', 'Co., Ltd.', 'OOO', 'JSC'))}"
    at = rng.choice(places)
    words[at] = rng.choice(_FORM_SWAPS[words[at].lower().strip(".,\"'()")])
    return " ".join(words)


def _loud(text: str, rng: random.Random) -> str:
    return "".join(rng.choice((" ", "-", "  ", " . ")) if letter == " " else letter for letter in text.upper())


_TWINS = {
    latin: other for other, latin in HOMOGLYPHS.items() if script_of(other) is Script.CYRILLIC and other not in "ьгпнв"
}


def _with_twins(text: str, rng: random.Random) -> str:
    return "".join(_TWINS[letter] if letter in _TWINS and rng.random() < 0.2 else letter for letter in text)


Mutation = Callable[[str, random.Random], str]
# sort -> (share of the positives, fewest words, persons only, organisations only, the mutation)
MUTATIONS: dict[str, tuple[float, int, bool, bool, Mutation]] = {
    "exact": (0.10, 1, False, False, lambda text, rng: text),
    "reorder": (0.06, 2, True, False, _reordered),
    "comma": (0.03, 2, True, False, _comma),
    "typo1": (0.12, 1, False, False, slip),
    "typo2": (0.14, 1, False, False, _two_slips),
    "drop_middle": (0.07, 3, True, False, _without_middle),
    "extra_middle": (0.04, 2, True, False, _with_middle),
    "spaces_removed": (0.05, 2, False, False, _without_a_space),
    "legal_form": (0.10, 2, False, True, _other_form),
    "upper_punct": (0.03, 1, False, False, _loud),
    "homoglyph": (0.02, 1, False, False, _with_twins),
}
HELD_OUT_SHARE = 0.16
OTHER_SCRIPT_SHARE = 0.20


# ------------------------------------------------------------------------------------------------ the queries
def _same(text: str, kind: Kind) -> tuple[str, ...]:
    return tuple(sorted(read(text, kind).words))


def _is_latin(text: str) -> bool:
    return all(script_of(letter) is Script.LATIN for letter in text if letter.isalpha())


def training_set(
    parties: Sequence[Party],
    positives: int,
    recombined: int,
    swapped: int,
    seed: int,
    scripts: Iterable[tuple[str, str]] = (),
    banned: Collection[str] = (),
) -> tuple[list[Party], list[LabelledQuery]]:
    """The parties to build the index from (some aliases held out), and the queries to put to it.

    `scripts` are (party key, name in another script); `banned` are texts that must not be used because the
    result is measured with them. The same arguments give the same set.
    """
    rng = random.Random(seed)
    banned = {text.casefold() for text in banned}
    sharing: dict[tuple[tuple[str, ...], bool], set[str]] = defaultdict(set)
    for party in parties:
        for name in party.names:
            sharing[_same(name.text, party.kind), party.kind is Kind.PERSON].add(party.key)

    def expected(party: Party) -> frozenset[str]:
        keys = [sharing[_same(name.text, party.kind), party.kind is Kind.PERSON] for name in party.names]
        return frozenset().union(*keys) | {party.key}

    pool = [party for party in parties if party.kind in (Kind.PERSON, Kind.ORGANISATION, Kind.UNKNOWN)]
    kept = {party.key: party for party in parties}
    queries: list[LabelledQuery] = []

    def add(text: str, party: Party, sort: str) -> None:
        text = text.strip()
        if text and text.casefold() not in banned and read(text, party.kind).words:
            queries.append(LabelledQuery(text, party.kind, sort, expected(party)))

    several = [party for party in pool if len({_same(name.text, party.kind) for name in party.names}) >= 2]
    for party in rng.sample(several, min(len(several), int(positives * HELD_OUT_SHARE))):
        name = rng.choice(party.names)
        rest = tuple(other for other in party.names if _same(other.text, party.kind) != _same(name.text, party.kind))
        kept[party.key] = replace(party, names=rest)
        add(name.text, party, "held_out")
    by_key = {party.key: party for party in pool}
    written = [(by_key[key], text) for key, text in scripts if key in by_key]
    for party, text in rng.sample(written, min(len(written), int(positives * OTHER_SCRIPT_SHARE))):
        rest = tuple(
            name for name in kept[party.key].names if _is_latin(name.text) or name.text.casefold() != text.casefold()
        )
        kept[party.key] = replace(kept[party.key], names=rest)
        add(text, party, "other_script")
    for sort, (share, fewest, persons, organisations, mutation) in MUTATIONS.items():
        wanted = int(positives * share)
        while wanted:
            party = rng.choice(pool)
            name = rng.choice(party.names)
            words = len(name.text.split())
            wrong_kind = (persons and party.kind is not Kind.PERSON) or (organisations and party.kind is Kind.PERSON)
            if wrong_kind or not fewest <= words <= 12 or not _is_latin(name.text) or name not in kept[party.key].names:
                continue
            add(mutation(name.text, rng), party, sort)
            wanted -= 1
    queries += _recombined(pool, recombined, rng, sharing, banned)
    queries += _swapped(pool, swapped, rng, sharing, banned)
    return list(kept.values()), queries


def _recombined(
    pool: Sequence[Party], wanted: int, rng: random.Random, sharing: Collection[object], banned: Collection[str]
) -> list[LabelledQuery]:
    """A first name of one listed person with a last name of another: nobody, we assume."""
    people = [party for party in pool if party.kind is Kind.PERSON]
    found: list[LabelledQuery] = []
    while len(found) < wanted:
        one, other = rng.choice(people).names[0].text.split(), rng.choice(people).names[0].text.split()
        if len(one) < 2 or len(other) < 2:
            continue
        text = f"{rng.choice((one[0], one[0], one[-1]))} {rng.choice((other[-1], other[-1], other[0]))}"
        if (_same(text, Kind.PERSON), True) not in sharing and text.casefold() not in banned and _is_latin(text):
            found.append(LabelledQuery(text, Kind.PERSON, "neg_recombined"))
    return found


def _swapped(
    pool: Sequence[Party], wanted: int, rng: random.Random, sharing: Collection[object], banned: Collection[str]
) -> list[LabelledQuery]:
    """A listed name in which one word is exchanged for that of another party: a relative, a sister company."""
    found: list[LabelledQuery] = []
    while len(found) < wanted:
        party, other = rng.choice(pool), rng.choice(pool)
        if (party.kind is Kind.PERSON) != (other.kind is Kind.PERSON):
            continue
        words, others = rng.choice(party.names).text.split(), rng.choice(other.names).text.split()
        if not 3 <= len(words) <= 8 or len(others) < 2:
            continue
        at = rng.randrange(len(words))
        word = others[0] if at == 0 else others[-1] if at == len(words) - 1 else others[min(at, len(others) - 1)]
        before, after = (
            read(" ".join(words), party.kind),
            read(" ".join([*words[:at], word, *words[at + 1 :]]), party.kind),
        )
        text = " ".join([*words[:at], word, *words[at + 1 :]])
        if len(set(after.words) - set(before.words)) != 1 or len(after.words) < 2 or not _is_latin(text):
            continue
        if (tuple(sorted(after.words)), party.kind is Kind.PERSON) not in sharing and text.casefold() not in banned:
            found.append(LabelledQuery(text, party.kind, "neg_swapped"))
    return found


def plain_companies(wanted: int, seed: int, listed: Collection[tuple[str, ...]] = ()) -> list[LabelledQuery]:
    """Invented companies of plain words ("Pacific Star Shipping Ltd") that are on no list given."""
    rng = random.Random(seed)
    found: list[LabelledQuery] = []
    while len(found) < wanted:
        nouns = rng.sample(_PLAIN_NOUNS, 2 if rng.random() < 0.6 else 1)
        text = f"{' '.join(nouns).title()} {rng.choice(_PLAIN_TRADES)} {rng.choice(_PLAIN_FORMS)}".strip()
        if _same(text, Kind.ORGANISATION) not in listed:
            found.append(LabelledQuery(text, Kind.ORGANISATION, "neg_plain"))
    return found


# ------------------------------------------------------------------------------------------------ the fit
def fit(
    rows: NDArray[np.float64],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    signs: Sequence[int],
    ridge: float = 1.0,
    rounds: int = 4_000,
) -> NDArray[np.float64]:
    """Weights of a logistic curve, of the sign asked for (+1, -1; 0 for any), by projected Nesterov steps.

    `rows` are (count, features) with the constant first. Each kind of label is given the same total weight
    by `weights`. The same input gives the same weights.
    """
    sign = np.asarray(signs)
    penalty = np.full(rows.shape[1], ridge / len(rows))
    penalty[0] = 0.0
    total = weights.sum()
    step = 4.0 / float(np.linalg.norm(rows * np.sqrt(weights / total)[:, None], 2) ** 2)
    now = np.zeros(rows.shape[1])
    ahead, pace = now.copy(), 1.0
    for _ in range(rounds):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ ahead, -40, 40)))
        slope = rows.T @ (weights * (chance - labels)) / total + penalty * ahead
        after = ahead - step * slope
        after[(sign > 0) & (after < 0)] = 0.0
        after[(sign < 0) & (after > 0)] = 0.0
        next_pace = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = after + (pace - 1) / next_pace * (after - now)
        now, pace = after, next_pace
    return now


# ------------------------------------------------------------------------------------------------ names of nobody
def plain_people(wanted: int, seed: int) -> list[LabelledQuery]:
    """Given and family names that are common in the world, put together: on a list only by chance."""
    rng = random.Random(seed)
    given, family = common_names()
    found: list[LabelledQuery] = []
    while len(found) < wanted:
        words = [rng.choice(given), rng.choice(family)]
        if rng.random() < 0.3:
            words.insert(1, rng.choice((rng.choice(given), rng.choice(_MIDDLE))))
        found.append(LabelledQuery(" ".join(words).title(), Kind.PERSON, "neg_people"))
    return found


# ------------------------------------------------------------------------------------------------ rows
HARD_SORTS = frozenset({"neg_recombined", "neg_swapped"})  # many of them are right to hit; they weigh less
HARD_WEIGHT = 0.25
ROWS_OF_A_NEGATIVE = 4  # best readings of a query that is nobody
PER_CURVE = (True, False)  # persons, others


@dataclass(frozen=True, slots=True)
class Rows:
    """Pairs of names to fit one curve on. `queries` says which query a row belongs to, for calibration."""

    features: NDArray[np.float64]
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]
    queries: NDArray[np.int64]


def rows_for(engine: Engine, queries: Sequence[LabelledQuery], person: bool) -> Rows:
    """The best row of each positive that is found, and the best rows of each negative, by the engine's own score."""
    index = engine.index
    asked = [query for query in queries if (query.kind is Kind.PERSON) is person]
    parties = [Party(str(n), (Name(query.text),), query.kind) for n, query in enumerate(asked)]
    best: dict[int, list[tuple[float, NDArray[np.float32]]]] = defaultdict(list)
    for number, near, row, score in engine.rows(parties):
        query = asked[number]
        if query.expected:
            start, end = index.bearer_offsets[near], index.bearer_offsets[near + 1]
            if not any(index.key(int(party)) in query.expected for party in index.bearer_parties[start:end]):
                continue
        best[number].append((score, row.copy()))
    features, labels, sorts, owners = [], [], [], []
    for number, found in best.items():
        query = asked[number]
        found.sort(key=lambda pair: -pair[0])
        for _, row in found[: 1 if query.expected else ROWS_OF_A_NEGATIVE]:
            features.append(row)
            labels.append(float(bool(query.expected)))
            sorts.append(query.sort)
            owners.append(number)
    counts = Counter(sorts)
    # Each sort of query weighs the square root of its number: held-out aliases should not drown in typing errors.
    weights = [(HARD_WEIGHT if sort in HARD_SORTS else 1.0) / counts[sort] ** 0.5 for sort in sorts]
    return Rows(np.array(features, np.float64), np.array(labels), np.array(weights), np.array(owners))


def calibrated(curve: NDArray[np.float64], rows: Rows, rate: float, sums_at_threshold: float) -> NDArray[np.float64]:
    """The curve moved so that this share of the negative queries reaches the report threshold."""
    sums = rows.features @ curve
    tops: dict[int, float] = {}
    for owner, value, label in zip(rows.queries.tolist(), sums.tolist(), rows.labels.tolist(), strict=True):
        if not label:
            tops[owner] = max(value, tops.get(owner, -99.0))
    ordered = sorted(tops.values(), reverse=True)
    moved = curve.copy()
    moved[0] += sums_at_threshold - ordered[int(rate * len(ordered))]
    return moved
