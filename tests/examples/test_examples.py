"""The stories of `examples/`: planted defects come out with cause and line, nothing sound is accused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}

# File and case: verdict, causes that must be named, and what stands where the first of them is located: on
# that line, or, if it begins a function, on the next.
PLANTED = {
    "01_logistic_regression.py::logarithm_of_a_rounded_probability": (
        "fail",
        ["domain-error"],
        "tf.math.log(p)",
    ),
    "02_keras_custom_layer.py::weight_that_matmul_refuses": (
        "fail",
        ["shape-mismatch"],
        "tf.matmul(inputs, self.w)",
    ),
    "02_keras_custom_layer.py::float64_data_in_a_float32_layer": (
        "pass",
        ["dtype-mismatch", "step-too-small"],
        "def call(self, inputs)",
    ),
    "03_large_model.py::one_wrong_slope": ("fail", ["localized-error"], "tf.where(x > 0, 1.0, 0.01)"),
    "04_effect_of_epsilon.py::float32[1e-08]": ("pass", ["step-too-small"], None),
    "04_effect_of_epsilon.py::float32[1e-06]": ("pass", ["step-too-small"], None),
    "05_exp_overflow.py::raw_exponential": ("fail", ["overflow"], "tf.exp(100.0 * x)"),
    "05_exp_overflow.py::clipped_exponential": ("fail", ["overflow"], "tf.exp(tf.clip_by_value("),
    "06_broadcasting.py::gradient_without_the_sum": ("fail", ["missing-broadcast-sum"], "return dy, dy"),
    "06_broadcasting.py::loss_over_all_pairs": (
        "pass",
        ["silent-broadcast"],
        "tf.square(predictions - targets))",
    ),
    "07_two_layers_from_scratch.py::mistake_in_the_hidden_layer": (
        "fail",
        ["localized-error"],
        "def backward_with_a_mistake",
    ),
    "07_two_layers_from_scratch.py::dropout_switched_on": (
        "inconclusive",
        ["nondeterministic"],
        "kept = np.random.rand(*hidden.shape) < 0.8",
    ),
    "08_quadratic_and_mean.py::missing_one_over_n": (
        "fail",
        ["scale-error"],
        "def gradient_without_the_mean",
    ),
    "08_quadratic_and_mean.py::one_sided_difference": ("pass", ["one-sided-difference"], "def quadratic(x)"),
    "09_v_shaped_error.py::left_arm": ("pass", ["step-too-small"], "def f(x)"),
    "09_v_shaped_error.py::right_arm": ("pass", ["step-too-large"], "def f(x)"),
}

SOUND = [
    "01_logistic_regression.py::logistic_regression",
    "01_logistic_regression.py::cross_entropy_from_logits",
    "02_keras_custom_layer.py::layer_in_the_dtype_of_its_data",
    "03_large_model.py::chosen_variables",
    "04_effect_of_epsilon.py::float64[1e-08]",
    "04_effect_of_epsilon.py::float64[1e-06]",
    "04_effect_of_epsilon.py::float64[1e-04]",
    "04_effect_of_epsilon.py::float32[1e-04]",
    "05_exp_overflow.py::penalty_of_moderate_inputs",
    "05_exp_overflow.py::softmax",
    "06_broadcasting.py::gradient_with_the_sum",
    "06_broadcasting.py::loss_over_the_samples",
    "07_two_layers_from_scratch.py::backpropagation",
    "08_quadratic_and_mean.py::quadratic_form",
    "08_quadratic_and_mean.py::with_one_over_n",
    "08_quadratic_and_mean.py::two_sided_difference",
    "09_v_shaped_error.py::product_of_sin_and_exp",
    "10_checkers_that_do_not_exist.py::the_function_itself",
]

WRITTEN = {  # what the linter must find: file, code, text of the line
    ("01_logistic_regression.py", "NS103", "1.0 / (1.0 + tf.exp(-scores))"),
    ("05_exp_overflow.py", "NS101", "return e / tf.reduce_sum(e)"),
    ("05_exp_overflow.py", "NS105", "tf.math.log(1.0 + tf.exp(50.0 * (x - 0.01)))"),
    ("07_two_layers_from_scratch.py", "NS906", "difference < 10e-7"),
    ("08_quadratic_and_mean.py", "NS905", "(f(moved) - f(x)) / h"),
    ("10_checkers_that_do_not_exist.py", "NS917", "tf.gradient_check_numercial"),
    ("10_checkers_that_do_not_exist.py", "NS918", "tf.test.compute_gradient_error(x,"),
}


def source(path):
    return (ROOT / path).read_text().splitlines()


@pytest.fixture(scope="module")
def triage():
    done = subprocess.run(
        [sys.executable, "-m", "stabcheck", "triage", "examples", "--format", "json"],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def cases(triage):
    return {case["name"].removeprefix("examples/"): case for case in triage["cases"]}


def test_every_case_is_expected(triage, cases):
    assert set(cases) == {*PLANTED, *SOUND}
    assert triage["errors"] == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_has_its_verdict_cause_and_line(cases, name):
    verdict, kinds, text = PLANTED[name]
    case = cases[name]
    found = {cause["kind"]: cause for cause in case["causes"]}
    assert case["verdict"] == verdict
    assert set(kinds) <= set(found)
    assert case["causes"][0]["kind"] in kinds
    if text is not None:
        location = found[kinds[0]]["location"]
        assert location["path"] == f"examples/{name.partition('::')[0]}"
        here, following = source(location["path"])[location["line"] - 1 :][:2]
        assert text in here or (here.strip().startswith("def ") and text in following)


@pytest.mark.parametrize("name", SOUND)
def test_nothing_sound_is_accused(cases, name):
    assert (cases[name]["verdict"], cases[name]["causes"]) == ("pass", [])


def test_cases_name_the_line_of_their_function(cases):
    for name, case in cases.items():
        function = name.partition("::")[2].partition("[")[0]
        assert source(case["path"])[case["line"] - 1].startswith(f"def {function}(")


@pytest.mark.parametrize(("name", "code", "text"), sorted(WRITTEN))
def test_what_is_written_wrong_is_found_without_running_it(triage, name, code, text):
    lines = [
        source(finding["path"])[finding["line"] - 1]
        for finding in triage["findings"]
        if finding["code"] == code and finding["path"] == f"examples/{name}"
    ]
    assert any(text in line for line in lines)


def test_findings_stand_in_files_with_planted_defects_only(triage):
    planted = {name.partition("::")[0] for name in PLANTED} | {name for name, _, _ in WRITTEN}
    assert {Path(finding["path"]).name for finding in triage["findings"]} <= planted


def test_findings_meet_the_evidence_of_the_runs(triage):
    met = {
        (entry["status"], entry["finding"]["code"], Path(entry["finding"]["path"]).name)
        for entry in triage["triage"]
        if entry["finding"]
    }
    assert ("confirmed", "NS115", "05_exp_overflow.py") in met
    assert ("reached", "NS105", "05_exp_overflow.py") in met
    assert ("unreached", "NS917", "10_checkers_that_do_not_exist.py") in met


def run_alone(name, *arguments):
    return subprocess.run(
        [sys.executable, f"examples/{name}", *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout


def test_a_script_runs_alone():
    printed = run_alone("08_quadratic_and_mean.py")
    assert "scale-error" in printed
    assert "one-sided: off by" in printed


def test_the_missing_checkers_are_told_by_the_script_too():
    printed = run_alone("10_checkers_that_do_not_exist.py")
    assert "misremembered: module 'tensorflow' has no attribute 'gradient_check_numercial'" in printed
    assert "existing: largest difference" in printed


def test_the_best_step_of_the_plot_is_measured(tmp_path):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "v.png"
    printed = run_alone("09_v_shaped_error.py", str(picture))
    rows = [line.split() for line in printed.splitlines() if line.startswith("1.0e-")]
    errors = {float(row[0]): float(row[1]) for row in rows}
    (best,) = [float(row[0]) for row in rows if "best" in row]
    assert len(errors) == 14
    assert errors[best] == min(errors.values())
    assert picture.read_bytes().startswith(b"\x89PNG")
