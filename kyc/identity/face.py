"""Whether the face of a selfie is the document's: bands over a distance, and the words for it. Pure.

`compared` is what was kept of a comparison: {"faces": in the selfie, "distances": one a page that shows a face},
or {"unknown": why, "reason": of the machine}. Never what a face measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kyc.findings import Finding, Says
from kyc.policy.identity import CURRENT, FACE_UNKNOWN, REASONS, IdentityPolicy

A_PERSON_LOOKS = "A person compares your picture with your document."


def face_finding(compared: Mapping[str, Any], *, policy: IdentityPolicy = CURRENT) -> Finding:
    """match, unsure, differs or unknown; of several pages with faces the least alike one counts.

    One document of somebody else must not hide behind another that is the person's own.
    """
    if unknown := _why_unknown(compared):
        because = f" ({reason})" if (reason := compared.get("reason")) else ""
        sentence = f"The faces could not be compared{because}. {FACE_UNKNOWN[unknown]}"
        return Finding("face.unknown", sentence, Says.MISSING, public=A_PERSON_LOOKS, facts={"why": unknown})
    distance = max(compared["distances"])
    facts = {"distance": round(distance, 3), "pages": len(compared["distances"])}
    measured = f"distance {distance:.2f}"
    if distance <= policy.face_match_below:
        public = "Your face matches the picture in your document."
        sentence = f"The selfie shows the document's face ({measured}). Nothing tells whether a living person held it."
        return Finding("face.match", sentence, Says.AGREE, public=public, facts=facts)
    again = REASONS["selfie_differs"].public
    if distance <= policy.face_differs_from:
        sentence = f"The selfie may show the document's face or another ({measured}): look at both."
        return Finding("face.unsure", sentence, Says.NOTE, public=again, facts=facts)
    sentence = f"The selfie shows another face than the document ({measured})."
    return Finding("face.differs", sentence, Says.DISAGREE, public=again, facts=facts)


def _why_unknown(compared: Mapping[str, Any]) -> str:
    if why := compared.get("unknown"):
        return str(why)
    if compared["faces"] != 1:
        return "several_faces" if compared["faces"] else "no_face"
    return "" if compared["distances"] else "no_portrait"
