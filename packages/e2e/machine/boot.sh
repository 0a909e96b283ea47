#!/bin/sh
# The first process of a container that is a whole Debian machine: what a kernel would do at boot, then systemd.
set -eu

# Control groups of its own, to be written by systemd and by a Docker engine.
for folder in /sys/fs/cgroup /sys/fs/cgroup/*; do
  if mountpoint -q "$folder"; then mount -o remount,bind,rw "$folder"; fi
done

# The kernel is the host's; each boot of this machine has an id of its own nevertheless.
cat /proc/sys/kernel/random/uuid >/run/boot-id
mount --bind /run/boot-id /proc/sys/kernel/random/boot_id

mount --make-rshared /
ln -sfn ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
exec /lib/systemd/systemd
