"""Safe ways of writing what course assignments and scripts write: nothing is to be said of them."""

import math


def softmax_of_a_list(xs):
    m = max(xs)
    exps = [math.exp(x - m) for x in xs]
    total = sum(exps)
    return [e / total for e in exps]


def logsumexp_of_a_list(xs):
    m = max(xs)
    return m + math.log(sum(math.exp(x - m) for x in xs))


def weighted_logsumexp_of_a_list(xs, w):
    m = max(w * x for x in xs)
    return m + math.log(sum(math.exp(w * x - m) for x in xs))


def differences_of_all_pairs(xs):
    return [[math.exp(-abs(a - b)) for a in xs] for b in xs]


def entropy_of_a_list(probabilities):
    return -sum(p * math.log(p, 2) for p in probabilities if p > 0)


def mean_and_deviations(xs):
    mean = sum(xs) / len(xs)
    return [x - mean for x in xs]
