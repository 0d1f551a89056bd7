# results -> comparison with a baseline


rule compare:
    """What differs from the baseline. Ends well whatever it finds, since outputs of a job that fails are removed."""
    input:
        baseline=baseline_files,
        summaries=[summary_file(experiment) for experiment in [*EXPERIMENTS, "losses"]],
        claims=f"{RESULTS}/claims.json",
    output:
        json=f"{RESULTS}/diff.json",
        html=f"{RESULTS}/diff.html",
        text=f"{RESULTS}/diff.txt",
    log:
        f"{LOG}/compare.log",
    benchmark:
        f"{BENCHMARK}/compare.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    params:
        code=configuration.code_digest("diff"),
        baseline=str(BASELINE),
        results=lambda wc, output: str(Path(output.json).parent),
        options=baseline_options(),
    shell:
        "python -m crossover diff {params.baseline:q} {params.results:q} {params.options:q} "
        "--json {output.json:q} --html {output.html:q} > {output.text:q} 2> {log:q} || [ $? -le 3 ]"


rule diff:
    """Did a change move the science? Shows the comparison; fails when it found a difference (2) or nothing to compare (3)."""
    input:
        json=f"{RESULTS}/diff.json",
        text=f"{RESULTS}/diff.txt",
    log:
        f"{LOG}/diff.log",
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=100,
        runtime=10,
        gpu=0,
    shell:
        "tee {log:q} < {input.text:q}; grep -q '^  \"exit_code\": [01],$' {input.json:q}"
