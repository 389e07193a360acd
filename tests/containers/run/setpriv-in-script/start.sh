#!/bin/sh
set -e
mkdir -p /data
chown 33:33 /data
exec setpriv --reuid=33 --regid=33 --clear-groups "$@"
