import { installScript } from './debian-game.ts'

/** Who asks: services for downloads want to know. */
const AGENT = 'Ctrl-Alt-Play/0.1 (game panel)'

/**
 * An install script for what is no Debian package. Beside `unpack` it has `tool NAME …` (curl, jq, unzip, xz of Debian) and
 * `get URL …`, which fails rather than save an error's page.
 */
export function downloadScript(rest: string): string {
  return installScript(`unpack "$work/tools" ca-certificates curl jq unzip xz-utils
authorities="$work/authorities.pem"
cat "$work"/tools/usr/share/ca-certificates/mozilla/*.crt > "$authorities"
libraries=$(printf '%s:' "$work"/tools/usr/lib/*-linux-gnu)
tool() {
  local name=$1
  shift
  LD_LIBRARY_PATH="\${libraries%:}" "$work/tools/usr/bin/$name" "$@"
}
get() {
  tool curl --cacert "$authorities" --user-agent '${AGENT}' --fail --silent --show-error --location --retry 3 "$@"
}
${rest}`)
}
