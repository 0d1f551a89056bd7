"""The commands that the rules call for what no experiment's cube holds: initialisation, Gram matrices, pairs, other papers."""

import json
from pathlib import Path
from typing import Annotated

import typer

from crossover.cli.common import (
    Device,
    Output,
    Spec,
    Threads,
    device_name,
    file_digest,
    read_arrays,
    read_spec,
    tell_used,
    torch_device,
)

app = typer.Typer()


def _described(spec: dict) -> dict[str, str]:
    """Attributes of a file that is named in the experiments file and made from a data set: what was wanted."""
    configuration = {key: value for key, value in spec.items() if key != "code"}
    return {
        "experiment": spec["name"],
        "preset": spec["preset"],
        "configuration": json.dumps(configuration, sort_keys=True),
    }


@app.command()
def initial(
    spec: Spec,
    data: Annotated[Path, typer.Option(help="The data set.")],
    output: Output,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Measure preactivation speeds and gradients at the initial weights."""
    from crossover import cubes
    from crossover.stages.initial import run

    described, on = read_spec(spec), torch_device(device, threads)
    arrays, attrs = read_arrays(data)
    attributes = cubes.provenance(
        kind="initial",
        title=f"Initialisation: {described['name']}",
        spec=spec,
        made_from=[attrs],
        inputs={"dataset": attrs["data_sha256"]},
        device=device_name(on),
        **_described(described),
    )
    cubes.write(cubes.make("initial", run(described, arrays, device=on), attributes), output)
    tell_used()


@app.command()
def gram(
    spec: Spec,
    data: Annotated[Path, typer.Option(help="The data set.")],
    weights: Annotated[Path, typer.Option(help="The weights of the member's job.")],
    output: Output,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """The tangent kernel of one trained member on the first test patterns, at the initial and the final weights."""
    from crossover import cubes
    from crossover.files import read_weights
    from crossover.stages.gram import run

    described, on = read_spec(spec), torch_device(device, threads)
    arrays, attrs = read_arrays(data)
    member = described["member"]
    attributes = cubes.provenance(
        kind="gram",
        title=f"Tangent kernel of {described['experiment']}, sqrt(h) alpha = {member['sqrt_h_alpha']:g}, seed {member['seed']}",
        spec=spec,
        made_from=[attrs],
        inputs={"dataset": attrs["data_sha256"], "weights": file_digest(weights)},
        device=device_name(on),
        **_described(described),
    )
    measured = run(described, arrays, read_weights(weights)["change"], device=on)
    cubes.write(cubes.make("gram", measured, attributes), output)
    tell_used()


@app.command()
def pair(
    spec: Spec,
    first: Annotated[Path, typer.Option(help="The raw cube of the first experiment.")],
    second: Annotated[Path, typer.Option(help="The raw cube of the second.")],
    output: Output,
) -> None:
    """Compare two experiments with the same members: outputs on the test patterns, and what training cost."""
    from crossover import assembly, cubes, pairs

    described = read_spec(spec)
    with cubes.read(first) as one, cubes.read(second) as other:
        attrs = {"first": dict(one.attrs), "second": dict(other.attrs)}
        for path, each in ((first, one), (second, other)):
            if each.attrs["kind"] != "raw":
                raise ValueError(f"{path}: kind is {each.attrs['kind']}, wanted raw; name the raw cube of an experiment")
        if assembly.dataset_of(one.attrs) != assembly.dataset_of(other.attrs):
            raise ValueError(f"{second}: made from another data set than {first}; name two experiments on the same patterns")
        compared = pairs.compare(one, other)
    inputs = {"dataset": assembly.dataset_of(attrs["first"])} | {side: each["data_sha256"] for side, each in attrs.items()}
    configuration = {side: json.loads(each["configuration"]) for side, each in attrs.items()}
    attributes = cubes.provenance(
        kind="pair",
        title=f"{attrs['first']['experiment']} against {attrs['second']['experiment']}, member by member",
        spec=spec,
        made_from=attrs.values(),
        inputs=inputs,
        experiment=described["name"],
        preset=described["preset"],
        configuration=json.dumps(configuration, sort_keys=True),
    )
    cubes.write(cubes.make("pair", compared, attributes), output)


@app.command()
def theory(
    name: Annotated[str, typer.Argument(help="The item, such as depth_fig2 or regime_width.")],
    spec: Spec,
    output: Output,
    data: Annotated[Path | None, typer.Option(help="The data set, of an item that has one.")] = None,
    text: Annotated[Path | None, typer.Option(help="The file of its text.")] = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """The numbers of an item of the depth paper or on the regimes: of analytic kernels, of networks beside them."""
    from importlib import import_module

    from crossover import cubes, schema

    if name not in schema.THEORY:
        raise ValueError(f"name is {name!r}: no such item; there are {', '.join(schema.THEORY)}")
    described, run = read_spec(spec), import_module(f"crossover.stages.{name}").run
    about = {"kind": name, "title": f"Numbers of {name}", "spec": spec}
    if text:
        arrays = run(described, _tokens(described, text), device=torch_device(device, threads))
        about["inputs"] = {text.name: file_digest(text)}
    elif data:
        images, attrs = read_arrays(data)
        arrays = run(described, images, **({"device": torch_device(device, threads)} if name in schema.REGIMES else {}))
        about |= {"inputs": {"dataset": attrs["data_sha256"]}, "stand_in_for": attrs["stand_in_for"]}
    else:
        arrays = run(described)
    cubes.write(cubes.make(name, arrays, cubes.provenance(**about)), output)
    tell_used()


def _tokens(described: dict, path: Path):
    """The words of a text file, checked by its hash, as numbers."""
    from crossover.datasets.fetch import mismatch
    from crossover.datasets.words import read, tokens

    hashes = described["files"][path.name]
    if problem := mismatch(path, hashes):
        raise ValueError(f"{problem}; remove the file and fetch it again")
    return tokens(read(path, hashes.get("members", ())), vocabulary=described["vocabulary"], length=described["length"])[0]
