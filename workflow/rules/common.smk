# What the rules share: the validated run, names of files, resources. Imports no torch and no xarray: each job parses this.

import json
import math
import os
import shlex
import shutil
import sys
from pathlib import Path

PROJECT = Path(workflow.basedir)
sys.path.insert(0, str(PROJECT / "workflow"))

from crossover import config as configuration
from crossover import grid, items, memory, sources
from crossover.plan.jobs import Planner
from snakemake.exceptions import WorkflowError

# `python` in a rule is the one that runs Snakemake (a conda environment comes before it), and finds the package of this checkout.
os.environ.update(PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
try:
    RUN = configuration.load(config, PROJECT)
except configuration.ConfigError as error:
    raise WorkflowError(f"configuration: {error}")

# Not parameters, so that another device or place of the data reruns nothing: no result depends on them beyond rounding.
ENVIRONMENT = {
    "PYTHONPATH": str(PROJECT / "workflow"),
    "CROSSOVER_DEVICE": RUN["device"],
    "CROSSOVER_SCRATCH": f"results/{RUN['run']}/scratch",  # undeclared: a rerun finds the checkpoints of a job that was killed
    "CROSSOVER_MEMORY_GB": str(RUN["memory_gb"]),
    "CROSSOVER_CHECKPOINT_SECONDS": str(RUN["checkpoint_seconds"]),
    "CROSSOVER_SOURCES": str(PROJECT / RUN["sources_file"]),
    "CROSSOVER_HTTP": str(int(RUN["data"]["http"])),
    "CROSSOVER_LOCAL": os.pathsep.join(RUN["data"]["local"]),
    "CROSSOVER_CONFIGURATION": json.dumps(config, sort_keys=True),  # what the plan is made from
}
EXPORT = "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in ENVIRONMENT.items()) + "; "
shell.prefix(EXPORT.replace("{", "{{").replace("}", "}}"))  # it is formatted, as a command is

RESULTS = f"results/{RUN['run']}"
EXPERIMENTS = RUN["experiments"]
WANTED = RUN["wanted"]
JOBS = {name: grid.jobs(name, experiment) for name, experiment in EXPERIMENTS.items()}
JOB_OF_NAME = {job.name: job for jobs in JOBS.values() for job in jobs}
PLANNER = Planner.of(RUN, PROJECT)
PLAN_MARGIN = 3  # the plan is mostly within a factor of 2 (docs/plan.md)
DATA_PRIORITY = 100  # before all that trains, or the longest jobs could wait for a small data set
TOLD = []  # lines about what is not drawn
LOG = f"{RESULTS}/logs"
BENCHMARK = f"{RESULTS}/benchmarks"
DATA = str(Path(RUN["data"]["folder"]))
GRID_HINT = f"it is not in the grid of {RUN['experiments_file']} at preset {RUN['preset']}"
POINT = "{experiment}/L{L}_h{h}_a{a}"
JOB = "{experiment}/L{L}_h{h}_a{block}/s{first}-{last}"
BASELINE = PROJECT / RUN["baseline"]["folder"]
CONDA = str(PROJECT / "envs" / "crossover.yaml")
config["report_card"] = str(Path(f"{RESULTS}/report_card.html").absolute())  # read by workflow/report/workflow.rst
# Read by workflow/report/figure.rst; no parameters, so that a caption draws nothing again.
config["captions"] = configuration.captions(RUN, PROJECT / "workflow" / "report" / "captions.yaml")
# Jobs ask for the GPU where there is one; without CUDA none asks, or the jobs would run one by one.
GPU = int(RUN["device"] == "cuda" or (RUN["device"] == "auto" and shutil.which("nvidia-smi") is not None))


wildcard_constraints:
    **grid.WILDCARDS,


# On a cluster these run on the submit host: seconds each, from summaries. `fetch` says so itself.
localrules:
    losses,
    point,
    figure,
    table,
    claims,
    report_card,
    explorer,
    plan,
    plan_page,
    compare,
    diff,


def job_of(wildcards):
    """The job that a path names; one line when the grid has no such job."""
    name = JOB.format(**dict(wildcards.items()))
    if name not in JOB_OF_NAME:
        raise WorkflowError(f"no job {name}: {GRID_HINT}")
    return JOB_OF_NAME[name]


def named_dataset(described):
    """The file of the data set that something declared names."""
    return f"{RESULTS}/datasets/{described['dataset']}_n{described['n']}_t{described['n_test']}.nc"


def dataset_file(wildcards):
    """The data set of an experiment."""
    return named_dataset(EXPERIMENTS[wildcards.experiment])


def source_files(wildcards):
    """The files of a data set's source."""
    return files_of_source(RUN["datasets"][wildcards.dataset]["source"])


def files_of_source(name):
    """The files of a source: in the repository, or fetched; none where a package carries the images."""
    described = RUN["sources"][name]
    if "package" in described:
        return []
    if "resource" in described:
        folder = PROJECT / "workflow" / "resources" / described["resource"]
    else:
        folder = Path(DATA) / name
    return [str(folder / file) for file in described["files"]]


def one_of(names):
    """A regular expression of some names, of none where there are none."""
    return "|".join(names) or "(?!)"


def members_of_seed(wildcards):
    """The file of the job that trains one seed."""
    name = POINT.format(**{key: value for key, value in wildcards.items() if key != "seed"})
    for job in JOBS.get(wildcards.experiment, []):
        points = [grid.point_name(grid.Point(job.L, job.h, a)) for a in job.sqrt_h_alpha]
        if name.split("/")[1] in points and job.first <= int(wildcards.seed) <= job.last:
            return f"{RESULTS}/members/{job.name}.nc"
    raise WorkflowError(f"no member {name}/seed{wildcards.seed}: {GRID_HINT}")


def figure_roles(figure):
    """Pairs of a role and a name; Figure 1 shows the losses alone."""
    cast = RUN["figures"][figure]
    if cast["absent"] and not cast["roles"]:
        raise WorkflowError(f"{figure}: {next(iter(cast['absent'].values()))}")
    return list(cast["roles"].items()) or [("losses", "losses")]


def theory_files(name):
    """What the numbers of an item of another paper are made from, by the option that names it: a data set, a text, or nothing."""
    described = RUN["theory"][name]
    if "dataset" in described:
        return {"data": named_dataset(described)}
    return {"text": files_of_source(described["text"])} if "text" in described else {}


def trains_networks(wildcards):
    """Whether an item of another paper trains networks with torch, which takes a GPU where there is one."""
    return bool({"text", "parameterizations"} & RUN["theory"][wildcards.theory].keys())


def theory_mem_mb(wildcards, attempt):
    """What stays of 2 GB for kernels of some thousand points; the widest networks: of words, drawn in float64, or of seeds."""
    described = RUN["theory"][wildcards.theory]
    widest = max(described.get("widths", [described.get("width", 0)]))
    drawn = widest * max(widest, described["vocabulary"]) * 13 if "text" in described else 0
    # weights, changes, gradients in float32, and what a batched product copies; the learning rates of lr_transfer are members
    members = max(described["seeds"], 20) if "parameterizations" in described else 0
    return int(attempt * (2000 + (drawn + members * widest * (widest + 1000) * 40) / 1e6))


def theory_options(name):
    """The options of its command that name them."""
    return [
        f"--{option}={path}"
        for option, paths in theory_files(name).items()
        for path in ([paths] if isinstance(paths, str) else paths)
    ]


def drawable(kind, names):
    """The figures or tables with a role that is filled; a line says who is missing, once, when they are asked for."""
    kept = [name for name in names if RUN[kind][name]["roles"] or not RUN[kind][name]["absent"]]
    for name in names:
        for role, reason in RUN[kind][name]["absent"].items():
            line = f"{name}: {f'without {role}' if name in kept else 'skipped'}: {reason}"
            if line not in TOLD:
                TOLD.append(line)
                print(line, file=sys.stderr)
    return kept


def figure_files(names):
    """PNG and PDF of figures."""
    return [f"{RESULTS}/figures/{name}.{ending}" for name in drawable("figures", names) for ending in ("png", "pdf")]


def table_files(names):
    """HTML and CSV of tables."""
    return [f"{RESULTS}/tables/{name}.{ending}" for name in drawable("tables", names) for ending in ("html", "csv")]


def figures_and_tables(paper):
    """Files of all figures and tables of a paper."""
    figures, tables = ([name for name in RUN[kind] if items.paper(kind, name) == paper] for kind in ("figures", "tables"))
    return figure_files(figures) + table_files(tables)


def section_of(kind, name):
    """Where a figure or a table stands in the report."""
    return items.SECTIONS[getattr(items, kind.upper())[name].section]


def job_files(folder, ending):
    """Input function: the files of all jobs of an experiment."""
    return lambda wildcards: [f"{RESULTS}/{folder}/{job.name}{ending}" for job in JOBS[wildcards.experiment]]


def kernel_files(wildcards):
    """The files of all kernel jobs of an experiment; none where it wants no kernels."""
    return job_files("kernels", ".nc")(wildcards) if EXPERIMENTS[wildcards.experiment]["kernel_points"] else []


def summary_file(experiment):
    return f"{RESULTS}/summary/{experiment}.nc"


def role_arguments(pairs):
    """role=path arguments of a command from pairs of a role and an experiment."""
    return [f"{role}={summary_file(experiment)}" for role, experiment in pairs]


def dimension(experiment):
    """Components of the inputs of an experiment."""
    dataset = RUN["datasets"][EXPERIMENTS[experiment]["dataset"]]
    return sources.dimension(dataset, RUN["sources"][dataset["source"]])


def dataset_mem_mb(wildcards, attempt):
    """Interpreter; the images as bytes, twice, the pool in float64, and the patterns in float32, twice."""
    source = RUN["sources"][RUN["datasets"][wildcards.dataset]["source"]]
    components = sum(source["class_counts"]) * math.prod(source["image_shape"])
    return int(attempt * (500 + components * (2 + 8 + 2 * 4) / 1e6))


def baseline_files(wildcards):
    """What the baseline holds; one line when there is none."""
    found = sorted(str(path) for path in BASELINE.rglob("*") if path.suffix in (".nc", ".json"))
    if not found:
        raise WorkflowError(
            f"baseline.folder = {RUN['baseline']['folder']!r}: no such baseline; keep one with "
            f"crossover baseline {RESULTS} {RUN['baseline']['folder']}, or name another"
        )
    return found


def baseline_options():
    """Options of the comparison with the baseline."""
    described = RUN["baseline"]
    tolerances = [f"--tolerance={name}={absolute},{relative}" for name, (absolute, relative) in described["tolerances"].items()]
    return tolerances + ["--common"] * described["common"]


def network_size(wildcards):
    """Size of the network of a job."""
    spec = json.loads(configuration.train_spec(RUN, job_of(wildcards)))
    shape = {"h": spec["h"], "L": spec["L"], "image_shape": spec.get("image_shape")}
    return memory.Size.of(spec["network"], d=dimension(wildcards.experiment), **shape)


def train_mem_mb(wildcards, attempt):
    """What the job plans for the members that fit in memory_gb; more when tried again."""
    described, size = EXPERIMENTS[wildcards.experiment], network_size(wildcards)
    spec = json.loads(configuration.train_spec(RUN, job_of(wildcards)))
    more = {name: spec[name] for name in ("dtype", "output_points", "patterns_at_once")}
    n, n_test, members = described["n"], described["n_test"], job_of(wildcards).members
    each = memory.member_gb(size, n=n, flow=described["flow"]["name"], **more)
    shared = memory.shared_gb(size, n=n, n_test=n_test, members=members)
    at_once = memory.members_at_once(members, each=each, shared=shared, limit=RUN["memory_gb"])
    return int(attempt * 1000 * (memory.BASE_GB + shared + at_once * each))


def kernels_mem_mb(wildcards, attempt):
    """What the stage holds at once; more when tried again."""
    described = {name: EXPERIMENTS[wildcards.experiment][name] for name in ("n", "n_test", "kernel_points")}
    members = job_of(wildcards).members
    return int(attempt * 1000 * memory.kernels_gb(network_size(wildcards), **described, members=members))


def planned_minutes(estimate):
    """Minutes of a job: `PLAN_MARGIN` times its plan, and ten to wait for the file system."""
    return math.ceil(PLAN_MARGIN * estimate.seconds / 60) + 10


def train_runtime(wildcards, attempt):
    """As planned, at most the limit of the flows of a job; more when tried again, from the last checkpoint."""
    limit = EXPERIMENTS[wildcards.experiment]["limits"]["seconds"] / 60 + 10
    return int(attempt * min(limit, planned_minutes(PLANNER.train(job_of(wildcards)))))


def kernels_runtime(wildcards, attempt):
    """As planned; more when tried again."""
    return attempt * planned_minutes(PLANNER.kernels(job_of(wildcards)))


def train_priority(wildcards):
    """Jobs that take longest start first, so that no core waits for the last of them: a step for each factor of 2."""
    return round(math.log2(PLANNER.train(job_of(wildcards)).seconds))


def theory_priority(wildcards):
    """Items that train networks are the longest of their papers."""
    return int("widths" in RUN["theory"][wildcards.theory])


def tell_report_card():
    """At the end of a run that made it: the report card, and how to make the report."""
    card = Path(f"{RESULTS}/report_card.txt")
    if card.is_file():
        print(card.read_text(encoding="utf-8"))
        print(f"Results are in {RESULTS}. The report: snakemake --report {RESULTS}/report.html")
