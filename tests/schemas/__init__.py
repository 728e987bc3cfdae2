"""Output for other programs, held against the schemas of its formats."""

import json
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import xmlschema

_HERE = Path(__file__).parent


@cache
def _sarif():
    schema = json.loads((_HERE / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


@cache
def _junit():
    return xmlschema.XMLSchema(_HERE / "junit-10.xsd")


def valid_sarif(text):
    """The only run of a log, which must be as the standard wants it."""
    log = json.loads(text)
    _sarif().validate(log)
    (run,) = log["runs"]
    return run


def valid_junit(text):
    """The root element of a report, which must be as Jenkins wants it."""
    _junit().validate(text)
    return ElementTree.fromstring(text)
