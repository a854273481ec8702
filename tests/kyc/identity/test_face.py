"""The bands of a face's distance, and what cannot be compared: tables."""

import pytest

from kyc.documents.mrz import parse_mrz
from kyc.findings import Says
from kyc.identity.face import face_finding
from kyc.identity.rules import IdentityOutcome, compare_document
from kyc.policy.identity import CURRENT, FACE_UNKNOWN
from tests.kyc.identity.test_reading import MAJA, TODAY, ZONE


def of(*distances, faces=1):
    return {"faces": faces, "distances": list(distances)}


@pytest.mark.parametrize(
    ("compared", "code", "says"),
    [
        (of(0.0), "face.match", Says.AGREE),
        (of(0.5), "face.match", Says.AGREE),
        (of(0.5001), "face.unsure", Says.NOTE),
        (of(0.6), "face.unsure", Says.NOTE),
        (of(0.6001), "face.differs", Says.DISAGREE),
        (of(0.2, 0.7), "face.differs", Says.DISAGREE),  # somebody else's passport beside the person's own card
        (of(0.2, 0.55), "face.unsure", Says.NOTE),
        (of(), "face.unknown", Says.MISSING),
        (of(0.1, faces=0), "face.unknown", Says.MISSING),
        (of(0.1, faces=2), "face.unknown", Says.MISSING),
        *(({"unknown": why}, "face.unknown", Says.MISSING) for why in FACE_UNKNOWN),
    ],
)
def test_a_comparison_is_called(compared, code, says):
    finding = face_finding(compared)
    assert (finding.code, finding.says) == (code, says)
    assert finding.public.endswith(".")
    assert "distance" not in finding.public


class AComparisonThatCannotBeMade:
    def test_says_how_to_get_it(self):
        assert "manage.py install_face_match" in face_finding({"unknown": "absent"}).sentence

    def test_says_what_went_wrong(self):
        assert "too long" in face_finding({"unknown": "failed", "reason": "the reader took too long"}).sentence


class ThePersonWhoMustLook:
    @pytest.mark.parametrize(
        ("compared", "outcome"),
        [
            (of(0.3), IdentityOutcome.CONSISTENT),
            (of(0.55), IdentityOutcome.REVIEW),
            (of(0.8), IdentityOutcome.INCONSISTENT),
            ({"unknown": "absent"}, IdentityOutcome.REVIEW),
        ],
    )
    def test_at_a_document_that_agrees_in_all_else(self, compared, outcome):
        mrz = parse_mrz(ZONE, today=TODAY)
        verdict = compare_document(MAJA, mrz, today=TODAY, remarks=[face_finding(compared)])
        assert verdict.outcome == outcome

    def test_the_bands_are_those_of_the_policy(self):
        assert (CURRENT.face_match_below, CURRENT.face_differs_from) == (0.50, 0.60)
