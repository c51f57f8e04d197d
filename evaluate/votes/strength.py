"""Bradley and Terry's model: the strength of each contender, from choices between two of them.

A contender of strength a is preferred to one of strength b with probability 1 / (1 + exp(b − a)).
An equal choice is half a win for each. Every contender has ``PRIOR_TIES`` more equal choices,
against a contender of strength 0: this keeps one that never lost finite, and joins groups of
contenders that were never compared with each other. Strengths have a mean of 0.
Sources: Bradley and Terry, Rank Analysis of Incomplete Block Designs, 1952; Hunter, MM Algorithms
for Generalized Bradley-Terry Models, 2004.
"""

from collections.abc import Sequence

import numpy as np

from evaluate.compare.statistics import CONFIDENCE, FEWEST, Interval, Values

PRIOR_TIES = 1.0
RESAMPLED = 1000  # resamples of photos for the intervals
_SEED = 0
_LONGEST_STEP = 2.0
_STEPS = 100


def fit_strengths(wins: Values, prior_ties: float = PRIOR_TIES) -> Values:
    """Strengths (float64 …×K) of K contenders, by Newton's method.

    ``wins`` (float64 …×K×K) has in [i, j] how often i was preferred to j, ties as half. The leading
    dimensions are separate tables. ``prior_ties`` must be above 0.
    """
    games = wins + np.swapaxes(wins, -1, -2)
    size = wins.shape[-1]
    strength = np.zeros(wins.shape[:-1])
    own = np.arange(size)
    for _ in range(_STEPS):
        chance = win_chance(strength)
        alone = 1 / (1 + np.exp(-strength))
        slope = (wins - games * chance).sum(-1) + prior_ties * (0.5 - alone)
        curve = games * chance * (1 - chance)
        hessian = -curve
        hessian[..., own, own] = curve.sum(-1) + prior_ties * alone * (1 - alone)
        step = np.linalg.solve(hessian, slope[..., None])[..., 0]
        # A full step can overshoot where the curve is flat.
        longest = np.abs(step).max(-1, keepdims=True, initial=0)
        step *= np.minimum(1, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))
        strength = strength + step
        if longest.max(initial=0) < 1e-10:
            break
    centred: Values = strength - strength.mean(-1, keepdims=True)
    return centred


def win_chance(strength: Values) -> Values:
    """Probability (…×K×K) that i is preferred to j, from strengths (…×K)."""
    chance: Values = 1 / (1 + np.exp(strength[..., None, :] - strength[..., :, None]))
    return chance


def expected_share(strength: Values) -> Values:
    """For each contender (…×K), the expected share of choices won against one of the others.

    Each of the others is equally likely. 0.5 without any others.
    """
    others = max(strength.shape[-1] - 1, 1)
    share: Values = (win_chance(strength).sum(-1) - 0.5) / others
    return share if strength.shape[-1] > 1 else share + 0.5


def resampled_strengths(by_photo: Values, groups: Sequence[object]) -> Values | None:
    """Strengths (resamples×K) of bootstrap samples of photos.

    ``by_photo`` (photos×K×K) has each photo's wins. Photos of one group are drawn together.
    None for fewer than ``FEWEST`` groups.
    """
    _, member = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)
    count = int(member.max(initial=-1)) + 1
    if count < FEWEST:
        return None
    size = by_photo.shape[-1]
    by_group = np.zeros((count, size * size))
    np.add.at(by_group, member, by_photo.reshape(len(by_photo), -1))
    times = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), RESAMPLED)
    wins = (times.astype(np.float64) @ by_group).reshape(RESAMPLED, size, size)
    return fit_strengths(wins)


def percentile_interval(values: Values) -> Interval:
    """The percentile bootstrap interval of values from resamples."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high))
