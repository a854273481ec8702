"""What a running stack tells others: var/stack.json, mode 0600, because it carries the keys.

The file alone proves nothing; the stack that wrote it lives as long as somebody holds the lock beside it.
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from stack.processes import Identity

RUN = "run"  # everything, until Ctrl-C
SERVICES = "services"  # PostgreSQL and broker, as long as one command needs them


@dataclass(frozen=True)
class State:
    kind: str
    supervisor: Identity
    url: str = ""
    ready: bool = False  # others may join: the database is migrated
    programs: str = ""  # the folder of psql and its kin
    services: dict[str, Identity] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def with_service(self, name: str, identity: Identity | None) -> "State":
        others = {key: value for key, value in self.services.items() if key != name}
        return replace(self, services=others | ({name: identity} if identity else {}))


def write_state(path: Path, state: State) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(state), file, indent=1)
    draft.replace(path)


def read_state(path: Path) -> State | None:
    """The state as last written; None when there is none or it cannot be read (a crash while writing)."""
    try:
        raw = json.loads(path.read_text())
        return State(
            kind=raw["kind"],
            supervisor=Identity(**raw["supervisor"]),
            url=raw["url"],
            ready=raw["ready"],
            programs=raw["programs"],
            services={name: Identity(**identity) for name, identity in raw["services"].items()},
            environment=raw["environment"],
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
