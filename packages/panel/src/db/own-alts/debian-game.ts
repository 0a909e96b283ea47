import type { OwnAlt, OwnVariable } from './own-alt.ts'

/** The only image that games from Debian packages need: Docker's official one of Debian 13. */
export const DEBIAN = 'debian:trixie-slim'

interface DebianGame {
  name: string
  description: string
  /** Debian packages; what they depend on comes along. */
  packages: string[]
  /** Shell lines of the install script, run once in the server's folder when `program` is there. */
  setUp?: string
  /** Shell lines run at each start, before the game. */
  prepare?: string
  /** The game and its arguments. */
  run: string
  /** Output that means that it is ready. */
  done: string[]
  stop: { type: 'command' | 'signal'; value: string; graceSeconds: number }
  variables: OwnVariable[]
}

/**
 * A game of Debian's: apt of the image itself fetches the packages and checks their signatures, as the server's user
 * without any rights, and they are unpacked into `program` among the server's files. So any node can have it.
 */
export function debianGame({
  packages,
  setUp = '',
  prepare = '',
  run,
  ...game
}: DebianGame): OwnAlt {
  const { name, description, done, stop, variables } = game
  return {
    name,
    description,
    dockerImage: DEBIAN,
    startup: `/bin/sh program/start ${run}`,
    config: { done, stop, tty: false, readOnlyRoot: true },
    installContainer: DEBIAN,
    installEntrypoint: 'bash',
    installScript: installScript(
      `unpack program.new ${packages.join(' ')}\n${putInPlace(prepare)}${setUp}`
    ),
    variables
  }
}

/** What each install script begins with: `unpack FOLDER PACKAGE…`, and a folder `$work` that goes at the end. */
export function installScript(rest: string): string {
  return `#!/bin/bash
set -euo pipefail
cd /mnt/server
work=/mnt/server/.install
rm -rf "$work" program.new
mkdir -p "$work/lists/partial" "$work/archives/partial"
trap 'rm -rf "$work" program.new' EXIT
settings=(-q -o Debug::NoLocking=1 -o Acquire::Languages=none -o Acquire::Retries=3
  -o APT::Install-Recommends=0 -o Dir::State::Lists="$work/lists"
  -o Dir::Cache="$work" -o Dir::Cache::Archives="$work/archives")
apt-get "\${settings[@]}" update
unpack() {
  local folder=$1
  shift
  rm -f "$work"/archives/*.deb
  apt-get "\${settings[@]}" --yes --download-only install "$@"
  mkdir -p "$folder"
  for package in "$work"/archives/*.deb; do dpkg-deb --extract "$package" "$folder"; done
}
${rest.trimEnd()}
`
}

/** The new program takes the old one's place, with a file that starts it. The rest of the server's files stays. */
export function putInPlace(prepare: string): string {
  return `cat > program.new/start <<'END'
#!/bin/sh
set -e
LD_LIBRARY_PATH=$(printf '%s:' "$PWD"/program/usr/lib/*-linux-gnu "$PWD"/program/usr/lib/*-linux-gnu/pulseaudio)
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH%:}"
# setting FILE KEY SIGN VALUE: one line of a file of settings; the others stay as they are.
setting() {
  touch "$1"
  { printf '%s\\n' "$2$3$4"; grep -v "^$2 *=" "$1" || true; } > "$1.new"
  mv "$1.new" "$1"
}
${prepare.trim()}
exec "$@"
END
rm -rf program
mv program.new program
`
}
