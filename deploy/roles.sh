#!/bin/sh
# Run once by the database image, on an empty volume: the owner migrates and seals, the app serves.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner_password="$OWNER_DB_PASSWORD" -v app_password="$APP_DB_PASSWORD" <<'SQL'
CREATE ROLE gezhi_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE gezhi_app LOGIN PASSWORD :'app_password';
CREATE DATABASE gezhi OWNER gezhi_owner;
REVOKE ALL ON DATABASE gezhi FROM PUBLIC;
GRANT CONNECT ON DATABASE gezhi TO gezhi_app;
SQL
