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
baseline = "known.json"

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
        baseline=str(folder / "known.json"),
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


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class TestStabcheckToml:
    @pytest.mark.parametrize("name", ["stabcheck.toml", ".stabcheck.toml"])
    def test_holds_the_keys_of_the_table(self, folder, name):
        write(folder / "pyproject.toml", '[tool.stabcheck]\nignore = ["NS1"]\n')
        write(folder / "sub" / name, 'ignore = ["NS2"]\n[per-file-ignores]\n"a.py" = ["NS3"]\n')
        assert load_settings(folder).ignore == ("NS1",)
        found = load_settings(folder / "sub" / "deep")
        assert (found.root, found.ignore) == (folder / "sub", ("NS2",))
        assert found.per_file_ignores == (("a.py", ("NS3",)),)
        assert found.origin("ignore") == f"{folder}/sub/{name}: ignore"

    def test_counts_before_the_pyproject_beside_it(self, folder):
        write(folder / "pyproject.toml", '[tool.stabcheck]\nignore = ["NS1"]\n')
        write(folder / "stabcheck.toml", "")
        assert load_settings(folder).ignore == ()
        write(folder / ".stabcheck.toml", 'ignore = ["NS2"]\n')
        assert load_settings(folder).ignore == ("NS2",)

    def test_a_mistake_is_told_with_its_place(self, folder):
        write(folder / "stabcheck.toml", 'ignored = ["NS2"]\n')
        with pytest.raises(ConfigError, match=r"stabcheck\.toml: ignored: no such setting"):
            load_settings(folder)


class TestExtend:
    @pytest.fixture
    def top(self, folder):
        write(
            folder / "pyproject.toml",
            """
            [tool.stabcheck]
            select = ["NS1"]
            extend-select = ["NS209"]
            ignore = ["NS103"]
            extend-exclude = ["gen", "old/*.py"]
            extend-rules = ["cards"]
            baseline = "known.json"
            fail-on = "error"
            [tool.stabcheck.per-file-ignores]
            "sub/*_ref.py" = ["NS2"]
            [tool.stabcheck.diagnose]
            seed = 3
            full = true
            """,
        )
        return folder

    def test_lists_override_and_those_that_extend_add(self, top):
        write(
            top / "sub" / "stabcheck.toml",
            """
            extend = "../pyproject.toml"
            ignore = ["NS4"]
            extend-select = ["NS5"]
            extend-rules = ["own"]
            extend-exclude = ["tmp"]
            fail-on = "warning"
            [per-file-ignores]
            "a.py" = ["NS3"]
            [diagnose]
            seed = 4
            """,
        )
        found = load_settings(top / "sub")
        assert found.root == top / "sub"
        assert found.select == ("NS1",)
        assert found.extend_select == ("NS209", "NS5")
        assert found.ignore == ("NS4",)
        assert found.extend_rules == (str(top / "cards"), str(top / "sub" / "own"))
        assert found.baseline == str(top / "known.json")
        assert found.fail_on == "warning"
        assert (found.diagnose.seed, found.diagnose.full) == (4, True)
        assert found.excludes() == (
            (top / "sub", (*DEFAULT_EXCLUDE, "tmp")),
            (top, ("gen", "old/*.py")),
        )
        assert found.ignores_per_file() == (
            (top / "sub", (("a.py", ("NS3",)),)),
            (top, (("sub/*_ref.py", ("NS2",)),)),
        )
        assert found.origin("select") == f"{top}/pyproject.toml: [tool.stabcheck] select"
        assert found.origin("ignore") == f"{top}/sub/stabcheck.toml: ignore"
        assert hash(found) == hash(load_settings(top / "sub"))

    def test_exclude_replaces_that_of_all_files_further_up(self, folder):
        write(folder / "stabcheck.toml", 'exclude = ["a/*"]\nextend-exclude = ["b"]\n')
        write(folder / "one" / "stabcheck.toml", 'extend = "../stabcheck.toml"\n')
        write(folder / "one" / "two" / "stabcheck.toml", 'extend = "../stabcheck.toml"\n')
        found = load_settings(folder / "one" / "two")
        assert [patterns for _, patterns in found.excludes()] == [(), (), ("a/*", "b")]
        write(folder / "one" / "two" / "stabcheck.toml", 'extend = "../stabcheck.toml"\nexclude = ["c"]\n')
        found = load_settings(folder / "one" / "two")
        assert [patterns for _, patterns in found.excludes()] == [("c",), (), ("b",)]

    @pytest.mark.parametrize(
        ("extend", "message"),
        [
            ("stabcheck.toml", "leads back to itself"),
            ("../pyproject.toml", "has no table"),
            ("none.toml", "there is no file"),
            ("../loop.toml", "loop.toml: extend: sub/stabcheck.toml leads back to itself"),
        ],
    )
    def test_what_cannot_be_extended_is_one_line(self, folder, extend, message):
        write(folder / "pyproject.toml", "[project]\n")
        write(folder / "loop.toml", 'extend = "sub/stabcheck.toml"\n')
        write(folder / "sub" / "stabcheck.toml", f'extend = "{extend}"\n')
        with pytest.raises(ConfigError, match=message) as caught:
            load_settings(folder / "sub")
        assert "\n" not in str(caught.value)

    def test_holds_for_a_file_given_on_the_command_line_too(self, top):
        write(top / "other.toml", 'extend = "pyproject.toml"\nselect = ["NS3"]\n')
        found = Configuration({"ignore": ("NS301",)}, read_file(top / "other.toml")).at(top / "sub")
        assert (found.select, found.ignore) == (("NS3",), ("NS103", "NS301"))
