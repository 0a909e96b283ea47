import { debianGame } from './debian-game.ts'
import { adminPassword, type OwnCtrl, players, serverName } from './own-alt.ts'

export const bzflag: OwnCtrl = {
  name: 'BZFlag',
  description: 'Tank battles.',
  alts: [
    debianGame({
      name: 'BZFlag',
      description:
        'Free-for-all with jumping, for those who know the address. TCP and UDP on one port.',
      packages: ['bzflag-server'],
      run: 'program/usr/games/bzfs -p {{SERVER_PORT}} -srvmsg "{{SERVER_NAME}}" -mp {{MAX_PLAYERS}} -ms {{SHOTS}} -j -a 50 38 -passwd "{{ADMIN_PASSWORD}}" -d -d -ts',
      done: ['listening on'],
      stop: { type: 'signal', value: 'SIGINT', graceSeconds: 10 },
      variables: [
        { ...serverName, description: 'Greets everybody who joins.' },
        players(16, 200),
        {
          name: 'Shots',
          envVariable: 'SHOTS',
          description: 'How many shots a tank may have in the air.',
          defaultValue: '5',
          rules: ['required', 'integer', 'between:1,20']
        },
        adminPassword('For /password in the game; empty: nobody becomes an administrator.')
      ]
    })
  ]
}
