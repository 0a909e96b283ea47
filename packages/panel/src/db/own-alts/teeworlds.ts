import { debianGame } from './debian-game.ts'
import {
  adminPassword,
  listed,
  type OwnAlt,
  type OwnCtrl,
  password,
  players,
  serverName
} from './own-alt.ts'

const map: OwnAlt['variables'][number] = {
  name: 'Map',
  envVariable: 'MAP',
  description: 'The first map, e.g. dm1, dm2, ctf1 or ctf2.',
  defaultValue: 'dm1',
  rules: ['required', 'string', 'max:32', 'alpha_dash']
}

const gameType: OwnAlt['variables'][number] = {
  name: 'Game type',
  envVariable: 'GAME_TYPE',
  description: 'dm, tdm, ctf, lms or lts.',
  defaultValue: 'dm',
  rules: ['required', 'in:dm,tdm,ctf,lms,lts']
}

const remote = adminPassword(
  'For the remote console (F2 in the game). Empty: a new one at each start, shown in the console.'
)

/** Where both look for their data; what players upload comes first. */
const storage = (game: string) =>
  `printf '%s\\n' 'add_path $CURRENTDIR' 'add_path program/usr/share/games/${game}/data' > storage.cfg`

const arguments_ =
  '"sv_port {{SERVER_PORT}}" "sv_name {{SERVER_NAME}}" "sv_max_clients {{MAX_PLAYERS}}" "sv_map {{MAP}}"'
const access =
  '"password {{PASSWORD}}" "sv_rcon_password {{ADMIN_PASSWORD}}" "sv_register {{LISTED}}"'
const stop = { type: 'signal', value: 'SIGINT', graceSeconds: 10 } as const

export const teeworlds: OwnCtrl = {
  name: 'Teeworlds',
  description: 'Fast two-dimensional shooter for up to 64 players.',
  alts: [
    {
      name: 'Teeworlds demo',
      description:
        'What npm start makes on its own machine, from the Debian package teeworlds-server. UDP.',
      dockerImage: 'ctrl-alt-play/teeworlds:local',
      startup: `/usr/games/teeworlds-server ${arguments_} "sv_gametype {{GAME_TYPE}}"`,
      config: { done: ['server name is'], stop, tty: false, readOnlyRoot: true },
      variables: [serverName, players(16, 64), map, gameType]
    },
    debianGame({
      name: 'Teeworlds',
      description: 'Deathmatch, capture the flag and last man standing, version 0.7. UDP.',
      packages: ['teeworlds-server'],
      setUp: storage('teeworlds'),
      run: `program/usr/games/teeworlds-server ${arguments_} "sv_gametype {{GAME_TYPE}}" ${access}`,
      done: ['server name is'],
      stop,
      variables: [serverName, players(16, 64), map, gameType, password, remote, listed]
    }),
    debianGame({
      name: 'DDNet',
      description: 'Cooperative races on the maps of DDraceNetwork. UDP.',
      packages: ['ddnet-server'],
      setUp: storage('ddnet'),
      run: `program/usr/games/DDNet-Server ${arguments_} ${access}`,
      done: ['server name is'],
      stop,
      variables: [
        serverName,
        players(16, 64),
        {
          ...map,
          description: 'The first map, e.g. Tutorial, Multeasymap or one of your own in maps.',
          defaultValue: 'Tutorial',
          rules: ['required', 'string', 'max:64', 'regex:/^[\\w .-]+$/']
        },
        password,
        remote,
        listed
      ]
    })
  ]
}
