"""Probabilities that the tests of a comparison need, without scipy: its import takes 0.15 s.

Tests compare each with scipy.
"""

import math

import numpy as np
import numpy.typing as npt

_EXACT_TOSSES = 300  # up to so many, whole numbers are fast
_EXACT_HEADS = 20  # for fewer heads too, since Stirling's series needs larger numbers
_STEP, _END = 0.05, 9.0  # of the integral over a normal value
_HALVINGS, _TERMS, _CLOSE = 60, 10_000, 1e-14  # of a beta quantile


def coin_cdf(heads: int, tosses: int) -> float:
    """The probability of at most ``heads`` heads in ``tosses`` tosses of a fair coin.

    Exact up to 300 tosses; beyond, the relative error is about 1e-12, as that of scipy's bdtr is
    about 1e-10.
    """
    if heads < 0:
        return 0.0
    if tosses > _EXACT_TOSSES and 2 * heads >= tosses:
        return 1 - coin_cdf(tosses - heads - 1, tosses)
    if tosses > _EXACT_TOSSES and heads >= _EXACT_HEADS:
        return _coin_pmf(heads, tosses) * _tail_sum(heads, tosses)
    ways = total = 1
    for head in range(heads):
        ways = ways * (tosses - head) // (head + 1)
        total += ways
    return float(total / 2**tosses)


def _coin_pmf(heads: int, tosses: int) -> float:
    """The probability of exactly ``heads`` heads, fewer than half of many ``tosses``.

    Source: Loader, Fast and Accurate Computation of Binomial Probabilities, 2000.
    """
    tails = tosses - heads
    off = (tails - heads) / tosses
    deviance = tosses / 2 * ((1 - off) * math.log1p(-off) + (1 + off) * math.log1p(off))
    errors = _stirling_error(tosses) - _stirling_error(heads) - _stirling_error(tails)
    return math.exp(errors - deviance) * math.sqrt(tosses / (2 * math.pi * heads * tails))


def _stirling_error(n: int) -> float:
    """How much ln n! exceeds Stirling's formula, for ``n`` from 20."""
    series = 0.0
    for coefficient in (1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = coefficient + series / n**2
    return series / n


def _tail_sum(heads: int, tosses: int) -> float:
    """The probabilities of up to ``heads`` heads, as a multiple of that of exactly ``heads``."""
    terms = min(heads, int(5 * math.sqrt(tosses)) + 10)  # those after are below 1e-17
    below = np.arange(terms, dtype=float)
    return 1 + float(np.cumprod((heads - below) / (tosses - heads + 1 + below)).sum())


def chi_square_tail(value: float, freedom: int) -> float:
    """The probability that chi-square with ``freedom`` degrees of freedom exceeds ``value``.

    By the finite sums for whole degrees of freedom.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
    """
    half = value / 2
    if half <= 0:
        return 1.0
    powers = [step + freedom % 2 / 2 for step in range(freedom // 2)]
    terms = (math.exp(p * math.log(half) - half - math.lgamma(p + 1)) for p in powers)
    return math.fsum([*terms, math.erfc(math.sqrt(half)) if freedom % 2 else 0.0])


def normal_range_quantile(count: int, probability: float) -> float:
    """The quantile of the range of ``count`` standard normal values.

    The studentized range at infinite degrees of freedom, by the trapezoid rule and bisection.
    """
    lowest = np.linspace(-_END, _END, round(2 * _END / _STEP) + 1)
    density = np.exp(-(lowest**2) / 2) / math.sqrt(2 * math.pi)
    above = _normal_tail(lowest)

    def reached(width: float) -> float:
        others = above - _normal_tail(lowest + width)
        return float(count * np.sum(density * others ** (count - 1)) * _STEP)

    low, high = 0.0, 20.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < probability else (low, middle)
    return high


def _normal_tail(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The probability that a standard normal value is above each of these."""
    return np.array([math.erfc(value / math.sqrt(2)) / 2 for value in values.tolist()])


def beta_quantile(probability: float, a: int, b: int) -> float:
    """The quantile of the beta distribution with whole parameters from 1, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _beta_cdf(middle, a, b) > probability else (middle, high)
    return (low + high) / 2


def _beta_cdf(x: float, a: int, b: int) -> float:
    """The regularised incomplete beta function by its continued fraction.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8; Lentz's evaluation.
    """
    if x > (a + 1) / (a + b + 2):  # where it converges slowly
        return 1 - _beta_cdf(1 - x, b, a)
    if x == 0:
        return 0.0
    log_scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    factor = math.exp(log_scale + a * math.log(x) + b * math.log1p(-x)) / a
    # Lentz: the fraction's numerators and denominators, as ratios to the ones before.
    upper, lower = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = lower
    for m in range(1, _TERMS):
        terms = (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        )
        for term in terms:
            upper, lower = 1 + term / upper, 1 / (1 + term * lower)
            value *= upper * lower
        if abs(upper * lower - 1) < _CLOSE:
            break
    return factor * value
