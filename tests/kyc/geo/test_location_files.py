"""The open files: what they say, which are refused, and how new ones take over."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest
from location_world import TODAY, country, write_file
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from kyc.errors import BadInput
from kyc.geo import sources
from kyc.geo.rules import Anonymiser, LocationVerdict
from kyc.geo.sources import GeoData, Kind, kind_of

WORLD = {"5.0.0.0/16": country("DE"), "6.0.0.0/16": country("CN"), "2a00:1450::/32": country("FR")}


def opened(folder: Path, **more) -> GeoData:
    return GeoData([folder], golden=(), **more)


def ask(data: GeoData, address: str | None) -> LocationVerdict:
    return data.lookup(address, today=TODAY)


class ALookup:
    def test_names_country_source_and_build(self, write, tmp_path):
        write("DBIP-Country-Lite", WORLD, days=10)
        verdict = ask(opened(tmp_path), "5.0.1.1")
        assert (verdict.country, verdict.builds) == ("DE", {"DBIP-Country-Lite": "2026-11-13"})
        assert len(verdict.sources[0].sha256) == 64
        assert verdict.as_json()["sources"][0]["age_days"] == 10

    def test_of_ipv6(self, write, tmp_path):
        write("DBIP-Country-Lite", WORLD)
        assert ask(opened(tmp_path), "2a00:1450::5").country == "FR"

    def test_of_an_unknown_address_is_unknown(self, write, tmp_path):
        write("DBIP-Country-Lite", WORLD)
        verdict = ask(opened(tmp_path), "7.0.0.1")
        assert (verdict.known, verdict.confidence) == (False, 0.0)
        assert "geo.unknown" in {finding.code for finding in verdict.findings}

    def test_of_no_address_is_unplaced(self, write, tmp_path):
        write("DBIP-Country-Lite", WORLD)
        verdict = ask(opened(tmp_path), None)
        assert (verdict.address, verdict.known, verdict.public) == ("", False, False)

    @pytest.mark.parametrize("text", ["", "here", "5.0.0", "5.0.0.1/32", "05.0.0.1", "5.0.0.1%eth0"])
    def test_of_text_that_is_no_address_is_refused(self, write, tmp_path, text):
        write("DBIP-Country-Lite", WORLD)
        with pytest.raises(BadInput):
            ask(opened(tmp_path), text)

    @pytest.mark.parametrize(
        "wrapped", ["::ffff:6.0.1.1", "2002:600:101::1", "64:ff9b::600:101", "2001:0:1:2:3:4:f9ff:fefe"]
    )
    def test_looks_inside_wrappings(self, write, tmp_path, wrapped):
        write("DBIP-Country-Lite", WORLD)
        assert "CN" in ask(opened(tmp_path), wrapped).said

    def test_lets_neither_of_two_addresses_hide_the_other(self, write, tmp_path):
        """A carrier's own range is in one country, the address inside in another: both are said."""
        write("DBIP-Country-Lite", {**WORLD, "2001:0::/32": country("US")})
        assert set(ask(opened(tmp_path), "2001:0:1:2:3:4:f9ff:fefe").said) == {"CN", "US"}

    def test_is_remembered_until_the_day_ends(self, write, tmp_path):
        write("DBIP-Country-Lite", WORLD)
        data = opened(tmp_path)
        assert ask(data, "5.0.1.1") is ask(data, "5.0.1.1")
        assert data.lookup("5.0.1.1", today=TODAY.replace(day=24)).evaluated_on.day == 24

    def test_without_any_file_is_unavailable(self, tmp_path):
        verdict = ask(opened(tmp_path), "5.0.1.1")
        assert not verdict.available and not verdict.known
        assert "geo.unavailable" in {finding.code for finding in verdict.findings}

    def test_in_a_folder_that_does_not_exist_is_unavailable(self, tmp_path):
        assert not opened(tmp_path / "nowhere").available

    def test_asks_each_publisher_once(self, write, tmp_path):
        """A city file and a country file of one publisher are one opinion, and the city file knows more."""
        write("GeoLite2-Country", WORLD)
        write("GeoLite2-City", WORLD)
        data = opened(tmp_path)
        assert [source.database_type for source in data.sources] == ["GeoLite2-City"]
        assert ask(data, "5.0.1.1").said == {"DE": ("MaxMind GeoLite2",)}

    def test_prefers_the_newer_of_two_equal_files(self, write, tmp_path):
        write("GeoLite2-Country", {"5.0.0.0/16": country("AT")}, days=40, name="old.mmdb")
        write("GeoLite2-Country", {"5.0.0.0/16": country("CH")}, days=4, name="new.mmdb")
        assert ask(opened(tmp_path), "5.0.1.1").country == "CH"

    def test_believes_the_anonymity_file_that_knows_how_sure_it_is(self, write, tmp_path):
        """Anonymous-IP lists the same address without a confidence, which would count as 0.8."""
        vpn = {"is_anonymous": True, "is_anonymous_vpn": True}
        write("GeoIP2-Anonymous-IP", {"5.0.0.0/24": vpn})
        write("GeoIP-Anonymous-Plus", {"5.0.0.0/24": {**vpn, "anonymizer_confidence": 30}})
        assert ask(opened(tmp_path), "5.0.0.1").anonymiser_confidence == 0.3

    def test_names_who_runs_what_hides_the_visitor(self, write, tmp_path):
        write("GeoIP-Residential-Proxy", {"5.0.0.0/24": {"anonymizer_confidence": 90, "provider_name": "quick"}})
        vpn = {"is_anonymous": True, "is_anonymous_vpn": True, "provider_name": "slow"}
        write("GeoIP-Anonymous-Plus", {"5.0.0.0/24": vpn})
        assert ask(opened(tmp_path), "5.0.0.1").provider == "quick"

    def test_shows_whom_to_credit(self, write, tmp_path):
        write("DBIP-Country-Lite", WORLD)
        assert opened(tmp_path).attributions() == ("IP Geolocation by DB-IP, https://db-ip.com",)


