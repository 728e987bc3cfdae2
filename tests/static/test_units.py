"""What the units of a module depend on."""

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
    return Units(code_of(textwrap.dedent(source)))


def numbered(units, *names):
    called = [b"module" if unit.block is None else unit.block.name for unit in units.all]
    return {number for number, name in enumerate(called) if name.decode() in names}


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


def test_what_is_imported_or_listed_for_others_is_not_used():
    units = cut("from a import (\n    f,\n    g as h,\n)\nimport b; c()\n__all__ = [\n    'd',\n]\nd = 1\n")
    assert units.all[0].words == {b"g", b"c", b"d", b"1"}


def test_the_text_of_a_function_is_no_use_of_it():
    units = cut("def f():\n    pass\nf.__doc__ = TEXT.format(\n    name=f.__name__,\n)\nx = 2\n")
    assert reach(units, "module") == {0}
    assert units.all[0].words == {b"x", b"2"}


def test_names_behind_a_dot_are_not_those_of_the_module():
    units = cut("def f():\n    pass\ndef g(x):\n    return x.f() + af\ndef h(x):\n    return x.f(f)\n")
    assert [unit.names for unit in units.all] == [set(), {b"f"}, {b"g"}, {b"h", b"f"}]


def test_what_is_imported_by_its_own_name_is_handed_on():
    units = cut("from a import exp as exp, log as l\nfrom b import sin as sinus\nimport c.d as d\n")
    assert units.all[0].words == {b"log", b"sin", b"c", b"d"}


def test_an_argument_that_is_called_like_a_setting_sets_nothing():
    text = "def setup(w):\n    return w.add(autocast=False, **{'autocast': 1})\n"
    assert reach(cut(text), "module") == {0}
    assert reach(cut(text.replace("w.add(", "autocast(")), "module") == {0, 1}
