"""Findings meet the evidence of runs; cases meet the findings that explain them."""

from math import inf, nan

import pytest

from stabcheck.dynamic.recording import kept
from stabcheck.dynamic.report import Cause, Location, Report
from stabcheck.dynamic.trace.event import Event, Trace
from stabcheck.static.finding import Finding, Fix, Witness
from stabcheck.static.graph import Span
from stabcheck.triage.correlate import correlate

WITNESS = Witness({"z": 710.0}, "float64", nan, 1.0, 53.0)


def finding(
    line=5, code="NS101", name="naive-softmax", *, end=None, columns=(12, 41), witness=WITNESS, **more
):
    span = Span(line, columns[0], end or line, columns[1])
    severity = more.pop("severity", "error")
    return Finding(code, name, f"{name} is bad", severity, "a.py", span, witness=witness, **more)


def report(*causes, name="a.py::case", verdict="fail", events=(), path="a.py"):
    trace = Trace(tuple(events)) if events else None
    return Report(name, verdict, tuple(causes), (), path=path, line=20, recording=kept(trace))


def cause(kind="overflow", line=None, path="a.py"):
    location = Location(path, line) if line else None
    return Cause(kind, f"{kind} happened", f"mend the {kind}", location=location)


def event(index=0, line=5, *, columns=None, path="a.py", producers=(-1,), **what):
    place = Location(path, line, None, *(columns or (None, None)))
    given = {"operation": "exp", "dtype": "float64", "input_shapes": ((3,),), **what}
    return Event(index=index, producers=producers, location=place, **given)


def joined(findings, reports):
    return [
        (
            entry.status,
            entry.finding and entry.finding.code,
            entry.case and entry.case.name,
            entry.cause and entry.cause.kind,
        )
        for entry in correlate(findings, reports)
    ]


class TestFailedCases:
    def test_a_failed_case_names_the_finding_on_its_line(self):
        entries = correlate([finding()], [report(cause("overflow", line=5))])
        assert len(entries) == 1
        assert (entries[0].status, entries[0].rank) == ("confirmed", 1)
        assert (entries[0].finding.code, entries[0].case.name) == ("NS101", "a.py::case")
        assert entries[0].explanation == "overflow happened"
        assert entries[0].action == "mend the overflow"

    def test_what_to_write_is_the_findings_fix(self):
        fixed = finding(fix=Fix("safe", (), "softmax(z)"), advice="use softmax")
        assert correlate([fixed], [report(cause(line=5))])[0].action == "write: softmax(z)"

    def test_a_cause_of_another_kind_on_the_line_is_not_explained_by_it(self):
        assert joined([finding()], [report(cause("silent-broadcast", line=5))]) == [
            ("confirmed", None, "a.py::case", "silent-broadcast"),
            ("unreached", "NS101", None, None),
        ]

    def test_nor_one_on_another_line_or_in_another_file(self):
        for other in (cause(line=6), cause(line=5, path="b.py")):
            assert joined([finding()], [report(other)])[1] == ("unreached", "NS101", None, None)

    def test_one_finding_may_explain_several_cases_and_one_case_have_several_findings(self):
        first, second = report(cause(line=5), name="a.py::one"), report(cause(line=5), name="a.py::two")
        assert joined([finding()], [first, second]) == [
            ("confirmed", "NS101", "a.py::one", "overflow"),
            ("confirmed", "NS101", "a.py::two", "overflow"),
        ]
        both = report(cause(line=5), cause("nan-gradient", line=9))
        assert joined([finding(), finding(9, "NS315", "where-gradient-trap")], [both]) == [
            ("confirmed", "NS101", "a.py::case", "overflow"),
            ("confirmed", "NS315", "a.py::case", "nan-gradient"),
        ]

    def test_other_causes_of_the_case_are_mentioned(self):
        entries = correlate([finding()], [report(cause(line=5), cause("domain-error", line=10))])
        assert entries[0].explanation == "overflow happened; also domain-error (line 10)"

    def test_a_span_of_several_lines(self):
        assert joined([finding(4, end=6)], [report(cause(line=6))])[0][1] == "NS101"

    def test_columns_tell_two_findings_on_a_line_apart(self):
        left, right = finding(columns=(1, 10)), finding(code="NS103", name="naive-sigmoid", columns=(20, 30))
        where = Location("a.py", 5, None, 21, 25)
        entries = correlate([left, right], [report(Cause("overflow", "…", "…", location=where))])
        assert [(entry.finding.code, entry.status) for entry in entries] == [
            ("NS103", "confirmed"),
            ("NS101", "unreached"),
        ]

    def test_paths_as_given_and_as_run_are_the_same_file(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "a.py").write_text("")
        run = report(cause(line=5, path=str(tmp_path / "a.py")))
        assert joined([finding()], [run])[0][:2] == ("confirmed", "NS101")


