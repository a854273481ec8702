"""May this account, from this address, use this model now? Pure.

The rules stand in the order of the decision table (docs/geo.md#the-decision-table). All are asked and all
that speak are recorded; the worst outcome wins, and among equals the first. Nothing that is unknown is let
pass: each rule that lacks its fact says so. An embargo can be overridden by nobody: no operator's
range, no correction and no passed challenge answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from kyc.access.states import AccessOutcome, AccessTier, Challenge, Channel, HoldKind, effective_tier
from kyc.customers.states import CustomerStatus
from kyc.findings import Finding
from kyc.geo.evasion import NO_HISTORY, NOTHING_OBSERVED, History, Observed, find_evasion, minds_the_clock
from kyc.geo.rules import Anonymiser, LocationVerdict
from kyc.policy.access import PENDING, PUBLIC, STOPS, AccessPolicy, Words
from kyc.policy.countries import country_name
from kyc.policy.geo import POLICY_NETWORKS, GeoPolicy
from kyc.policy.territories import Group, groups_of, rows_of
from kyc.policy.uses import USES
from kyc.policy.versions import POLICY_VERSION
from kyc.worlds import World


@dataclass(frozen=True, slots=True)
class HoldFacts:
    kind: HoldKind
    tier: AccessTier  # the most that is left
    reference: str


@dataclass(frozen=True, slots=True)
class AttestationFacts:
    """The latest answers to one licence's terms."""

    licence: str
    version: int
    agreed: bool
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class UseFacts:
    """A declared use; `accepted` when a person decided on this customer knowing of it."""

    code: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class PassedChallenge:
    """A way out of a challenge that was taken. `codes`: the reasons it answers, () for any of its kind."""

    kind: Challenge
    at: datetime
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What the gate keeps of a customer: the snapshot in memory. Everything that does not come with the request."""

    customer_id: str
    world: World
    status: CustomerStatus
    tier: AccessTier
    holds: tuple[HoldFacts, ...] = ()
    attestations: tuple[AttestationFacts, ...] = ()
    uses: tuple[UseFacts, ...] = ()
    passed: tuple[PassedChallenge, ...] = ()
    account_closed: bool = False


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A row of the catalogue. `use_policy` maps a use to allow, review or refuse, and wins over the default."""

    code: str
    tier: AccessTier
    restricted: bool
    channels: frozenset[str]
    licence: str
    licence_version: int
    use_policy: Mapping[str, str] = field(default_factory=dict)
    blocked_countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RangeHit:
    """An operator's range that holds the address and has not expired."""

    allow: bool
    cidr: str
    reference: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """One question. None and () where the caller did not say; that is never read as good news."""

    subject: Subject | None
    world: World
    model: ModelFacts | None
    channel: Channel
    location: LocationVerdict
    ranges: tuple[RangeHit, ...] = ()
    observed: Observed = NOTHING_OBSERVED
    history: History = NO_HISTORY


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A person at a door of our own: sign_up, login, portal or console."""

    door: str
    location: LocationVerdict
    ranges: tuple[RangeHit, ...] = ()
    passed: tuple[PassedChallenge, ...] = ()
    observed: Observed = NOTHING_OBSERVED
    history: History = NO_HISTORY


@dataclass(frozen=True, slots=True)
class AccessVerdict:
    """The answer, with every reason. `findings` are in the order of the table, those that decided first.

    `public` is what the caller may tell the customer, as (code, sentence) in the same order. `legal` is set
    when the law denies (web pages answer 451), otherwise policy does (403). `tier` is what the customer has
    at this moment.
    """

    outcome: AccessOutcome
    legal: bool
    findings: tuple[Finding, ...]
    public: tuple[tuple[str, str], ...]
    obligations: tuple[str, ...]
    ttl_seconds: int
    policy_version: str
    tier: AccessTier

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(finding.code for finding in self.findings)

    @property
    def allowed(self) -> bool:
        return self.outcome is AccessOutcome.ALLOW

    def stops(self, door: str) -> bool:
        """Whether a visitor may not go on at this door."""
        return self.outcome.value in STOPS[door]

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": str(self.outcome),
            "legal": self.legal,
            "findings": [finding.as_json() for finding in self.findings],
            "obligations": list(self.obligations),
            "ttl_seconds": self.ttl_seconds,
            "policy_version": self.policy_version,
            "tier": str(self.tier),
        }


# ------------------------------------------------------------------------------------------------ the verdicts
_ALLOW, _CHALLENGE, _REVIEW, _DENY = AccessOutcome


def decide_access(facts: AccessFacts, policy: AccessPolicy, geo: GeoPolicy, now: datetime) -> AccessVerdict:
    """The gate's answer. Never raises on any combination of facts."""
    place = _Place.of(facts.location, facts.model, facts.ranges, facts.channel, geo, policy)
    rulings = [*_about_subject(facts, now), *_about_place(place)]
    rulings += _about_evasion(place, facts.observed, facts.history, now)
    passed = facts.subject.passed if facts.subject else ()
    return _conclude(rulings, passed, facts.observed, facts.ranges, _tier_of(facts.subject), policy, geo, now)


