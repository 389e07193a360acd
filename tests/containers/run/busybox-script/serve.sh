#!/bin/sh
set -e
mkdir -p /tmp/www
echo hello >/tmp/www/index.html
exec busybox httpd -f -p 8080 -h /tmp/www
