"""Notebooks through the command: found, told by cell, fixed without touching anything else, and run."""

import ast
import json
import math
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from stabcheck.config import Configuration, Settings
from stabcheck.static import lint
from stabcheck.static.notebook import document
from stabcheck.static.notebook.document import Cell
from stabcheck.static.notebook.layout import lay_out
from stabcheck.static.run import run

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
LOG1P = "def f(a):\n    return np.log(1 + a)"
SOFTPLUS = "def f(a):\n    return np.log(1 + np.exp(a))"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(*cells, name="a.ipynb", metadata=KERNEL, **style):
    cells = [
        new_code_cell(each, id=f"id{i}") if isinstance(each, str) else each for i, each in enumerate(cells)
    ]
    content = new_notebook(cells=cells, metadata=metadata)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.source = cell.source.splitlines(keepends=True)
    Path(name).write_text(json.dumps(content, **{"indent": 1, **style}), encoding="utf-8")
    return name


def told(name, **settings):
    result = lint([name], settings=Settings(**settings))
    return [(each.code, each.cell.number, each.span.line, each.span.column) for each in result.findings]


def fixed(name, **settings):
    return run([name], Configuration(fixed=Settings(fix=True, **settings)), mode="fix")


def sources(name):
    return [cell.source for cell in nbformat.read(name, as_version=4).cells]


class TestFindings:
    def test_earlier_cells_are_known(self):
        write(new_markdown_cell("# a"), "import numpy as np", "x = 1", SOFTPLUS)
        assert told("a.ipynb") == [("NS105", 3, 2, 12)]

    def test_folders_hold_notebooks(self):
        Path("nb/.ipynb_checkpoints").mkdir(parents=True)
        write("import numpy as np\n" + SOFTPLUS, name="nb/a.ipynb")
        write("import numpy as np\n" + SOFTPLUS, name="nb/.ipynb_checkpoints/a.ipynb")
        assert [each.path for each in lint(["."]).findings] == ["nb/a.ipynb"]

    def test_values_of_earlier_cells_are_known(self):
        write("import numpy as np\nx = -np.abs(np.ones(3))", "y = np.log(1 + np.exp(x))")
        write("import numpy as np\nx = load()", "y = np.log(1 + np.exp(x * 1000))", name="b.ipynb")
        assert told("a.ipynb") == []
        assert told("b.ipynb") == [("NS105", 2, 1, 5), ("NS115", 2, 1, 16)]

    def test_escapes_do_not_matter(self):
        write(
            "%matplotlib inline\n!pip install numpy\nimport numpy as np",
            "\n%%time\n" + SOFTPLUS + "\nf?\nx = !ls",
        )
        assert told("a.ipynb") == [("NS105", 2, 4, 12)]

    @pytest.mark.parametrize("magic", ["bash", "javascript", "python", "html", "script perl"])
    def test_cells_of_other_languages_are_left_out(self, magic):
        write("import numpy as np", f"%%{magic}\n{SOFTPLUS}", SOFTPLUS)
        assert told("a.ipynb") == [("NS105", 3, 2, 12)]

    def test_a_cell_of_another_language_of_the_editor(self):
        cell = new_code_cell(SOFTPLUS, metadata={"vscode": {"languageId": "julia"}})
        write("import numpy as np", cell)
        assert told("a.ipynb") == []

    def test_an_indented_cell_is_python_for_the_kernel(self):
        write("import numpy as np", "    x = 1\n    y = np.log(1 + np.exp(z))")
        assert told("a.ipynb") == [("NS105", 2, 2, 9)]

    def test_await_and_future_imports(self):
        write("import numpy as np", "from __future__ import annotations\nx = await g()\n" + SOFTPLUS)
        assert told("a.ipynb") == [("NS105", 2, 4, 12)]

    def test_suppression_by_cell(self):
        write(
            "import numpy as np",
            "y = np.log(1 + np.exp(z))  # stabcheck: ignore[NS105]",
            "y = np.log(1 + np.exp(z))\n!ls  # stabcheck: ignore",
        )
        assert told("a.ipynb") == [("NS105", 3, 1, 5)]

    def test_a_cell_that_does_not_parse(self):
        write("import numpy as np", "%%time\nx = 1\ndef f(:\n  pass", SOFTPLUS)
        result = lint(["a.ipynb"])
        assert told("a.ipynb") == [("NS000", 2, 3, 7), ("NS105", 3, 2, 12)]
        assert [each.message for each in result.errors] == ["cell 2, line 3: does not parse: invalid syntax"]

    def test_json(self):
        write("import numpy as np", LOG1P)
        done = command("lint", "--format", "json", "a.ipynb")
        finding = json.loads(done.stdout)["findings"][0]
        place = {
            key: finding[key]
            for key in ("path", "cell", "cell_id", "line", "column", "end_line", "end_column")
        }
        assert place == {
            "path": "a.ipynb",
            "cell": 2,
            "cell_id": "id1",
            "line": 2,
            "column": 12,
            "end_line": 2,
            "end_column": 25,
        }
        assert "np.log(1 + a" in Path("a.ipynb").read_text().split("\n")[finding["file_line"] - 1]
        assert [edit["cell"] for edit in finding["fix"]["edits"]] == [2]

    def test_text_shows_the_line_of_the_cell(self):
        write("import numpy as np", SOFTPLUS)
        data = Path("a.ipynb").read_bytes()
        for done in (
            command("lint", "a.ipynb"),
            command("lint", "-", "--stdin-filename", "a.ipynb", input=data),
        ):
            head, line, marks, *_ = done.stdout.decode().split("\n")
            assert head.startswith("a.ipynb:cell 2:2:12: NS105 ")
            assert line.strip() == "return np.log(1 + np.exp(a))"
            assert marks.index("^") == line.index("np.log")


