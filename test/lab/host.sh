#!/bin/bash
# One host of the lab: process 1 of namespaces that host.ts made for it (mount, host name, IPC, processes, network).
#
#   host.sh DIRECTORY NAME
#
# Its root is an overlay of the machine and the lab's layer (lab-overlay.sh), written to in memory, without what is the
# machine's own: no home, no logs, no crontabs, no clusters. It ends when its standard input does.
set -eu

directory=$1 name=$2
mount --make-rprivate /
hostname "$name"
cd "$directory"
mkdir -p upper work root

hide() { # how an overlay notes that a lower layer's entry is gone
  mkdir -p "$(dirname "upper/$1")"
  mknod "upper/$1" c 0 0
}
for path in /run/lab/machine/* /run/lab/machine/.[!.]*; do
  case ${path##*/} in
  bin | sbin | lib* | usr | etc | var | '*' | '.[!.]*') ;;
  *) hide "${path##*/}" ;;
  esac
done
for path in usr/local etc/postgresql etc/cron.d etc/cron.daily etc/cron.weekly etc/rc{S,0,1,2,3,4,5,6}.d \
  etc/machine-id etc/hostname etc/hosts etc/resolv.conf \
  etc/ssl/private etc/ssl/certs/ssl-cert-snakeoil.pem \
  var/log var/spool var/mail var/tmp var/cache var/backups var/lib/postgresql; do
  if [ -e "/run/lab/machine/$path" ] || [ -e "/run/lab/layer/$path" ]; then hide "$path"; fi
done

# The names that df shows are those of a host; what lies behind is memory.
mount -t overlay /dev/nvme0n1p1 -o lowerdir=/run/lab/layer:/run/lab/machine,upperdir=upper,workdir=work root
cd root
mkdir -p boot dev home media mnt opt proc run srv sys usr/local var/log var/mail var/spool var/cache var/backups \
  usr/local/sbin etc/cron.d etc/rc{S,0,1,2,3,4,5,6}.d
mkdir -m 700 root
mkdir -m 1777 tmp var/tmp
mount -t proc proc proc
# What /proc tells of the machine and not of the host stays out of sight, behind the one kind of file system that df does
# not list: its disks, its pressure, its load.
mkdir ../machine
mount -t ramfs ramfs ../machine
mkdir ../machine/pressure
: >../machine/diskstats
echo '0.00 0.00 0.00 0/1 1' >../machine/loadavg
for name in pressure diskstats loadavg; do
  if [ -e "proc/$name" ]; then mount --bind "../machine/$name" "proc/$name"; fi
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 -o ro cgroup2 sys/fs/cgroup 2>/dev/null || true # ss names the listeners' groups
mount -t tmpfs -o mode=755,size=64m udev dev
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "dev/${node%:*}" c 1 "${node#*:}"
done
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755,size=256m tmpfs run
mkdir run/lock
install -d -o postgres -g postgres -m 2775 run/postgresql
install -d -o postgres -g postgres etc/postgresql var/lib/postgresql
install -d -o root -g postgres -m 1775 var/log/postgresql

echo "$name" >etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n' "$name" >etc/hosts
: >etc/resolv.conf # no name server: nothing here resolves names
printf '%s' "$name" | md5sum | cut -c1-32 >etc/machine-id
rm -f sbin/init
cp bin/bash sbin/init # reaps orphans, ends with its standard input

ip link set lo up
echo ready
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 chroot . /sbin/init
