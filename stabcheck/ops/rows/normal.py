"""The normal distribution: its density, its distribution function, and their tails and logarithms."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_POSITIVE, POSITIVE, UNIT, Interval
from stabcheck.ops.row import row


def density(xp: Any, x: Any) -> Any:
    """The standard normal density."""
    return xp.exp(-0.5 * xp.square(x)) / xp.sqrt(2.0 * xp.pi)


ROWS = (
    row(
        "ndtr(x)",
        "elementwise",
        """
        scipy.special.ndtr scipy.stats.norm.cdf(x)
        jax.scipy.special.ndtr jax.scipy.stats.norm.cdf(x)
        torch.special.ndtr
        """,
        compute=lambda xp, x: xp.ndtr(x),
        partials=(lambda xp, r, x: density(xp, x),),
        range=ranges.normal_cdf,
    ),
    row(
        "log_ndtr(x)",
        "elementwise",
        """
        scipy.special.log_ndtr scipy.stats.norm.logcdf(x)
        jax.scipy.special.log_ndtr jax.scipy.stats.norm.logcdf(x)
        torch.special.log_ndtr
        """,
        compute=lambda xp, x: xp.log_ndtr(x),
        partials=(lambda xp, r, x: xp.exp(-0.5 * xp.square(x) - r) / xp.sqrt(2.0 * xp.pi),),
        range=ranges.always(NON_POSITIVE),
    ),
    row(
        "norm_sf(x)",
        "elementwise",
        "scipy.stats.norm.sf(x) jax.scipy.stats.norm.sf(x)",
        compute=lambda xp, x: xp.ndtr(-xp.asarray(x)),
        partials=(lambda xp, r, x: -density(xp, x),),
        range=ranges.always(Interval(0.0, 1.0, nonzero=True)),
    ),
    row(
        "norm_logsf(x)",
        "elementwise",
        "scipy.stats.norm.logsf(x) jax.scipy.stats.norm.logsf(x)",
        compute=lambda xp, x: xp.log_ndtr(-xp.asarray(x)),
        partials=(lambda xp, r, x: -xp.exp(-0.5 * xp.square(x) - r) / xp.sqrt(2.0 * xp.pi),),
        range=ranges.always(NON_POSITIVE),
    ),
    row(
        "norm_pdf(x; loc:0.0, scale:1.0)",
        "elementwise",
        "scipy.stats.norm.pdf(x, loc, scale) jax.scipy.stats.norm.pdf(x, loc, scale)",
        compute=lambda xp, x, loc=0.0, scale=1.0: density(xp, (xp.asarray(x) - loc) / scale) / scale,
        partials=(lambda xp, r, x, loc=0.0, scale=1.0: -r * (xp.asarray(x) - loc) / scale / scale,),
        range=ranges.always(POSITIVE),
    ),
    row(
        "norm_logpdf(x; loc:0.0, scale:1.0)",
        "elementwise",
        "scipy.stats.norm.logpdf(x, loc, scale) jax.scipy.stats.norm.logpdf(x, loc, scale)",
        compute=lambda xp, x, loc=0.0, scale=1.0: (
            -0.5 * xp.square((xp.asarray(x) - loc) / scale) - xp.log(scale) - 0.5 * xp.log(2.0 * xp.pi)
        ),
        partials=(lambda xp, r, x, loc=0.0, scale=1.0: -(xp.asarray(x) - loc) / scale / scale,),
    ),
    row(
        "ndtri(p)",
        "elementwise",
        """
        scipy.special.ndtri(p=y) scipy.stats.norm.ppf(p=q)
        tensorflow.math.ndtri(p=x, name)
        jax.scipy.special.ndtri(p)
        torch.special.ndtri
        """,
        compute=lambda xp, p: xp.ndtri(p),
        partials=(lambda xp, r, p: 1 / density(xp, r),),
        domain=(UNIT,),
        runtime="Ndtri",
    ),
)
