# summary -> figures


rule figure:
    """One figure from summary cubes, as PDF and PNG."""
    input:
        lambda wc: [summary_file(experiment) for _, experiment in figure_roles(wc.figure)],
    output:
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}", "format": "PNG"},
        ),
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
    log:
        f"{LOG}/figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARK}/figure/{{figure}}.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        spec=lambda wc: configuration.figure_spec(RUN, wc.figure),
        summaries=lambda wc: role_arguments(figure_roles(wc.figure)),
    shell:
        "python -m crossover figure --spec {params.spec:q} --output {output.png:q} --output {output.pdf:q} "
        "{params.summaries:q} &> {log:q}"


rule figures:
    """All figures of the run."""
    input:
        expand(f"{RESULTS}/figures/{{figure}}.{{ending}}", figure=RUN["figures"], ending=["png", "pdf"]),


for name in dict.fromkeys([*RUN["figures"], *RUN["theory"]]):

    rule:
        name:
            name
        input:
            expand(f"{RESULTS}/figures/{name}.{{ending}}", ending=["png", "pdf"]),


rule depth:
    """All figures of the depth paper that analytic kernels make."""
    input:
        expand(f"{RESULTS}/figures/{{figure}}.{{ending}}", figure=RUN["theory"], ending=["png", "pdf"]),