def decide_visit(facts: VisitFacts, policy: AccessPolicy, geo: GeoPolicy, now: datetime) -> AccessVerdict:
    """The answer at sign-up and login, in portal and console: location alone, as for an open model in the console."""
    place = _Place.of(facts.location, None, facts.ranges, Channel.CONSOLE, geo, policy)
    rulings = [*_about_place(place), *_about_evasion(place, facts.observed, facts.history, now)]
    return _conclude(rulings, facts.passed, facts.observed, facts.ranges, AccessTier.NONE, policy, geo, now)


def decide_place(facts: AccessFacts, policy: AccessPolicy, geo: GeoPolicy, now: datetime) -> AccessVerdict:
    """As `decide_access`, of the place alone: for trying another policy on what was asked before."""
    place = _Place.of(facts.location, facts.model, facts.ranges, facts.channel, geo, policy)
    rulings = [*_about_place(place), *_about_evasion(place, facts.observed, facts.history, now)]
    passed = facts.subject.passed if facts.subject else ()
    return _conclude(rulings, passed, facts.observed, facts.ranges, AccessTier.NONE, policy, geo, now)


def is_settled(facts: AccessFacts) -> bool:
    """Whether `decide_access` says the same of these facts at every moment of the day their location was placed.

    Time counts only where something lapses within a day (a range, a passed challenge) or a sign weighs how long
    ago something was. What the history counts is a fact here: whose it is says until when it stands.
    """
    passed = facts.subject.passed if facts.subject else ()
    return not (passed or facts.ranges or minds_the_clock(facts.location, facts.history))


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule's word. `leaves`: the challenges that answer it; () for none."""

    outcome: AccessOutcome
    code: str
    sentence: str
    legal: bool = False
    leaves: tuple[Challenge, ...] = ()
    obligation: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def _conclude(
    rulings: list[Ruling],
    passed: tuple[PassedChallenge, ...],
    observed: Observed,
    ranges: tuple[RangeHit, ...],
    tier: AccessTier,
    policy: AccessPolicy,
    geo: GeoPolicy,
    now: datetime,
) -> AccessVerdict:
    if not rulings:  # by far the commonest, and every microsecond is paid on each call of a model
        return AccessVerdict(
            outcome=_ALLOW,
            legal=False,
            findings=_CLEAR,
            public=(),
            obligations=(),
            ttl_seconds=_ttl(_ALLOW, passed, ranges, policy, now),
            policy_version=version_of(policy),
            tier=tier,
        )
    answered: list[Ruling] = []
    standing: list[Ruling] = []
    registered = any(hit.allow for hit in ranges)
    for ruling in _with_repetition(rulings, passed, observed, registered, policy, geo, now) if passed else rulings:
        done = (registered and Challenge.EGRESS in ruling.leaves) or _is_answered(ruling, passed, observed, policy, now)
        (answered if done else standing).append(ruling)
    outcome = max((ruling.outcome for ruling in standing), key=_priority, default=_ALLOW)
    standing.sort(key=lambda ruling: -ruling.outcome.priority)  # stable: the table's order among equals
    public: dict[str, str] = {}
    obligations: dict[str, None] = {}
    for ruling in standing:
        if ruling.outcome is outcome and outcome is not _ALLOW:
            words = words_of(ruling.code, outcome)
            public.setdefault(words.code, words.sentence)
        if ruling.obligation:
            obligations[ruling.obligation] = None
        if outcome in (_CHALLENGE, _REVIEW) and ruling.outcome is outcome:
            obligations.update((f"challenge:{kind}", None) for kind in ruling.leaves)
    return AccessVerdict(
        outcome=outcome,
        legal=any(ruling.legal for ruling in standing),
        findings=(
            *(_finding(ruling) for ruling in standing),
            *(_finding(ruling, answered=True) for ruling in answered),
        )
        or _CLEAR,
        public=tuple(public.items()),
        obligations=tuple(obligations),
        ttl_seconds=_ttl(outcome, passed, ranges, policy, now),
        policy_version=version_of(policy),
        tier=tier,
    )


