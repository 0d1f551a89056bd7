"""Lazy and feature training of neural networks: from official images to a report card. Start with README.md."""

from snakemake.utils import min_version

min_version("9.27")  # a function as priority


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/kernels.smk"
include: "workflow/rules/cubes.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/plan.smk"


rule all:
    default_target: True
    input:
        rules.cubes.input,
        figure_files(WANTED["figures"]) + table_files(WANTED["tables"]),
        rules.report_card.output,
        [rules.explorer.output, rules.plan_page.output] if EXPERIMENTS.keys() & set(WANTED["experiments"]) else [],


onsuccess:
    tell_report_card()