class TestFixes:
    def test_only_the_lines_change(self):
        picture = new_output("display_data", data={"image/png": "iVBORw0KGgo=\n", "text/plain": ["<é>"]})
        cell = new_code_cell(
            LOG1P + "  # é ←\nf(1)", outputs=[picture], execution_count=7, metadata={"z": 1, "a": 2}
        )
        write(
            new_markdown_cell("np.log(1 + a)"),
            "import numpy as np",
            cell,
            indent="\t",
            ensure_ascii=False,
        )
        before = Path("a.ipynb").read_bytes() + b"\n\n"
        Path("a.ipynb").write_bytes(before)
        done = fixed("a.ipynb")
        assert len(done.results[-1].fixed) == 1
        assert done.result.findings == ()
        after = Path("a.ipynb").read_bytes()
        assert after == before.replace(
            b"return np.log(1 + a)  # \xc3\xa9 \xe2\x86\x90",
            b"return np.log1p(a)  # \xc3\xa9 \xe2\x86\x90",
        )
        nbformat.validate(nbformat.reads(after.decode(), as_version=4))
        assert fixed("a.ipynb").results[-1].fixed == ()
        assert Path("a.ipynb").read_bytes() == after

    def test_an_import_goes_beside_those_of_its_library(self):
        write(
            "%load_ext autoreload\n!pip install jax",
            "SEED = 1\nimport os",
            "from jax import grad\nimport jax.numpy as jnp  # arrays\n%time x = 1",
            "%%time\ndef f(a):\n    return jnp.log(1 + jnp.exp(a))",
        )
        result = lint(["a.ipynb"]).findings[0]
        assert result.fix is not None
        assert fixed("a.ipynb").result.findings == ()
        assert sources("a.ipynb") == [
            "%load_ext autoreload\n!pip install jax",
            "SEED = 1\nimport os",
            "from jax import grad\nimport jax.numpy as jnp  # arrays\nimport jax\n%time x = 1",
            "%%time\ndef f(a):\n    return jax.nn.softplus(a)",
        ]

    def test_an_import_never_stands_above_a_cell_magic(self):
        write("%%time\n%matplotlib inline\nfrom jax import numpy as jnp\ny = jnp.log(1 + jnp.exp(x))")
        assert fixed("a.ipynb").result.findings == ()
        assert sources("a.ipynb") == [
            "%%time\n%matplotlib inline\nfrom jax import numpy as jnp\nimport jax\ny = jax.nn.softplus(x)"
        ]

    def test_diff_is_by_cell_and_changes_nothing(self):
        write("import numpy as np", "!ls", LOG1P)
        before = Path("a.ipynb").read_bytes()
        done = command("lint", "--diff", "a.ipynb")
        assert done.stdout.decode().split("\n") == [
            "--- a/a.ipynb:cell 3",
            "+++ b/a.ipynb:cell 3",
            "@@ -1,2 +1,2 @@",
            " def f(a):",
            "-    return np.log(1 + a)",
            "+    return np.log1p(a)",
            "",
        ]
        assert Path("a.ipynb").read_bytes() == before

    def test_standard_input(self):
        write("import numpy as np", LOG1P)
        before = Path("a.ipynb").read_bytes()
        done = command("lint", "--fix", "-", "--stdin-filename", "a.ipynb", input=before)
        assert done.stdout == before.replace(b"np.log(1 + a)", b"np.log1p(a)")

    def test_the_rest_of_a_notebook_with_a_broken_cell_is_fixed(self):
        write("import numpy as np", "x = = 1", LOG1P)
        assert [each.code for each in fixed("a.ipynb").result.findings] == ["NS000"]
        assert "log1p" in sources("a.ipynb")[2]

    def test_a_source_that_is_written_twice_is_not_changed(self):
        twice = r'"source": "x", "source": "import numpy as np\nnp.log(1 + x)"'
        cell = f'{{"cell_type": "code", "metadata": {{}}, "outputs": [], {twice}}}'
        text = f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{cell}]}}'
        Path("a.ipynb").write_text(text)
        done = fixed("a.ipynb")
        assert [each.code for each in done.result.findings] == ["NS203"]
        assert done.results[-1].fixed == ()
        assert Path("a.ipynb").read_text() == text

    def test_version_3(self):
        cells = [
            {"cell_type": "heading", "source": "h", "level": 1, "metadata": {}},
            {
                "cell_type": "code",
                "language": "python",
                "input": "import numpy as np\ny = np.log(1 + x)",
                "outputs": [],
                "collapsed": False,
                "metadata": {},
            },
        ]
        content = {
            "metadata": {"name": ""},
            "nbformat": 3,
            "nbformat_minor": 0,
            "worksheets": [{"cells": cells}],
        }
        Path("a.ipynb").write_text(json.dumps(content))
        before = Path("a.ipynb").read_text()
        assert told("a.ipynb") == [("NS203", 1, 2, 5)]
        fixed("a.ipynb")
        assert Path("a.ipynb").read_text() == before.replace("np.log(1 + x)", "np.log1p(x)")


