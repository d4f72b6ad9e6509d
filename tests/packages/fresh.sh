# shellcheck shell=bash
# fresh.sh: fresh Debians in folders, for deb and arm64, which source it. As root, as it needs
# chroot. The mirror is the one that this machine's apt asks; DEBIAN_MIRROR names another.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bases=$here/build/debian
work=

# Mounts are this process's own, and end with it. A container that may not mount does without:
# debootstrap, apt and the builds can.
in_own_namespace() { # SCRIPT ARGUMENT...
  local own=(unshare --mount --pid --fork --kill-child)
  if [ "${GOTRACE_UNSHARED:-}" != yes ] && "${own[@]}" true 2>/dev/null; then
    GOTRACE_UNSHARED=yes exec "${own[@]}" "$@"
  fi
  mkdir -p "$bases"
  work=$(mktemp -d -p "$bases")
  trap 'umount "$work"/*/{proc,dev/pts} 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
}

mirror() {
  if [ -n "${DEBIAN_MIRROR:-}" ]; then
    echo "$DEBIAN_MIRROR"
  else
    apt-get update --print-uris 2>/dev/null | sed -n "s|^'\(.*/debian\)/dists/.*|\1|p" | sort -u | head -n 1
  fi
}

# One base of a suite does for all of a release. It has what this machine's apt and names
# need to reach the mirror. Nobody sees half a base.
bootstrap() { # SUITE ROOT
  local base=$bases/$1
  if ! [ -d "$base" ]; then
    debootstrap --variant=minbase "$1" "$work/base" "$(mirror)"
    cp -L /etc/resolv.conf "$work/base/etc/resolv.conf" 2>/dev/null || true
    find /etc/apt/apt.conf.d -iname '*proxy*' -exec cp -t "$work/base/etc/apt/apt.conf.d" {} +
    mv "$work/base" "$base"
  fi
  cp -a "$base" "$2"
}

# The program's wall asks /proc who it is, and apt wants a terminal for its log.
mount_parts() { # ROOT
  [ "${GOTRACE_UNSHARED:-}" = yes ] || return 0
  mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"
  mountpoint -q "$1/dev/pts" || mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts"
}

# Runs a line, for which $apt is short.
enter() { # ROOT LINE
  mount_parts "$1"
  chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive TERM=dumb \
    apt='apt-get -qq -y --no-install-recommends' DEB_BUILD_OPTIONS="parallel=$(nproc)" sh -euc "$2"
}

# dpkg-buildpackage, of what was unpacked, into a folder. A .buildinfo says when it was written: the
# changelog's time, as all else has, and before .changes has its checksum.
build_packages() { # ROOT OUT [OPTION...]
  enter "$1" "cd /build/*/
    dpkg-buildpackage -us -uc -b ${*:3} \\
      --hook-changes='sed -i \"s/^Build-Date: .*/Build-Date: \$(dpkg-parsechangelog -S Date)/\" ../*.buildinfo'"
  mkdir -p "$2"
  find "$1/build" -maxdepth 1 -type f -exec cp -t "$2" {} +
}

# What is given away: packages are made of that.
unpack() { # SOURCE ROOT
  mkdir -p "$2/build"
  tar -xzf "$1" --no-same-owner -C "$2/build"
}
