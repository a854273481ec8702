"""Several opinions, one verdict."""

from __future__ import annotations

import ipaddress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from location_world import TODAY

from kyc.findings import Says
from kyc.geo.rules import Anonymiser, Correction, Opinion, Source, is_public, locate, unplaced
from kyc.policy.geo import CURRENT

ADDRESS = ipaddress.ip_address("5.0.0.1")


def source(name: str, *, trust: float = 0.8, primary: int = 50, days: int = 5, regions: bool = False) -> Source:
    return Source(name, name, TODAY - timedelta(days=days), "0" * 64, trust, primary, False, True, regions, "")


def placed(*opinions: Opinion, embedded=(), correction=None, sources=None):
    known = tuple(dict.fromkeys(opinion.source for opinion in opinions)) if sources is None else sources
    return locate(ADDRESS, embedded, opinions, known, today=TODAY, policy=CURRENT, correction=correction)


def says(name: str, country: str, **more) -> Opinion:
    about = {key: more.pop(key) for key in ("trust", "primary", "days", "regions") if key in more}
    return Opinion(source(name, **about), ADDRESS, country=country, **more)


def codes(verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


class WhenSourcesAgree:
    def test_confidence_is_higher_than_of_one_alone(self):
        one = placed(says("A", "DE"))
        two = placed(says("A", "DE"), says("B", "DE"))
        assert (one.confidence, two.confidence) == (0.8, 0.96)

    def test_one_sentence_names_them_all(self):
        verdict = placed(says("A", "DE"), says("B", "DE"), says("C", "DE"))
        assert verdict.findings[0].sentence == "A, B and C say Germany (DE)."


class WhenSourcesDiffer:
    def test_the_dissent_is_a_finding(self):
        verdict = placed(says("A", "DE", primary=10), says("B", "DE"), says("C", "CN"))
        dissent = next(finding for finding in verdict.findings if finding.code == "geo.dissent")
        assert (dissent.says, dissent.sentence) == (Says.DISAGREE, "C says China (CN).")

    def test_most_trust_wins_but_the_primary_is_remembered(self):
        verdict = placed(says("A", "SG", primary=10), says("B", "CN"), says("C", "CN"))
        assert (verdict.country, verdict.primary_country) == ("CN", "SG")

    def test_a_tie_goes_to_the_primary(self):
        verdict = placed(says("B", "CN", primary=20), says("A", "SG", primary=10))
        assert verdict.country == "SG"

    def test_confidence_falls(self):
        assert placed(says("A", "DE"), says("B", "CN")).confidence == pytest.approx(0.4)

    def test_everything_said_is_kept(self):
        verdict = placed(says("A", "DE"), says("B", "CN"), says("C", "IR"))
        assert set(verdict.said) == {"DE", "CN", "IR"}


class WhenDataAge:
    def test_a_warning_comes_first(self):
        verdict = placed(says("A", "DE", days=CURRENT.warn_after_days + 1))
        assert "geo.aging" in codes(verdict) and not verdict.stale

    @pytest.mark.parametrize(("days", "stale"), [(90, False), (91, True)])
    def test_staleness_begins_after_the_limit(self, days, stale):
        assert placed(says("A", "DE", days=days)).stale is stale

    def test_a_stale_answer_is_not_sure(self):
        assert placed(says("A", "DE", days=200)).confidence < CURRENT.sure_from

    def test_one_fresh_source_is_enough(self):
        verdict = placed(says("A", "DE", days=200, primary=10), says("B", "DE", days=5))
        assert not verdict.stale

    def test_the_fresh_source_is_the_primary(self):
        verdict = placed(says("A", "SG", days=200, primary=10), says("B", "CN", days=5, primary=50))
        assert verdict.primary_country == "CN"

    def test_stale_silence_is_stale(self):
        assert placed(sources=(source("A", days=200),)).stale


class WhenNobodyKnows:
    def test_the_country_is_empty(self):
        verdict = placed(sources=(source("A"),))
        assert (verdict.country, verdict.confidence, codes(verdict)) == ("", 0.0, ["geo.unknown"])

    def test_without_files_it_says_so(self):
        verdict = placed(sources=())
        assert not verdict.available and codes(verdict) == ["geo.unavailable"]

    def test_without_address_it_says_so(self):
        verdict = unplaced((source("A"),), today=TODAY, why="The visitor's address could not be told.")
        assert codes(verdict) == ["geo.no_address"] and not verdict.public


class AnAddressInUkraine:
    def test_on_country_data_is_unresolved(self):
        verdict = placed(says("A", "UA"))
        assert verdict.needs_region and "geo.region_unresolved" in codes(verdict)

    def test_on_city_data_is_resolved(self):
        verdict = placed(says("A", "UA", region="UA-30", regions=True))
        assert not verdict.needs_region and verdict.region == "UA-30"

    def test_by_one_dissenter_is_unresolved_too(self):
        assert placed(says("A", "PL"), says("B", "PL"), says("C", "UA")).needs_region

    def test_of_a_city_file_that_does_not_know_the_region_is_unresolved(self):
        assert placed(says("A", "UA", regions=True)).needs_region


class AnEmbeddedAddress:
    def test_is_named(self):
        verdict = placed(says("A", "DE"), embedded=(ipaddress.IPv4Address("5.0.0.9"),))
        assert verdict.tested == ("5.0.0.1", "5.0.0.9") and "geo.wrapped" in codes(verdict)

    def test_that_is_private_makes_the_whole_not_public(self):
        assert not placed(says("A", "DE"), embedded=(ipaddress.IPv4Address("10.0.0.1"),)).public


class ACorrection:
    HERE = Correction(ipaddress.ip_network("5.0.0.0/24"), "NL", "", date(2027, 1, 1), "prp_1")

    def test_replaces_the_country(self):
        verdict = placed(says("A", "CN"), correction=self.HERE)
        assert (verdict.country, verdict.primary_country, verdict.corrected) == ("NL", "NL", True)
        assert "geo.corrected" in codes(verdict)

    def test_keeps_what_the_sources_said(self):
        assert set(placed(says("A", "IR"), correction=self.HERE).said) == {"IR"}

    def test_ends_on_its_day(self):
        late = Correction(self.HERE.network, "NL", "", TODAY, "prp_1")
        assert placed(says("A", "CN"), correction=late).country == "CN"

    def test_may_name_the_region(self):
        kyiv = Correction(self.HERE.network, "UA", "UA-30", date(2027, 1, 1), "prp_1")
        assert not placed(says("A", "UA"), correction=kyiv).needs_region


class TheAnonymiser:
    def test_is_the_worst_that_anybody_names(self):
        tor = Opinion(source("T"), ADDRESS, anonymiser=Anonymiser.TOR, anonymiser_confidence=0.8)
        vpn = Opinion(source("V"), ADDRESS, anonymiser=Anonymiser.VPN, anonymiser_confidence=0.99)
        assert placed(vpn, tor).anonymiser is Anonymiser.TOR

    def test_hides_that_it_is_a_server(self):
        vpn = Opinion(source("V"), ADDRESS, anonymiser=Anonymiser.VPN, anonymiser_confidence=0.9, hosting=True)
        assert "geo.hosting" not in codes(placed(vpn))


class APublicAddress:
    @pytest.mark.parametrize(
        "text", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "223.255.255.1",
                 "2a00:1450::5", "2001:470::1", "2002:808:808::1", "64:ff9b::808:808"]
    )  # fmt: skip
    def test_is_routed(self, text):
        assert is_public(ipaddress.ip_address(text))

    @pytest.mark.parametrize(
        "text", ["10.0.0.1", "127.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "100.64.0.1",
                 "100.127.255.255", "0.0.0.0", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1",
                 "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
                 "2001:db8::1", "3fff::1", "64:ff9b:1::1", "::8.8.8.8"]
    )  # fmt: skip
    def test_is_not_private_shared_or_reserved(self, text):
        assert not is_public(ipaddress.ip_address(text))


countries = st.sampled_from(["DE", "CN", "IR", "UA", "US", ""])
opinions = st.lists(
    st.builds(
        lambda name, code, trust, days: says(name, code, trust=trust, days=days),
        st.sampled_from("ABCDE"), countries, st.floats(0.05, 0.99), st.integers(0, 400),
    ),
    max_size=6,
)  # fmt: skip


class AnyVerdict:
    @given(opinions)
    def test_has_a_confidence_between_none_and_all(self, given_opinions):
        verdict = placed(*given_opinions)
        assert 0.0 <= verdict.confidence <= 1.0
        assert bool(verdict.country) == bool(verdict.said)

    @given(opinions)
    def test_forgets_nothing_that_was_said(self, given_opinions):
        assert set(placed(*given_opinions).said) == {o.country for o in given_opinions if o.country}

    @given(opinions)
    def test_explains_itself(self, given_opinions):
        verdict = placed(*given_opinions)
        assert verdict.findings and all(finding.sentence.endswith(".") for finding in verdict.findings)
        assert verdict.as_json()["country"] == verdict.country
