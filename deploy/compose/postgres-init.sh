#!/bin/sh
# Runs once, when the volume of PostgreSQL is new: two databases, each with an owner of its own that can do nothing in the other.
# They may make databases, since a backup is proved by restoring it into a new one (motcua backup verify).
set -eu
for name in motcua tracker; do
    case $name in motcua) file=ledger_password ;; *) file=tracker_password ;; esac
    password=$(cat "/run/secrets/$file")
    psql --set ON_ERROR_STOP=1 --username postgres --set role="$name" --set password="$password" <<'SQL'
CREATE ROLE :"role" LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role" ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