class TheKindOfAFile:
    @pytest.mark.parametrize(
        ("database_type", "kind"),
        [
            ("GeoIP2-Country", Kind.COUNTRY),
            ("GeoLite2-City", Kind.CITY),
            ("GeoIP2-Enterprise", Kind.ENTERPRISE),
            ("GeoLite2-ASN", Kind.ASN),
            ("GeoIP2-ISP", Kind.ISP),
            ("GeoIP2-Anonymous-IP", Kind.ANONYMOUS_IP),
            ("GeoIP-Anonymous-Plus", Kind.ANONYMOUS_PLUS),
            ("GeoIP-Residential-Proxy", Kind.RESIDENTIAL_PROXY),
            ("GeoIP2-Connection-Type", Kind.CONNECTION_TYPE),
            ("DBIP-Country-Lite", Kind.COUNTRY),
            ("IPtoCC-Country", Kind.COUNTRY),
            ("GeoIP2-Domain", None),
            ("", None),
        ],
    )
    def test_is_told_by_its_type(self, database_type, kind):
        assert kind_of(database_type) is kind


class AnAnonymisersFile:
    RECORDS = {
        "5.0.1.0/24": {"is_anonymous": True, "is_tor_exit_node": True},
        "5.0.2.0/24": {"is_anonymous": True, "is_anonymous_vpn": True, "anonymizer_confidence": 30, "provider": "V"},
        "5.0.3.0/24": {"is_anonymous": True, "is_public_proxy": True},
        "5.0.4.0/24": {"is_anonymous": True, "is_residential_proxy": True, "is_anonymous_vpn": True},
        "5.0.5.0/24": {"is_hosting_provider": True, "provider": "H"},
        "5.0.6.0/24": {"is_anonymous": True},
        "5.0.7.0/24": {"is_anonymous": True, "is_relay": True, "provider": "Apple Private Relay"},
    }  # fmt: skip

    @pytest.mark.parametrize(
        ("address", "kind", "sure", "hosting", "provider"),
        [
            ("5.0.1.1", Anonymiser.TOR, 0.8, False, ""),
            ("5.0.2.1", Anonymiser.VPN, 0.3, False, "V"),
            ("5.0.3.1", Anonymiser.PUBLIC_PROXY, 0.8, False, ""),
            ("5.0.4.1", Anonymiser.RESIDENTIAL_PROXY, 0.8, False, ""),
            ("5.0.5.1", Anonymiser.NONE, 0.0, True, "H"),
            ("5.0.6.1", Anonymiser.VPN, 0.8, False, ""),
            ("5.0.7.1", Anonymiser.RELAY, 0.8, False, "Apple Private Relay"),
            ("5.0.8.1", Anonymiser.NONE, 0.0, False, ""),
        ],
    )
    def test_says_what_hides_the_visitor(self, write, tmp_path, address, kind, sure, hosting, provider):
        write("GeoIP-Anonymous-Plus", self.RECORDS)
        found = ask(opened(tmp_path), address)
        assert (found.anonymiser, found.anonymiser_confidence) == (kind, sure)
        assert (found.hosting, found.provider) == (hosting, provider)

    def test_leaves_places_to_others(self, write, tmp_path):
        write("GeoIP2-Anonymous-IP", self.RECORDS)
        assert not opened(tmp_path).available

    def test_of_residential_proxies_carries_a_confidence(self, write, tmp_path):
        write("GeoIP-Residential-Proxy", {"5.0.1.0/24": {"anonymizer_confidence": 82, "provider_name": "q"}})
        found = ask(opened(tmp_path), "5.0.1.1")
        assert (found.anonymiser, found.anonymiser_confidence) == (Anonymiser.RESIDENTIAL_PROXY, 0.82)

    def test_of_networks_names_the_owner(self, write, tmp_path):
        owner = {"autonomous_system_number": 45102, "autonomous_system_organization": "Alibaba"}
        write("GeoLite2-ASN", {"5.0.1.0/24": owner})
        found = ask(opened(tmp_path), "5.0.1.1")
        assert (found.asn, found.organisation) == (45102, "Alibaba")
        assert "geo.policy_network" in {finding.code for finding in found.findings}

    def test_of_connections_knows_mobile_phones(self, write, tmp_path):
        write("GeoIP2-Connection-Type", {"5.0.1.0/24": {"connection_type": "Cellular"}})
        assert ask(opened(tmp_path), "5.0.1.1").mobile


