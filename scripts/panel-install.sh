#!/bin/sh
# Installs the Ctrl-Alt-Play panel on this Debian machine, beside Debian's PostgreSQL, as a systemd unit:
#
#   npm run release && sudo sh scripts/panel-install.sh --url https://panel.example.org
#
# Run again it brings the panel to the release that lies in dist/panel, and leaves settings, password and data alone.
# The panel listens on 127.0.0.1:8080; Caddy goes in front of it: docs/production.md.
set -eu

say() { printf '%s\n' "$*"; }
fail() {
  printf 'ctrl-alt-play: %s\n' "$*" >&2
  exit 1
}

# Takes its name once it is whole.
put() {
  sync "$1" 2>/dev/null || sync
  mv -T "$1" "$2"
}

write_settings() {
  cat >"$settings.new" <<EOF
# What the panel reads, one KEY=value a line; all keys are in the README. Then: systemctl restart ctrl-alt-play-panel
PUBLIC_URL=$url
HOST=127.0.0.1
PORT=8080
# Caddy on this machine.
TRUSTED_PROXIES=127.0.0.1
# Its password is in /etc/ctrl-alt-play/database-password.
DATABASE_URL=postgresql://ctrl_alt_play@127.0.0.1:5432/ctrl_alt_play
EOF
  put "$settings.new" "$settings"
}

# By standard input: every user of a machine can read the arguments of its processes.
ask_postgres() { runuser -u postgres -- psql --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }

# Of Debian's PostgreSQL on this machine. The file is there once the database has taken the password.
make_database() {
  command -v psql >/dev/null || fail 'PostgreSQL is missing: apt-get install postgresql, then run this again'
  say 'Making the database.'
  new_password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  act='CREATE'
  [ -z "$(echo "SELECT 1 FROM pg_roles WHERE rolname = 'ctrl_alt_play'" | ask_postgres)" ] || act='ALTER'
  echo "$act ROLE ctrl_alt_play LOGIN PASSWORD '$new_password'" | ask_postgres ||
    fail 'PostgreSQL does not answer: start it (systemctl start postgresql), then run this again'
  [ -n "$(echo "SELECT 1 FROM pg_database WHERE datname = 'ctrl_alt_play'" | ask_postgres)" ] ||
    echo 'CREATE DATABASE ctrl_alt_play OWNER ctrl_alt_play' | ask_postgres
  (umask 077 && printf '%s\n' "$new_password" >"$password.new")
  put "$password.new" "$password"
}

main() {
  url=''
  while [ $# -gt 0 ]; do
    case $1 in
      --url) url=${2:-}; shift ;;
      --help)
        say 'usage: sh scripts/panel-install.sh --url https://panel.example.org'
        say '--url is needed the first time. Installs or upgrades the panel from dist/panel: npm run release makes it.'
        exit 0
        ;;
      *) fail "unknown option $1: see --help" ;;
    esac
    [ $# -gt 0 ] || fail '--url is empty'
    shift
  done

  here=$(cd "$(dirname "$0")/.." && pwd)
  library=/usr/local/lib/ctrl-alt-play-panel
  launcher=/usr/local/bin/ctrl-alt-play-panel
  settings=/etc/ctrl-alt-play/panel.env
  password=/etc/ctrl-alt-play/database-password
  unit=/etc/systemd/system/ctrl-alt-play-panel.service

  [ "$(id -u)" = 0 ] || fail 'run this as root'
  [ -d /run/systemd/system ] || fail 'this machine is not run by systemd'
  [ -f "$here/dist/panel/packages/panel/dist/start.mjs" ] || fail 'there is no release in dist/panel: npm run release makes it'
  [ -n "$url" ] || [ -f "$settings" ] || fail '--url is needed: where people and agents will reach the panel'
  node=$(command -v node) || fail 'Node is missing: install Node 20.19 or newer, then run this again'
  node=$(readlink -f "$node")
  case $node in /home/* | /root/*) fail "the panel may not see $node, for it sees nobody's home: install Node for the whole machine" ;; esac
  "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node $("$node" --version) is too old: install Node 20.19 or newer, then run this again"

  mkdir -p /etc/ctrl-alt-play "$(dirname "$library")"
  [ -f "$settings" ] || write_settings
  [ -f "$password" ] || make_database

  say 'Installing the panel.'
  rm -rf "$library.new" "$library.old"
  cp -R "$here/dist/panel" "$library.new"
  chown -R 0:0 "$library.new"
  chmod -R u=rwX,go=rX "$library.new"
  cat >"$launcher.new" <<EOF
#!/bin/sh
exec "$node" "$library/packages/panel/dist/start.mjs" "\$@"
EOF
  chmod 0755 "$launcher.new"
  install -m 0644 "$here/deploy/ctrl-alt-play-panel.service" "$unit.new"
  [ ! -d "$library" ] || mv -T "$library" "$library.old"
  put "$library.new" "$library"
  put "$launcher.new" "$launcher"
  put "$unit.new" "$unit"
  rm -rf "$library.old"

  systemctl daemon-reload
  systemctl enable --quiet ctrl-alt-play-panel.service
  systemctl restart ctrl-alt-play-panel.service
  say 'The panel is installed and starts. Its log, where the first start tells the one-time password of "admin":'
  say '  journalctl -u ctrl-alt-play-panel'
}

main "$@"
