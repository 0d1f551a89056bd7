# summary -> claims -> report card

CLAIMED = sorted({name for claim in RUN["claims"].values() for name in claim["roles"].values()})


rule claims:
    """Every claim judged, with its error bar."""
    input:
        [summary_file(name) for name in CLAIMED],
    output:
        f"{RESULTS}/claims.json",
    log:
        f"{LOG}/claims.log",
    benchmark:
        f"{BENCHMARK}/claims.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    params:
        spec=configuration.claims_spec(RUN),
        summaries=role_arguments([(name, name) for name in CLAIMED]),
    shell:
        "python -m crossover claims --spec {params.spec:q} --output {output:q} {params.summaries:q} &> {log:q}"


rule report_card:
    """The verdicts as a table: text for the terminal, HTML for the first page of the report."""
    input:
        f"{RESULTS}/claims.json",
    output:
        text=f"{RESULTS}/report_card.txt",
        html=f"{RESULTS}/report_card.html",
    log:
        f"{LOG}/report_card.log",
    benchmark:
        f"{BENCHMARK}/report_card.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        code=configuration.code_digest("report"),
    shell:
        "python -m crossover report-card {input:q} --html {output.html:q} --text {output.text:q} &> {log:q}"
