"""Files of the configuration: read, merged, and checked against their JSON schemas; an error is one line with the remedy."""

import copy
import json
import math
from pathlib import Path

import jsonschema
import yaml

SCHEMAS = Path(__file__).parents[1] / "schemas"


class ConfigError(ValueError):
    """A wrong key of the configuration: the message is one line with key, value and remedy."""


def read_yaml(path: Path) -> dict:
    """The mapping in a YAML file."""
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name a file that is there") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: holds {type(content).__name__}, wanted a mapping of keys")
    return content


def merge(base: dict, changes: dict) -> dict:
    """``base`` with ``changes``: mappings merge key by key, everything else is replaced.

    A mapping with another ``name`` or ``architecture`` is another flow, loss, activation or network with options of its own,
    and replaces.
    """
    merged = copy.deepcopy(base)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        if both and all(value.get(kind, old.get(kind)) == old.get(kind) for kind in ("name", "architecture")):
            merged[key] = merge(old, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _named(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Of several choices (`oneOf`), what is wrong with the one whose name was given."""
    choices: dict = {}
    for found in error.context:
        choices.setdefault(found.schema_path[0], []).append(found)
    fitting = [errors for errors in choices.values() if all(list(found.path) != ["name"] for found in errors)]
    return fitting[0][0] if len(fitting) == 1 else error


def _explain(error: jsonschema.ValidationError, where: str) -> str:
    error = _named(error)
    key = ".".join([where, *map(str, error.absolute_path)]).lstrip(".")
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        return f"{key or 'configuration'}: unknown key {', '.join(map(repr, unknown))}; known are {', '.join(known)}"
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))
        return f"{key or 'configuration'}: missing key {', '.join(map(repr, missing))}; add it"
    schema, wanted = error.schema, error.schema.get("description")
    return f"{key} = {json.dumps(error.instance)}: wanted {wanted or error.message + ' by ' + str(schema)}"


# JSON schema takes 200.0 for an integer; in a file name and in Python it is none
STRICT = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def validate(instance: dict, schema: str, where: str) -> None:
    """Check a mapping against a schema of workflow/schemas.

    Raises
    ------
    ConfigError
        One line: key, value, what was wanted.
    """
    validator = STRICT(read_yaml(SCHEMAS / schema))
    # The shallowest error first: a wrong type above explains what is wrong below. Then as declared, heirs last.
    errors = sorted(validator.iter_errors(instance), key=lambda error: len(error.absolute_path))
    if errors:
        raise ConfigError(_explain(errors[0], where))


def finite(value, key: str) -> None:
    """JSON schema lets .inf and .nan pass."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{key} = {value}: wanted a finite number")
    if isinstance(value, dict):
        for name, item in value.items():
            finite(item, f"{key}.{name}".lstrip("."))
    if isinstance(value, list):
        for index, item in enumerate(value):
            finite(item, f"{key}.{index}")


def mapping(value, key: str) -> dict:
    """The value, which must be a mapping."""
    if not isinstance(value, dict):
        raise ConfigError(f"{key} = {json.dumps(value)}: wanted a mapping of keys")
    return value