class AFileByAnotherWriter:
    def test_of_cities_gives_the_region(self, tmp_path):
        writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoIP2-City")
        for cidr, code, region, name in (
            ("5.1.0.0/24", "UA", "43", "Crimea"),
            ("5.2.0.0/24", "RU", "", "Crimea"),
            ("5.3.0.0/24", "UA", "30", "Kyiv City"),
            ("5.4.0.0/24", "RU", "ROS", "Rostov"),
        ):
            subdivision = {"iso_code": region, "names": {"en": name}} if region else {"names": {"en": name}}
            writer.insert_network(IPSet([cidr]), {"country": {"iso_code": code}, "subdivisions": [subdivision]})
        writer.to_db_file(str(tmp_path / "city.mmdb"))
        data = opened(tmp_path)
        assert [ask(data, f"5.{n}.0.1").region for n in (1, 2, 3, 4)] == ["UA-43", "UA-43", "UA-30", "RU-ROS"]
        assert data.details("5.1.0.1")["GeoIP2-City"].subdivisions.most_specific.iso_code == "43"

    def test_of_ipv4_alone_is_not_asked_about_ipv6(self, tmp_path):
        writer = MMDBWriter(ip_version=4, database_type="GeoLite2-Country")
        writer.insert_network(IPSet(["5.0.0.0/16"]), country("DE"))
        writer.to_db_file(str(tmp_path / "four.mmdb"))
        data = opened(tmp_path)
        assert ask(data, "5.0.0.1").country == "DE"
        assert not ask(data, "2a00:1450::5").known


