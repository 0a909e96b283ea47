#!/bin/sh
# Installs the Ctrl-Alt-Play agent on this machine and enrols it with the panel that made the line you pasted:
#
#   curl -fsSL PANEL/agent/v1/install.sh | sh -s -- --panel PANEL --token T --panel-key K --sha256 H [--insecure]
#
# It needs root, Node 20.19 or newer and curl. CAP_PREFIX=/some/where installs below that folder instead of /.
set -eu

prefix=${CAP_PREFIX:-}
library=$prefix/usr/local/lib/ctrl-alt-play
state=$prefix/var/lib/ctrl-alt-play
program=$library/ctrl-alt-play-agent.mjs
launcher=$prefix/usr/local/bin/ctrl-alt-play-agent
unit=/etc/systemd/system/ctrl-alt-play-agent.service

say() { printf '%s\n' "$*"; }
fail() {
  printf 'ctrl-alt-play: %s\n' "$*" >&2
  exit 1
}

panel='' token='' key='' sum='' insecure=''
while [ $# -gt 0 ]; do
  case $1 in
    --panel) panel=${2:-}; shift ;;
    --token) token=${2:-}; shift ;;
    --panel-key) key=${2:-}; shift ;;
    --sha256) sum=${2:-}; shift ;;
    --insecure) insecure=--insecure ;;
    --help)
      say 'usage: sh install.sh --panel URL --token T --panel-key K --sha256 H [--insecure]'
      say 'Make the line on the panel: POST /api/v1/nodes, or POST /api/v1/nodes/:id/enrollment-tokens.'
      exit 0
      ;;
    *) fail "unknown option $1: paste the line as the panel printed it" ;;
  esac
  shift || fail "the line was cut off: paste it whole"
done

[ -n "$panel" ] && [ -n "$token" ] && [ -n "$key" ] && [ -n "$sum" ] ||
  fail '--panel, --token, --panel-key and --sha256 are all needed: paste the whole line'
[ "$(id -u)" = 0 ] || fail 'run this as root: the agent makes users and folders for games'
command -v curl >/dev/null || fail 'curl is missing: install it (Debian: apt-get install curl)'
node=$(command -v node) || fail 'Node is missing: install Node 20.19 or newer, then paste the line again'
"$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node $("$node" --version) is too old: install Node 20.19 or newer, then paste the line again"
command -v docker >/dev/null || [ -S /var/run/docker.sock ] || [ -n "${DOCKER_HOST:-}" ] ||
  say 'Docker is not here yet. The node joins without it; install it before you start games (Debian: apt-get install docker.io).'

download=$(mktemp)
trap 'rm -f "$download"' EXIT
say 'Fetching the agent.'
curl -fsSL --max-time 120 -o "$download" "$panel/agent/v1/agent.mjs" ||
  fail "the agent could not be fetched from $panel: is the panel reachable from here?"
printf '%s  %s\n' "$sum" "$download" | sha256sum --check --status ||
  fail 'what was fetched is not what the panel promised. Nothing was installed; make a new line and try again.'

mkdir -p "$library" "$state/agent" "$(dirname "$launcher")"
chmod 0711 "$state"
chmod 0700 "$state/agent"
install -m 0755 "$download" "$program.new"
mv "$program.new" "$program"
cat >"$launcher.new" <<EOF
#!/bin/sh
exec "$node" "$program" "\$@"
EOF
chmod 0755 "$launcher.new"
mv "$launcher.new" "$launcher"

"$launcher" register --panel "$panel" --token "$token" --panel-key "$key" \
  --state-dir "$state/agent" --data-dir "$state" $insecure

run="$launcher run --state-dir $state/agent --data-dir $state"
if [ -n "$prefix" ] || ! [ -d /run/systemd/system ]; then
  say "The agent is installed. Start it, and see that it is started at each boot:"
  say "  $run"
  exit 0
fi

# KillMode=process: stopping the agent must never stop a game.
cat >"$unit" <<EOF
[Unit]
Description=Ctrl-Alt-Play agent
After=network-online.target docker.service
Wants=network-online.target

[Service]
ExecStart=$run
Restart=always
RestartSec=2
KillMode=process
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now ctrl-alt-play-agent.service
say 'The agent is installed and runs. See it with: ctrl-alt-play-agent status'
