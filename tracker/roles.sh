#!/bin/sh
# Makes the two roles and the database `tracker`, once, as a superuser of PostgreSQL: OWNER_PASSWORD is for the role that owns the tables and migrates,
# APP_PASSWORD for the one that serves. The compose file gives it to PostgreSQL's image; docs/operators.md shows it for a server of one's own.
set -eu
export OWNER_PASSWORD APP_PASSWORD
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv app APP_PASSWORD
CREATE ROLE tracker_owner LOGIN PASSWORD :'owner';
CREATE ROLE tracker_app LOGIN PASSWORD :'app';
CREATE DATABASE tracker OWNER tracker_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE tracker FROM PUBLIC;
GRANT CONNECT ON DATABASE tracker TO tracker_app;
SQL
