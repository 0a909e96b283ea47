#!/bin/sh
# Installs the Ctrl-Alt-Play agent on this machine and enrols it with the panel that made the line you pasted:
#
#   curl -fsSL PANEL/agent/v1/install.sh | sh -s -- --panel PANEL --token T --panel-key K --sha256 H [--insecure] [--older]
#
# It needs root, Node 20.19 or newer and curl. CAP_PREFIX=/some/where installs below that folder instead of /.
# On a machine that is this node already it upgrades the agent, and brings back a node that was revoked. Until
# the panel has agreed nothing is replaced, and an older agent replaces a newer one only with --older; games
# run on. Wherever it is broken off there is one whole agent, and the line may be pasted again.
set -eu

say() { printf '%s\n' "$*"; }
fail() {
  printf 'ctrl-alt-play: %s\n' "$*" >&2
  exit 1
}

# KillMode=process: stopping the agent must never stop a game. Once unregistered there is nothing to run.
write_unit() {
  mkdir -p "$(dirname "$unit")"
  cat >"$unit.new" <<EOF
[Unit]
Description=Ctrl-Alt-Play agent
After=network-online.target docker.service
Wants=network-online.target
ConditionPathExists=$state/agent/credentials.json

[Service]
ExecStart=$run
Restart=always
RestartSec=2
KillMode=process
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
EOF
  put "$unit.new" "$unit"
}

# Version $1 comes before version $2.
is_older() {
  "$node" -e 'const [a, b] = process.argv.slice(1).map(text => text.split("-")[0].split(".").map(Number))
    const at = a.findIndex((part, index) => part !== b[index])
    process.exit(at >= 0 && a[at] < b[at] ? 0 : 1)' "$1" "$2"
}

# Its bytes are on the disk before it takes a name that something reads: a power cut leaves no half of it there.
put() {
  sync "$1" 2>/dev/null || sync
  mv "$1" "$2"
}

# All of it is one function, called on the last line: a download that was cut off does nothing.
main() {
  prefix=${CAP_PREFIX:-}
  library=$prefix/usr/local/lib/ctrl-alt-play
  state=$prefix/var/lib/ctrl-alt-play
  program=$library/ctrl-alt-play-agent.mjs
  candidate=$library/ctrl-alt-play-agent.new.mjs
  launcher=$prefix/usr/local/bin/ctrl-alt-play-agent
  unit=$prefix/etc/systemd/system/ctrl-alt-play-agent.service
  run="$launcher run --state-dir $state/agent --data-dir $state"

  panel='' token='' key='' sum='' insecure='' older=''
  while [ $# -gt 0 ]; do
    case $1 in
      --panel) panel=${2:-}; shift ;;
      --token) token=${2:-}; shift ;;
      --panel-key) key=${2:-}; shift ;;
      --sha256) sum=${2:-}; shift ;;
      --insecure) insecure=--insecure ;;
      --older) older=yes ;;
      --help)
        say 'usage: sh install.sh --panel URL --token T --panel-key K --sha256 H [--insecure] [--older]'
        say 'Make the line on the panel: POST /api/v1/nodes, or POST /api/v1/nodes/:id/enrollment-tokens.'
        exit 0
        ;;
      *) fail "unknown option $1: paste the line as the panel printed it" ;;
    esac
    [ $# -gt 0 ] || fail 'the line was cut off: paste it whole'
    shift
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
  trap 'rm -f "$download" "$candidate"' EXIT
  say 'Fetching the agent.'
  curl -fsSL --max-time 120 -o "$download" "$panel/agent/v1/agent.mjs" ||
    fail "the agent could not be fetched from $panel: is the panel reachable from here?"
  printf '%s  %s\n' "$sum" "$download" | sha256sum --check --status ||
    fail 'what was fetched is not what the panel promised. Nothing was installed; make a new line and try again.'

  mkdir -p "$library" "$state/agent" "$(dirname "$launcher")"
  chmod 0711 "$state"
  chmod 0700 "$state/agent"
  install -m 0755 "$download" "$candidate"

  # One that does not start has no version, and is replaced by whatever does.
  here=$("$node" "$program" --version 2>/dev/null) || here=''
  comes=$("$node" "$candidate" --version) || fail 'what was fetched does not start. Nothing was replaced.'
  if [ -n "$here" ] && [ -z "$older" ] && is_older "$comes" "$here"; then
    fail "the agent here is $here and the panel has $comes, which is older: nothing was replaced. Upgrade the panel, or add --older to the end of the line."
  fi

  # The token goes by the environment: every user of a machine can read the arguments of its processes.
  CAP_ENROLLMENT_TOKEN=$token "$node" "$candidate" register --again --panel "$panel" --panel-key "$key" \
    --state-dir "$state/agent" --data-dir "$state" $insecure ||
    fail 'nothing was replaced: an agent that was here goes on as before'

  put "$candidate" "$program"
  cat >"$launcher.new" <<EOF
#!/bin/sh
exec "$node" "$program" "\$@"
EOF
  chmod 0755 "$launcher.new"
  put "$launcher.new" "$launcher"

  if [ -n "$prefix" ]; then
    write_unit
    say "The agent is installed, with a systemd unit in $unit. Run it (one that runs already: end it first):"
    say "  $run"
  elif [ -d /run/systemd/system ]; then
    write_unit
    systemctl daemon-reload
    systemctl enable ctrl-alt-play-agent.service
    systemctl restart ctrl-alt-play-agent.service
    say 'The agent is installed and runs. See it with: ctrl-alt-play-agent status'
  else
    say 'The agent is installed. Run it (one that runs already: end it first), and see that it is started at each boot:'
    say "  $run"
  fi
}

main "$@"
