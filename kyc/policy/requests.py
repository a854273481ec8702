"""What staff may ask a customer for, in the customer's words. Pure; the idea of one message is Ballerine's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    code: str
    label: str  # for staff
    question: str  # for the customer
    wants_document: str = ""  # a DocumentKind, or "" for words


ITEMS: dict[str, Item] = {
    item.code: item
    for item in (
        Item(
            "new_identity_document", "Identity document again", "Please send your identity document again.", "passport"
        ),
        Item(
            "blurred",
            "Picture not sharp",
            "The picture was not sharp enough to read; please send it again.",
            "passport",
        ),
        Item("expired", "Document expired", "Your document has expired; please send one that is valid.", "passport"),
        Item("other_side", "Other side missing", "Please send the other side of your document.", "identity_card"),
        Item("birth_date", "Birth date unclear", "Please confirm your full date of birth as on your document."),
        Item("birth_place", "Place of birth", "Please tell us your place of birth."),
        Item("address_proof", "Proof of address", "Please send a recent proof of your address.", "address"),
        Item("registration", "Registration certificate", "Please send your registration certificate.", "registration"),
        Item("ownership", "Owners and shares", "Please send a chart of owners with their shares.", "ownership"),
        Item("owner_share", "Unknown share", "Please tell us the exact share of each owner."),
        Item("use_detail", "Use in more detail", "Please describe in more detail what you will use the models for."),
        Item("location", "Location", "Please tell us where you use the service from, and why it may look otherwise."),
        Item("other", "Something else", ""),
    )
}
# before the code of an item that is answered by correcting the form and handing it in again
IN_FORM = "form."
# days the customer has to answer before the case goes on without them
ANSWER_WITHIN_DAYS = 14
