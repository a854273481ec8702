"""What customers say they will use models for. Pure. The model's `use_policy` says allow, refuse or review."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    code: str
    label: str  # on the form
    default: str  # allow, review or refuse, where a model's own use policy does not say
    why: str  # for staff


USES: dict[str, Use] = {
    use.code: use
    for use in (
        Use("product", "Features in our own product", "allow", "The ordinary case."),
        Use("internal", "Internal tools and automation", "allow", "The ordinary case."),
        Use("research", "Academic or safety research", "allow", "Named institutions; checked by e-mail domain."),
        Use("evaluation", "Benchmarks and evaluation", "allow", "Published results; volume is bounded."),
        Use("resale", "Resale, or access for our own customers", "review", "Whoever is behind a reseller is unknown."),
        Use("data_generation", "Making data to train other models", "review", "Allowed by some licences only."),
        Use("distillation", "Distillation: training a model to imitate this one", "refuse", "Terms forbid it."),
        Use("weights", "Hosting or changing open weights", "review", "Export rules and the licence's naming rules."),
        Use("large_training", "Training runs on rented compute", "review", "Red flags of BIS, 13 May 2025."),
        Use("security", "Security testing", "review", "Dual use; scope and authority are asked for."),
    )
}
