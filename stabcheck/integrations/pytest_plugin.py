"""The pytest plugin: `pytest --stabcheck` explains gradient checks that fail, and runs gradient cases.

pytest loads this module in every session of an environment in which stabcheck is installed. It is therefore
light, and without the option (or `stabcheck = true` among pytest's settings) it does nothing.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the option and the setting."""
    _leave_our_asserts_alone(pluginmanager)
    group = parser.getgroup("stabcheck")
    group.addoption(
        "--stabcheck",
        action="store_true",
        default=None,
        help="explain gradient checks that fail, and run @stabcheck.gradient_case functions",
    )
    group.addoption(
        "--no-stabcheck", action="store_false", dest="stabcheck", help="whatever the settings say"
    )
    parser.addini("stabcheck", "as --stabcheck", type="bool", default=False)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the rest, if it is wanted: before the first test module is imported."""
    given = config.getoption("stabcheck")
    if config.getini("stabcheck") if given is None else given:
        from stabcheck.integrations.pytest_session import Session  # noqa: PLC0415  (only where it is wanted)

        config.pluginmanager.register(Session.of(config), "stabcheck-session")


def _leave_our_asserts_alone(pluginmanager: pytest.PytestPluginManager) -> None:
    """Take back pytest's mark that the package of a plugin is to be rewritten for its assertions.

    Nobody reads stabcheck's assertions as those of a test, and rewriting its modules takes seconds. There is
    no public way: where pytest keeps the mark elsewhere, it stays.
    """
    marked = getattr(getattr(pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if isinstance(marked, set):
        marked.discard("stabcheck")
