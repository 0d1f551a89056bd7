"""From what is declared to what a run has: presets, inheritance, data that are there, and who plays which role.

A *name* is that of an experiment, of what is measured at initialisation, of a Gram matrix, of an item of another paper or of a
pair of experiments: of all that leaves a file ``summary/<name>.nc`` which figures, tables and claims read.
"""

from crossover import items
from crossover.validation import ConfigError, mapping, merge

NAMED = ("experiments", "initial", "grams", "theory", "pairs")


def names(resolved: dict) -> dict[str, str]:
    """Each name and the section of the experiments file in which it is declared.

    Raises
    ------
    ConfigError
        When two sections declare the same name.
    """
    found: dict[str, str] = {}
    for section in NAMED:
        for name in resolved[section]:
            if name in found:
                raise ConfigError(f"{section}.{name}: {found[name]} has the name too; give it another")
            found[name] = section
    return found


def _described(section: str, name: str, known: dict, preset: str, heirs: tuple[str, ...] = ()) -> dict | None:
    """What is declared under a name, over what it is ``like``, with the preset over both; None where neither has the preset."""
    own = mapping(known[name], f"{section}.{name}")
    base: dict | None = {}
    if "like" in own:
        if own["like"] not in known or own["like"] in (name, *heirs):
            others = ", ".join(other for other in known if other not in (name, *heirs))
            raise ConfigError(f"{section}.{name}.like = {own['like']!r}: wanted another of {section}: {others}")
        base = _described(section, own["like"], known, preset, (name, *heirs))
    presets = mapping(own.get("presets", {}), f"{section}.{name}.presets")
    if base is None or ("presets" in own and preset not in presets and not base):
        return None
    body = {key: value for key, value in own.items() if key not in ("presets", "like")}
    return merge(merge(base, body), mapping(presets.get(preset, {}), f"{section}.{name}.presets.{preset}"))


def at_preset(config: dict, declared: dict) -> dict:
    """The sections of `NAMED` with the run's preset and overrides merged in; names without the preset are left out.

    Raises
    ------
    ConfigError
        When the run lists or overrides a name that is not there, or lists one without the preset.
    """
    found: dict = {}
    for section in NAMED[:-1]:
        known = mapping(declared.get(section), section)
        described = {name: _described(section, name, known, config["preset"]) for name in known}
        found[section] = {
            name: merge(each, config["overrides"].get(name, {})) for name, each in described.items() if each is not None
        }
    found["pairs"] = mapping(declared.get("pairs"), "pairs")
    every = {name: each for section in NAMED for name, each in mapping(declared.get(section), section).items()}
    wanted = [] if isinstance(config["experiments"], str) else config["experiments"]
    for key, listed in (("experiments", wanted), ("overrides", config["overrides"])):
        for name in listed:
            if name not in every:
                raise ConfigError(f"{key}: no experiment {name!r}; there are {', '.join(map(str, every))}")
    if lacking := [name for name in wanted if not any(name in found[section] for section in NAMED)]:
        presets = ", ".join(map(str, every[lacking[0]].get("presets", {}))) or "none"
        raise ConfigError(f"preset = {config['preset']!r}: experiment {lacking[0]} has {presets}; choose one")
    if not found["experiments"]:
        raise ConfigError(f"preset = {config['preset']!r}: no experiment has it; choose another")
    return found


def absent(declared: dict, found: dict, no_data: dict[str, str], preset: str) -> dict[str, str]:
    """Why names are not there in this run: no data, no preset, or another that they are made from is not there.

    Raises
    ------
    ConfigError
        When a pair or a Gram matrix names what is no experiment.
    """
    reasons = dict(no_data)
    for section in NAMED[:-1]:
        reasons |= {name: f"{name} has no preset {preset}" for name in declared.get(section) if name not in found[section]}
    for section, keys in (("pairs", ("first", "second")), ("grams", ("experiment",))):
        for name, described in found[section].items():
            for key in keys:
                experiment = described[key]
                if experiment not in declared["experiments"]:
                    there = ", ".join(declared["experiments"])
                    raise ConfigError(f"{section}.{name}.{key} = {experiment!r}: no such experiment; there are {there}")
                if experiment in reasons:
                    reasons[name] = reasons[experiment]
    return reasons


