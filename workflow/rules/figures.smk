# summary -> figures


rule figure:
    """One figure from summary cubes, as PDF and PNG."""
    input:
        lambda wc: [summary_file(experiment) for _, experiment in figure_roles(wc.figure)],
    output:
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category=lambda wc: section_of("figures", wc.figure),
            labels={"figure": "{figure}", "format": "PNG"},
        ),
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
    log:
        f"{LOG}/figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARK}/figure/{{figure}}.tsv"
    wildcard_constraints:
        figure=one_of(RUN["figures"]),
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


rule table:
    """One table from summary cubes, as HTML and CSV."""
    input:
        lambda wc: [summary_file(name) for name in RUN["tables"][wc.table]["roles"].values()],
    output:
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../report/figure.rst",
            category=lambda wc: section_of("tables", wc.table),
            labels={"figure": "{table}", "format": "HTML"},
        ),
        csv=f"{RESULTS}/tables/{{table}}.csv",
    log:
        f"{LOG}/table/{{table}}.log",
    benchmark:
        f"{BENCHMARK}/table/{{table}}.tsv"
    wildcard_constraints:
        table=one_of(RUN["tables"]),
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
        gpu=0,
    params:
        spec=lambda wc: configuration.table_spec(RUN, wc.table),
        summaries=lambda wc: role_arguments(RUN["tables"][wc.table]["roles"].items()),
    shell:
        "python -m crossover table --spec {params.spec:q} --output {output.html:q} --output {output.csv:q} "
        "{params.summaries:q} &> {log:q}"


rule figures:
    """The figures and tables of the run."""
    input:
        lambda wc: figure_files(WANTED["figures"]) + table_files(WANTED["tables"]),


rule all_figures:
    """Every figure and table of the article."""
    input:
        lambda wc: figures_and_tables("article"),


rule depth:
    """Every figure and table of the depth paper."""
    input:
        lambda wc: figures_and_tables("depth"),


rule regimes:
    """Every figure on the lazy and the feature regime."""
    input:
        lambda wc: figures_and_tables("regimes"),


for name in RUN["figures"]:

    rule:
        name:
            name
        input:
            expand(f"{RESULTS}/figures/{name}.{{ending}}", ending=["png", "pdf"]),


for name in RUN["tables"]:

    rule:
        name:
            name
        input:
            expand(f"{RESULTS}/tables/{name}.{{ending}}", ending=["html", "csv"]),
