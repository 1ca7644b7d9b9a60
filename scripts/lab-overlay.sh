#!/bin/sh
# The lab's root file system: an overlay of the machine's own, in a mount and PID namespace of its own. Two modes:
#
#   lab-overlay.sh prepare CACHE PACKAGE…      installs the packages and keeps what they changed as CACHE/layer.tar
#   lab-overlay.sh run CACHE PROJECT COMMAND…  runs the command in PROJECT over the machine's root and that layer
#
# What is written while it runs goes to memory: an overlay can neither be the upper layer of another one (as a container's
# root would be) nor a lower layer lie inside another, so nothing but a tmpfs serves everywhere. The archive is some 330 MB, nearly all of it the browser.
# Called by lab-overlay.mjs through unshare, as process 1 of the new namespaces: when it ends, the kernel ends every
# process and mount of the lab. Nothing outside CACHE is written.
set -eu

mode=$1 cache=$2
shift 2
mount --make-rprivate /
cd "$cache" # mount options take relative paths, so no character of the project's path can upset them
mkdir -p root scratch

# $1: the lower layers, $2: where upper and work directories go
mount_root() {
  mkdir -p "$2/upper" "$2/work"
  mount -t overlay lab -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" root
}

# proc, sys, dev and empty run and tmp; the machine's own sockets and devices stay outside.
mount_rest() {
  mount -t proc proc root/proc
  mount -t sysfs -o ro sysfs root/sys 2>/dev/null || mount --rbind -o ro /sys root/sys
  mount -t tmpfs -o mode=755 tmpfs root/dev
  for node in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "root/dev/${node%:*}" c 1 "${node#*:}"
  done
  mknod -m 666 root/dev/tty c 5 0
  mkdir root/dev/shm root/dev/pts
  mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts root/dev/pts
  ln -s pts/ptmx root/dev/ptmx
  ln -s /proc/self/fd root/dev/fd
  mount -t tmpfs -o mode=755 tmpfs root/run
  mount -t tmpfs -o mode=1777 tmpfs root/tmp
  mkdir root/run/lock
}

prepare() {
  mount -t tmpfs tmpfs scratch
  mount_root / scratch
  mount_rest
  resolver=$(readlink -f /etc/resolv.conf)
  mkdir -p "root$(dirname "$resolver")"
  cat /etc/resolv.conf >"root$resolver"

  printf '#!/bin/sh\nexit 101\n' >root/usr/sbin/policy-rc.d # no package may start a service
  chmod 755 root/usr/sbin/policy-rc.d
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
  apt="chroot root apt-get -qq -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -o Acquire::Retries=2"
  # As root, for apt's own account may not write here. A broken foreign source must not end it: what counts is whether
  # the packages can be installed.
  $apt update || echo 'apt-get update complained; going on' >&2
  $apt install -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
  $apt clean
  rm -rf root/var/lib/apt/lists
  mkdir -p root/var/lib/apt/lists/partial
  umount -R root

  new=$(mktemp layer.XXXXXX)
  tar --xattrs --xattrs-include='*' -C scratch/upper -cf "$new" .
  mv "$new" layer.tar
}

run() {
  project=$1
  shift
  mount -t tmpfs -o mode=755 tmpfs scratch
  mkdir scratch/layer
  tar --xattrs --xattrs-include='*' -C scratch/layer -xf layer.tar
  mount_root scratch/layer:/ scratch
  mount_rest
  # The two lower layers, for the roots that the lab gives its hosts.
  mkdir -p root/run/lab/layer root/run/lab/machine root/run/lab/hosts
  mount --bind -o ro scratch/layer root/run/lab/layer
  mount --bind -o ro / root/run/lab/machine
  # The project itself, and node and its modules where they lie on file systems that the overlay does not show.
  for path in "$project" "$(readlink -f "$project/node_modules")" "$NODE_PREFIX"; do
    [ "$path" = / ] || [ "$path" = /usr ] && continue
    [ -d "$path" ] || continue
    mkdir -p "root$path"
    mount --bind "$path" "root$path"
  done
  chroot root ip link set lo up
  chroot root /bin/sh -c 'cd "$0" && exec "$@"' "$project" "$@"
}

"$mode" "$@"; exit