def _with_repetition(
    rulings: list[Ruling],
    passed: tuple[PassedChallenge, ...],
    observed: Observed,
    registered: bool,
    policy: AccessPolicy,
    geo: GeoPolicy,
    now: datetime,
) -> list[Ruling]:
    """The rulings, and a person's look where one more challenge comes after too many passed alone within a day.

    Only what was passed counts: a caller that asks again and again while its customer finds the telephone has
    been challenged once.
    """
    alone = [kept for kept in passed if kept.kind in _ALONE and 0 <= (now - kept.at).total_seconds() <= DAY_SECONDS]
    if len(alone) < geo.repeated_challenges:
        return rulings
    anew = any(
        ruling.outcome is _CHALLENGE and ruling.leaves and not _is_answered(ruling, passed, observed, policy, now)
        for ruling in rulings
    )
    if not anew or registered:
        return rulings
    sentence = f"Passed {len(alone)} challenges within a day, and is challenged again now."
    return [*rulings, Ruling(_REVIEW, "challenge.repeated", sentence, leaves=_LEAVES[_REVIEW])]


DAY_SECONDS = 86_400
_ALONE = frozenset({Challenge.SECOND_FACTOR, Challenge.IDENTITY})


def version_of(policy: AccessPolicy) -> str:
    """Of all tables together, and of this one."""
    return f"{POLICY_VERSION}/{policy.version}"


def words_of(code: str, outcome: AccessOutcome) -> Words:
    """What an internal code is called outside. While a person looks, nothing more is said than that."""
    return PENDING if outcome is _REVIEW else PUBLIC.get(code, PENDING)


_CLEAR = (Finding("access.clear", "Every rule was asked, and none spoke against it."),)


def _priority(outcome: AccessOutcome) -> int:
    return outcome.priority


def _finding(ruling: Ruling, *, answered: bool = False) -> Finding:
    sentence = (
        f"{ruling.sentence} A passed challenge or a registered range answers it." if answered else ruling.sentence
    )
    outcome = _ALLOW if answered else ruling.outcome
    return Finding(
        code=ruling.code,
        sentence=sentence,
        public="" if outcome is _ALLOW else words_of(ruling.code, outcome).sentence,
        facts={**ruling.facts, "outcome": str(outcome), "leaves": [str(kind) for kind in ruling.leaves]}
        if ruling.leaves
        else {**ruling.facts, "outcome": str(outcome)},
    )


def counts_seconds(policy: AccessPolicy, kind: Challenge) -> int:
    """How long a passed challenge of this kind counts."""
    match kind:
        case Challenge.SECOND_FACTOR:
            return policy.second_factor_seconds
        case Challenge.IDENTITY:
            return policy.identity_seconds
        case Challenge.EGRESS:
            return policy.egress_seconds
        case Challenge.PERSON:
            return policy.person_seconds


