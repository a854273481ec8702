"""The catalogue a new installation starts with: invented models, and what each kind of licence asks. Pure.

`must_be` is the answer a licence demands; None where any answer is accepted and weighed.
Sources: docs/sources.md#licences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Terms:
    code: str
    title: str
    text: str
    asks: tuple[Mapping[str, Any], ...]
    source: str = ""


def _ask(code: str, question: str, why: str, must_be: bool | None) -> Mapping[str, Any]:
    return {"code": code, "question": question, "why": why, "must_be": must_be}


_DISTILS = _ask(
    "distils",
    "Will you use outputs to train or improve another model, in part or by distillation?",
    "Terms differ by model; what you declare here decides what you may use.",
    None,
)

TERMS: tuple[Terms, ...] = (
    Terms(
        "provider",
        "Our terms of use",
        "You will not use outputs to train a model that competes with ours, resell access without our consent, or "
        "let others use your account. You will tell us when what you told us changes.",
        (
            _ask("no_training", "We will not train competing models on outputs.", "Our terms of use.", True),
            _ask("no_resale", "We will not resell access without consent.", "Our terms of use.", True),
            _DISTILS,
        ),
    ),
    Terms(
        "llama-2-3",
        "Llama 2 and Llama 3 licence",
        "Outputs may not be used to improve any other large language model.",
        (
            _ask("no_other_models", "We will not improve other language models with outputs.", "The licence.", True),
            _DISTILS,
        ),
        "https://www.llama.com/faq/",
    ),
    Terms(
        "llama-3.1",
        "Llama 3.1 licence and later",
        "Outputs may be used to improve other models if those carry a name that begins with Llama and the notice "
        "Built with Llama is shown.",
        (
            _ask("naming", "A model made with outputs will be named Llama first.", "The licence.", True),
            _ask("notice", "We will show the notice Built with Llama.", "The licence.", True),
            _DISTILS,
        ),
        "https://www.llama.com/faq/",
    ),
    Terms(
        "permissive",
        "Permissive licence",
        "Apache 2.0 or MIT: keep the notices. Export rules still apply to you.",
        (_ask("notices", "We will keep the licence notices.", "The licence.", True), _DISTILS),
        "https://www.apache.org/licenses/LICENSE-2.0",
    ),
)


@dataclass(frozen=True, slots=True)
class Model:
    code: str
    name: str
    licence: str
    tier: str
    channels: tuple[str, ...]
    restricted: bool = False
    use_policy: Mapping[str, str] = field(default_factory=dict)


MODELS: tuple[Model, ...] = (
    Model("aurora-small", "Aurora Small", "provider", "standard", ("console", "api")),
    Model("aurora-frontier", "Aurora Frontier", "provider", "frontier", ("console", "api"), restricted=True),
    Model(
        "llama-3.1-70b",
        "Llama 3.1 70B",
        "llama-3.1",
        "standard",
        ("console", "api", "download"),
        use_policy={"distillation": "review", "data_generation": "allow", "weights": "allow"},
    ),
    Model("llama-3-8b", "Llama 3 8B", "llama-2-3", "standard", ("console", "api", "download")),
    Model(
        "openweights-7b",
        "Open Weights 7B",
        "permissive",
        "sandbox",
        ("console", "api", "download"),
        use_policy={"distillation": "allow", "data_generation": "allow", "weights": "allow"},
    ),
    Model("compute-cluster", "Training cluster, 256 accelerators", "provider", "compute", ("api",), restricted=True),
)
