import { DEBIAN, putInPlace } from './debian-game.ts'
import { downloadScript } from './download.ts'
import { type OwnAlt, type OwnCtrl, players, serverName } from './own-alt.ts'

const newestJava = 'eclipse-temurin:25-jre'
const javas = {
  'Java 25': newestJava,
  'Java 21': 'eclipse-temurin:21-jre',
  'Java 17': 'eclipse-temurin:17-jre',
  'Java 8': 'eclipse-temurin:8-jre'
}
const java = 'java -Xms128M -XX:MaxRAMPercentage=80.0 -jar'

const config = {
  done: [')! For help, type '],
  stop: { type: 'command', value: 'stop', graceSeconds: 60 },
  tty: false,
  readOnlyRoot: true
}

const shared: OwnAlt['variables'] = [
  {
    name: "Minecraft's EULA",
    envVariable: 'EULA',
    description: 'true: you have read https://aka.ms/MinecraftEULA and agree to it.',
    defaultValue: '',
    rules: ['accepted']
  },
  { ...serverName, description: 'What players read below its address.' },
  players(20, 1_000),
  {
    name: 'Game mode',
    envVariable: 'GAME_MODE',
    description: 'survival, creative, adventure or spectator.',
    defaultValue: 'survival',
    rules: ['required', 'in:survival,creative,adventure,spectator']
  },
  {
    name: 'Difficulty',
    envVariable: 'DIFFICULTY',
    description: 'peaceful, easy, normal or hard.',
    defaultValue: 'easy',
    rules: ['required', 'in:peaceful,easy,normal,hard']
  },
  {
    name: 'Version',
    envVariable: 'MINECRAFT_VERSION',
    description:
      'latest, or one such as 1.21.11. Another one is fetched when the server is reinstalled.',
    defaultValue: 'latest',
    rules: ['required', 'string', 'max:32', 'regex:/^[A-Za-z0-9._-]+$/']
  }
]

const prepare = `echo eula=true > eula.txt
setting server.properties motd = "$SERVER_NAME"
setting server.properties max-players = "$MAX_PLAYERS"
setting server.properties gamemode = "$GAME_MODE"
setting server.properties difficulty = "$DIFFICULTY"
setting server.properties server-port = "$SERVER_PORT"
setting server.properties query.port = "$SERVER_PORT"`

function minecraft(name: string, description: string, fetch: string): OwnAlt {
  return {
    name,
    description,
    dockerImage: newestJava,
    dockerImages: javas,
    startup: `/bin/sh program/start ${java} program/server.jar nogui`,
    config,
    installContainer: DEBIAN,
    installEntrypoint: 'bash',
    installScript: downloadScript(`mkdir program.new
version=$MINECRAFT_VERSION
${fetch}
${putInPlace(prepare)}`),
    variables: shared
  }
}

export const minecraftJava: OwnCtrl = {
  name: 'Minecraft',
  description: 'Minecraft and what is compatible with it.',
  alts: [
    minecraft(
      'Minecraft Vanilla',
      "Mojang's own server for Java. TCP. Further settings: server.properties. Version 26 and newer want Java 25.",
      `list=https://piston-meta.mojang.com/mc/game/version_manifest_v2.json
get "$list" -o "$work/list.json"
[ "$version" != latest ] || version=$(tool jq -er .latest.release "$work/list.json")
about=$(tool jq -er --arg version "$version" '.versions[] | select(.id == $version) | .url' "$work/list.json") ||
  { echo "There is no version $version." >&2; exit 1; }
get "$about" -o "$work/about.json"
get "$(tool jq -er .downloads.server.url "$work/about.json")" -o program.new/server.jar
echo "$(tool jq -er .downloads.server.sha1 "$work/about.json") program.new/server.jar" | sha1sum --check
echo "Minecraft $version, which wants Java $(tool jq -r .javaVersion.majorVersion "$work/about.json") or newer."`
    ),
    minecraft(
      'Minecraft Paper',
      'For plugins and many players. TCP. Further settings: server.properties and config.',
      `list=https://fill.papermc.io/v3/projects/paper
stable='map(select(.channel == "STABLE")) | first // empty'
if [ "$version" = latest ]; then
  get "$list" | tool jq -er '.versions | to_entries[].value[]' > "$work/versions"
else
  echo "$version" > "$work/versions"
fi
while read -r version; do
  get "$list/versions/$version/builds" | tool jq "$stable" > "$work/build.json"
  [ ! -s "$work/build.json" ] || break
done < "$work/versions"
[ -s "$work/build.json" ] || { echo "There is no stable build of version $version." >&2; exit 1; }
file='.downloads["server:default"]'
get "$(tool jq -er "$file.url" "$work/build.json")" -o program.new/server.jar
echo "$(tool jq -er "$file.checksums.sha256" "$work/build.json") program.new/server.jar" | sha256sum --check
echo "Paper $version, build $(tool jq -r .id "$work/build.json")."`
    ),
    {
      name: 'Minecraft Java',
      description:
        'Runs any server file for Java: put it and an accepted eula.txt into the files of the server.',
      dockerImage: 'eclipse-temurin:21-jre',
      dockerImages: javas,
      startup: `${java} {{SERVER_FILE}} nogui --port {{SERVER_PORT}}`,
      config,
      features: ['eula', 'java_version'],
      variables: [
        {
          name: 'Server file',
          envVariable: 'SERVER_FILE',
          description: 'The file to run, in the top folder.',
          defaultValue: 'server.jar',
          rules: ['required', 'string', 'max:64', 'regex:/^[\\w.-]+\\.jar$/']
        }
      ]
    }
  ]
}
