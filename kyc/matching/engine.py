"""Who on the lists may be the same as this party? Pure: parties in, matches with their reasons out.

Candidates come from the words of a name that are rare and alike; every candidate is laid beside the query
word by word and scored; then the facts beside the name support or contradict. Numbers: kyc/policy/matching.py.
One query or a thousand go the same way, in blocks of names, and get the same scores.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from kyc.findings import Finding, Says
from kyc.matching.align import Alignment, align, are_initials, meet_joined, meet_slipped, meet_whole
from kyc.matching.evidence import compare_facts, identifying, settle
from kyc.matching.features import NAMES, Side, features
from kyc.matching.identifiers import identifier_hashes, same_identifier
from kyc.matching.index import FORM_BITS, GENERIC, LONGEST, MEETS, QUALITIES, Index, expanded
from kyc.matching.normalise import Reading, is_generic_word, raw_words, readings
from kyc.matching.scripts import has_characters, other_characters
from kyc.matching.similarity import like_words
from kyc.matching.types import Kind, Name, NameQuality, Party
from kyc.matching.words import GENERIC as GENERIC_WORD
from kyc.matching.words import PATRONYMIC, counts_by_consonants, flags, weight
from kyc.policy.matching import CURRENT, MatchingPolicy

CACHE_BYTES = 24_000_000  # of remembered words; the oldest go first
NAME_SHARE = 0.35  # how much a long listed name weakens a candidate before it is compared in full
LEAST_SHARE = 0.25  # of the query's weight that a candidate must meet
FEW = 8  # candidates that are compared whatever their share
KEPT_SHARE = 0.5  # of the best candidate's share of the query that another must have
JOINED_LIKENESS = 0.9  # of a word that is two listed words written together
BLOCK = 32  # names compared at once in a batch; more does not fit the processor's cache
DENSE = 2_000_000  # readings times names that are summed in one table
ROUNDING = 1.0001  # the sums of two ways to add the same numbers differ in their last digits
_LONG = 6  # words; longer listed names are compared apart, so that short ones need no padding
_JOINED_VALUE = JOINED_LIKENESS * JOINED_LIKENESS
_CONTRADICTED = [NAMES.index("contradicted_weight"), NAMES.index("soft_contradicted")]
_SAME = NAMES.index("same")
_LETTERS_LOST, _KNOWN_LOST = NAMES.index("letters_lost"), NAMES.index("known_lost")
_ARABIC = NAMES.index("arabic")
_FORMS_DIFFER = NAMES.index("forms_differ")
_ONE_SLIP = 0.13  # of `letters_lost`: tens of letters, and a slip counts as 1.1
_SPELLED_ALIKE = 0.969  # likeness of words that are one spelling: "Qaeda", "Qaida"
_MANY_GENERIC = 4  # words: "Scientific and Research Institute of Precision Engineering"
_HEARD_ALIKE = 0.90  # likeness of an Arabic word and a Latin one with the same consonants
_ALIKE_ALONE = 0.95  # likeness that each word of a short generic name must have: no translations


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
    """What the index has for one word: like words, and the readings they stand in, the likest last."""

    words: NDArray[np.int64]
    likeness: NDArray[np.float32]
    readings: NDArray[np.int32]
    values: NDArray[np.float32]  # the word's weight times squared likeness; of one reading the last counts


# the number of its query, its text, its bearer's kind, and how it was read
_Read = tuple[int, str, Kind, Reading]


def _read(queries: Sequence[Party]) -> list[_Read]:
    return [
        (number, name.text, query.kind, reading)
        for number, query in enumerate(queries)
        for name in query.names
        for reading in readings(name.text, query.kind)
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One reading of one name of a query, with its candidates."""

    query: int
    text: str
    kind: Kind
    reading: Reading
    near: NDArray[np.int64]
    expansions: list[_Expansion]


@dataclass(frozen=True, slots=True)
class _Block:
    """Readings compared together: one row for each candidate of each."""

    asked: list[_Asked]
    owner: NDArray[np.int64]  # which of `asked`
    near: NDArray[np.int64]  # which reading of the index
    listed: NDArray[np.int32]  # its words
    found: Alignment
    table: NDArray[np.float32]
    scores: NDArray[np.float32]


