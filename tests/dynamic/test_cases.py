"""Cases are declared in the user's own files, and found with their line."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

import stabcheck
from stabcheck.dynamic.cases import CaseFunction, GradientCase, cases_of, declared_in, forget, gradient_case
from stabcheck.dynamic.entry import diagnose


def square(x):
    return np.sum(x**2)


def made_by(function):
    code = function.__code__
    return CaseFunction(function, function.__name__, __name__, code.co_filename, code.co_firstlineno)


def test_a_case_has_the_keywords_of_diagnose():
    keywords = [field.name for field in dataclasses.fields(GradientCase)]
    assert sorted(keywords) == sorted(inspect.signature(diagnose).parameters)
    defaults = {name: p.default for name, p in inspect.signature(diagnose).parameters.items() if name != "fn"}
    assert GradientCase(fn=square).keywords() == {"fn": square, **defaults}


def test_a_case_is_frozen_and_holds_arrays():
    case = GradientCase(fn=square, args=(np.ones(3),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.args = ()
    assert case == case


def test_a_case_diagnoses_itself():
    report = GradientCase(fn=square, args=(np.ones(3),), grad=lambda x: x, name="half").diagnose()
    assert (report.name, report.verdict) == ("half", "fail")


def test_the_decorator_returns_the_function_and_remembers_its_line():
    try:

        @gradient_case
        @(lambda function: function)
        def declared():
            return GradientCase(fn=square)

        (found,) = declared_in(__name__)
    finally:
        forget(__name__)
    assert found.function is declared
    assert found.path == __file__
    assert inspect.getsource(declared).splitlines()[
        found.line - declared.__code__.co_firstlineno
    ].strip() == ("def declared():")
    assert declared_in(__name__) == ()


def test_only_functions_are_decorated():
    with pytest.raises(TypeError, match="decorates a function"):
        gradient_case("name")


def test_one_case_or_a_list_or_a_dict_of_them():
    one, two = GradientCase(fn=square), GradientCase(fn=square, name="two")

    def single():
        return one

    def several():
        return [one, two]

    def keyed():
        return {"a": one, "b": two}

    assert [name for name, _ in cases_of(made_by(single))] == ["single"]
    assert [name for name, _ in cases_of(made_by(several))] == ["several[0]", "several[two]"]
    assert [name for name, _ in cases_of(made_by(keyed))] == ["keyed[a]", "keyed[b]"]


@pytest.mark.parametrize(("made", "said"), [(None, "None"), (3, "type int"), ([3], "type int")])
def test_anything_else_is_refused_with_what_to_return(made, said):
    def wrong():
        return made

    with pytest.raises(TypeError, match=rf"wrong\(\) returned {said}: .*GradientCase"):
        cases_of(made_by(wrong))


def test_the_public_names_are_these():
    assert stabcheck.GradientCase is GradientCase
    assert stabcheck.gradient_case is gradient_case
