#!/bin/bash
# Runs commands in a folder with a Slurm of one node around them, and waits for its jobs:
#
#   slurm.sh FOLDER COMMANDS
#
# Wants root: munge, slurmctld and slurmd run in namespaces of their own, with their files in
# memory, and are gone with them. SLURM_ROOT: where Debian's packages slurmctld, slurmd,
# slurm-client and munge were unpacked, if they are not installed.
set -eu
unset LD_PRELOAD # libasan is for the program, which has it linked

if [ "${1-}" != --inside ]; then
  exec unshare --mount --pid --fork --mount-proc "$0" --inside "$@"
fi
folder=$2 commands=$3 host=$(hostname -s) at=/run/one

mount -t tmpfs none /run
mkdir -p /run/munge "$at/state" "$at/spool"
if [ -n "${SLURM_ROOT-}" ]; then
  for name in slurmctld slurmd slurmstepd; do # Debian's alternatives
    ln -sf "$name-wlm" "$SLURM_ROOT/usr/sbin/$name"
  done
  mount -t overlay overlay -o "lowerdir=$SLURM_ROOT/usr:/usr" /usr
  export LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/slurm-wlm
fi

(umask 077 && head -c 1024 /dev/urandom >"$at/munge.key")
munged --force --key-file="$at/munge.key" --socket=/run/munge/munge.socket.2 \
  --log-file="$at/munged.log" --pid-file="$at/munged.pid" --seed-file="$at/munged.seed"

cat >"$at/slurm.conf" <<END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=/run/munge/munge.socket.2
StateSaveLocation=$at/state
SlurmdSpoolDir=$at/spool
SlurmctldPidFile=$at/slurmctld.pid
SlurmdPidFile=$at/slurmd.pid
SlurmctldLogFile=$at/slurmctld.log
SlurmdLogFile=$at/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
END
export SLURM_CONF=$at/slurm.conf
slurmctld
slurmd

cd "$folder"
for _ in $(seq 30); do
  sinfo -h -o %T | grep -q idle && break
  sleep 1
done
PATH="$folder/bin:$PATH" bash "$commands"
for _ in $(seq 120); do
  [ -z "$(squeue -h)" ] && exit 0
  sleep 1
done
squeue >&2
tail -n 5 "$at/slurmctld.log" "$at/slurmd.log" >&2
exit 1
