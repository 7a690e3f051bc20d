#!/bin/bash
# The part of the ramdisk that rarely changes, as a compressed archive: base.sh FILE
# Environment, from build: packages (unpacked tree), kernel (version), profile, node (binary).
set -euo pipefail
: "${packages:?}" "${kernel:?}" "${profile:?}" "${node:?}"
archive=$1
. "$(dirname "${BASH_SOURCE[0]}")/contents"
tree=$(mktemp -d "$archive.XXXXXX"); trap 'rm -rf "$tree"' EXIT
modules=usr/lib/modules/$kernel

folders() {
  mkdir -p "$tree"/{usr/{bin,sbin,lib,lib64,share},etc/dropbear,proc,sys,dev,run,tmp,root,var/lib}
  local d; for d in bin sbin lib lib64; do ln -s "usr/$d" "$tree/$d"; done
  chmod 700 "$tree/root"; chmod 1777 "$tree/tmp"
}

# Copies a file of the packages (given without leading slash) and, if it is a link, what it leads to.
take() {
  local path=$1
  [ ! -e "$tree/$path" ] || return 0
  mkdir -p "$tree/$(dirname "$path")"
  cp --dereference --preserve=mode "$packages/$path" "$tree/$path"
}

# A library may be named below /lib or /usr/lib: one tree.
take_libraries_of() {
  chroot "$packages" /lib64/ld-linux-x86-64.so.2 --list "/$1" 2>/dev/null | grep -o '/[^ )]*' | while read -r library; do
    case $library in /lib*) library=/usr$library ;; esac
    [ ! -e "$packages$library" ] || take "${library#/}"
  done
}

programs() {
  local name folder found
  for name in $PROGRAMS; do
    found=
    for folder in usr/sbin usr/bin; do
      [ ! -e "$packages/$folder/$name" ] || { found=$folder/$name; break; }
    done
    [ -n "$found" ] || { echo "ramdisk: no package has $name" >&2; exit 1; }
    take "$found"; take_libraries_of "$found"
  done
  install -D -m 755 "$node" "$packages/usr/bin/node" # there, so that its libraries are looked up there
  take usr/bin/node; take_libraries_of usr/bin/node
  strip --strip-unneeded "$tree/usr/bin/node" 2>/dev/null || true
  for name in $KMOD_NAMES; do ln -s ../bin/kmod "$tree/usr/sbin/$name"; done
  for name in $("$packages/usr/bin/busybox" --list); do
    [ -e "$tree/usr/bin/$name" ] || [ -e "$tree/usr/sbin/$name" ] || ln -s /usr/bin/busybox "$tree/usr/bin/$name"
  done
  for name in $EXTRA_FILES; do [ ! -e "$packages/$name" ] || take "$name"; done
}

device_manager() {
  mkdir -p "$tree/usr/lib/systemd"
  ln -s ../../bin/udevadm "$tree/usr/lib/systemd/systemd-udevd"
  cp -a "$packages/usr/lib/udev" "$tree/usr/lib/udev"
  rm -rf "$tree"/usr/lib/udev/hwdb*
  local helper
  for helper in "$tree"/usr/lib/udev/*; do
    [ ! -f "$helper" ] || take_libraries_of "usr/lib/udev/$(basename "$helper")" || true
  done
}

drivers() {
  local names=$MODULES folder
  if [ "$profile" = full ]; then
    for folder in $MODULE_FOLDERS; do
      [ ! -d "$packages/$modules/kernel/drivers/$folder" ] ||
        names+=" $(find "$packages/$modules/kernel/drivers/$folder" -name '*.ko*' -printf '%f\n' | sed 's/\.ko.*//' | tr '\n' ' ')"
    done
  fi
  depmod -b "$packages" "$kernel"
  # shellcheck disable=SC2086
  modprobe --all --dirname "$packages" --set-version "$kernel" --show-depends $names 2>/dev/null |
    awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do take "usr/lib/modules/${file##*/lib/modules/}"; done
  cp "$packages/$modules"/modules.{builtin,builtin.modinfo,order} "$tree/$modules/"
  depmod -b "$tree" "$kernel"
}

# Nobody can log in until the rescue command sets a password for the user rescue.
accounts() {
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'rescue:x:0:0:rescue:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/:/bin/false' >"$tree/etc/passwd"
  printf '%s\n' 'root:*:19000:0:99999:7:::' 'rescue:*:19000:0:99999:7:::' >"$tree/etc/shadow"; chmod 600 "$tree/etc/shadow"
  local id=0 name
  for name in root daemon tty disk lp kmem dialout cdrom tape audio video input sgx kvm render plugdev; do
    echo "$name:x:$id:"; id=$((id + 1))
  done >"$tree/etc/group"
  echo /bin/sh >"$tree/etc/shells"
  echo ferric-agent >"$tree/etc/hostname"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree/etc/hosts"
}

folders; programs; device_manager; drivers; accounts
ldconfig -r "$tree" 2>/dev/null || true
(cd "$tree" && find . -mindepth 1 -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --quiet --owner=0:0) |
  zstd -T0 -10 -q -f -o "$archive"
echo "ramdisk: base $(du -sm "$tree" | cut -f1) MiB unpacked, $(($(stat -c %s "$archive") / 1048576)) MiB packed, $(find "$tree/usr/lib/modules" -name '*.ko*' | wc -l) drivers" >&2
