"""Verify a signed verdict without asking anybody: the published keys and PyJWT with cryptography are enough.

    curl -s https://clearance.example/api/v1/access/keys > keys.json          # once a day
    python3 verify_verdict.py keys.json VERDICT --audience cli_… --account acct-7 --ip 131.111.7.7 --model aurora-large

Leaves with 0 and "allow" only when the verdict is genuine, fresh, about exactly this use, and allows it. Copy
`verified` into a service of your own.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import jwt

KIND = "clearance-verdict+jwt"


class NotVerified(Exception):
    """The verdict proves nothing."""


def verified(verdict: str, keys: dict[str, Any], *, audience: str, use: dict[str, str]) -> dict[str, Any]:
    """Its claims. `use`: sub (the account or customer asked for), ip, model, channel. Raises NotVerified."""
    try:
        head = jwt.get_unverified_header(verdict)
        published = {key["kid"]: key for key in keys["keys"]}
        if head.get("typ") != KIND or head.get("kid") not in published:
            raise NotVerified("of another kind, or signed with a key that is not published")
        claims: dict[str, Any] = jwt.decode(
            verdict,
            jwt.PyJWK(published[head["kid"]]),
            ["EdDSA"],
            audience=audience,
            options={"require": ["exp", "iat", "aud", "sub", "jti"]},
        )
    except jwt.PyJWTError as error:
        raise NotVerified(str(error)) from error
    other = [name for name, value in use.items() if claims.get(name) != value]
    if other:
        raise NotVerified(f"about another {' and '.join(other)}")
    return claims


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("keys", type=Path)
    words.add_argument("verdict")
    for name in ("audience", "account", "ip", "model"):
        words.add_argument(f"--{name}", required=True)
    words.add_argument("--channel", default="api")
    given = words.parse_args()
    use = {"sub": given.account, "ip": given.ip, "model": given.model, "channel": given.channel}
    try:
        claims = verified(given.verdict, json.loads(given.keys.read_text()), audience=given.audience, use=use)
    except NotVerified as error:
        sys.stdout.write(f"not verified: {error}\n")
        return 1
    sys.stdout.write(f"{claims['decision']}\n")
    return 0 if claims["decision"] == "allow" else 1


if __name__ == "__main__":
    sys.exit(main())
