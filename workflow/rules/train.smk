# dataset -> members


rule train:
    """The seeds of one point, or of those of some decades: gradient flow to margin 1."""
    input:
        data=dataset_file,
    output:
        members=f"{RESULTS}/members/{JOB}.nc",
        weights=f"{RESULTS}/weights/{JOB}.safetensors",
    log:
        f"{LOG}/train/{JOB}.log",
    benchmark:
        f"{BENCHMARK}/train/{JOB}.tsv"
    priority: train_priority
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=train_mem_mb,
        runtime=train_runtime,
        gpu=GPU,
    params:
        spec=lambda wc: configuration.train_spec(RUN, job_of(wc)),
    shell:
        "python -m crossover train --spec {params.spec:q} --data {input.data:q} --output {output.members:q} "
        "--weights {output.weights:q} --threads {threads} &> {log:q}"


rule point:
    """One member, cut from the file of its job: results/<run>/points/<experiment>/L3_h20_a1e0/seed0002.nc."""
    input:
        members_of_seed,
    output:
        f"{RESULTS}/points/{POINT}/seed{{seed}}.nc",
    log:
        f"{LOG}/point/{POINT}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARK}/point/{POINT}/seed{{seed}}.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    shell:
        "python -m crossover point --members {input:q} --sqrt-h-alpha {wildcards.a} --seed {wildcards.seed} --output {output:q} &> {log:q}"
