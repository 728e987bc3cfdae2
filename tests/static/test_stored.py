"""The attributes that the text of a method stores."""

import ast
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from stabcheck.static.lower.classes import stores
from stabcheck.static.source import Source, decode, read
from stabcheck.static.stored import attributes
from stabcheck.static.units import Units
from stabcheck.static.words import code_of


@pytest.mark.parametrize(
    ("code", "stored"),
    [
        (b"self.a = self.b", b"a"),
        (b"self.a += 1; self.b: int = 2; self.c //= 2; self.d **= 3; self.e @= m", b"a b c d e"),
        (b"self.a == 1 or self.b <= 2 or self.c != 3", b""),
        (b"self.a, x, self.b = f(self.c, d=self.e)", b"a b"),
        (b"[self.a, (self.b, c)] = x", b"a b"),
        (b"x = self.a = 2", b"a"),
        (b"(\n    self.a,\n    self.b,\n) = f()", b"a b"),
        (b"self.a, \\\n    self.b = f()", b"a b"),
        (b"(self.a,\n self.b) = f()", b"a b"),
        (b"for self.a in self.c: f(x, self.d)", b"a"),
        (b"f(self.a, key=1)\nreturn g(2, self.b, key=2)", b""),
        (b"other.a = 1; me = self", b""),
    ],
)
def test_what_a_method_stores(code, stored):
    assert attributes(code, b"self").stored == set(stored.split())


def test_without_an_instance_nothing_is_stored():
    assert attributes(b"self.a = 1", b"").stored == set()
    assert attributes(b"me.a = self.b = 1", b"me").stored == {b"a"}


@pytest.mark.parametrize("package", ["keras", "numpy", "mpmath"])
def test_nothing_that_is_stored_is_missed(package):
    spec = find_spec(package)
    if spec is None:
        pytest.skip("not installed")
    found = 0
    for path in islice(sorted(Path(spec.origin).parent.rglob("*.py")), 7, None, 20):
        source = decode(read(str(path)), str(path))
        assert isinstance(source, Source)
        told = {
            (unit.block.name.decode(), attribute.decode())
            for unit in Units(code_of(source.text)).all
            if unit.block is not None and unit.block.indent
            for attribute in unit.attributes.stored
        }
        for node in ast.parse(source.text).body:
            if isinstance(node, ast.ClassDef):
                real = {(method, attribute) for method, attribute, _ in stores(node)}
                assert real <= told, path
                found += len(real)
    assert found
