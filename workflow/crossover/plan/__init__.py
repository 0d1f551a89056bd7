"""What a run will take, before it runs: work of its members, seconds on a device, memory, disk. Standard library only.

Modules: `flops` (of one evaluation, one kernel), `work` (how many of them a member takes: fitted to measured runs), `device`
(seconds of a job from its work and measured rates), `jobs` (the jobs of a run), `run` (its sums), `measured` (what it took).
"""
