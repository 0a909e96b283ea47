import { debianGame } from './debian-game.ts'
import { adminPassword, type OwnCtrl, password, players, serverName } from './own-alt.ts'

export const openarena: OwnCtrl = {
  name: 'OpenArena',
  description: 'Arena shooter in the manner of Quake III, with free content.',
  alts: [
    debianGame({
      name: 'OpenArena',
      description: 'Version 0.8.8 on the engine ioquake3. UDP. Its data is 420 MB.',
      packages: ['openarena-server'],
      run: 'program/usr/lib/ioquake3/ioq3ded +set com_basegame baseoa +set fs_basepath /home/container/program/usr/lib/openarena-server +set fs_homepath /home/container/data +set com_homepath data +set com_legacyprotocol 71 +set com_protocol 71 +set dedicated {{LISTED}} +set net_port {{SERVER_PORT}} +set sv_maxclients {{MAX_PLAYERS}} +set sv_hostname "{{SERVER_NAME}}" +set g_gametype {{GAME_TYPE}} +set g_password "{{PASSWORD}}" +set rconpassword "{{ADMIN_PASSWORD}}" +map {{MAP}}',
      done: ['AAS initialized.'],
      stop: { type: 'command', value: 'quit', graceSeconds: 10 },
      variables: [
        serverName,
        players(12, 64),
        {
          name: 'Map',
          envVariable: 'MAP',
          description: 'The first map, e.g. oa_dm1, oa_dm6 or oa_ctf2.',
          defaultValue: 'oa_dm1',
          rules: ['required', 'string', 'max:32', 'alpha_dash:ascii']
        },
        {
          name: 'Game type',
          envVariable: 'GAME_TYPE',
          description: '0: free for all, 1: one against one, 3: teams, 4: capture the flag.',
          defaultValue: '0',
          rules: ['required', 'in:0,1,3,4']
        },
        password,
        adminPassword('For rcon; empty: there is none.'),
        {
          name: 'Listed',
          envVariable: 'LISTED',
          description: '2: in the public list of servers; 1: only who knows the address finds it.',
          defaultValue: '1',
          rules: ['required', 'in:1,2']
        }
      ]
    })
  ]
}
