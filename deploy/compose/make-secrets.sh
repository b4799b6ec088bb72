#!/bin/sh
# Writes the secrets of compose.yaml as files, each only where it is missing: sh make-secrets.sh [zalo] [facebook] [telegram]
#
# What is ours is made up here. What others give (the portal, the platforms) is asked for; without a terminal it is taken from the
# variable of the same name in upper case, and made up for the portal, which is right for trials with the simulator.
# The folder is for its owner alone (0700); the files are readable (0444) because each is mounted alone into a container that
# runs as another user. Keep copies of ledger_key and backup_key elsewhere (docs/operators/keys.md).
set -eu
folder=${SECRETS_DIR:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
chmod 0700 "$folder"

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

write() { # name value
    [ -n "$2" ] || { echo "$1: nothing was given" >&2; exit 1; }
    printf '%s' "$2" > "$folder/.$1"
    chmod 0444 "$folder/.$1"
    mv "$folder/.$1" "$folder/$1"
    echo "$folder/$1"
}

own() { # name: made up once
    [ -s "$folder/$1" ] || write "$1" "$(random)"
}

given() { # name what [made up without a terminal]
    [ -s "$folder/$1" ] && return
    value=$(printenv "$(echo "$1" | tr '[:lower:]' '[:upper:]')" || true)
    if [ -z "$value" ] && [ -t 0 ]; then
        printf '%s (%s): ' "$1" "$2" >&2
        stty -echo; IFS= read -r value; stty echo; echo >&2
    fi
    [ -z "$value" ] && [ "${3:-}" = made-up ] && value=$(random)
    write "$1" "$value"
}

own engine_secret
own web_session_secret
own postgres_password
own ledger_password
own tracker_password
own redis_password
own portal_lgsp_password
own backup_key
# A Fernet key: 32 bytes in base64 with its padding.
[ -s "$folder/ledger_key" ] || write ledger_key "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n')"
given portal_client_secret "our client secret at the portal; empty: a trial with the simulator" made-up
given portal_webhook_secret "the portal's webhook secret; empty: a trial with the simulator" made-up

[ -s "$folder/database_url" ] || write database_url "${DATABASE_URL:-postgresql://motcua:$(cat "$folder/ledger_password")@postgres/motcua}"
[ -s "$folder/tracker_url" ] || write tracker_url "${TRACKER_URL:-postgresql://tracker:$(cat "$folder/tracker_password")@postgres/tracker}"
[ -s "$folder/redis_url" ] || write redis_url "${REDIS_URL:-redis://:$(cat "$folder/redis_password")@redis:6379/0}"
[ -s "$folder/redis_conf" ] || write redis_conf "bind 0.0.0.0
requirepass $(cat "$folder/redis_password")
save \"\"
appendonly no
dir /data
maxmemory 64mb
maxmemory-policy noeviction
"

for platform in "$@"; do
    case $platform in
        zalo) given zalo_app_secret "secret of our Zalo app"; given zalo_oa_secret_key "secret that signs Zalo's webhooks" ;;
        facebook)
            given facebook_app_secret "secret of our Facebook app"
            given facebook_page_token "access token of our page"
            own facebook_verify_token ;;
        telegram) given telegram_bot_token "token of our bot"; own telegram_webhook_secret ;;
        *) echo "unknown platform: $platform" >&2; exit 1 ;;
    esac
done
