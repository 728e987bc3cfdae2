"""What the units of a module depend on, and what is left when others are taken away."""

import ast
import textwrap

from stabcheck.static.units import Units
from stabcheck.static.words import code_of

SOURCE = """
    import numpy as np

    scale = 2 * offset()

    def offset():
        return 1

    def alone(x):
        return x

    class Base:
        def fit(self, x):
            self.mean_ = x.mean()

    class Scaler(Base):
        def transform(self, x):
            return shift(x, self.mean_)

    def shift(x, y):
        return x - y

    def use(x):
        return Scaler().transform(x)
    """


def cut(source=SOURCE):
    text = textwrap.dedent(source)
    return Units(ast.parse(text), code_of(text))


def numbered(units, *names):
    return {number for number, unit in enumerate(units.all) if getattr(unit.node, "name", "module") in names}


def reach(units, name):
    (number,) = numbered(units, name)
    return units.related()[number]


def test_a_unit_depends_on_what_it_names_and_on_what_that_needs():
    units = cut()
    assert reach(units, "module") == numbered(units, "module", "offset")
    assert reach(units, "alone") == numbered(units, "alone")
    assert reach(units, "shift") == numbered(units, "shift")
    assert reach(units, "use") == numbered(units, "use", "Scaler", "Base", "transform", "shift", "fit")


def test_a_method_depends_on_those_that_store_what_it_reads_and_they_know_it():
    units = cut()
    (storing,) = numbered(units, "fit")
    assert storing in reach(units, "transform")
    assert units.all[storing].readers == numbered(units, "fit", "transform")  # it names what it stores
    assert units.methods_of(units.all[storing].home) == {storing}


def test_what_sets_a_default_is_the_modules_own():
    units = cut("def setup():\n    keras.backend.set_floatx('float16')\n\n\ndef f(x):\n    return x\n")
    assert reach(units, "module") == numbered(units, "module", "setup")


def test_units_that_are_not_kept_leave_the_tree():
    units = cut()
    units.keep(numbered(units, "module", "Scaler", "transform"))
    assert [type(node).__name__ for node in units.tree.body] == ["Import", "Assign", "ClassDef"]
    assert [method.name for method in units.tree.body[-1].body] == ["transform"]
