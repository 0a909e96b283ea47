import { debianGame } from './debian-game.ts'
import { type OwnCtrl, password, players, serverName } from './own-alt.ts'

export const mumble: OwnCtrl = {
  name: 'Mumble',
  description: 'Voice chat with little delay.',
  alts: [
    debianGame({
      name: 'Mumble',
      description:
        'TCP and UDP on one port. The first start shows the password of SuperUser in the console. Further settings: mumble.ini.',
      packages: ['mumble-server'],
      prepare: `export QT_PLUGIN_PATH="$(echo "$PWD"/program/usr/lib/*-linux-gnu/qt5/plugins)"
setting mumble.ini database = mumble.sqlite
setting mumble.ini logfile = ''
setting mumble.ini bonjour = false
setting mumble.ini port = "$SERVER_PORT"
setting mumble.ini users = "$MAX_PLAYERS"
setting mumble.ini serverpassword = "\\"$PASSWORD\\""
setting mumble.ini welcometext = "\\"$SERVER_NAME\\""`,
      run: 'program/usr/bin/mumble-server -fg -ini mumble.ini',
      done: ['Server listening on'],
      stop: { type: 'signal', value: 'SIGTERM', graceSeconds: 10 },
      variables: [
        { ...serverName, description: 'Greets everybody who joins.' },
        { ...players(100, 1_000), description: 'How many may talk at a time, at most 1000.' },
        { ...password, description: 'Everybody is asked for it; empty: anybody may join.' }
      ]
    })
  ]
}
