import { DEBIAN, putInPlace } from './debian-game.ts'
import { downloadScript } from './download.ts'
import { type OwnCtrl, password, players, serverName } from './own-alt.ts'

export const terraria: OwnCtrl = {
  name: 'Terraria',
  description: 'Dig, fight, explore and build in two dimensions.',
  alts: [
    {
      name: 'Terraria',
      description: "The game's own server, newest version. TCP. Only for x86-64.",
      dockerImage: DEBIAN,
      startup:
        '/bin/sh program/start program/TerrariaServer.bin.x86_64 -port {{SERVER_PORT}} -maxplayers {{MAX_PLAYERS}} -world worlds/world.wld -autocreate {{WORLD_SIZE}} -worldname world -motd "{{SERVER_NAME}}" -password "{{PASSWORD}}" -secure',
      config: {
        done: ['Server started'],
        stop: { type: 'command', value: 'exit', graceSeconds: 60 },
        tty: false,
        readOnlyRoot: true
      },
      installContainer: DEBIAN,
      installEntrypoint: 'bash',
      installScript:
        downloadScript(`file=$(get https://terraria.org/api/get/dedicated-servers-names | tool jq -er 'map(select(startswith("terraria-server-"))) | first')
get "https://terraria.org/api/download/pc-dedicated-server/$file" -o "$work/terraria.zip"
tool unzip -q "$work/terraria.zip" '*/Linux/*' -d "$work/terraria"
mv "$work"/terraria/*/Linux program.new
chmod +x program.new/TerrariaServer.bin.x86_64
${putInPlace('export TERM=xterm\nmkdir -p worlds')}`),
      variables: [
        { ...serverName, description: 'Greets everybody who joins.' },
        players(8, 255),
        password,
        {
          name: 'Size of the world',
          envVariable: 'WORLD_SIZE',
          description: 'Of a new world. 1: small, 2: medium, 3: large.',
          defaultValue: '2',
          rules: ['required', 'in:1,2,3']
        }
      ]
    }
  ]
}
