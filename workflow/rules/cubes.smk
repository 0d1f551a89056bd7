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
    """The numbers of an item of the depth paper or on the regimes: of analytic kernels, of networks beside them."""
    input:
        unpack(lambda wc: theory_files(wc.theory)),
    output:
        f"{RESULTS}/summary/{{theory}}.nc",
    log:
        f"{LOG}/theory/{{theory}}.log",
    benchmark:
        f"{BENCHMARK}/theory/{{theory}}.tsv"
    wildcard_constraints:
        theory=one_of(RUN["theory"]),
    priority: theory_priority
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=theory_mem_mb,
        runtime=lambda wildcards, attempt: attempt * (1440 if trains_networks(wildcards) else 60),
        gpu=lambda wildcards: GPU if trains_networks(wildcards) else 0,
    params:
        spec=lambda wc: configuration.theory_spec(RUN, wc.theory),
        files=lambda wc: theory_options(wc.theory),
    shell:
        "python -m crossover theory {wildcards.theory:q} --spec {params.spec:q} --output {output:q} --threads {threads} "
        "{params.files:q} &> {log:q}"


rule initial:
    """What is measured at w0: speed of the preactivations, gradients."""
    input:
        data=lambda wc: named_dataset(RUN["initial"][wc.initial]),
    output:
        f"{RESULTS}/summary/{{initial}}.nc",
    log:
        f"{LOG}/initial/{{initial}}.log",
    benchmark:
        f"{BENCHMARK}/initial/{{initial}}.tsv"
    wildcard_constraints:
        initial=one_of(RUN["initial"]),
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: 240 * attempt,
        gpu=GPU,
    params:
        spec=lambda wc: configuration.initial_spec(RUN, wc.initial),
    shell:
        "python -m crossover initial --spec {params.spec:q} --data {input.data:q} --output {output:q} "
        "--threads {threads} &> {log:q}"


rule gram:
    """The tangent kernel of one member at w0 and at the end, point by point."""
    input:
        data=lambda wc: named_dataset(EXPERIMENTS[RUN["grams"][wc.gram]["experiment"]]),
        weights=lambda wc: f"{RESULTS}/weights/{configuration.gram_job(RUN, wc.gram).name}.safetensors",
    output:
        f"{RESULTS}/summary/{{gram}}.nc",
    log:
        f"{LOG}/gram/{{gram}}.log",
    benchmark:
        f"{BENCHMARK}/gram/{{gram}}.tsv"
    wildcard_constraints:
        gram=one_of(RUN["grams"]),
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 8000,
        runtime=lambda wildcards, attempt: 1440 * attempt,
        gpu=GPU,
    params:
        spec=lambda wc: configuration.gram_spec(RUN, wc.gram),
    shell:
        "python -m crossover gram --spec {params.spec:q} --data {input.data:q} --weights {input.weights:q} "
        "--output {output:q} --threads {threads} &> {log:q}"


rule pair:
    """Two experiments compared member by member."""
    input:
        first=lambda wc: f"{RESULTS}/cubes/{RUN['pairs'][wc.pair]['first']}.nc",
        second=lambda wc: f"{RESULTS}/cubes/{RUN['pairs'][wc.pair]['second']}.nc",
    output:
        f"{RESULTS}/summary/{{pair}}.nc",
    log:
        f"{LOG}/pair/{{pair}}.log",
    benchmark:
        f"{BENCHMARK}/pair/{{pair}}.tsv"
    wildcard_constraints:
        pair=one_of(RUN["pairs"]),
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: 30 * attempt,
        gpu=0,
    params:
        spec=lambda wc: configuration.pair_spec(RUN, wc.pair),
    shell:
        "python -m crossover pair --spec {params.spec:q} --first {input.first:q} --second {input.second:q} "
        "--output {output:q} &> {log:q}"


ruleorder: theory > losses > initial > gram > pair > summary


rule cubes:
    """All cubes of the run."""
    input:
        [f"{RESULTS}/cubes/{name}.nc" for name in WANTED["experiments"] if name in EXPERIMENTS],
        [summary_file(name) for name in WANTED["experiments"]],
