"""Where countries are, roughly: centre in degrees and radius in km, for distances that only have to be coarse. Pure.

Written from general knowledge to half a degree, and checked by tests for order of magnitude only. The radius is
half of the longest way through the country's settled land, so that the distance of two countries, less both
radii, is never more than the way somebody must really have gone. Far-away parts with a code of their own
(GF, RE, …) stand for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Centre:
    latitude: float
    longitude: float
    radius_km: float


_ROWS = """
AD 42.5 1.5 20|AE 24 54 300|AF 33.9 67.7 650|AG 17.1 -61.8 30|AI 18.2 -63.1 15|AL 41 20 180|AM 40.2 45 200
AO -12.3 17.5 900|AQ -80 0 2800|AR -36 -65 1900|AS -14.3 -170.7 120|AT 47.6 14.1 300|AU -25.7 134.5 2200
AW 12.5 -70 20|AX 60.2 20 60|AZ 40.3 47.7 260|BA 44.2 17.8 170|BB 13.2 -59.6 20|BD 23.8 90.3 340
BE 50.6 4.6 140|BF 12.3 -1.7 430|BG 42.7 25.3 260|BH 26 50.5 30|BI -3.4 29.9 130|BJ 9.6 2.3 350
BL 17.9 -62.8 10|BM 32.3 -64.8 20|BN 4.5 114.7 80|BO -16.7 -64.7 800|BQ 12.2 -68.3 450|BR -10.8 -53 2300
BS 24.7 -76 450|BT 27.4 90.4 170|BV -54.4 3.4 10|BW -22.2 23.8 550|BY 53.5 28 330|BZ 17.2 -88.7 150
CA 60 -96 2900|CC -12.2 96.8 15|CD -2.9 23.6 1150|CF 6.6 20.5 700|CG -0.8 15.2 650|CH 46.8 8.2 180
CI 7.6 -5.6 400|CK -19 -160 750|CL -37 -71 2200|CM 5.7 12.7 650|CN 36.6 103.8 2600|CO 3.9 -73 950
CR 10 -84.2 240|CU 21.6 -79 600|CV 16 -24 170|CW 12.2 -69 35|CX -10.4 105.7 15|CY 35 33 120|CZ 49.7 15.3 250
DE 51.1 10.4 440|DJ 11.7 42.6 130|DK 56 10 250|DM 15.4 -61.4 25|DO 18.9 -70.5 200|DZ 28.2 2.6 1150
EC -1.4 -78.5 400|EE 58.7 25.5 190|EG 26.5 29.9 650|EH 24.2 -12.2 550|ER 15.4 38.8 450|ES 39.5 -3.6 600
ET 8.6 39.6 800|FI 64.5 26.3 600|FJ -17.8 178 250|FK -51.7 -59.4 130|FM 7.4 151 1300|FO 62 -6.9 60
FR 46.6 2.5 530|GA -0.6 11.8 330|GB 54 -2.9 500|GD 12.1 -61.7 20|GE 42.2 43.5 260|GF 3.9 -53.2 220
GG 49.5 -2.6 30|GH 7.9 -1.2 350|GI 36.1 -5.3 5|GL 70 -42 1300|GM 13.4 -15.4 170|GN 10.4 -10.9 400
GP 16.2 -61.5 40|GQ 1.7 10.3 350|GR 39 23 420|GS -54.4 -36.6 110|GT 15.7 -90.4 240|GU 13.4 144.8 25
GW 12 -14.9 170|GY 4.8 -58.9 420|HK 22.4 114.1 30|HM -53.1 73.5 20|HN 14.8 -86.6 320|HR 45.1 16.4 250
HT 18.9 -72.7 150|HU 47.2 19.4 260|ID -2.2 117.3 2600|IE 53.2 -8.1 230|IL 31.4 35 220|IM 54.2 -4.5 30
IN 22.9 79.6 1600|IO -7.3 72.4 120|IQ 33 43.7 480|IR 32.6 54.3 1100|IS 65 -18.6 260|IT 42.8 12.1 620
JE 49.2 -2.1 10|JM 18.2 -77.3 120|JO 31.2 36.8 260|JP 36.7 138 1500|KE 0.6 37.8 520|KG 41.5 74.6 450
KH 12.7 104.9 270|KI 0.9 -169 2300|KM -11.9 43.7 110|KN 17.3 -62.7 25|KP 40.2 127.2 370|KR 36.4 127.8 280
KW 29.3 47.6 110|KY 19.4 -80.9 110|KZ 48.2 67.3 1500|LA 18.5 103.8 550|LB 33.9 35.9 110|LC 13.9 -61 25
LI 47.1 9.5 15|LK 7.6 80.7 220|LR 6.5 -9.3 280|LS -29.6 28.2 130|LT 55.3 23.9 190|LU 49.8 6.1 45
LV 56.9 24.9 230|LY 27 18 850|MA 29.9 -8.5 750|MC 43.7 7.4 3|MD 47.2 28.5 190|ME 42.8 19.2 100
MF 18.1 -63.1 10|MG -19.4 46.7 800|MH 7 170 650|MK 41.6 21.7 110|ML 17.3 -3.5 950|MM 21.2 96.5 1000
MN 46.8 103.1 1200|MO 22.2 113.6 8|MP 16.8 145.6 350|MQ 14.7 -61 40|MR 20.3 -10.3 750|MS 16.7 -62.2 10
MT 35.9 14.4 25|MU -20.3 57.6 320|MV 3.7 73.5 450|MW -13.2 34.3 450|MX 23.9 -102.5 1600|MY 3.8 109.7 1050
MZ -17.3 35.5 1050|NA -22.1 17.2 750|NC -21.3 165.7 250|NE 17.4 9.4 800|NF -29 168 8|NG 9.6 8.1 650
NI 12.8 -85 280|NL 52.1 5.3 170|NO 65 14 950|NP 28.2 83.9 450|NR -0.5 166.9 5|NU -19.1 -169.9 12
NZ -41.5 172 850|OM 20.6 56.1 500|PA 8.5 -80.1 350|PE -9.2 -74.4 1050|PF -16 -145 1300|PG -6.5 145.2 800
PH 11.8 122.9 950|PK 29.9 69.3 850|PL 52.1 19.4 380|PM 46.9 -56.3 25|PN -24.4 -128.3 250|PR 18.2 -66.5 95
PS 31.9 35.2 90|PT 39.6 -8.5 300|PW 7.3 134.4 350|PY -23.2 -58.4 500|QA 25.3 51.2 90|RE -21.1 55.5 40
RO 45.9 25 350|RS 44.2 20.8 250|RU 61.9 96.7 4000|RW -2 29.9 120|SA 24.1 44.5 1100|SB -8.9 159.6 750
SC -4.7 55.5 650|SD 16 30 950|SE 62.8 16.7 800|SG 1.4 103.8 30|SH -15.9 -5.7 1600|SI 46.1 14.8 120
SJ 78.8 18 350|SK 48.7 19.5 220|SL 8.6 -11.8 170|SM 43.9 12.5 8|SN 14.4 -14.5 340|SO 4.8 45.7 850
SR 4.1 -55.9 260|SS 7.3 30.2 600|ST 0.4 6.7 90|SV 13.7 -88.9 130|SX 18 -63.1 10|SY 35 38.5 400
SZ -26.6 31.5 90|TC 21.8 -71.8 60|TD 15.4 18.6 900|TF -49.3 69.3 1500|TG 8.5 1 280|TH 15.1 101 850
TJ 38.5 71 380|TK -9.2 -171.8 90|TL -8.8 126 150|TM 39.1 59.4 600|TN 34.1 9.6 400|TO -20.4 -174.8 450
TR 39.1 35.2 800|TT 10.5 -61.3 70|TV -8 178 350|TW 23.8 121 200|TZ -6.3 34.8 650|UA 49 31.4 680
UG 1.3 32.4 350|UM 19.3 166.6 3500|US 45 -112.5 4300|UY -32.8 -56 290|UZ 41.8 63.1 750|VA 41.9 12.5 2
VC 13.2 -61.2 60|VE 7.1 -66.2 750|VG 18.5 -64.5 40|VI 18 -64.8 50|VN 16.6 106.3 850|VU -16.2 167.7 480
WF -13.9 -177.3 130|WS -13.8 -172.2 90|XK 42.6 20.9 80|YE 15.9 47.6 550|YT -12.8 45.1 25|ZA -29 25.1 900
ZM -13.5 27.8 700|ZW -19 29.9 430
"""


def _parse(rows: str) -> dict[str, Centre]:
    found: dict[str, Centre] = {}
    for row in rows.replace("\n", "|").split("|"):
        if row:
            code, latitude, longitude, radius = row.split()
            found[code] = Centre(float(latitude), float(longitude), float(radius))
    return found


CENTRES: dict[str, Centre] = _parse(_ROWS)


def least_distance_km(one: str, other: str) -> float | None:
    """The least way between two countries, 0.0 for neighbours and the same; None where one is not in the table."""
    first, second = CENTRES.get(one), CENTRES.get(other)
    if first is None or second is None:
        return None
    if one == other:
        return 0.0
    return max(0.0, distance_km(first, second) - first.radius_km - second.radius_km)


def distance_km(first: Centre, second: Centre) -> float:
    """Great circle, centre to centre."""
    north, east = radians(second.latitude - first.latitude), radians(second.longitude - first.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(first.latitude)) * cos(radians(second.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def hours_apart(country: str, utc_offset_minutes: int) -> float | None:
    """How far a clock is from any hour that the sun shows in a country; None where it is not in the table."""
    centre = CENTRES.get(country)
    if centre is None:
        return None
    degrees = min(180.0, centre.radius_km / (111.0 * max(0.2, cos(radians(centre.latitude)))))
    apart = abs((utc_offset_minutes / 4 - centre.longitude + 180) % 360 - 180)
    return max(0.0, apart - degrees) / 15
