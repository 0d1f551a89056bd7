# What a run will take, and what it took


rule plan:
    """Members, jobs, hours, memory and disk of this run, before it is run (docs/plan.md)."""
    log:
        f"{LOG}/plan.log",
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    params:
        root=str(PROJECT),
    shell:
        "python -m crossover plan --root {params.root:q} 2>&1 | tee {log:q}"


rule plan_page:
    """What the jobs took beside what was planned, from their logs and benchmark files."""
    input:
        [summary_file(name) for name in WANTED["experiments"]],
    output:
        report(
            f"{RESULTS}/plan.html",
            caption="../report/plan.rst",
            category="Plan",
            labels={"page": "planned and taken"},
        ),
    log:
        f"{LOG}/plan_page.log",
    benchmark:
        f"{BENCHMARK}/plan_page.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    params:
        code=configuration.code_digest("plan.measured"),
        results=lambda wc, output: str(Path(output[0]).parent),
        root=str(PROJECT),
    shell:
        "python -m crossover compare-plan {params.results:q} --root {params.root:q} --html {output:q} &> {log:q}"