@dataclass(slots=True)
class _Hit:
    """One listed party by one of its names; `block` is None where only a number agrees."""

    score: float
    strength: float
    party: int
    name: int
    query_name: str
    block: _Block | None = None
    row: int = 0
    same_text: bool = False


class Engine:
    """Matches against one index. Keep one per process and edition: it remembers the words it has seen.

    Not for two threads at once: its buffers are reused.
    """

    def __init__(self, index: Index, policy: MatchingPolicy = CURRENT) -> None:
        self.index = index
        self.policy = policy
        self._expansions: OrderedDict[tuple[str, bool], _Expansion] = OrderedDict()
        self._cached_bytes = 0
        # from this score on facts can make a hit of it
        self._floor = min(policy.report_threshold, policy["support_floor"])
        self._quality = [policy[quality.value] for quality in QUALITIES]
        self._sums = np.zeros(len(index.reading_counts), dtype=np.float32)
        self._slots = np.zeros((4, len(index.word_weights)), dtype=np.float32)
        counts_by_consonants()  # no query shall wait for it

    # -------------------------------------------------------------------------------------------- the doors
    def match(self, query: Party, limit: int = 10) -> list[Match]:
        """The listed parties that reach the report threshold, best first."""
        return self._matches(query, self._gathered([query])[0], limit)

    def match_many(self, queries: Sequence[Party], limit: int = 10) -> list[list[Match]]:
        """As `match` for each, several times faster: words are looked up and names compared together."""
        gathered = self._gathered(queries)
        return [self._matches(query, hits, limit) for query, hits in zip(queries, gathered, strict=True)]

    def near_many(self, queries: Sequence[Party]) -> list[bool]:
        """For each, whether anybody comes so near by name or number that other facts could make a match of it."""
        return [bool(hits) for hits in self._gathered(queries, most=1)]

    def near_read(self, names: Sequence[tuple[Kind, Reading]]) -> list[bool]:
        """`near_many` for names that were read already, each by itself; true for a few more, where letters tell."""
        floor = self._floor
        near = [False] * len(names)
        for block in self._blocks([(number, "", kind, reading) for number, (kind, reading) in enumerate(names)]):
            for owner in block.owner[(block.scores > floor) | (block.table[:, _SAME] > 0)].tolist():
                near[block.asked[owner].query] = True
        return near

    def reach(self, words: Sequence[tuple[str, bool]]) -> list[float]:
        """For each word, and whether it is of anything but a person: the most that it can add to what a candidate
        must meet (LEAST_SHARE). 0.0 for a word that is like none of the index."""
        found = []
        for start in range(0, len(words), BLOCK * 32):
            part = words[start : start + BLOCK * 32]
            self._expand(part)
            values = (self._expansions[key].values for key in part)
            found += [float(value.max()) if len(value) else 0.0 for value in values]
            self._forget()
        return found

    def rank(self, queries: Sequence[Party], limit: int = 10) -> list[list[tuple[str, float]]]:
        """The best (key, score) of each query, however low the score and without reasons. For measuring."""
        ranked = []
        for query, hits in zip(queries, self._gathered(queries, limit, floor=0.0), strict=True):
            bare = not (query.birth_dates or query.countries or query.addresses or query.identifiers or query.gender)
            if bare:
                best = sorted(hits.values(), key=lambda hit: (-hit.score, -hit.strength))[:limit]
                ranked.append([(self.index.key(hit.party), round(hit.score, 4)) for hit in best])
            else:
                settled = [self._settled(query, hit) for hit in hits.values()]
                settled.sort(key=lambda match: (-match.score, -match.strength, match.key))
                ranked.append([(match.key, match.score) for match in settled[:limit]])
        return ranked

    def one(self, query: Party) -> Match:
        """The first party of the index against the query, whatever the score."""
        hit = self._gathered([query], floor=0.0)[0].get(0)
        return self._settled(query, hit or _Hit(0.0, 0.0, 0, 0, query.names[0].text if query.names else ""))

    def rows(self, queries: Sequence[Party]) -> Iterator[tuple[int, int, NDArray[np.float32], float]]:
        """(query, reading, features, score) of every pair of names that is compared in full. For training."""
        for block in self._blocks(_read(queries)):
            for row, (owner, near) in enumerate(zip(block.owner.tolist(), block.near.tolist(), strict=True)):
                yield block.asked[owner].query, near, block.table[row], float(block.scores[row])

    # -------------------------------------------------------------------------------------------- hits
    def _matches(self, query: Party, hits: dict[int, _Hit], limit: int) -> list[Match]:
        # Facts can lift what stands a little lower, so more than `limit` are looked at.
        ranked = sorted(hits.values(), key=lambda hit: (hit.block is not None, -hit.score, -hit.strength))
        matches = [self._settled(query, hit) for hit in ranked[: limit * 3 + 10]]
        matches = [match for match in matches if match.score >= self.policy.report_threshold]
        matches.sort(key=lambda match: (-match.score, -match.strength, match.key))
        return matches[:limit]

    def _gathered(self, queries: Sequence[Party], most: int = 40, floor: float | None = None) -> list[dict[int, _Hit]]:
        """For each query the listed parties that come near, each by its best name, and who bears the same number.

        `floor`: below this score nobody is looked at; unless given, the score from which facts can make a hit.
        """
        if floor is None:
            floor = self._floor
        gathered: list[dict[int, _Hit]] = [{} for _ in queries]
        for block in self._blocks(_read(queries)):
            self._collect(block, gathered, most, floor)
        for number, query in enumerate(queries):
            for party in self._same_identifier(query):
                gathered[number].setdefault(party, _Hit(0.0, 0.0, party, 0, query.names[0].text if query.names else ""))
        return gathered

    def _collect(self, block: _Block, gathered: list[dict[int, _Hit]], most: int, floor: float) -> None:
        """The bearers of the block's best rows into `gathered`, until each name has `most`."""
        index = self.index
        # A generic name scores nothing but may be the same text.
        counts = (block.scores > floor) | (block.table[:, _SAME] > 0)
        worth = np.flatnonzero(counts) if floor else np.arange(len(block.scores))
        order = worth[np.lexsort((-block.found.agreed[worth], -block.scores[worth]))]
        near = block.near[order]
        starts = index.bearer_offsets.take(near)
        counts = index.bearer_offsets.take(near + 1) - starts
        at_bearers = expanded(starts, counts)
        ends = np.cumsum(counts)
        rows = zip(
            order.tolist(),
            block.owner[order].tolist(),
            block.scores[order].tolist(),
            block.found.agreed[order].tolist(),
            (block.table[order, _SAME] > 0).tolist(),
            (ends - counts).tolist(),
            ends.tolist(),
            strict=True,
        )
        bearers = list(
            zip(
                index.bearer_parties.take(at_bearers).tolist(),
                index.bearer_qualities.take(at_bearers).tolist(),
                index.bearer_texts.take(at_bearers).tolist(),
                index.bearer_names.take(at_bearers).tolist(),
                strict=True,
            )
        )
        least_same, most_other = self.policy["same_text"], self.policy["other_characters"]
        seen = [0] * len(block.asked)
        for row, owner, score, strength, same, start, end in rows:
            if seen[owner] >= most:
                continue
            asked = block.asked[owner]
            best = gathered[asked.query]
            text_hash = _text_hash(asked.text) if same else -1
            characters = score >= most_other and has_characters(asked.text)
            for party, quality, text, name in bearers[start:end]:
                same_text = text_hash == text
                value = self._quality[quality] * (max(score, least_same) if same_text else score)
                if characters and not same_text:
                    listed = index.party(party).names[name].text
                    if other_characters(asked.text, listed):
                        value = min(value, most_other)
                held = best.get(party)
                if held is None or (value, strength) > (held.score, held.strength):
                    best[party] = _Hit(value, strength, party, name, asked.text, block, row, same_text)
                    seen[owner] += held is None

    # -------------------------------------------------------------------------------------------- words
    def _expand(self, wanted: Iterable[tuple[str, bool]]) -> None:
        """Look up all words that are not remembered, together."""
        new = [key for key in dict.fromkeys(wanted) if key not in self._expansions]
        if not new:
            return
        index = self.index
        words = [word for word, _ in new]
        found = like_words(index, words, [business for _, business in new])
        ids = np.concatenate([ids for ids, _ in found])
        likeness = np.concatenate([likeness for _, likeness in found])
        starts = index.posting_offsets.take(ids)
        counts = index.posting_offsets.take(ids + 1) - starts
        postings = index.postings.take(expanded(starts, counts))
        values = (likeness * likeness).repeat(counts)
        totals = [0, *counts.cumsum().tolist()]
        ends = [totals[last] for last in accumulate(len(ids) for ids, _ in found)]
        start = 0
        for key, (like, alike), end, joined in zip(new, found, ends, index.readings_joined_as(words), strict=True):
            own, value = postings[start:end], values[start:end]
            start = end
            if len(joined) and len(key[0]) >= 4:
                split = int(value.searchsorted(_JOINED_VALUE))
                own = np.concatenate([own[:split], joined, own[split:]])
                value = np.concatenate([value[:split], np.full(len(joined), _JOINED_VALUE, np.float32), value[split:]])
            kept = _Expansion(like.copy(), alike.copy(), own.copy(), value * np.float32(weight(key[0])))
            self._expansions[key] = kept
            self._cached_bytes += _size(kept)

    def _forget(self) -> None:
        """Drop the oldest words once they take too much memory. Only between blocks: a block uses its words."""
        while self._cached_bytes > CACHE_BYTES and self._expansions:
            _, old = self._expansions.popitem(last=False)
            self._cached_bytes -= _size(old)

    # -------------------------------------------------------------------------------------------- candidates
    def _blocks(self, names: Iterable[_Read]) -> Iterator[_Block]:
        """All names compared with their candidates, names of like length together."""
        wanted = sorted(names, key=lambda row: len(row[3].words))
        for start in range(0, len(wanted), BLOCK * 8):
            part = wanted[start : start + BLOCK * 8]
            self._expand((word, kind is not Kind.PERSON) for _, _, kind, reading in part for word in reading.words)
            asked = [self._asked(*row) for row in self._within_reach(part)]
            asked = [one for one in asked if len(one.near)]
            for first in range(0, len(asked), BLOCK):
                yield from self._compared(asked[first : first + BLOCK])
            self._forget()

    def _within_reach(self, part: list[_Read]) -> list[_Read]:
        """Of many names against a small index, those that any reading could meet; the others need no closer look.

        All sums at once, each a little too large rather than too small: a reading that one word finds by several
        others counts them all.
        """
        readings = len(self.index.reading_counts)
        if len(part) * readings > DENSE or len(part) < FEW:
            return part
        word_ids = self.index.word_ids
        rows, found, joined, totals = [], [], [], np.empty(len(part), np.float32)
        for row, (_, _, kind, reading) in enumerate(part):
            totals[row] = sum(map(weight, reading.words))
            for word in reading.words:
                one = self._expansions[word, kind is not Kind.PERSON]
                if len(one.readings):
                    rows.append(row)
                    found.append(one)
            if any(first + second in word_ids for first, second in pairwise(reading.words)):
                joined.append(row)
        reached = np.zeros(len(part), dtype=bool)
        reached[joined] = True
        if found:
            at = np.concatenate([one.readings for one in found]).astype(np.int64)
            at += np.repeat(np.array(rows) * readings, [len(one.readings) for one in found])
            values = np.concatenate([one.values for one in found])
            sums = np.bincount(at, weights=values, minlength=len(part) * readings).reshape(len(part), readings)
            reached |= sums.max(axis=1) * ROUNDING > LEAST_SHARE * totals
        return [row for row, near in zip(part, reached.tolist(), strict=True) if near]

    def _asked(self, query: int, text: str, kind: Kind, reading: Reading) -> _Asked:
        expansions = [self._expansions[word, kind is not Kind.PERSON] for word in reading.words]
        return _Asked(query, text, kind, reading, self._candidates(reading, kind, expansions), expansions)

    def _candidates(self, reading: Reading, kind: Kind, expansions: list[_Expansion]) -> NDArray[np.int64]:
        """Numbers of the readings worth comparing in full."""
        index, sums = self.index, self._sums
        weights = list(map(weight, reading.words))
        met = []
        for found in expansions:
            # Where a reading stands twice, the last value is the one that stays, and it is the largest.
            sums[found.readings] += found.values
            met.append(found.readings)
        for place in range(len(reading.words) - 1):
            together = index.word_ids.get(reading.words[place] + reading.words[place + 1])
            if together is not None:
                met.append(index.postings_of(together))
                sums[met[-1]] += JOINED_LIKENESS * (weights[place] + weights[place + 1])
        total = sum(weights)
        touched = np.concatenate(met)  # a few hundred of all readings, some twice
        near = touched[sums.take(touched) > LEAST_SHARE * total].astype(np.int64)
        near.sort()
        near = near[np.append(True, near[1:] != near[:-1])] if len(near) else near
        value: NDArray[np.float32] = sums.take(near)
        sums[touched] = 0.0
        allowed = (index.reading_kinds[near] & MEETS[kind]) != 0
        if not allowed.all():
            near, value = near[allowed], value[allowed]
        if len(near) > FEW:
            # Most of many are far behind the best; they are not worth a full comparison.
            worth = value / (total + NAME_SHARE * index.reading_weights[near])
            least = KEPT_SHARE * float(worth.max())
            if len(near) > self.policy.candidates:
                least = max(least, float(np.partition(worth, -self.policy.candidates)[-self.policy.candidates]))
            near = near[worth >= least]
        return near

    # -------------------------------------------------------------------------------------------- names
    def _compared(self, asked: list[_Asked]) -> Iterator[_Block]:
        """Lay each reading beside its candidates: the short ones, then the long ones."""
        owner = np.repeat(np.arange(len(asked)), [len(one.near) for one in asked])
        near = np.concatenate([one.near for one in asked])
        long = self.index.reading_counts[near] > (_LONG if len(asked) > 1 else LONGEST)
        for chosen in (~long, long):
            if chosen.any():
                yield self._block(asked, owner[chosen], near[chosen])

    def _block(self, asked: list[_Asked], owner: NDArray[np.int64], near: NDArray[np.int64]) -> _Block:
        index = self.index
        counts = index.reading_counts.take(near)
        listed = index.reading_words.take(near, axis=0)
        listed = np.ascontiguousarray(listed[:, : int(counts.max())])
        likeness = self._likeness(asked, owner, listed)
        one, other = self._asked_side(asked, owner), self._listed_side(near, listed, counts)
        found = align(likeness, one.weights, other.weights)
        self._meet(asked, owner, listed, found, one, other)
        generic = (index.reading_flags.take(near) & GENERIC) != 0
        generic |= _for_rows(np.array([row.reading.generic for row in asked]), owner)
        soft = np.array(
            [PATRONYMIC if row.kind is Kind.PERSON else PATRONYMIC | GENERIC_WORD for row in asked], np.uint8
        )
        table = features(found, one, other, _for_rows(soft, owner)[:, None])
        scores = self._scores(asked, owner, found, table, generic, one, other)
        return _Block(asked, owner, near, listed, found, table, scores)

    def _likeness(
        self, asked: list[_Asked], owner: NDArray[np.int64], listed: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """(R, m, n) likeness of the words of each pair of names."""
        most = max(len(one.reading.words) for one in asked)
        if len(self._slots) < most:
            self._slots = np.zeros((most, self._slots.shape[1]), dtype=np.float32)
        slots = self._slots
        if len(asked) == 1:
            for place, known in enumerate(asked[0].expansions):
                slots[place, known.words] = known.likeness
            only: NDArray[np.float32] = np.ascontiguousarray(slots[:most].take(listed, axis=1).transpose(1, 0, 2))
            for place, known in enumerate(asked[0].expansions):
                slots[place, known.words] = 0.0
            return only
        table = np.zeros((len(owner), most, listed.shape[1]), dtype=np.float32)
        ends = np.searchsorted(owner, np.arange(len(asked)), side="right").tolist()
        start = 0
        for one, end in zip(asked, ends, strict=True):
            if end > start:
                for place, known in enumerate(one.expansions):
                    slots[place, known.words] = known.likeness
                m = len(one.expansions)
                table[start:end, :m] = slots[:m, listed[start:end]].transpose(1, 0, 2)
                for place, known in enumerate(one.expansions):
                    slots[place, known.words] = 0.0
            start = end
        return table

    def _asked_side(self, asked: list[_Asked], owner: NDArray[np.int64]) -> Side:
        most = max(len(one.reading.words) for one in asked)
        weights = np.zeros((len(asked), most), dtype=np.float32)
        lengths = np.zeros((len(asked), most), dtype=np.float32)
        bits = np.zeros((len(asked), most), dtype=np.uint8)
        for row, one in enumerate(asked):
            words = one.reading.words
            weights[row, : len(words)] = [weight(word) for word in words]
            lengths[row, : len(words)] = [len(word) for word in words]
            bits[row, : len(words)] = [flags(word) for word in words]
        counts = np.array([len(one.reading.words) for one in asked])
        forms = np.array([form_bits(one.reading) for one in asked], dtype=np.int32)
        return Side(*(_for_rows(column, owner) for column in (weights, lengths, bits, counts, forms)))

    def _listed_side(self, near: NDArray[np.int64], listed: NDArray[np.int32], counts: NDArray[np.int8]) -> Side:
        index = self.index
        return Side(
            index.word_weights.take(listed),
            index.word_lengths.take(listed),
            index.word_flags.take(listed),
            counts.astype(np.int64),
            index.reading_forms.take(near),
        )

    def _meet(
        self,
        asked: list[_Asked],
        owner: NDArray[np.int64],
        listed: NDArray[np.int32],
        found: Alignment,
        one: Side,
        other: Side,
    ) -> None:
        """Where spaces were lost or added, initials stand for words, or a single word is left on each side."""
        left = np.add.reduce(one.lengths * ~found.met, axis=1)
        right = np.add.reduce(other.lengths * ~found.taken, axis=1)
        has_left, has_right = left > 0, right > 0
        imperfect, both = has_left | has_right, has_left & has_right
        mine, theirs = np.add.reduce(one.lengths, axis=1), np.add.reduce(other.lengths, axis=1)
        whole = imperfect & (np.abs(mine - theirs) <= 2) & (one.counts != other.counts)
        some = whole
        fitting = initials = both
        if both.any():
            fitting = both & (np.abs(left - right) <= np.maximum(1.0, 0.3 * np.maximum(left, right)))
            left_words, right_words = one.counts - found.pairs, other.counts - found.pairs
            initials = both & (left != right) & ((left == right_words) | (right == left_words))
            some = whole | fitting | initials
        words, nothing = self.index.words, len(self.index.words)
        for row in some.nonzero()[0].tolist():
            ours = asked[owner[row]].reading.words
            others = [words[at] for at in listed[row].tolist() if at != nothing]
            if whole[row] and meet_whole(found, row, list(ours), others):
                continue
            if not both[row]:
                continue
            lefts = [place for place, met in enumerate(found.met[row].tolist()[: len(ours)]) if not met]
            rights = [place for place, taken in enumerate(found.taken[row].tolist()[: len(others)]) if not taken]
            mine_left, theirs_left = [ours[place] for place in lefts], [others[place] for place in rights]
            if initials[row] and are_initials(mine_left, theirs_left):
                found.one_sided[row] += found.contradicted[row]
                found.contradicted[row] = 0.0
                found.abbreviated[row] = True
            elif not fitting[row]:
                continue
            elif len(lefts) == 1 and len(rights) == 1:
                meet_slipped(found, row, mine_left[0], theirs_left[0], lefts[0], rights[0])
            else:
                meet_joined(found, row, mine_left, theirs_left)

    def _scores(
        self,
        asked: list[_Asked],
        owner: NDArray[np.int64],
        found: Alignment,
        table: NDArray[np.float32],
        generic: NDArray[np.bool_],
        one: Side,
        other: Side,
    ) -> NDArray[np.float32]:
        """Name scores, 0 to the name ceiling; 0 for a generic name."""
        policy = self.policy
        persons = [row.kind is Kind.PERSON for row in asked]
        person = _for_rows(np.array(persons), owner)
        if all(persons) or not any(persons):
            sums = table @ policy.curve(person=persons[0])
        else:
            sums = np.where(person, table @ policy.curve(person=True), table @ policy.curve(person=False))
        score = policy.name_score(sums, table[:, _CONTRADICTED[0]] + table[:, _CONTRADICTED[1]])
        whole = found.one_sided + found.contradicted < 1e-6
        if any(len(row.reading.words) == 1 for row in asked) or found.abbreviated.any():
            score = np.maximum(score, self._lone(found, table, generic, one, other, whole, person))
        if not generic.any():
            return score
        # Words that say what sort of body it is meet only the same words with the same legal form.
        itself = whole & (found.joined == 0) & (one.forms == other.forms)
        itself &= (found.worst >= _ALIKE_ALONE) | (found.pairs >= 3)
        itself |= whole & (found.joined == 0) & (found.pairs >= _MANY_GENERIC)  # so many together do identify
        return np.where(generic & ~itself, np.minimum(score, policy["generic_most"]), score).astype(np.float32)

    def _lone(
        self,
        found: Alignment,
        table: NDArray[np.float32],
        generic: NDArray[np.bool_],
        one: Side,
        other: Side,
        whole: NDArray[np.bool_],
        person: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """What two kinds of names score at least that the curve, fitted on names of several words, thinks little of:
        one long word with a slip in it, and initials before the same rare name.
        """
        policy = self.policy
        rare = found.matched >= policy["lone_weight"]
        letters = np.minimum(one.lengths[:, 0], other.lengths[:, 0])
        spelled = (found.worst >= _SPELLED_ALIKE) & (letters >= policy["lone_letters_spelled"])
        slipped = (table[:, _LETTERS_LOST] <= _ONE_SLIP) & (letters >= policy["lone_letters_slipped"])
        spelled |= (table[:, _ARABIC] > 0) & (found.worst >= _HEARD_ALIKE) & (letters >= policy["lone_letters_spelled"])
        lone = whole & (one.counts == 1) & (other.counts == 1) & (found.pairs == 1) & (spelled | slipped)
        lone &= ~generic & (table[:, _KNOWN_LOST] == 0) & (table[:, _FORMS_DIFFER] == 0)
        initials = person & found.abbreviated & (found.contradicted < 1e-6) & (found.worst >= _SPELLED_ALIKE)
        return np.where((lone | initials) & rare, policy["lone_name"], 0.0)

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
        name_score = hit.score if hit.score >= self.policy["trace"] else 0.0
        return Match(
            key=listed.key,
            score=round(settle(name_score, findings, self.policy), 4),
            name_score=round(name_score, 4),
            matched_name=name,
            query_name=hit.query_name,
            findings=findings,
            strength=round(hit.strength + identifying(facts), 4),
        )

    def _told(self, name: Name, hit: _Hit) -> list[Finding]:
        """The findings on the names, word by word."""
        text = hit.query_name
        if hit.block is None:
            return [Finding("name.disagree", f"The names “{text}” and “{name.text}” are not alike.", Says.NOTE)]
        told = _word_findings(self.index, hit.block, hit.row, text, name)
        if hit.same_text:
            told.append(Finding("name.same_text", "The names are the same letter by letter.", Says.AGREE))
        if name.quality is NameQuality.WEAK:
            told.append(Finding("name.weak_alias", "The list calls this alias weak; it weighs less.", Says.NOTE))
        elif name.quality is NameQuality.FORMER:
            told.append(Finding("name.former", "A former name of the listed party.", Says.NOTE))
        return told


def _size(known: _Expansion) -> int:
    """Bytes, with what Python adds."""
    return known.words.nbytes + known.likeness.nbytes + known.readings.nbytes + known.values.nbytes + 700


def _for_rows(values: NDArray[Any], owner: NDArray[np.int64]) -> NDArray[Any]:
    """A value for each row from one for each name asked; one name stands for all rows as it is."""
    return values if len(values) == 1 else values.take(owner, axis=0)


def form_bits(reading: Reading) -> int:
    return sum(FORM_BITS[form] for form in reading.forms)


def _text_hash(text: str) -> int:
    """Of all words of a text, legal forms and particles too; equal for texts that differ in case and signs only."""
    return crc32(" ".join(raw_words(text)).encode())


def _word_findings(index: Index, block: _Block, row: int, text: str, name: Name) -> list[Finding]:
    found, asked = block.found, block.asked[block.owner[row]]
    ours = asked.reading.words
    listed = [index.words[at] for at in block.listed[row].tolist() if at < len(index.words)]
    partners, likes = found.partners(row)[: len(ours)], found.like[row].tolist()
    if block.table[row, _SAME]:
        told = [Finding("name.agree", f"“{text}” is the listed name “{name.text}” word by word.", Says.AGREE)]
    else:
        told = [Finding("name.near", f"“{text}” resembles the listed name “{name.text}”.", Says.AGREE)]
    for word, partner, like in zip(ours, partners, likes, strict=False):
        if partner >= 0 and like < 0.999:
            sentence = f"“{word}” and “{listed[partner]}” are read as spellings of one word."
            facts = {"query": word, "listed": listed[partner], "likeness": round(like, 3)}
            told.append(Finding("name.word.near", sentence, Says.AGREE, facts=facts))
    mine = [word for word, partner in zip(ours, partners, strict=True) if partner < 0]
    theirs = [word for place, word in enumerate(listed) if not found.taken[row, place]]
    told.extend(_leftovers(mine, theirs, float(found.joined[row]), bool(found.abbreviated[row])))
    ours_forms, their_forms = form_bits(asked.reading), int(index.reading_forms[block.near[row]])
    if ours_forms and their_forms and not ours_forms & their_forms:
        told.append(Finding("legal_form.disagree", "The legal forms differ.", Says.DISAGREE))
    generic = [word for word in ours if is_generic_word(word)]
    if generic and asked.kind is not Kind.PERSON and not asked.reading.generic:
        told.append(Finding("name.generic_words", f"Said of many: {', '.join(generic)}; weighs little.", Says.NOTE))
    return told


def _leftovers(mine: list[str], theirs: list[str], joined: float, abbreviated: bool) -> list[Finding]:
    if not mine and not theirs:
        return []
    ours, listed = " ".join(mine), " ".join(theirs)
    if joined:
        sentence = f"“{ours}” and “{listed}” agree when written together."
        return [Finding("name.joined", sentence, Says.AGREE, facts={"likeness": round(joined, 3)})]
    if abbreviated:
        return [Finding("name.initials", f"“{ours}” and “{listed}”: initials of one another.", Says.AGREE)]
    if mine and theirs:
        sentence = f"“{ours}” stands against “{listed}”."
        return [Finding("name.word.disagree", sentence, Says.NOTE, facts={"query": mine, "listed": theirs})]
    side, words = ("the customer's", mine) if mine else ("the listed", theirs)
    return [Finding("name.word.missing", f"Only {side} name has “{' '.join(words)}”.", Says.MISSING)]


def compare(query: Party, listed: Party, policy: MatchingPolicy = CURRENT) -> Match:
    """One pair, scored as in a whole index; 0.0 where no words meet and no number is the same."""
    return Engine(Index.build([listed]), policy).one(query)
