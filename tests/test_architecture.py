"""The rooms of the house, and which of them may know of which: read from the imports, lazy ones too."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent / "stabcheck"
ROOMS = {
    "interchange": set(),
    "ops": set(),
    "static": {"interchange", "ops"},
    "dynamic": {"interchange", "ops"},
    "triage": {"interchange", "ops", "static", "dynamic"},
    "integrations": {"interchange", "ops", "static", "dynamic", "triage"},
    "cli": {"interchange", "ops", "static", "dynamic", "triage", "integrations"},
}
DOORS = {"__init__", "__main__"}  # of the package: what they offer loads on first use
FRAMEWORKS = ("tensorflow", "keras", "torch", "jax")
HOMES = {  # who may import a library, by the beginning of the module's name
    **dict.fromkeys(FRAMEWORKS, ("dynamic.adapters.", "dynamic.trace.")),
    "libcst": ("static.",),
    "click": ("cli.",),
    "pygls": ("integrations.lsp.",),
    "lsprotocol": ("integrations.lsp.",),
    "pytest": ("integrations.pytest_",),
    "distributed": ("cluster",),
}


class Import(NamedTuple):
    """A module that another one imports, both by their names below `stabcheck` if they are in it."""

    module: str
    line: int
    imported: str
    own: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.imported}"


def imports_in(module: str, text: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: a relative import"
            assert node.module
            names = [f"{node.module}.{each.name}" for each in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            yield Import(module, node.lineno, rest if top == "stabcheck" else name, top == "stabcheck")


def all_imports() -> list[Import]:
    found: list[Import] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found += imports_in(module, path.read_text(encoding="utf-8"))
    return found


IMPORTS = all_imports()


def room_of(module: str) -> str | None:
    """The room that a module is in; None for those at the top of the package, which belong to all."""
    room = module.partition(".")[0]
    return room if room in ROOMS else None


def against_the_arrows(each: Import) -> bool:
    if not each.own or each.module in DOORS:
        return False
    target = room_of(each.imported)
    room = room_of(each.module)
    return target is not None and target != room and (room is None or target not in ROOMS[room])


def at_home(each: Import) -> bool:
    homes = HOMES.get(each.imported.partition(".")[0])
    return each.own or homes is None or each.module.startswith(homes)


def test_each_room_is_listed():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(ROOMS)


def test_arrows_go_one_way():
    assert [str(each) for each in IMPORTS if against_the_arrows(each)] == []


def test_libraries_stay_in_their_rooms():
    assert [str(each) for each in IMPORTS if not at_home(each)] == []


def test_every_library_with_a_home_is_used():
    used = {each.imported.partition(".")[0] for each in IMPORTS if not each.own}
    assert set(HOMES) - used <= set(FRAMEWORKS)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("static.engine", "from stabcheck.dynamic.report import Report"),
        ("dynamic.report", "def f():\n    import stabcheck.static.finding"),
        ("ops.table", "from stabcheck import static"),
        ("triage.join", "from stabcheck.cli import main"),
        ("settings", "from stabcheck.static import finding"),
    ],
)
def test_an_arrow_against_the_others_is_seen(module, text):
    (each,) = imports_in(module, text)
    assert against_the_arrows(each)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("static.engine", "import tensorflow.python as tf"),
        ("dynamic.watch.script", "def f():\n    from torch import autograd"),
        ("triage.join", "import libcst"),
    ],
)
def test_a_library_in_another_room_is_seen(module, text):
    (each,) = imports_in(module, text)
    assert not at_home(each)