def _roles(kind: str, name: str, declared: dict, known: set[str]) -> dict[str, str]:
    """The roles of a figure, table or claim and the names that play them; each of a list plays the role of its own name."""
    wanted, given = getattr(items, kind.upper())[name], declared[kind][name]
    wanted = wanted.roles if isinstance(wanted, items.Item) else wanted
    if wanted is None:
        given = dict(zip(given, given, strict=True)) if isinstance(given, list) else given
    elif not isinstance(given, dict) or set(given) != set(wanted):
        raise ConfigError(f"{kind}.{name} = {given}: wanted an experiment for each of {', '.join(wanted) or 'no role'}")
    for role, each in given.items():
        if each not in known:
            raise ConfigError(f"{kind}.{name}: no experiment {each!r} for {role}; there are {', '.join(sorted(known))}")
    return given


def cast(kind: str, declared: dict, reasons: dict[str, str]) -> dict[str, dict]:
    """Figures, tables or claims with ``roles`` (role -> name) of what is there, and ``absent`` (role -> reason) of the rest.

    Raises
    ------
    ConfigError
        When a role is missing, unknown, or played by what is not declared.
    """
    known, found = {name for section in NAMED for name in declared.get(section)}, {}
    for name in declared[kind]:
        if name not in getattr(items, kind.upper()):
            raise ConfigError(f"{kind}.{name}: no such item; there are {', '.join(getattr(items, kind.upper()))}")
        given = _roles(kind, name, declared, known)
        found[name] = {
            "roles": {role: each for role, each in given.items() if each not in reasons},
            "absent": {role: reasons[each] for role, each in given.items() if each in reasons},
        }
    return found


def papers(declared: dict) -> dict[str, set[str]]:
    """The papers that names are of: those of the figures, tables and claims in which they play a role."""
    found: dict[str, set[str]] = {}
    for kind in ("figures", "tables", "claims"):
        for name, given in declared[kind].items():
            for each in given.values() if isinstance(given, dict) else given:
                found.setdefault(each, set()).add(items.paper(kind, name))
    return found


def listed(wanted: str, names: list[str], declared: dict) -> list[str]:
    """The names of a paper, or ``all``; a name without a role is of the article."""
    of = papers(declared)
    return [name for name in names if wanted == "all" or wanted in of.get(name, {"article"})]


def chosen(kind: str, config: dict, resolved: dict) -> list[str]:
    """The figures, tables or claims that the run wants: all, those of a paper, or the listed ones.

    Raises
    ------
    ConfigError
        When one is not declared.
    """
    if isinstance(config[kind], str):
        return [name for name in resolved[kind] if config[kind] in ("all", items.paper(kind, name))]
    for name in config[kind]:
        if name not in resolved[kind]:
            raise ConfigError(f"{kind}: no {name!r}; there are {', '.join(resolved[kind])}")
    return list(config[kind])


def judged(wanted: list[str], claims: dict, inside: set[str], *, every: bool) -> dict[str, dict]:
    """The wanted claims on what is inside the run; ``inside`` are its names; ``every``: it wants all, absent ones are said.

    Raises
    ------
    ConfigError
        When the run has nothing that a claim is judged on.
    """
    found = {}
    for name in wanted:
        roles = {role: each for role, each in claims[name]["roles"].items() if each in inside}
        absent = claims[name]["absent"] if every else {}
        wants = items.CLAIMS[name]
        if not (roles or absent) or (wants and len(roles) + len(absent) < len(wants)):
            needed = ", ".join(claims[name]["roles"].values())
            raise ConfigError(f"claims: {name} needs {needed}, not all among experiments; add them there or take {name} out")
        found[name] = {"roles": roles, "absent": absent}
    return found