# ------------------------------------------------------------------------------------------------ taking over
def replace_with(folder: Path, records: dict, *, days: int, database_type: str = "DBIP-Country-Lite") -> None:
    write_file(folder / "DBIP-Country-Lite.mmdb", database_type, records, days=days)


class ANewEdition:
    @pytest.fixture
    def data(self, write, tmp_path) -> GeoData:
        write("DBIP-Country-Lite", WORLD, days=30)
        data = opened(tmp_path)
        assert ask(data, "5.0.1.1").country == "DE"
        return data

    def test_takes_over_without_a_restart(self, data, tmp_path):
        replace_with(tmp_path, {**WORLD, "5.0.0.0/16": country("NL")}, days=2)
        assert data.reload().opened == ("DBIP-Country-Lite.mmdb",)
        assert ask(data, "5.0.1.1").country == "NL"

    def test_is_noticed_by_the_lookup_itself(self, data, tmp_path, monkeypatch):
        replace_with(tmp_path, {**WORLD, "5.0.0.0/16": country("NL")}, days=2)
        monkeypatch.setattr(data, "_look_again_at", 0.0)
        assert ask(data, "5.0.1.1").country == "NL"

    def test_that_is_older_is_refused(self, data, tmp_path):
        replace_with(tmp_path, {**WORLD, "5.0.0.0/16": country("NL")}, days=60)
        assert "older" in data.reload().problems[0].sentence
        assert ask(data, "5.0.1.1").country == "DE"

    def test_that_shrank_is_refused(self, write, tmp_path):
        chance = random.Random(1)
        many = {f"{chance.randrange(11, 200)}.{chance.randrange(256)}.{n}.0/24": country("DE") for n in range(200)}
        write("DBIP-Country-Lite", {**WORLD, **many}, days=30)
        data = opened(tmp_path)
        replace_with(tmp_path, WORLD, days=2)
        assert "has lost" in data.reload().problems[0].sentence
        assert ask(data, "6.0.1.1").country == "CN"

    @pytest.mark.parametrize("content", [b"", b"not a file", b"\xab\xcd\xefMaxMind.com", b"\0" * 4096])
    def test_that_is_rubbish_is_refused(self, data, tmp_path, content):
        put(tmp_path, content)
        assert "not a readable location file" in data.reload().problems[0].sentence
        assert ask(data, "5.0.1.1").country == "DE"

    @pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.999])
    def test_that_is_cut_off_is_refused(self, data, tmp_path, share):
        whole = (tmp_path / "DBIP-Country-Lite.mmdb").read_bytes()
        put(tmp_path, whole[: int(len(whole) * share)])
        assert data.reload().problems
        assert ask(data, "5.0.1.1").country == "DE"

    def test_whose_records_are_broken_is_refused_by_the_probe(self, write, tmp_path):
        write("DBIP-Country-Lite", {"8.8.8.0/24": country("US")}, days=30)
        golden = (("8.8.8.8", frozenset({"US"})),)
        data = GeoData([tmp_path], golden=golden)
        replace_with(tmp_path, {"8.8.8.0/24": {"country": "US"}}, days=2)
        assert "cannot be read at 8.8.8.8" in data.reload().problems[0].sentence
        assert ask(data, "8.8.8.8").country == "US"

    def test_that_misplaces_known_addresses_is_refused(self, write, tmp_path):
        write("DBIP-Country-Lite", {"8.8.8.0/24": country("US")}, days=30)
        data = GeoData([tmp_path], golden=(("8.8.8.8", frozenset({"US"})),))
        replace_with(tmp_path, {"8.8.8.0/24": country("CU")}, days=2)
        assert "places only 0 of 1" in data.reload().problems[0].sentence
        assert ask(data, "8.8.8.8").country == "US"

    def test_may_be_another_product_under_the_same_name(self, data, tmp_path):
        replace_with(tmp_path, {"5.0.0.0/16": country("NL")}, days=200, database_type="GeoLite2-Country")
        assert data.reload().problems == ()
        assert ask(data, "5.0.1.1").country == "NL"

    def test_that_was_refused_is_not_tried_again_until_it_changes(self, data, tmp_path, monkeypatch):
        put(tmp_path, b"rubbish")
        data.reload()
        monkeypatch.setattr(sources, "open_file", lambda *a, **k: pytest.fail("opened again"))
        assert data.reload().problems

    def test_clears_the_problem_when_it_is_good_at_last(self, data, tmp_path):
        put(tmp_path, b"rubbish")
        data.reload()
        replace_with(tmp_path, {**WORLD, "5.0.0.0/16": country("NL")}, days=1)
        assert data.reload().problems == ()
        assert ask(data, "5.0.1.1").country == "NL"

    def test_that_is_gone_leaves(self, data, tmp_path):
        (tmp_path / "DBIP-Country-Lite.mmdb").unlink()
        assert data.reload().gone == ("DBIP-Country-Lite.mmdb",)
        assert not ask(data, "5.0.1.1").available

    def test_still_being_written_is_left_alone(self, data, tmp_path):
        (tmp_path / ".half.mmdb").write_bytes(b"half")
        assert data.reload().problems == ()

    def test_of_a_type_we_do_not_use_is_named(self, data, write):
        write("GeoIP2-Domain", {"5.0.0.0/16": {"domain": "example.com"}})
        assert "which we do not use" in data.reload().problems[0].sentence

    def test_unchanged_costs_no_opening(self, data, monkeypatch):
        monkeypatch.setattr(sources, "open_file", lambda *a, **k: pytest.fail("opened again"))
        assert data.reload().opened == ()

    def test_is_swapped_under_lookups_without_one_failing(self, data, tmp_path):
        stop = threading.Event()
        wrong: list[object] = []

        def keep_asking() -> None:
            chance = random.Random(3)
            while not stop.is_set():
                try:
                    said = ask(data, f"5.0.{chance.randrange(256)}.{chance.randrange(256)}").country
                except Exception as error:  # whatever it is, it is a failed request
                    said = repr(error)
                if said not in ("DE", "NL"):
                    wrong.append(said)

        threads = [threading.Thread(target=keep_asking) for _ in range(3)]
        for thread in threads:
            thread.start()
        for turn in range(30):
            replace_with(tmp_path, {**WORLD, "5.0.0.0/16": country("NL" if turn % 2 else "DE")}, days=0)
            data.reload()
        stop.set()
        for thread in threads:
            thread.join()
        assert wrong == []


def put(folder: Path, content: bytes) -> None:
    """As geoipupdate does: written beside, then renamed."""
    beside = folder / ".beside"
    beside.write_bytes(content)
    os.replace(beside, folder / "DBIP-Country-Lite.mmdb")


class ARecordThatCannotBeRead:
    def test_is_said_and_not_taken_for_silence(self, write, tmp_path, monkeypatch):
        """Found at an address nobody probed: that source is left out, and the verdict says so."""
        write("DBIP-Country-Lite", WORLD)
        write("GeoLite2-Country", WORLD)
        data = opened(tmp_path)
        broken = data._open.files[0]

        class Breaks:
            def get(self, address):
                raise ValueError("a pointer to nowhere")

        object.__setattr__(broken, "reader", Breaks())
        verdict = ask(data, "5.0.1.1")
        assert verdict.said == {"DE": ("DB-IP Lite",)}
        assert "geo.source_failed" in {finding.code for finding in verdict.findings}
