#!/bin/sh
# The first process of the agent's container: joins the panel where this machine is no node yet, then runs the agent.
# Any other of its commands goes to it as it is: docker compose run --rm agent status
set -eu

agent() {
  exec node /app/packages/agent/dist/ctrl-alt-play-agent.mjs "$@" --state-dir "$state"
}

state=$CAP_DATA_DIR/agent
command=${1:-run}
[ $# -eq 0 ] || shift
[ "$command" = run ] || agent "$command" "$@"

if [ ! -e "$state/credentials.json" ]; then
  if [ -z "${CAP_ENROLLMENT_TOKEN:-}" ] || [ -z "${CAP_PANEL_KEY:-}" ]; then
    echo 'This machine is no node yet. Make one on the panel (POST /api/v1/nodes), put its token and the' >&2
    echo "panel's key into .env as CAP_ENROLLMENT_TOKEN and CAP_PANEL_KEY, and start this again." >&2
    # Not at once: Docker would start it again and again.
    sleep 30
    exit 1
  fi
  mkdir -p "$CAP_DATA_DIR"
  chmod 0711 "$CAP_DATA_DIR"
  (agent register --panel "$CAP_PANEL_URL" --panel-key "$CAP_PANEL_KEY" --data-dir "$CAP_DATA_DIR")
fi
# It has been used up, and nothing that runs from here needs it.
unset CAP_ENROLLMENT_TOKEN
agent run "$@"