MODULE = """\
def loss(x):
    def grad(dy):
        y = dy
        return y

    return x, grad


def other():
    step = 1e-8


@stabcheck.gradient_case
def case():
    step = 1e-8
    return step
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(MODULE)


@pytest.mark.usefixtures("module")
class TestScopes:
    @pytest.mark.parametrize("located", [None, 13])
    def test_the_check_belongs_to_the_function_that_made_the_case(self, located):
        here, elsewhere = (finding(line, "NS902", "step-too-small", witness=None) for line in (15, 10))
        run = report(cause("step-too-small", located), verdict="pass", name="a.py::case[float32]")
        assert joined([here, elsewhere], [run]) == [
            ("confirmed", "NS902", "a.py::case[float32]", "step-too-small"),
            ("unreached", "NS902", None, None),
        ]

    def test_a_wrong_gradient_is_that_of_the_function_around_the_finding(self):
        inner, outer = (
            finding(line, "NS952", "missing-broadcast-reduction", columns=(1, 5), witness=None)
            for line in (4, 6)
        )
        entries = correlate([inner, outer], [report(cause("missing-broadcast-sum", line=2))])
        assert [(entry.finding.span.line, entry.status) for entry in entries] == [
            (4, "confirmed"),
            (6, "unreached"),
        ]

    @pytest.mark.parametrize(
        ("name", "kind", "explains"),
        [
            ("gradcheck-float32", "dtype-too-coarse", True),
            ("gradcheck-float32", "tolerance-too-tight", False),
            ("one-sided-difference", "one-sided-difference", True),
            ("tolerance-too-tight", "tolerance-too-tight", True),
            ("tolerance-too-loose", "tolerance-too-tight", False),
            ("random-layer-in-check", "nondeterministic", True),
            ("random-layer-in-check", "step-too-small", False),
        ],
    )
    def test_the_rule_must_speak_of_that_cause(self, name, kind, explains):
        found = finding(15, "NS901", name, witness=None)
        entries = correlate([found], [report(cause(kind), verdict="inconclusive")])
        assert (entries[0].finding is not None) == explains


def test_every_cause_that_a_rule_is_said_to_predict_exists():
    from stabcheck.dynamic.report import CAUSES
    from stabcheck.triage import expect

    predicted = {cause for family in expect._FAMILIES.values() for cause in family.causes}
    predicted |= {cause for causes in expect._BY_NAME.values() for cause in causes}
    assert predicted <= set(CAUSES)


def test_every_rule_that_is_singled_out_exists():
    from stabcheck.static.rules import catalogue
    from stabcheck.triage import expect

    assert set(expect._BY_NAME) <= set(catalogue()[0].by_name)


class TestEvents:
    def status(self, *events, found=None):
        entries = correlate([found or finding()], [report(verdict="pass", events=events)])
        assert len(entries) == 1
        return entries[0].status, entries[0].explanation

    def test_no_case_runs_the_line(self):
        assert self.status(event(line=7))[0] == "unreached"

    def test_the_line_ran_and_behaved(self):
        status, told = self.status(event(input_low=-3.0, input_high=4.5, low=0.05, high=90.0))
        assert status == "reached"
        assert told.endswith("ran and behaved in case, inputs from -3 to 4.5")

    def test_a_gradient_written_by_hand_has_its_range_on_its_own_lines(self):
        status, told = self.status(event(phase="backward", input_low=-2.0, input_high=7.0))
        assert status == "reached"
        assert told.endswith("inputs from -2 to 7")
        status, told = self.status(event(line=9), event(1, phase="backward", forward_event=0, input_low=3.0))
        assert told.endswith("ran and behaved in case")

    def test_it_happened_though_the_case_passes(self):
        status, told = self.status(event(nonfinite=2, first_nonfinite=True, overflowed=2))
        assert status == "confirmed"
        assert "2 entries of exp overflowed float64 (case case)" in told

    @pytest.mark.parametrize(
        ("code", "name", "what", "status"),
        [
            ("NS101", "naive-softmax", {"broadcast": "outer"}, "reached"),
            ("NS101", "naive-softmax", {"nonfinite": 3}, "reached"),  # it came from elsewhere
            ("NS711", "loss-broadcast", {"broadcast": "outer", "shape": (3, 3)}, "confirmed"),
            ("NS711", "loss-broadcast", {"broadcast": "keepdims"}, "reached"),
            ("NS203", "missing-log1p", {"accumulated_error": 1e-3}, "confirmed"),
            ("NS203", "missing-log1p", {"accumulated_error": 1e-12}, "reached"),
            ("NS203", "missing-log1p", {"accumulated_error": 1e-5, "dtype": "float32"}, "reached"),
            ("NS203", "missing-log1p", {"accumulated_error": inf}, "reached"),
            (
                "NS315",
                "where-gradient-trap",
                {"phase": "backward", "first_nan": True, "nans": 1},
                "confirmed",
            ),
            ("NS402", "epsilon-order", {"underflowed": 1}, "confirmed"),
        ],
    )
    def test_only_what_the_rule_predicts_confirms_it(self, code, name, what, status):
        found = finding(code=code, name=name, witness=None)
        assert self.status(event(**what), found=found)[0] == status

    def test_an_error_that_came_from_another_line_is_not_this_ones(self):
        found = finding(code="NS203", name="missing-log1p", witness=None)
        before = event(0, line=3, accumulated_error=1e-3)
        after = event(1, line=5, producers=(0,), accumulated_error=2e-3)
        assert self.status(before, after, found=found)[0] == "reached"
        worse = event(1, line=5, producers=(0,), accumulated_error=0.5)
        assert self.status(before, worse, found=found)[0] == "confirmed"


class TestRanking:
    def test_failures_then_confirmed_then_by_severity_and_witness(self):
        mild = Witness({}, "float64", 1.0, 1.0, 12.0)
        findings = [
            finding(1, "NS201", "missing-expm1", severity="warning", witness=None),
            finding(2, "NS202", "one-minus-exp", severity="warning", witness=mild),
            finding(3, "NS102", "naive-logsumexp"),
            finding(4, "NS103", "naive-sigmoid", severity="info", witness=None),
            finding(5, severity="info"),
        ]
        reports = [
            report(cause("step-too-small"), verdict="pass", name="a.py::check"),
            report(cause("non-differentiable"), verdict="inconclusive", name="a.py::kink"),
            report(cause(line=5), name="a.py::culprit"),
            report(verdict="pass", name="a.py::ran", events=[event(line=4, overflowed=1)]),
            report(verdict="pass", name="a.py::sound"),
        ]
        entries = correlate(findings, reports)
        assert [entry.rank for entry in entries] == list(range(1, 8))
        assert [entry.case.name if entry.case else entry.finding.code for entry in entries] == [
            "a.py::culprit",
            "a.py::kink",
            "NS103",
            "a.py::check",
            "NS102",
            "NS202",
            "NS201",
        ]

    def test_a_file_that_does_not_parse_is_no_entry(self):
        assert correlate([finding(code="NS000", name="syntax-error", witness=None)], []) == ()

    def test_a_case_without_causes_that_does_not_pass_stands_there_too(self):
        assert joined([], [report(verdict="inconclusive"), report(verdict="pass")]) == [
            ("confirmed", None, "a.py::case", None)
        ]
