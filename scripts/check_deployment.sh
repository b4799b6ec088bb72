#!/bin/sh
# Checks the files of deploy/ with the tools that are there, and says which are not. Ends with 1 where a check failed.
# Tools: hadolint, kubectl, kubernetes-validate, yamllint, caddy, nginx, systemd-analyze; root for the split deployment (--split).
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
failed=0
missing=
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

has() { command -v "$1" >/dev/null || { missing="$missing $1"; return 1; }; }
report() { # title status
    if [ "$2" -eq 0 ]; then echo "✓ $1"; else echo "✗ $1"; failed=1; fi
}

"$python" -m pytest -q -p no:cacheprovider tests/deploy; report "files agree with settings, secrets, ports and processes" $?

if has hadolint; then
    hadolint deploy/containers/Containerfile deploy/containers/proxy.Containerfile; report "container files (hadolint)" $?
fi
if has yamllint; then
    yamllint --no-warnings -d '{extends: default, rules: {line-length: {max: 160}, document-start: disable, braces: disable, comments-indentation: disable, truthy: disable, octal-values: disable}}' deploy
    report "YAML (yamllint)" $?
fi
if has kubectl; then
    for folder in base overlays/production; do
        kubectl kustomize "deploy/kubernetes/$folder" > "$scratch/$(basename "$folder").yaml"; report "kustomize builds $folder" $?
    done
    if has kubernetes-validate; then
        kubernetes-validate --kubernetes-version 1.30 --strict --quiet "$scratch/base.yaml"; report "schemas of Kubernetes 1.30 (kubernetes-validate)" $?
    fi
fi
if has caddy; then
    PUBLIC_HOST=a.example.vn CONSOLE_HOST=b.example.vn CONSOLE_NETWORKS=10.0.0.0/8 ACME_EMAIL=a@example.vn \
        caddy validate --config deploy/proxy/Caddyfile --adapter caddyfile >"$scratch/caddy" 2>&1
    report "Caddyfile (caddy validate)" $?
fi
if has nginx && has openssl; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/key" -out "$scratch/pem" -days 1 -subj /CN=x 2>/dev/null
    sed -e "s#/etc/ssl/motcua/[a-z]*\.pem#$scratch/pem#; s#/etc/ssl/motcua/[a-z]*\.key#$scratch/key#; s#/var/log/nginx#$scratch#" \
        deploy/proxy/motcua.nginx.conf > "$scratch/motcua.conf"
    {
        echo "pid $scratch/pid; error_log $scratch/errors; events {} http { access_log off;"
        for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $scratch/$kind;"; done
        echo "include $scratch/motcua.conf; }"
    } > "$scratch/nginx.conf"
    nginx -t -q -p "$scratch" -c "$scratch/nginx.conf"; report "nginx (nginx -t)" $?
fi
if has systemd-analyze; then
    "$python" -m deploy.check.systemd_units; report "units (systemd-analyze verify and security)" $?
fi
if [ "${1:-}" = --split ]; then
    "$python" -m deploy.check.split_deployment; report "the compose file's services, split over namespaces" $?
else
    echo "· not run: the split deployment (--split, as root; one to two minutes)"
fi
[ -z "$missing" ] || echo "· not checked, the tool is not here:$missing"
echo "· never checked here: a build of the images, docker compose itself, a cluster"
exit $failed
