"""The commands that the rules call for what no experiment's cube holds: initialisation, a Gram matrix, a pair of experiments."""

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