def _is_answered(
    ruling: Ruling, passed: tuple[PassedChallenge, ...], observed: Observed, policy: AccessPolicy, now: datetime
) -> bool:
    """A way out of this ruling was taken and still counts. Denials and notes have no way out."""
    if not ruling.leaves:
        return False
    age = observed.second_factor_age_seconds
    if Challenge.SECOND_FACTOR in ruling.leaves and age is not None and 0 <= age <= policy.second_factor_seconds:
        return True
    return any(
        challenge.kind in ruling.leaves
        and 0 <= (now - challenge.at).total_seconds() <= counts_seconds(policy, challenge.kind)
        and (ruling.code in challenge.codes or (not challenge.codes and challenge.kind is not Challenge.PERSON))
        for challenge in passed
    )


def _ttl(
    outcome: AccessOutcome,
    passed: tuple[PassedChallenge, ...],
    ranges: tuple[RangeHit, ...],
    policy: AccessPolicy,
    now: datetime,
) -> int:
    """Seconds, never past the moment at which a range or a passed challenge lapses."""
    match outcome:
        case AccessOutcome.ALLOW if not passed and not ranges:
            return policy.allow_seconds
        case AccessOutcome.ALLOW:
            ends = [(hit.expires_at - now).total_seconds() for hit in ranges]
            ends += [counts_seconds(policy, kept.kind) - (now - kept.at).total_seconds() for kept in passed]
            return int(min([policy.allow_seconds, *(end for end in ends if end > 0)]))
        case AccessOutcome.CHALLENGE:
            return policy.challenge_seconds
        case AccessOutcome.REVIEW:
            return policy.review_seconds
        case AccessOutcome.DENY:
            return policy.deny_seconds


# ------------------------------------------------------------------------------------------------ row 1: the subject
# Whose tier counts at all. A tier is only ever granted by a decision, so somebody in review for the first
# time has none, while a customer in a periodic review keeps what stands.
KEEPS_TIER = frozenset(
    {
        CustomerStatus.APPROVED,
        CustomerStatus.APPROVED_LIMITED,
        CustomerStatus.RESTRICTED,
        CustomerStatus.IN_REVIEW,
        CustomerStatus.NEEDS_INFORMATION,
    }
)
_STATUS_RULING: dict[CustomerStatus, tuple[str, str, str]] = {
    CustomerStatus.DRAFT: ("subject.unfinished", "The customer has not submitted the form.", "complete_registration"),
    CustomerStatus.SUBMITTED: ("subject.in_progress", "The customer's checks are running.", ""),
    CustomerStatus.VERIFYING: ("subject.in_progress", "The customer's identity is being verified.", ""),
    CustomerStatus.SCREENING: ("subject.in_progress", "The customer is being screened.", ""),
    CustomerStatus.REJECTED: ("subject.not_served", "The customer was rejected.", ""),
    CustomerStatus.SUSPENDED: ("subject.not_served", "The customer is suspended.", ""),
    CustomerStatus.CLOSED: ("subject.not_served", "The customer is closed.", ""),
    CustomerStatus.EXPIRED: ("subject.expired", "The customer's details have expired.", "confirm_details"),
}


def _tier_of(subject: Subject | None) -> AccessTier:
    if subject is None or subject.status not in KEEPS_TIER:
        return AccessTier.NONE
    return effective_tier(subject.tier, (hold.tier for hold in subject.holds)) if subject.holds else subject.tier


