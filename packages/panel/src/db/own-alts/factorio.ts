import { DEBIAN, putInPlace } from './debian-game.ts'
import { downloadScript } from './download.ts'
import { type OwnCtrl, password, players, serverName } from './own-alt.ts'

const prepare = `mkdir -p saves mods
[ -e saves/world.zip ] || program/bin/x64/factorio --create saves/world.zip
printf '{"name":"%s","description":"","visibility":{"public":false,"lan":true},"max_players":%s,"game_password":"%s"}\\n' \\
  "$SERVER_NAME" "$MAX_PLAYERS" "$PASSWORD" > server-settings.json`

export const factorio: OwnCtrl = {
  name: 'Factorio',
  description: 'Mine, build and automate.',
  alts: [
    {
      name: 'Factorio',
      description:
        'The stable headless server; players need the same version. UDP. Its world is saves/world.zip. Only for x86-64.',
      dockerImage: DEBIAN,
      startup:
        '/bin/sh program/start program/bin/x64/factorio --port {{SERVER_PORT}} --server-settings server-settings.json --mod-directory mods --start-server saves/world.zip',
      config: {
        done: ['changing state from(CreatingGame) to(InGame)'],
        stop: { type: 'signal', value: 'SIGINT', graceSeconds: 60 },
        tty: false,
        readOnlyRoot: true
      },
      installContainer: DEBIAN,
      installEntrypoint: 'bash',
      installScript:
        downloadScript(`get https://factorio.com/get-download/stable/headless/linux64 -o "$work/factorio.tar.xz"
mkdir program.new
tool xz --decompress --stdout "$work/factorio.tar.xz" | tar --extract --strip-components=1 --directory program.new
${putInPlace(prepare)}`),
      variables: [serverName, players(20, 1_000), password]
    }
  ]
}
