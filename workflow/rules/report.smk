# cubes -> explorer


rule explorer:
    """The page in which every cube of the run can be looked at: estimates, intervals, the members behind a point."""
    input:
        [f"{RESULTS}/{kind}/{name}.nc" for name in WANTED["experiments"] if name in EXPERIMENTS for kind in ("cubes", "summary")],
    output:
        report(
            f"{RESULTS}/explorer.html",
            caption="../report/explorer.rst",
            category="Explorer",
            labels={"page": "estimates and members"},
        ),
    log:
        f"{LOG}/explorer.log",
    benchmark:
        f"{BENCHMARK}/explorer.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=configuration.code_digest("explorer"),
    shell:
        "python -m crossover explorer --output {output:q} {input:q} &> {log:q}"