def _about_subject(facts: AccessFacts, now: datetime) -> Iterator[Ruling]:
    subject, model = facts.subject, facts.model
    if subject is None:
        yield Ruling(_DENY, "subject.unknown", "No customer or account has this id.")
    elif subject.world is not facts.world:
        yield Ruling(_DENY, "subject.other_world", f"The account belongs to the {subject.world} world.")
        subject = None
    if model is None:
        yield Ruling(_DENY, "model.unknown", "The catalogue has no active model of this name.")
    elif facts.channel.value not in model.channels:
        yield Ruling(_DENY, "model.channel", f"{model.code} is not offered through {facts.channel}.")
    if subject is None:
        return
    if subject.account_closed:
        yield Ruling(_DENY, "subject.account_closed", "The account is closed.")
    if subject.status not in KEEPS_TIER:
        code, sentence, obligation = _STATUS_RULING[subject.status]
        yield Ruling(_DENY, code, sentence, obligation=obligation, facts={"status": str(subject.status)})
    elif model is not None:
        yield from _about_tier(subject, model)
    if model is not None:
        yield from _about_attestation(subject, model, now)
        yield from _about_uses(subject, model)


def _about_tier(subject: Subject, model: ModelFacts) -> Iterator[Ruling]:
    held = [hold for hold in subject.holds if not hold.tier.covers(model.tier)]
    for hold in held:
        # not `legal`: an open hit may be somebody else's, and 451 would tell its subject what it is about
        yield Ruling(
            _DENY,
            "hold.standing",
            f"A {hold.kind} hold leaves {hold.tier} ({hold.reference or 'no reference'}).",
            facts={"kind": str(hold.kind), "reference": hold.reference},
        )
    if not subject.tier.covers(model.tier):
        yield Ruling(
            _DENY,
            "tier.too_low",
            f"{model.code} needs tier {model.tier}; the customer has {subject.tier}.",
            obligation=f"ask_for_tier:{model.tier}",
        )


def _about_attestation(subject: Subject, model: ModelFacts, now: datetime) -> Iterator[Ruling]:
    if not model.licence:
        return
    held = next((attested for attested in subject.attestations if attested.licence == model.licence), None)
    attest = f"attest:{model.licence}:{model.licence_version}"
    if held is None:
        yield Ruling(_CHALLENGE, "attestation.missing", f"No answers on {model.licence}.", obligation=attest)
    elif held.version != model.licence_version:
        sentence = f"Answers on version {held.version} of {model.licence}; version {model.licence_version} applies."
        yield Ruling(_CHALLENGE, "attestation.outdated", sentence, obligation=attest)
    elif not held.agreed:
        yield Ruling(_DENY, "attestation.refused", f"Did not agree to what {model.licence} asks.", obligation=attest)
    elif held.expires_on is not None and held.expires_on <= now.date():
        sentence = f"Answers on {model.licence} expired on {held.expires_on}."
        yield Ruling(_CHALLENGE, "attestation.expired", sentence, obligation=attest)


def _about_uses(subject: Subject, model: ModelFacts) -> Iterator[Ruling]:
    for use in subject.uses:
        known = USES.get(use.code)
        effect = model.use_policy.get(use.code) or (known.default if known else "review")
        label = known.label if known else use.code
        if effect == "refuse":
            yield Ruling(_DENY, "use.refused", f"Declared: {label}. {model.code} is not for that.")
        elif effect != "allow" and not use.accepted:
            yield Ruling(
                _REVIEW, "use.review", f"Declared: {label}. Nobody has decided on it yet.", leaves=(Challenge.PERSON,)
            )


# ------------------------------------------------------------------------------------------ rows 2 to 9: the place
class _Place(NamedTuple):
    """The location with what it is judged by."""

    where: LocationVerdict
    model: ModelFacts | None
    restricted: bool
    channel: Channel
    approved: RangeHit | None  # an operator's range that allows
    denied: RangeHit | None
    geo: GeoPolicy
    policy: AccessPolicy

    @classmethod
    def of(
        cls,
        where: LocationVerdict,
        model: ModelFacts | None,
        ranges: tuple[RangeHit, ...],
        channel: Channel,
        geo: GeoPolicy,
        policy: AccessPolicy,
    ) -> _Place:
        return cls(
            where,
            model,
            model.restricted if model else False,
            channel,
            next((hit for hit in ranges if hit.allow), None) if ranges else None,
            next((hit for hit in ranges if not hit.allow), None) if ranges else None,
            geo,
            policy,
        )

    def refuses(self, code: str) -> bool:
        """The provider does not offer this there: by its list, this model's, or this installation's."""
        if code in self.policy.also_refused or (self.model is not None and code in self.model.blocked_countries):
            return True
        return Group.PROVIDER in groups_of(code, self.where.evaluated_on) and code not in self.policy.still_offered

    @property
    def doubt(self) -> AccessOutcome:
        """What is done about doubt: a person looks before a restricted model is used, others are challenged."""
        return _REVIEW if self.restricted else _CHALLENGE

    @property
    def doubt_leaves(self) -> tuple[Challenge, ...]:
        if self.restricted:
            return (Challenge.PERSON, Challenge.EGRESS)
        return (Challenge.SECOND_FACTOR, Challenge.EGRESS, Challenge.PERSON)


