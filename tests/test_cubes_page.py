"""docs/cubes.md says what the schema says."""

import cubes_page
from crossover import schema
from crossover.bench import storage
from crossover.cubes import COMPRESSION

TEXT = cubes_page.PAGE.read_text(encoding="utf-8")


def test_the_tables_of_the_page_are_those_of_the_schema():
    assert cubes_page.filled(TEXT) == TEXT, "run `python tests/cubes_page.py`"


def test_every_name_of_the_schema_is_on_the_page():
    derived = {f"{name}_{ending}" for name in schema.OBSERVABLES for ending in ("interval", "replicate")}
    names = {name for variables in schema.KINDS.values() for name in variables} - derived
    for name in names | set(schema.COORDINATES) | set(schema.DIMS) | set(schema.ATTRIBUTES) | set(schema.STATUS):
        assert f"`{name}`" in TEXT, name


def test_the_measured_table_has_every_setting_and_the_chosen_one_is_that_of_the_code():
    for name in [*storage.COMPRESSIONS, *storage.CHUNKS]:
        assert f"| {name} |" in TEXT, name
    chosen = storage.COMPRESSIONS[storage.CHOSEN[0]]
    assert {
        "zlib": chosen["compression"] == "zlib",
        "complevel": chosen["complevel"],
        "shuffle": chosen["shuffle"],
    } == COMPRESSION
