# members -> kernels


rule kernels:
    """Tangent kernels at w0 and at the end, and training with each of them frozen."""
    input:
        data=dataset_file,
        weights=f"{RESULTS}/weights/{JOB}.safetensors",
    output:
        f"{RESULTS}/kernels/{JOB}.nc",
    log:
        f"{LOG}/kernels/{JOB}.log",
    benchmark:
        f"{BENCHMARK}/kernels/{JOB}.tsv"
    conda:
        CONDA
    threads: 1
    resources:
        mem_mb=kernels_mem_mb,
        runtime=kernels_runtime,
        gpu=GPU,
    params:
        spec=lambda wc: configuration.kernels_spec(RUN, job_of(wc)),
    shell:
        "python -m crossover kernels --spec {params.spec:q} --data {input.data:q} --weights {input.weights:q} "
        "--output {output:q} --threads {threads} &> {log:q}"
