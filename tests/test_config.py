"""Settings: read from the nearest table, checked, overridden by options."""

from pathlib import Path

import pytest

from stabcheck.config import (
    DEFAULT_EXCLUDE,
    ConfigError,
    Configuration,
    DiagnoseSettings,
    Settings,
    load_settings,
    read_file,
    seconds,
)

EVERYTHING = """\
[tool.stabcheck]
select = ["NS1", "naive-softmax"]
extend-select = ["NS2"]
ignore = ["NS103"]
exclude = ["gen"]
extend-exclude = ["old/*"]
respect-gitignore = false
force-exclude = true
extend-rules = ["my_rules", "/opt/rules"]
fix = true
unsafe-fixes = true
fail-on = "warning"
dtype = "float16"

[tool.stabcheck.per-file-ignores]
"tests/*" = ["NS9"]

[tool.stabcheck.diagnose]
budget = "2m"
timeout = "5m"
seed = 3
full = true
fail-on = "inconclusive"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    return tmp_path


def table(folder, text):
    (folder / "pyproject.toml").write_text(text)
    return load_settings(folder)


def test_every_key(folder):
    settings = table(folder, EVERYTHING)
    assert settings == Settings(
        root=folder,
        select=("NS1", "naive-softmax"),
        extend_select=("NS2",),
        ignore=("NS103",),
        per_file_ignores=(("tests/*", ("NS9",)),),
        exclude=("gen",),
        extend_exclude=("old/*",),
        respect_gitignore=False,
        force_exclude=True,
        extend_rules=(str(folder / "my_rules"), "/opt/rules"),
        fix=True,
        unsafe_fixes=True,
        fail_on="warning",
        dtype="float16",
        diagnose=DiagnoseSettings(120.0, 3, True, "inconclusive", 300.0),
        origins=settings.origins,
    )
    assert settings.origin("extend_select") == f"{folder}/pyproject.toml: [tool.stabcheck] extend-select"
    assert hash(settings) == hash(load_settings(folder))


def test_the_nearest_table_wins_and_files_without_one_are_passed_over(folder):
    table(folder, '[tool.stabcheck]\nignore = ["NS1"]\n')
    (folder / "sub" / "pyproject.toml").write_text("[tool.ruff]\n")
    assert load_settings(folder / "sub" / "deep").ignore == ("NS1",)
    (folder / "sub" / "deep" / "pyproject.toml").write_text("[tool.stabcheck]\n")
    assert load_settings(folder / "sub" / "deep").ignore == ()


def test_without_any_table_the_defaults_hold(folder, monkeypatch):
    monkeypatch.chdir(folder)
    settings = Configuration().at(folder)
    assert (settings.select, settings.exclude, settings.fail_on) == (None, DEFAULT_EXCLUDE, "info")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ignroe = []", "ignroe: no such setting; there are"),
        ("ignore = 'NS1'", "ignore: must be a list of strings, not 'NS1'"),
        ("ignore = [1]", "ignore: must be a list of strings"),
        ("fix = 1", "fix: must be true or false, not 1"),
        ("fail-on = 'never'", "fail-on: must be one of error, warning, info, not 'never'"),
        ("fail-on = ['error']", "fail-on: must be one of"),
        ("dtype = 'float8'", "dtype: must be one of float16"),
        ("per-file-ignores = []", "per-file-ignores: must be a table"),
        ("per-file-ignores = {'a.py' = 'NS1'}", 'per-file-ignores."a.py": must be a list of strings'),
        ("diagnose = 3", "diagnose: must be a table"),
        ("diagnose.budget = 'soon'", "diagnose.budget: must be a positive time"),
        ("diagnose.budget = true", "diagnose.budget: must be a positive time"),
        ("diagnose.seed = -1", "diagnose.seed: must be a non-negative integer"),
        ("diagnose.steps = 1", "diagnose.steps: no such setting"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_file_and_key(folder, line, message):
    with pytest.raises(ConfigError) as error:
        table(folder, f"[tool.stabcheck]\n{line}\n")
    told = str(error.value)
    assert told.startswith(f"{folder}/pyproject.toml: [tool.stabcheck] {message}")
    assert "\n" not in told


@pytest.mark.parametrize("text", ["[tool.stabcheck", "a = \xff", "[tool]\nstabcheck = 3\n"])
def test_a_file_that_is_not_toml(folder, text):
    (folder / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"pyproject.toml: .*(not valid TOML|must be a table)"):
        load_settings(folder)


class TestFile:
    def test_a_file_of_its_own_holds_only_the_keys(self, folder):
        (folder / "stabcheck.toml").write_text('ignore = ["NS1"]\n')
        assert read_file(folder / "stabcheck.toml").ignore == ("NS1",)

    def test_a_pyproject_must_have_the_table(self, folder):
        (folder / "pyproject.toml").write_text("[project]\n")
        with pytest.raises(ConfigError, match=r"has no table \[tool.stabcheck\]"):
            read_file(folder / "pyproject.toml")

    def test_it_must_be_there(self, folder):
        with pytest.raises(ConfigError, match=r"gone.toml: can't be read: No such file"):
            read_file(folder / "gone.toml")


class TestOptions:
    def test_options_go_over_the_file(self, folder):
        table(folder, EVERYTHING)
        options = {"select": ("NS3",), "fix": False, "diagnose_seed": 7, "fail_on": None}
        settings = Configuration(options).at(folder)
        assert (settings.select, settings.fix, settings.diagnose.seed) == (("NS3",), False, 7)
        assert (settings.fail_on, settings.diagnose.full) == ("warning", True)
        assert settings.origin("select") == "--select"

    def test_what_is_ignored_adds_up(self, folder):
        table(folder, EVERYTHING)
        settings = Configuration({"ignore": ("NS104",), "extend_exclude": ("x",)}).at(folder)
        assert settings.ignore == ("NS103", "NS104")
        assert settings.extend_exclude == ("old/*", "x")

    def test_fixed_settings_hold_everywhere(self, folder):
        table(folder, EVERYTHING)
        assert Configuration(fixed=Settings(root=Path("/"))).at(folder).ignore == ()


@pytest.mark.parametrize(
    ("value", "expected"), [(30, 30), ("30", 30), ("30s", 30), ("1.5m", 90), (" 5 S ", 5)]
)
def test_times(value, expected):
    assert seconds(value, "budget") == expected


@pytest.mark.parametrize("value", ["", "m", "0", -1, "inf", "nan", True, "1h"])
def test_what_is_no_time(value):
    with pytest.raises(ConfigError, match="budget: must be a positive time"):
        seconds(value, "budget")
