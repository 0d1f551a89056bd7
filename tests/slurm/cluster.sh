#!/usr/bin/env bash
# A real SLURM of one node on the loopback device, without systemd: what `make test-slurm` runs the tests on.
#   cluster.sh start   install what is missing (Debian, as root), start munged, slurmctld and slurmd, wait for the node
#   cluster.sh stop    cancel all jobs, stop the daemons
# CPUS, MEMORY_MB and GPUS are what the node pretends to have: a GPU is a device file that every machine has.
set -euo pipefail

STATE=${SLURM_TEST_STATE:-/var/tmp/crossover-slurm}
CPUS=${CPUS:-4}
GPUS=${GPUS:-2}
MEMORY_MB=${MEMORY_MB:-$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)}
DEVICES=(/dev/null /dev/zero /dev/full /dev/random) # a count without a device file, or a plain file, is refused
PACKAGES=(slurmctld slurmd slurm-client munge)
PATH=$PATH:/usr/sbin:/sbin

say() { echo "[slurm] $*" >&2; }

refuse() { say "$*"; exit 1; }

# alive NAME: whether the daemon whose pid the state folder names runs (a zombie does not)
alive() {
    local pid
    pid=$(cat "$STATE/$1.pid" 2> /dev/null) && grep -q "^[0-9]* ($1) [^ZX] " "/proc/$pid/stat" 2> /dev/null
}

# until_ok SECONDS COMMAND...: repeat the command until it succeeds
until_ok() {
    local end=$((SECONDS + $1))
    shift
    until timeout 5 "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

installed() { for name in slurmctld slurmd sbatch munged; do command -v $name > /dev/null || return 1; done; }

require() {
    installed && [ "$(id -u)" = 0 ] && return
    [ "$(id -u)" = 0 ] || refuse "must be root to start SLURM"
    command -v apt-get > /dev/null || refuse "slurmctld, slurmd, slurm-client and munge are missing, and there is no apt-get to install them"
    say "installing ${PACKAGES[*]}"
    apt-get -o DPkg::Lock::Timeout=120 update -qq
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "${PACKAGES[@]}" \
        > "$STATE/apt.log" 2>&1 || { tail -20 "$STATE/apt.log" >&2; refuse "apt-get could not install ${PACKAGES[*]}"; }
}

configure() {
    local host addresses=""
    host=$(hostname -s)
    # listens on the loopback device alone; fatal to SLURM where the host name has no address
    getent hosts "$host" > /dev/null && addresses="CommunicationParameters=NoCtldInAddrAny,NoInAddrAny"
    cat > "$STATE/slurm.conf" << CONF
ClusterName=crossover
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$STATE/munge.socket
CredType=cred/munge
$addresses
StateSaveLocation=$STATE/slurmctld
SlurmdSpoolDir=$STATE/slurmd
SlurmctldPidFile=$STATE/slurmctld.pid
SlurmdPidFile=$STATE/slurmd.pid
SlurmctldLogFile=$STATE/slurmctld.log
SlurmdLogFile=$STATE/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=bf_interval=5,sched_interval=5,batch_sched_delay=0
SlurmdParameters=config_overrides
# squeue shows a job that has ended for so long: the executor wants 3 times its first poll
MinJobAge=3600
KillWait=5
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
# without cgroups it is this that kills a job over its memory
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$CPUS RealMemory=$MEMORY_MB Gres=gpu:$GPUS State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=1-0 DefaultTime=10 DefMemPerCPU=512 State=UP
CONF
    printf 'Name=gpu File=%s\n' "${DEVICES[@]:0:$GPUS}" > "$STATE/gres.conf"
    # The executor clears the environment of its job steps, SLURM_CONF too: the files must be where SLURM looks.
    mkdir -p /etc/slurm
    for file in slurm.conf gres.conf; do
        [ ! -e "/etc/slurm/$file" ] || [ "$(readlink "/etc/slurm/$file")" = "$STATE/$file" ] \
            || refuse "/etc/slurm/$file is not of these tests: this machine has a SLURM of its own"
        ln -sfn "$STATE/$file" "/etc/slurm/$file"
    done
}

start() {
    mkdir -p "$STATE" && chmod 0755 "$STATE"
    require
    alive slurmctld || rm -rf "$STATE/slurmctld" "$STATE/slurmd" # no job of an earlier cluster comes back
    mkdir -p "$STATE/slurmctld" "$STATE/slurmd"
    configure
    [ -s "$STATE/munge.key" ] || (umask 077 && head -c 128 /dev/urandom > "$STATE/munge.key")
    alive munged || munged --key-file="$STATE/munge.key" --socket="$STATE/munge.socket" --pid-file="$STATE/munged.pid" \
        --seed-file="$STATE/munged.seed" --log-file="$STATE/munged.log"
    alive slurmctld || slurmctld
    until_ok 30 bash -c "scontrol ping | grep -q 'is UP'" || refuse "slurmctld does not answer: $STATE/slurmctld.log"
    alive slurmd || slurmd
    until_ok 30 bash -c "sinfo -h -o %T | grep -qE '^(idle|mixed|allocated)$'" \
        || { tail -20 "$STATE"/slurm*.log >&2; refuse "the node never became idle"; }
    say "ready: $(sinfo -h -o '%N, %c CPUs, %m MB, %G')"
}

stop() {
    if alive slurmctld; then
        timeout 5 squeue -h -o %A | xargs -r timeout 5 scancel --full || true
        until_ok 20 bash -c '[ -z "$(squeue -h)" ]' || say "jobs are left"
    fi
    for name in slurmd slurmctld munged; do
        alive $name || continue
        kill "$(cat "$STATE/$name.pid")"
        for _ in $(seq 100); do alive $name || break; sleep 0.1; done
        alive $name && kill -9 "$(cat "$STATE/$name.pid")"
    done
    # with a slurm.conf and no slurmctld, Snakemake with its SLURM plugin would wait 10 s at each start
    for file in slurm.conf gres.conf; do
        if [ "$(readlink "/etc/slurm/$file")" = "$STATE/$file" ]; then rm -f "/etc/slurm/$file"; fi
    done
}

case "${1:-}" in
    start) start ;;
    stop) stop ;;
    *) refuse "usage: $0 start|stop" ;;
esac