Rule = Callable[[_Place], Iterator[Ruling]]


def _about_place(place: _Place) -> Iterator[Ruling]:
    for rule in PLACE_RULES:
        yield from rule(place)


def _denied_range(place: _Place) -> Iterator[Ruling]:
    """Row 2."""
    if place.denied is not None:
        yield Ruling(_DENY, "range.denied", f"The operator denies {place.denied.cidr} ({place.denied.reference}).")


def _embargo(place: _Place) -> Iterator[Ruling]:
    """Row 4: any source is enough, and nobody can override it."""
    where, on = place.where, place.where.evaluated_on
    for code, names in (*where.said.items(), *where.regions.items()):
        groups = groups_of(code, on)
        if Group.EMBARGO in groups:
            law = next(row.citation for row in rows_of(code, on) if row.group is Group.EMBARGO)
            yield Ruling(
                _DENY,
                "ip.embargo",
                f"{' and '.join(names)}: {_named(code)}, under a comprehensive embargo ({law}).",
                legal=True,
                facts={"code": code, "sources": list(names)},
            )
        elif Group.EMBARGO_REVIEW in groups:
            yield Ruling(
                _REVIEW,
                "ip.embargo_area",
                f"{' and '.join(names)}: {_named(code)}, part of which is under embargo.",
                leaves=(Challenge.PERSON,),
                facts={"code": code},
            )
        elif Group.FLAG in groups:
            yield Ruling(_ALLOW, "ip.flagged_area", f"{_named(code)} is flagged.", facts={"code": code})
    if where.needs_region:
        yield Ruling(
            _REVIEW,
            "ip.region_unresolved",
            "Part of this country is under embargo, and no source says in which region the address is.",
            leaves=(Challenge.PERSON, Challenge.EGRESS),
        )


def _named(code: str) -> str:
    return f"region {code}" if "-" in code else f"{country_name(code)} ({code})"


def _policy_country(place: _Place) -> Iterator[Ruling]:
    """Rows 5 and 5b: the primary source or two sources deny, a lone dissenter raises doubt."""
    where, on = place.where, place.where.evaluated_on
    said = {where.country: ("a correction by two people",)} if where.corrected else where.said
    for code, names in said.items():
        by_provider = place.refuses(code)
        by_licence = place.restricted and Group.D5 in groups_of(code, on)
        if not by_provider and not by_licence:
            continue
        sure = code == where.primary_country or len(names) >= place.geo.corroborating_sources
        if sure and by_provider:
            yield Ruling(
                _DENY,
                "ip.policy_country",
                f"{' and '.join(names)}: {_named(code)}, where the provider does not offer this.",
                facts={"code": code, "sources": list(names)},
            )
        elif sure:
            yield Ruling(
                _DENY if place.policy.restricted_groups_deny else _REVIEW,
                "ip.licence_country",
                f"{_named(code)} is in country group D:5; a restricted model there is a licence question.",
                leaves=() if place.policy.restricted_groups_deny else (Challenge.PERSON,),
                facts={"code": code},
            )
        elif not where.stale:  # dissent among stale answers settles nothing; row 9 speaks of them
            yield Ruling(
                place.doubt,
                "ip.policy_dissent",
                f"Only {' and '.join(names)} says {_named(code)}, where the provider does not offer this.",
                leaves=place.doubt_leaves,
                facts={"code": code, "sources": list(names)},
            )
    if where.corrected:
        return
    for code in where.registered:
        if code not in where.said and place.refuses(code):
            yield Ruling(
                place.doubt,
                "ip.policy_registered",
                f"The range is registered in {_named(code)}, where the provider does not offer this.",
                leaves=place.doubt_leaves,
            )
    if where.asn in POLICY_NETWORKS:
        yield Ruling(
            place.doubt,
            "ip.policy_network",
            f"AS{where.asn} is run by {POLICY_NETWORKS[where.asn]}, a cloud of a policy country.",
            leaves=place.doubt_leaves,
        )


