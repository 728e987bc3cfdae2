"""The gradient against the function at one dtype: what the ladders along all directions say together."""

from __future__ import annotations

from dataclasses import dataclass

from stabcheck.dynamic.contracts import Contracts
from stabcheck.dynamic.ladder import Centre
from stabcheck.dynamic.noise import NoiseProfile
from stabcheck.dynamic.sampling import Direction, Sampler
from stabcheck.dynamic.verdict import Judgement, Outcome

DERIVED = 1e-6  # relative: what rounding may add up to in a gradient that the framework derives
GRAVEST: tuple[Outcome, ...] = (
    "differs",
    "kink-outside",
    "jump",
    "kink-inside",
    "rough",
    "unresolved",
    "unreachable",
    "agrees",
)


@dataclass(frozen=True, slots=True)
class Formula:
    """The gradient against the function at one dtype, along random directions."""

    sampler: Sampler
    contracts: Contracts
    centre: Centre
    noise: NoiseProfile
    judgements: tuple[Judgement, ...]
    grant: float  # relative rounding granted to the gradient's entries
    jitter: Direction | None = (
        None  # how much the gradient moves if its argument moves by an ulp, if it was measured
    )
    symmetric: frozenset[int] = frozenset()  # leaves by which it is right so long as they stay symmetric
    cast: str | None = None  # the dtype to which the function rounds its arguments, if that was looked for

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome over all directions: a smooth slice does not overrule a kink in another."""
        outcomes = {judgement.outcome for judgement in self.judgements}
        return next(outcome for outcome in GRAVEST if outcome in outcomes)

    @property
    def constant(self) -> bool:
        """Whether the function changes by rounding alone, along all directions."""
        return bool(self.judgements) and all(judgement.constant for judgement in self.judgements)

    @property
    def notes(self) -> tuple[str, ...]:
        """On which terms the gradient was compared, where they are not the usual ones."""
        leaves = self.sampler.problem.leaves
        found = [
            f"{leaves[index].name} is symmetric: its gradient was compared along changes that keep it so"
            for index in sorted(self.symmetric)
        ]
        inward = any(judgement.rungs.power == 1 for judgement in self.judgements)
        if inward and any(leaf.varied and leaf.value.size for leaf in leaves):
            found.append("the point is at the edge of the function's domain: differences lead to the inside")
        if self.constant:
            found.append(
                "the function is constant around this point, but for rounding: that its gradient is 0 is all "
                "that was tested (sums of a softmax or of normalised values are constant: weight the terms)"
            )
        return tuple(found)

    @property
    def slack(self) -> float:
        """Part of a derivative by which a gradient may be off without being accused.

        One that the framework derives has no wrong formula that is off by so little; an ill-conditioned
        system that is solved once forwards and once transposed is.
        """
        return DERIVED if getattr(self.sampler.problem, "derived", False) else 0.0

    @property
    def centre_gradient(self) -> Direction:
        """The gradient under test in float64, zeros where there is none."""
        return self.contracts.gradient

    @property
    def gravest(self) -> Judgement:
        """A judgement with that outcome, the best resolved one."""
        mine = [judgement for judgement in self.judgements if judgement.outcome == self.outcome]
        return min(mine, key=lambda judgement: judgement.resolution)
