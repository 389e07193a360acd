#!/bin/sh
set -e
echo "PORT=8000" >/etc/shop.conf
. /etc/shop.conf
exec python3 /srv/app/app.py --port "$PORT"
