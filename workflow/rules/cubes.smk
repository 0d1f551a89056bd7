# members, kernels -> cube -> summary


rule cube:
    """The raw cube of an experiment: every member, absent cells flagged."""
    input:
        members=job_files("members", ".nc"),
        kernels=kernel_files,
    output:
        f"{RESULTS}/cubes/{{experiment}}.nc",
    log:
        f"{LOG}/cube/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/cube/{{experiment}}.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: 60 * attempt,
        gpu=0,
    params:
        spec=lambda wc: configuration.cube_spec(RUN, wc.experiment),
    # thousands of paths do not fit an argument list: they go through standard input (printf is a builtin)
    shell:
        "printf '%s\\n' {input.members:q} {input.kernels:q} | "
        "python -m crossover cube --spec {params.spec:q} --output {output:q} &> {log:q}"


rule summary:
    """The summary cube of an experiment: observables over seeds, with intervals."""
    input:
        f"{RESULTS}/cubes/{{experiment}}.nc",
    output:
        f"{RESULTS}/summary/{{experiment}}.nc",
    log:
        f"{LOG}/summary/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/summary/{{experiment}}.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: 60 * attempt,
        gpu=0,
    params:
        spec=lambda wc: configuration.summary_spec(RUN, wc.experiment),
    shell:
        "python -m crossover summary --spec {params.spec:q} --raw {input:q} --output {output:q} &> {log:q}"


rule losses:
    """The losses of Figure 1."""
    output:
        f"{RESULTS}/summary/losses.nc",
    log:
        f"{LOG}/losses.log",
    benchmark:
        f"{BENCHMARK}/losses.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        spec=configuration.losses_spec(RUN),
    shell:
        "python -m crossover losses --spec {params.spec:q} --output {output:q} &> {log:q}"


rule theory:
    """The numbers of a figure of the depth paper, from analytic kernels."""
    output:
        f"{RESULTS}/summary/{{theory}}.nc",
    log:
        f"{LOG}/theory/{{theory}}.log",
    benchmark:
        f"{BENCHMARK}/theory/{{theory}}.tsv"
    wildcard_constraints:
        theory="|".join(RUN["theory"]),
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    params:
        spec=lambda wc: configuration.theory_spec(RUN, wc.theory),
    shell:
        "python -m crossover theory {wildcards.theory:q} --spec {params.spec:q} --output {output:q} &> {log:q}"


ruleorder: theory > losses > summary


rule cubes:
    """All cubes of the run."""
    input:
        expand(f"{RESULTS}/{{kind}}/{{experiment}}.nc", kind=["cubes", "summary"], experiment=EXPERIMENTS),
