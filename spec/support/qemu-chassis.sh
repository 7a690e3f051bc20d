#!/bin/bash
# ipmi_sim's chassis and LAN programs for a QEMU machine: DIR get PARAM... | DIR set PARAM VALUE...
# DIR/qemu: QEMU's arguments, one a line; DIR/pid: its process; DIR/log: what it was told; other settings are files in DIR.
set -u
dir=$1 op=$2
shift 2

# What ipmi_sim has open would outlive it in the machine, its port among them.
for fd in /proc/$$/fd/*; do
  fd=${fd##*/}
  [ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
done 2>/dev/null

runs() {
  local pid
  pid=$(cat "$dir/pid" 2>/dev/null) && [ -e "/proc/$pid" ]
}
on() {
  runs && return
  mapfile -t args <"$dir/qemu"
  qemu-system-x86_64 "${args[@]}" -daemonize -pidfile "$dir/pid" </dev/null >>"$dir/qemu.log" 2>&1
}
off() {
  runs || return 0
  local pid i
  pid=$(cat "$dir/pid")
  kill -TERM "$pid"
  for i in $(seq 100); do
    [ -e "/proc/$pid" ] || return 0
    [ "$i" -lt 80 ] || kill -KILL "$pid" 2>/dev/null
    sleep 0.1
  done
}

if [ "$op" = get ]; then
  for name in "$@"; do
    case $name in
      power) runs && echo power:1 || echo power:0 ;;
      *) echo "$name:$(cat "$dir/set.$name" 2>/dev/null || echo 0)" ;;
    esac
  done
  exit 0
fi
while [ $# -gt 1 ]; do
  echo "$1 $2" >>"$dir/log"
  case $1 in
    power) if [ "$2" = 1 ]; then on; else off; fi ;;
    reset) off; on ;;
    shutdown) ;;
    *) echo "$2" >"$dir/set.$1" ;;
  esac
  shift 2
done
exit 0
