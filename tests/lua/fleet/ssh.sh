#!/bin/bash
# Runs commands in a folder with an ssh server on the loopback interface, at which host1 and host2
# are this machine:
#
#   ssh.sh FOLDER COMMANDS
#
# Wants root: the server runs in namespaces of its own, with its files and the home folder of
# who logs in there in memory, and is gone with them. Keys are made for the run.
set -eu
unset LD_PRELOAD # libasan is for the program, which has it linked

if [ "${1-}" != --inside ]; then
  exec unshare --mount --pid --net --fork --kill-child --mount-proc "$0" --inside "$@"
fi
folder=$2 commands=$3 at=/run/one
home=$(getent passwd "$(id -u)" | cut -d: -f6)
server=$(command -v sshd || echo /usr/sbin/sshd)

ip link set lo up # of a network of its own: port 22 is free
mount -t tmpfs none /run
mkdir -p /run/sshd "$at/bin" "$at/home"
mount --bind "$at/home" "$home"
for key in host user; do
  ssh-keygen -q -t ed25519 -N '' -f "$at/$key"
done

cat >"$at/sshd_config" <<END
ListenAddress 127.0.0.1
HostKey $at/host
AuthorizedKeysFile $at/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
SetEnv PATH=$folder/bin:$PATH
END
cat >"$at/ssh_config" <<END
Host host1 host2
  HostName 127.0.0.1
  IdentityFile $at/user
  UserKnownHostsFile $at/known
  StrictHostKeyChecking accept-new
  LogLevel ERROR
END
"$server" -f "$at/sshd_config" -E "$at/log"

# Whoever calls ssh gets there with these.
printf '#!/bin/sh\nexec %s -F %s/ssh_config "$@"\n' "$(command -v ssh)" "$at" >"$at/bin/ssh"
chmod +x "$at/bin/ssh"

cd "$folder"
status=0
PATH="$at/bin:$folder/bin:$PATH" bash "$commands" || status=$?
[ "$status" = 0 ] || tail -n 5 "$at/log" >&2
exit "$status"
