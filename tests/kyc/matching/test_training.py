"""The fitted curve can be made again: the same input gives the same, and no weight has the wrong sign."""

import numpy as np

from kyc.matching.engine import Engine
from kyc.matching.features import FEATURES, NAMES
from kyc.matching.index import Index
from kyc.matching.training import calibrated, fit, plain_companies, plain_people, rows_for, training_set
from kyc.matching.types import Kind, Name, Party
from kyc.policy.matching_curve import OTHER_CURVE, PERSON_CURVE

PARTIES = [
    Party(f"p{n}", (Name(text), Name(f"{text} alias {n}")), Kind.PERSON)
    for n, text in enumerate(("Ivan Petrovich SIDOROV", "Mohammed Ali HASSAN", "Maria Lopez GARCIA", "Kim Jong CHOL"))
] + [
    Party(f"o{n}", (Name(text), Name(f"{text} Branch {n}")), Kind.ORGANISATION)
    for n, text in enumerate(("Prometey Plant LLC", "Golden Vympel Trading Ltd", "Zarya Shipping JSC"))
]


class TheTrainingSet:
    def test_is_the_same_each_time(self) -> None:
        once, again = (training_set(PARTIES, 60, 5, 5, seed=7) for _ in range(2))
        assert once == again

    def test_leaves_out_what_it_is_measured_with(self) -> None:
        _, queries = training_set(PARTIES, 60, 5, 5, seed=7)
        banned = queries[0].text
        assert banned not in {query.text for query in training_set(PARTIES, 60, 5, 5, seed=7, banned=[banned])[1]}

    def test_has_names_of_nobody(self) -> None:
        made = plain_people(20, seed=1) + plain_companies(20, seed=1)
        assert not any(query.expected for query in made)
        assert made == plain_people(20, seed=1) + plain_companies(20, seed=1)


class TheFit:
    kept, queries = training_set(PARTIES, 60, 5, 5, seed=7)
    rows = rows_for(Engine(Index.build(kept)), queries, person=True)
    signs = [feature.sign for feature in FEATURES]

    def test_gives_the_same_curve_with_the_signs_asked_for(self) -> None:
        once, again = (
            fit(self.rows.features, self.rows.labels, self.rows.weights, self.signs, rounds=50) for _ in "ab"
        )
        assert np.array_equal(once, again)
        assert all(weight * sign >= 0 for weight, sign in zip(once, self.signs, strict=True) if sign)

    def test_is_moved_to_the_share_of_false_hits_allowed(self) -> None:
        curve = calibrated(np.ones(len(NAMES)), self.rows, 0.5, 1.0)
        sums = self.rows.features @ curve
        tops = [max(sums[self.rows.queries == query]) for query in set(self.rows.queries[self.rows.labels == 0])]
        assert sum(top > 1.0 + 1e-9 for top in tops) <= 0.5 * len(tops)


class TheCurveInForce:
    def test_has_a_weight_of_the_right_sign_for_every_feature(self) -> None:
        for curve in (PERSON_CURVE, OTHER_CURVE):
            assert tuple(curve) == NAMES
            assert all(curve[feature.name] * feature.sign >= 0 for feature in FEATURES if feature.sign)
