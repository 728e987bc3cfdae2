"""The interface of `diagnose`: what it takes, refuses, passes through, and says."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest

import stabcheck
from stabcheck.dynamic import DiagnoseError


def loss(x):
    return np.mean(x**2)


def wrong(x):
    return 2 * x


X = np.random.default_rng(0).normal(size=(3, 4))


def test_signature():
    parameters = inspect.signature(stabcheck.diagnose).parameters
    names = "fn args grad variables vjp order step tolerance dtypes full budget seed name"
    assert list(parameters) == names.split()
    assert [p.name for p in parameters.values() if p.kind is p.KEYWORD_ONLY] == list(parameters)[3:]


def test_the_same_seed_takes_the_same_steps():
    one, other = (stabcheck.diagnose(loss, X, wrong, seed=3).to_dict() for _ in range(2))
    assert one == other
    assert stabcheck.diagnose(loss, X, wrong, seed=4).to_dict()["steps"] != one["steps"]


def test_the_report_is_json():
    report = stabcheck.diagnose(loss, X, wrong, name="mse")
    data = json.loads(json.dumps(report.to_dict(), allow_nan=True))
    assert (data["name"], data["verdict"]) == ("mse", "fail")
    assert data["causes"][0]["location"]["line"] == wrong.__code__.co_firstlineno
    assert {"step", "dtype", "error", "bar"} <= data["steps"][0].keys()
    assert {step["dtype"] for step in data["steps"]} == {"float64", "float32"}


def test_evaluations_are_counted():
    calls = []
    report = stabcheck.diagnose(lambda x: calls.append(1) or np.sum(x**2), X, lambda x: 2 * x)
    assert 50 < len(calls) <= report.evaluations <= len(calls) + 20


def test_text_for_a_failing_case():
    lines = str(stabcheck.diagnose(loss, X, wrong)).splitlines()
    assert len(lines) <= 35
    assert lines[0].startswith("FAIL  loss")
    assert "1. scale-error" in "\n".join(lines)


def test_text_for_a_passing_case():
    lines = str(stabcheck.diagnose(loss, X, lambda x: 2 * x / x.size)).splitlines()
    assert len(lines) <= 10
    assert lines[0].startswith("PASS  loss")


def test_three_answers():
    answers = stabcheck.diagnose(np.sin, np.float32(1), np.cos, step=1e-8).answers
    assert answers["formula"].startswith("right")
    assert answers["dtype"] == "float32 is sound"
    assert "step-too-small" in answers["check"]


def test_plot(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "v.png"
    axes = stabcheck.diagnose(np.sin, 1.0, np.cos).plot(path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [line.get_label() for line in axes.get_lines() if not line.get_label().startswith("_")] == [
        "float64",
        "float32",
    ]


class UserError(Exception):
    pass


@pytest.mark.parametrize("error", [UserError("theirs"), ValueError("theirs"), KeyboardInterrupt()])
def test_exceptions_of_the_users_code_pass_through(error):
    def raises(x):
        raise error

    with pytest.raises(type(error)) as caught:
        stabcheck.diagnose(raises, X, wrong)
    assert caught.value is error
    with pytest.raises(type(error)):
        stabcheck.diagnose(loss, X, raises)


def test_an_interrupt_while_steps_are_taken_passes_through():
    calls = []

    def interrupted(x):
        calls.append(1)
        if len(calls) > 20:
            raise KeyboardInterrupt
        return np.sum(x)

    with pytest.raises(KeyboardInterrupt):
        stabcheck.diagnose(interrupted, X, np.ones_like)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 3}, "order=3"),
        ({"step": -1e-3}, "step=-0.001: a positive number is needed"),
        ({"step": ("sideways", 1e-3)}, "'central', 'forward' or 'backward'"),
        ({"tolerance": 0}, "tolerance=0"),
        ({"dtypes": ["float31"]}, "float31"),
        ({"budget": "soon"}, "budget='soon'"),
        ({"vjp": lambda x, cotangent: x}, "grad= and vjp= are two gradients"),
    ],
)
def test_bad_options_are_one_line(options, message):
    with pytest.raises(DiagnoseError, match=message):
        stabcheck.diagnose(loss, X, wrong, **options)


def test_nothing_is_printed_or_warned(recwarn, capsys):
    stabcheck.diagnose(lambda x: np.sum(np.log(x)), np.array([-1.0, 0.0, 1e-300]), lambda x: 1 / x)
    assert not recwarn.list
    assert capsys.readouterr() == ("", "")


def test_the_users_arrays_are_left_alone():
    x = X.copy()
    stabcheck.diagnose(loss, x, wrong)
    assert np.array_equal(x, X)


def test_a_budget_ends_the_search_for_the_place():
    def grad(x):
        found = np.cos(x)
        found[17] *= 2
        return found

    report = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), np.ones(1000), grad, budget=1e-9)
    unlimited = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), np.ones(1000), grad)
    assert report.verdict == unlimited.verdict == "fail"
    assert report.evaluations < unlimited.evaluations / 2


def test_one_wrong_entry_of_many_takes_logarithmically_many_evaluations():
    def grad(x):
        found = np.cos(x)
        found[x.size // 3] *= 1.01
        return found

    def evaluations(size):
        x = np.random.default_rng(0).normal(size=size)
        report = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), x, grad)
        assert report.causes[0].evidence["indices"] == [[size // 3]]
        return report.evaluations

    assert evaluations(64_000) - evaluations(1_000) < 200


def test_full_looks_at_every_entry():
    x = np.random.default_rng(0).normal(size=200)
    some, every = (
        stabcheck.diagnose(lambda x: np.sum(np.sin(x)), x, np.cos, full=full) for full in (False, True)
    )
    assert some.verdict == every.verdict == "pass"
    assert every.evaluations - some.evaluations >= 2 * 200


def test_second_order_error_of_a_field_that_is_no_gradient():
    x = np.array([1.0, 2.0, 3.0])

    def grad(v):  # right at x alone
        return np.array([2 * v[0], 2 * v[1] + (v[0] - 1), 2 * v[2]])

    report = stabcheck.diagnose(lambda v: np.sum(v**2), x, grad, order=2)
    assert (report.verdict, report.causes[0].kind) == ("fail", "second-order-error")
    assert stabcheck.diagnose(lambda v: np.sum(v**2), x, grad).verdict == "pass"