def _anonymiser(place: _Place) -> Iterator[Ruling]:
    """Rows 6 to 7b. In an operator's range row 7 is a challenge that the range answers: its owner is known."""
    where, geo = place.where, place.geo
    if where.anonymiser is Anonymiser.TOR:
        yield Ruling(_DENY, "ip.tor", "The visitor comes through Tor, which hides where from.")
        return
    if where.anonymiser is Anonymiser.NONE:
        return
    sure = where.anonymiser_confidence
    kind = where.anonymiser.value.replace("_", " ").replace("vpn", "VPN")
    if where.anonymiser is Anonymiser.RELAY:
        sentence = f"A private relay ({where.provider}) hides the visitor's own address."
        yield Ruling(_CHALLENGE, "ip.relay", sentence, leaves=_OPEN_LEAVES)
    elif sure >= geo.anonymiser_deny_from and place.restricted and place.approved is None:
        yield Ruling(_DENY, "ip.anonymiser", f"A {kind}, confidence {sure:.0%}, on a restricted model.")
    elif sure >= geo.anonymiser_challenge_from:
        yield Ruling(_CHALLENGE, "ip.anonymiser", f"A {kind}, confidence {sure:.0%}.", leaves=_OPEN_LEAVES)
    else:
        yield Ruling(_ALLOW, "ip.anonymiser_weak", f"Perhaps a {kind}, confidence {sure:.0%}.")


_OPEN_LEAVES = (Challenge.SECOND_FACTOR, Challenge.IDENTITY, Challenge.EGRESS, Challenge.PERSON)
_LEAVES: dict[AccessOutcome, tuple[Challenge, ...]] = {
    _ALLOW: (),
    _CHALLENGE: _OPEN_LEAVES,
    _REVIEW: (Challenge.PERSON, Challenge.EGRESS),
    _DENY: (),
}


def _missing_place(place: _Place) -> Iterator[Ruling]:
    """Row 9: what is not known is not allowed silently."""
    where = place.where
    code = sentence = ""
    if not where.address:
        code, sentence = "ip.no_address", "The visitor's address is not known."
    elif not where.public:
        code, sentence = "ip.not_public", "The address is not one of the public internet."
    elif not where.available:
        code, sentence = "ip.unavailable", "No location data is open."
    elif where.stale:
        code, sentence = "ip.stale", f"All location data is older than {place.geo.stale_after_days} days."
    elif not where.known and not where.anycast:
        code, sentence = "ip.unknown", "No source knows the country of this address."
    if code:
        yield Ruling(place.doubt, code, sentence, leaves=place.doubt_leaves)


PLACE_RULES: tuple[Rule, ...] = (_denied_range, _embargo, _policy_country, _anonymiser, _missing_place)


# ------------------------------------------------------------------------------------------------ rows 8 and 10
def _about_evasion(place: _Place, observed: Observed, history: History, now: datetime) -> Iterator[Ruling]:
    for sign in find_evasion(place.where, place.channel.value, observed, history, place.geo, now):
        outcome = AccessOutcome(sign.asks)
        leaves = _LEAVES[outcome]
        yield Ruling(outcome, sign.finding.code, sign.finding.sentence, leaves=leaves, facts=sign.finding.facts)
