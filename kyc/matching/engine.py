"""Who on the lists may be the same as this party? Pure: parties in, matches with their reasons out.

Candidates come from the words of a name that are rare and alike; every candidate is laid beside the query
word by word and scored; then the facts beside the name support or contradict. Numbers: kyc/policy/matching.py.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kyc.findings import Finding, Says
from kyc.matching.align import Alignment, align, join_leftovers
from kyc.matching.evidence import compare_facts, identifying, settle
from kyc.matching.features import features
from kyc.matching.identifiers import identifier_hashes, same_identifier
from kyc.matching.index import FORM_BITS, GENERIC, MEETS, QUALITIES, Index
from kyc.matching.normalise import Reading, is_generic_word, readings
from kyc.matching.similarity import like_words
from kyc.matching.types import Kind, Name, NameQuality, Party
from kyc.matching.words import GENERIC as GENERIC_WORD
from kyc.matching.words import PATRONYMIC, flags, weight
from kyc.policy.matching import CURRENT, MatchingPolicy

MOST_CACHED_WORDS = 50_000
NAME_SHARE = 0.35  # how much a long listed name weakens a candidate before it is compared in full
JOINED_WEIGHT = 0.9  # a word that is two listed words written together


@dataclass(frozen=True, slots=True)
class Match:
    """A listed party that may be the query, with why.

    `score` and `name_score` are 0.0 to 1.0; `strength` orders matches of equal score by what identifies.
    """

    key: str
    score: float
    name_score: float
    matched_name: Name
    query_name: str
    findings: tuple[Finding, ...]
    strength: float


@dataclass(frozen=True, slots=True)
class _Expansion:
    """What the index has for one word: like words, and the readings they stand in with the best likeness."""

    words: NDArray[np.int32]
    likeness: NDArray[np.float32]
    readings: NDArray[np.int32]
    reading_likeness: NDArray[np.float32]


class Engine:
    """Matches against one index. Keep one per process and edition: it remembers the words it has seen."""

    def __init__(self, index: Index, policy: MatchingPolicy = CURRENT) -> None:
        self.index = index
        self.policy = policy
        self._expansions: OrderedDict[tuple[str, bool], _Expansion] = OrderedDict()
        self._sums = np.zeros(len(index.reading_counts), dtype=np.float32)
        self._slots = np.zeros((0, len(index.word_weights)), dtype=np.float32)

    # -------------------------------------------------------------------------------------------- the doors
    def match(self, query: Party, limit: int = 10) -> list[Match]:
        """The listed parties that reach the report threshold, best first."""
        report = self.policy.report_threshold
        floor = min(report, self.policy["support_floor"])
        hits = [hit for hit in self._gathered(query).values() if hit.score >= floor or hit.row is None]
        hits.sort(key=lambda hit: (-hit.score, -hit.strength))
        # Facts can lift what stands a little lower, so more than `limit` are looked at.
        matches = [self._settled(query, hit) for hit in hits[: limit * 3 + 10]]
        matches = [match for match in matches if match.score >= report]
        matches.sort(key=lambda match: (-match.score, -match.strength, match.key))
        return matches[:limit]

    def one(self, query: Party) -> Match:
        """The first party of the index against the query, whatever the score."""
        hit = self._gathered(query).get(0)
        return self._settled(query, hit or _Hit(0.0, 0.0, 0, 0, query.names[0].text if query.names else "", None))

    def _gathered(self, query: Party) -> dict[int, _Hit]:
        """For each listed party that comes near, its best name; and who bears the same number."""
        best: dict[int, _Hit] = {}
        hits = (
            hit
            for name in query.names
            for reading in readings(name.text, query.kind)
            for hit in self._names(name.text, reading, query.kind)
        )
        for hit in hits:
            held = best.get(hit.party)
            if held is None or (hit.score, hit.strength) > (held.score, held.strength):
                best[hit.party] = hit
        text = query.names[0].text if query.names else ""
        for party in self._same_identifier(query):
            best.setdefault(party, _Hit(0.0, 0.0, party, 0, text, None))
        return best

    def match_many(self, queries: Sequence[Party], limit: int = 10) -> list[list[Match]]:
        """As `match` for each, with the distinct words of all names looked up first."""
        for word, business in dict.fromkeys(self._words_of(queries)):
            self._expand(word, business)
        return [self.match(query, limit) for query in queries]

    # -------------------------------------------------------------------------------------------- words
    def _words_of(self, queries: Iterable[Party]) -> Iterable[tuple[str, bool]]:
        for query in queries:
            for name in query.names:
                for reading in readings(name.text, query.kind):
                    for word in reading.words:
                        yield word, query.kind is not Kind.PERSON

    def _expand(self, word: str, business: bool) -> _Expansion:
        key = (word, business)
        found = self._expansions.get(key)
        if found is None:
            found = self._looked_up(word, business)
            self._expansions[key] = found
            if len(self._expansions) > MOST_CACHED_WORDS:
                self._expansions.popitem(last=False)
        return found

    def _looked_up(self, word: str, business: bool) -> _Expansion:
        index = self.index
        words, likeness = like_words(index, word, business)
        lists = [index.postings_of(at) for at in words.tolist()]
        values = [np.full(len(posted), like, dtype=np.float32) for posted, like in zip(lists, likeness, strict=True)]
        joined = index.readings_joined_as(word)
        if len(word) >= 4 and len(joined):
            lists.append(joined)
            values.append(np.full(len(joined), JOINED_WEIGHT, dtype=np.float32))
        if not lists:
            return _Expansion(words, likeness, np.empty(0, np.int32), np.empty(0, np.float32))
        readings, value = np.concatenate(lists), np.concatenate(values)
        order = np.argsort(-value, kind="stable")
        readings, first = np.unique(readings[order], return_index=True)
        return _Expansion(words, likeness, readings, value[order][first])

    # -------------------------------------------------------------------------------------------- candidates
    def _candidates(self, reading: Reading, weights: NDArray[np.float32], kind: Kind) -> NDArray[np.int64]:
        """Numbers of the readings worth comparing in full."""
        index, sums, business = self.index, self._sums, kind is not Kind.PERSON
        touched = []
        for word, weighs in zip(reading.words, weights.tolist(), strict=True):
            found = self._expand(word, business)
            sums[found.readings] += weighs * found.reading_likeness * found.reading_likeness
            touched.append(found.readings)
        for first, second in zip(reading.words, reading.words[1:], strict=False):
            if len(first) + len(second) < 4:
                continue
            together = index.word_ids.get(first + second)
            if together is not None:
                posted = index.postings_of(together)
                sums[posted] += JOINED_WEIGHT * (weight(first) + weight(second))
                touched.append(posted)
        if not touched:
            return np.empty(0, dtype=np.int64)
        total = float(weights.sum())
        least = 0.25 * total
        near = np.flatnonzero(sums > least) if sum(map(len, touched)) > 4_000 else np.unique(np.concatenate(touched))
        value = sums[near]
        for posted in touched:
            sums[posted] = 0.0
        good = (value > least) & ((index.reading_kinds[near] & MEETS[kind]) != 0)
        near, value = near[good], value[good]
        value = value / (total + NAME_SHARE * index.reading_weights[near])
        if len(near) > self.policy.candidates:
            near = near[np.argpartition(-value, self.policy.candidates)[: self.policy.candidates]]
        return near

    # -------------------------------------------------------------------------------------------- names
    def _names(self, text: str, reading: Reading, kind: Kind) -> list[_Hit]:
        """A hit for every bearer of a candidate reading."""
        index = self.index
        weights = np.fromiter(map(weight, reading.words), dtype=np.float32, count=len(reading.words))
        near = self._candidates(reading, weights, kind)
        if not len(near):
            return []
        row = self._compared(reading, weights, near, kind)
        hits = []
        forms = sum(FORM_BITS[form] for form in reading.forms)
        for place, number in enumerate(near.tolist()):
            score, strength = float(row.scores[place]), float(row.found.agreed[place])
            start, end = index.bearer_offsets[number], index.bearer_offsets[number + 1]
            for at in range(start, end):
                quality = QUALITIES[index.bearer_qualities[at]]
                value = score * self.policy[quality.value]
                theirs = int(index.bearer_forms[at])
                same_forms = not forms or not theirs or bool(forms & theirs)
                hits.append(
                    _Hit(
                        value,
                        strength + 0.01 * same_forms,
                        int(index.bearer_parties[at]),
                        int(index.bearer_names[at]),
                        text,
                        _Row(row, place, same_forms),
                    )
                )
        return hits

    def _compared(self, reading: Reading, weights: NDArray[np.float32], near: NDArray[np.int64], kind: Kind) -> _Rows:
        index, business = self.index, kind is not Kind.PERSON
        m = len(reading.words)
        if len(self._slots) < m:
            self._slots = np.zeros((m + 4, len(index.word_weights)), dtype=np.float32)
        expansions = [self._expand(word, business) for word in reading.words]
        for place, known in enumerate(expansions):
            self._slots[place, known.words] = known.likeness
        listed = index.reading_words[near]
        listed = listed[:, : int(index.reading_counts[near].max())]
        likeness = self._slots[:m, listed].transpose(1, 0, 2)
        for place, known in enumerate(expansions):
            self._slots[place, known.words] = 0.0
        listed_weights = index.word_weights[listed]
        found = align(likeness, weights, listed_weights)
        self._join(reading, found, listed)
        table = self._features(reading, found, listed, weights, near, kind)
        return _Rows(reading, near, listed, found, table, self._scores(reading, found, table, near, kind))

    def _features(
        self,
        reading: Reading,
        found: Alignment,
        listed: NDArray[np.int32],
        weights: NDArray[np.float32],
        near: NDArray[np.int64],
        kind: Kind,
    ) -> NDArray[np.float32]:
        index, words = self.index, reading.words
        return features(
            found,
            weights,
            np.fromiter(map(len, words), dtype=np.float32, count=len(words)),
            np.fromiter(map(flags, words), dtype=np.uint8, count=len(words)),
            index.word_weights[listed],
            index.word_lengths[listed],
            index.word_flags[listed],
            index.reading_counts[near],
            (index.reading_flags[near] & GENERIC).astype(bool) | reading.generic,
            PATRONYMIC if kind is Kind.PERSON else PATRONYMIC | GENERIC_WORD,
            sum(FORM_BITS[form] for form in reading.forms),
            index.reading_forms[near],
        )

    def rows(self, text: str, kind: Kind) -> list[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]]:
        """For each reading of a name: numbers of the candidate readings, their features, their scores. For training."""
        found = []
        for reading in readings(text, kind):
            weights = np.fromiter(map(weight, reading.words), dtype=np.float32, count=len(reading.words))
            near = self._candidates(reading, weights, kind)
            if len(near):
                rows = self._compared(reading, weights, near, kind)
                found.append((near, rows.table, rows.scores))
        return found

    def _join(self, reading: Reading, found: Alignment, listed: NDArray[np.int32]) -> None:
        """Where spaces may have been lost or added, compare what is left over, or the whole, written together."""
        words, nothing = self.index.words, len(self.index.words)
        lengths = self.index.word_lengths[listed].sum(axis=1)
        mine = sum(map(len, reading.words))
        counts = (listed != nothing).sum(axis=1)
        imperfect = found.contradicted + found.one_sided > 0
        whole = imperfect & (np.abs(lengths - mine) <= 2) & (counts != len(reading.words))
        for row in np.flatnonzero((found.contradicted > 0) | whole).tolist():
            partners = found.partner[row].tolist()
            theirs = [words[at] for at in listed[row].tolist() if at != nothing]
            if whole[row] and join_leftovers(found, row, list(reading.words), theirs, whole=True):
                continue
            left = [word for word, partner in zip(reading.words, partners, strict=True) if partner < 0]
            right = [word for place, word in enumerate(theirs) if place not in partners]
            ours, others = sum(map(len, left)), sum(map(len, right))
            if left and right and abs(ours - others) <= 0.3 * max(ours, others):
                join_leftovers(found, row, left, right)

    def _scores(
        self, reading: Reading, found: Alignment, table: NDArray[np.float32], near: NDArray[np.int64], kind: Kind
    ) -> NDArray[np.float32]:
        """Name scores, 0 to the name ceiling."""
        sums = table @ self.policy.curve(kind is Kind.PERSON)
        generic = (self.index.reading_flags[near] & GENERIC).astype(bool) | reading.generic
        forms = sum(FORM_BITS[form] for form in reading.forms)
        # A generic name is met only by itself; a single generic word also needs the very same legal forms.
        enough = (found.pairs >= 2) | ((self.index.reading_forms[near] & forms & ~FORM_BITS["company"]) != 0)
        same = (found.one_sided + found.contradicted < 1e-6) & enough
        score = self.policy.name_score(sums)
        return np.where(generic & ~same, 0.0, score).astype(np.float32)

    # -------------------------------------------------------------------------------------------- the verdict
    def _same_identifier(self, query: Party) -> list[int]:
        if not query.identifiers:
            return []
        return [
            n
            for n in self.index.parties_with(identifier_hashes(query.identifiers)).tolist()
            if any(
                same_identifier(one, other) for one in query.identifiers for other in self.index.party(n).identifiers
            )
        ]

    def _settled(self, query: Party, hit: _Hit) -> Match:
        listed = self.index.party(hit.party)
        name = listed.names[hit.name] if listed.names else Name("")
        facts = compare_facts(query, listed, self.policy)
        findings = (*self._told(name, hit), *facts)
        return Match(
            key=listed.key,
            score=round(settle(hit.score, findings, self.policy), 4),
            name_score=round(hit.score, 4),
            matched_name=name,
            query_name=hit.query_name,
            findings=findings,
            strength=round(hit.strength + identifying(facts), 4),
        )

    def _told(self, name: Name, hit: _Hit) -> list[Finding]:
        """The findings on the names, word by word."""
        row, text = hit.row, hit.query_name
        if row is None:
            return [Finding("name.disagree", f"The names “{text}” and “{name.text}” are not alike.", Says.NOTE)]
        told = row.findings(self.index, text, name)
        if name.quality is NameQuality.WEAK:
            told.append(Finding("name.weak_alias", "The list calls this alias weak; it weighs less.", Says.NOTE))
        elif name.quality is NameQuality.FORMER:
            told.append(Finding("name.former", "A former name of the listed party.", Says.NOTE))
        if not row.same_forms:
            told.append(
                Finding(
                    "legal_form.disagree", "The legal forms differ.", Says.DISAGREE, -self.policy["legal_form.disagree"]
                )
            )
        return told


@dataclass(frozen=True, slots=True)
class _Rows:
    reading: Reading
    near: NDArray[np.int64]
    listed: NDArray[np.int32]
    found: Alignment
    table: NDArray[np.float32]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Row:
    """One candidate of a comparison, kept until it is clear whether anyone wants the reasons."""

    rows: _Rows
    place: int
    same_forms: bool

    def findings(self, index: Index, text: str, name: Name) -> list[Finding]:
        rows, row = self.rows, self.place
        found = rows.found
        listed = [index.words[at] for at in rows.listed[row].tolist() if at < len(index.words)]
        partners = found.partner[row].tolist()
        exact = bool(found.worst[row] >= 0.999 and found.one_sided[row] + found.contradicted[row] < 1e-6)
        told = []
        if exact and not found.joined[row]:
            told.append(Finding("name.agree", f"“{text}” is the listed name “{name.text}” word by word.", Says.AGREE))
        else:
            told.append(Finding("name.near", f"“{text}” resembles the listed name “{name.text}”.", Says.AGREE))
        for word, partner, like in zip(rows.reading.words, partners, found.like[row].tolist(), strict=True):
            if partner >= 0 and like < 0.999:
                told.append(
                    Finding(
                        "name.word.near", f"“{word}” and “{listed[partner]}” are read as spellings of one word.",
                        Says.AGREE, facts={"query": word, "listed": listed[partner], "likeness": round(like, 3)},
                    )
                )  # fmt: skip
        mine = [word for word, partner in zip(rows.reading.words, partners, strict=True) if partner < 0]
        theirs = [word for place, word in enumerate(listed) if place not in partners]
        told.extend(_leftovers(mine, theirs, float(found.joined[row])))
        generic = [word for word in rows.reading.words if is_generic_word(word)]
        if generic and not rows.reading.generic:
            told.append(Finding("name.generic_words", f"Said of many: {', '.join(generic)}; weighs little.", Says.NOTE))
        return told


def _leftovers(mine: list[str], theirs: list[str], joined: float) -> list[Finding]:
    if not mine and not theirs:
        return []
    ours, listed = " ".join(mine), " ".join(theirs)
    if joined:
        sentence = f"“{ours}” and “{listed}” agree when written together."
        return [Finding("name.joined", sentence, Says.AGREE, facts={"likeness": round(joined, 3)})]
    if mine and theirs:
        sentence = f"“{ours}” stands against “{listed}”."
        return [Finding("name.word.disagree", sentence, Says.NOTE, facts={"query": mine, "listed": theirs})]
    side, words = ("the customer's", mine) if mine else ("the listed", theirs)
    return [Finding("name.word.missing", f"Only {side} name has “{' '.join(words)}”.", Says.MISSING)]


@dataclass(frozen=True, slots=True)
class _Hit:
    """One listed party by one of its names; `row` is None where only a number agrees."""

    score: float
    strength: float
    party: int
    name: int
    query_name: str
    row: _Row | None


def compare(query: Party, listed: Party, policy: MatchingPolicy = CURRENT) -> Match:
    """One pair, scored as in a whole index; 0.0 where no words meet and no number is the same."""
    return Engine(Index.build([listed]), policy).one(query)
