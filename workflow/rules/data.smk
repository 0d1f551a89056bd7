# fetch -> dataset


rule fetch:
    """One official file, from a local folder or a mirror, by its hash. Local: the nodes of a cluster may have no internet."""
    output:
        f"{DATA}/{{source}}/{{file}}",
    log:
        f"{LOG}/fetch/{{source}}/{{file}}.log",
    benchmark:
        f"{BENCHMARK}/fetch/{{source}}/{{file}}.tsv"
    wildcard_constraints:
        file=r"[^/]+\.(gz|zip|bin)",
    priority: DATA_PRIORITY
    localrule: True
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
        gpu=0,
    params:
        spec=lambda wc: configuration.fetch_spec(RUN, wc.source, wc.file),
    shell:
        "python -m crossover fetch --spec {params.spec:q} --output {output:q} &> {log:q}"


rule dataset:
    """Training and test patterns: balanced, interleaved, normalised."""
    input:
        source_files,
    output:
        f"{RESULTS}/datasets/{{dataset}}_n{{n}}_t{{n_test}}.nc",
    log:
        f"{LOG}/dataset/{{dataset}}_n{{n}}_t{{n_test}}.log",
    benchmark:
        f"{BENCHMARK}/dataset/{{dataset}}_n{{n}}_t{{n_test}}.tsv"
    priority: DATA_PRIORITY
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=dataset_mem_mb,
        runtime=lambda wildcards, attempt: 30 * attempt,
        gpu=0,
    params:
        spec=lambda wc: configuration.dataset_spec(RUN, wc.dataset, int(wc.n), int(wc.n_test)),
    shell:
        "python -m crossover dataset --spec {params.spec:q} --output {output:q} {input:q} &> {log:q}"
