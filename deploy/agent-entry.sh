#!/bin/sh
# The first process of the agent's container: joins the panel where this machine is no node yet, then runs the agent.
# Its other commands work as well: docker compose exec agent sh /app/entry.sh status
set -eu

state=$CAP_DATA_DIR/agent

agent() { node /app/packages/agent/dist/ctrl-alt-play-agent.mjs "$@" --state-dir "$state"; }

# The token goes by the environment. What is said by hand counts more.
register() {
  mkdir -p "$CAP_DATA_DIR"
  chmod 0711 "$CAP_DATA_DIR"
  agent register --panel "$CAP_PANEL_URL" --panel-key "${CAP_PANEL_KEY:-}" --data-dir "$CAP_DATA_DIR" "$@"
}

command=${1:-run}
[ $# -eq 0 ] || shift
case $command in
  run) ;;
  register)
    register "$@"
    exit
    ;;
  *)
    agent "$command" "$@"
    exit
    ;;
esac

if [ ! -e "$state/credentials.json" ]; then
  if [ -z "${CAP_ENROLLMENT_TOKEN:-}" ] || [ -z "${CAP_PANEL_KEY:-}" ]; then
    echo 'This machine is no node yet. Make one on the panel (POST /api/v1/nodes), put its token and the' >&2
    echo "panel's key into .env as CAP_ENROLLMENT_TOKEN and CAP_PANEL_KEY, and start this again." >&2
    exit 1
  fi
  register
fi
# It has been used up, and nothing that runs from here needs it.
unset CAP_ENROLLMENT_TOKEN
exec node /app/packages/agent/dist/ctrl-alt-play-agent.mjs run --state-dir "$state" "$@"
