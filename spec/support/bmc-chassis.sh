#!/bin/sh
# ipmi_sim's chassis program over the files of a folder: DIR get PARAM... | DIR set PARAM VALUE...
# DIR/deaf: the machine ignores the power button. DIR/stuck: it never changes its power.
dir=$1 op=$2
shift 2
if [ "$op" = get ]; then
  for name in "$@"; do
    case $name in
      power | boot) echo "$name:$(cat "$dir/$name")" ;;
      *) echo "$name:0" ;;
    esac
  done
  exit 0
fi
while [ $# -gt 1 ]; do
  echo "$1 $2" >>"$dir/log"
  case $1 in
    power) [ -e "$dir/stuck" ] || echo "$2" >"$dir/power" ;;
    boot) echo "$2" >"$dir/boot" ;;
    shutdown) [ -e "$dir/deaf" ] || echo 0 >"$dir/power" ;;
  esac
  shift 2
done