LINES = st.sampled_from(
    [
        "x = 1",
        "%%time",
        "%%bash",
        "%load_ext a",
        "y = !ls",
        "if x:",
        "    !ls",
        "    y = (1,",
        "    2)",
        "s = '''",
        "'''",
        "def f(:",
        "f?",
        "",
        "# nbcell0 cell 1",
        "from __future__ import annotations",
    ]
)


@given(st.lists(st.lists(LINES, max_size=6), max_size=5))
def test_the_module_of_any_cells_leads_back_to_them(cells):
    given_cells = [Cell(i, i - 1, None, "\n".join(lines)) for i, lines in enumerate(cells, start=1)]
    layout = lay_out(given_cells)
    ast.parse(layout.text)
    assert layout.sources(layout.text) == {number: cell.text for number, cell in layout.cells.items()} or (
        not layout.cells
    )
    sections = layout.sections(layout.text) if layout.cells else None
    for line, text in enumerate(layout.text.split("\n")[:-1], start=1):
        cell, shift = sections.place(line)
        if line not in sections.starts and layout.word not in text:
            assert cell.text.split("\n")[line - shift - 1] == text
    broken = {each.cell.number for each in layout.broken}
    skipped = {cell.number for cell in given_cells} - broken - set(layout.cells)
    assert all("%%bash" in given_cells[number - 1].text for number in skipped)


