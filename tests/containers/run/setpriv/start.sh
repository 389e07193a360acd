#!/bin/sh
set -e
mkdir -p /data
chown 33:33 /data
exec "$@"
