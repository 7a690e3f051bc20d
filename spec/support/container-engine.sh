#!/bin/sh
# Stands in for docker or podman, and for systemctl over Quadlet files. What it is asked is in the file calls of its folder
# (fields end with 037, calls with 036); a container is a folder below containers/. Each has the VNC server at
# ENGINE_VNC_PORT, or is a QEMU machine with one at the next port of the file ports.
# usage: container-engine.sh FOLDER NAME ARGUMENTS...
folder=$1 called=$2
shift 2
containers=$folder/containers
mkdir -p "$containers"
{ printf '%s\037' "$called" "$APP_INFO" "$DOCKER_HOST" "$@"; printf '\036'; } >> "$folder/calls"

fail() { echo "$1" >&2; exit 1; }

# start NAME: labels and environment are in the files new.labels and new.env
start() {
  [ -e "$folder/broken" ] && fail "Error: crun: the image has no program"
  place=$containers/$1
  mkdir "$place"
  if [ -n "$ENGINE_VNC_PORT" ]; then
    port=$ENGINE_VNC_PORT
  else
    port=$(head -n 1 "$folder/ports")
    sed -i 1d "$folder/ports"
    setsid qemu-system-x86_64 -S -nodefaults -display none -vga std -m 32 -name "$1" \
      -vnc "127.0.0.1:$((port - 5900))" > "$folder/qemu.log" 2>&1 < /dev/null &
    echo $! > "$place/pid"
  fi
  echo "$port" > "$place/port"
  printf %s "$1" | md5sum | cut -c1-32 > "$place/id"
  mv "$folder/new.labels" "$place/labels"
  mv "$folder/new.env" "$place/env"
}

# remove NAME: fails when there is none
remove() {
  [ -d "$containers/$1" ] || return 1
  [ -e "$containers/$1/pid" ] && kill -9 "$(cat "$containers/$1/pid")"
  rm -r "${containers:?}/$1"
}

engine_run() {
  : > "$folder/new.labels"
  : > "$folder/new.env"
  while [ $# -gt 0 ]; do
    case $1 in
      --name) name=$2 ;;
      --label) echo "$2" >> "$folder/new.labels" ;;
      --env) echo "$2" >> "$folder/new.env" ;;
    esac
    shift
  done
  start "$name"
}

engine_port() {
  cat "$containers/$1/port" 2> /dev/null > "$folder/found" ||
    fail "Error: no container with name or ID \"$1\" found: no such container"
  echo "127.0.0.1:$(cat "$folder/found")"
}

engine_rm() {
  shift
  for word; do
    for place in "$containers"/*; do
      case $(cat "$place/id" 2> /dev/null) in "$word"*) word=${place##*/} ;; esac
    done
    remove "$word" || fail "Error: no container with ID or name \"$word\" found: no such container"
  done
}

engine_ps() {
  for place in "$containers"/*; do
    [ -d "$place" ] || continue
    ok=yes
    for word; do
      case $word in label=*) grep -qxF "${word#label=}" "$place/labels" || ok=no ;; esac
    done
    [ $ok = yes ] && cut -c1-12 "$place/id"
  done
  return 0
}

# As podman's generator reads a Quadlet file.
unit_start() {
  file=$folder/units/${1%.service}.container
  [ -e "$file" ] || fail "Failed to start $1: Unit $1 not found."
  sed -n 's/^Label=//p' "$file" > "$folder/new.labels"
  sed -n 's/^Environment=//p' "$file" > "$folder/new.env"
  cat "$(sed -n 's/^EnvironmentFile=//p' "$file")" >> "$folder/new.env"
  start "$(sed -n 's/^ContainerName=//p' "$file")"
}

case $called/$1/$2 in
  systemctl/--user/daemon-reload) ;;
  systemctl/--user/start) unit_start "$3" ;;
  systemctl/--user/stop) remove "${3%.service}" || fail "Failed to stop $3: Unit $3 not loaded." ;;
  podman/run/* | podman/port/* | podman/rm/* | podman/ps/*) command=$1; shift; "engine_$command" "$@" ;;
  *) fail "unknown: $called $*" ;;
esac
