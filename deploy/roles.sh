#!/bin/sh
# Run once by the postgres image on an empty cluster; anywhere else, run roles.sql the same way by hand.
set -eu
psql -X -v ON_ERROR_STOP=1 -v owner_password="$OWNER_PASSWORD" -v product_password="$PRODUCT_PASSWORD" \
  -U postgres -d postgres -f /roles.sql