class TestWhatIsNoNotebook:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (
                "{",
                "can't be read: not JSON: "
                "Expecting property name enclosed in double quotes (line 1, column 2)",
            ),
            ("[]", "can't be read: JSON, but not a notebook"),
            ("{}", "can't be read: nbformat 1: write it anew with `jupyter nbconvert --to notebook`"),
            ('{"nbformat": 9}', "can't be read: Unsupported nbformat version 9"),
            ('{"nbformat": 4, "cells": {"a": 1}}', None),
            ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 1}]}', None),
            ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', None),
            ("", None),
            (b"\xff{}", "can't be decoded: line 1 is not UTF-8 (byte 0xff)"),
            ('{"cells": ' + "[" * 5000, "too deeply nested to be read"),
        ],
    )
    def test_one_line_each(self, content, message):
        Path("a.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())
        result = lint(["a.ipynb"])
        assert result.findings == ()
        assert len(result.errors) <= 1
        assert "fault of stabcheck" not in "".join(each.message for each in result.errors)
        if message is not None:
            assert [each.message for each in result.errors] == [message]

    @pytest.mark.parametrize(
        "metadata",
        [
            {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
            {"language_info": {"name": "julia"}},
            {"kernelspec": {"name": "ir", "display_name": "R"}},
        ],
    )
    def test_other_kernels(self, metadata):
        write("x <- c(1)", metadata=metadata)
        assert lint(["."]).errors == ()
        assert lint(["."]).findings == ()
        (problem,) = lint(["a.ipynb"]).errors
        assert problem.message.startswith("not read: its kernel runs ")

    def test_without_nbformat_there_is_one_line(self, monkeypatch):
        for name in ("a.ipynb", "b.ipynb"):
            write("import numpy as np", SOFTPLUS, name=name)
        Path("c.py").write_text("import numpy as np\n" + SOFTPLUS)
        monkeypatch.setattr(document, "available", lambda: False)
        result = lint(["."])
        assert [each.path for each in result.findings] == ["c.py"]
        assert [(each.path, each.message) for each in result.errors] == [
            (
                "a.ipynb",
                "not read: notebooks need nbformat (pip install stabcheck[notebook]) (and 1 more)",
            )
        ]


def test_large_outputs_cost_little():
    picture = new_output("display_data", data={"image/png": "iVBORw0KGgo" * 1_000_000})
    write("import numpy as np", LOG1P)
    write("import numpy as np", new_code_cell(LOG1P, outputs=[picture]), name="b.ipynb")
    fixed("a.ipynb")  # what is loaded on first use
    start = time.process_time()
    assert len(fixed("b.ipynb").results[-1].fixed) == 1
    assert Path("b.ipynb").stat().st_size > 11_000_000
    assert time.process_time() - start < 20 * parsing(Path("b.ipynb").read_text())


def parsing(text):
    start = time.process_time()
    for _ in range(3):
        json.loads(text)
    return max(time.process_time() - start, 0.02)


def test_a_fixed_notebook_runs_and_is_right():
    from nbclient import NotebookClient

    write(
        "%matplotlib --list\nimport numpy as np",
        "%%time\nx = np.array([1e-20, 3.0])\nfiles = !echo one",
        "print(np.log(1 + x).tolist(), files)",
    )

    def executed():
        content = nbformat.read("a.ipynb", as_version=4)
        NotebookClient(content, timeout=120, kernel_name="python3").execute()
        return content

    before = executed()
    nbformat.write(before, "a.ipynb")
    assert before.cells[2].outputs[-1].text == f"[0.0, {math.log(4)}] ['one']\n"
    outputs = [cell.outputs for cell in before.cells]
    assert fixed("a.ipynb").result.findings == ()
    written = nbformat.read("a.ipynb", as_version=4)
    assert [cell.outputs for cell in written.cells] == outputs
    assert written.cells[2].source == "print(np.log1p(x).tolist(), files)"
    text = executed().cells[2].outputs[-1].text
    assert text == f"[1e-20, {math.log(4)}] ['one']\n"


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "stabcheck", *arguments],
        capture_output=True,
        check=False,
        timeout=120,
        **options,
    )
