import { debianGame } from './debian-game.ts'
import { listed, type OwnCtrl, players, serverName } from './own-alt.ts'

export const armagetron: OwnCtrl = {
  name: 'Armagetron Advanced',
  description: 'Lightcycles in three dimensions.',
  alts: [
    debianGame({
      name: 'Armagetron Advanced',
      description: 'UDP. Further settings: config/autoexec.cfg, or typed into the console.',
      packages: ['armagetronad-dedicated'],
      prepare: `mkdir -p config data/var
printf '%s\\n' "SERVER_NAME $SERVER_NAME" "SERVER_PORT $SERVER_PORT" "MAX_CLIENTS $MAX_PLAYERS" \\
  "TALK_TO_MASTER $LISTED" > config/server_info.cfg`,
      run: 'program/usr/games/armagetronad-dedicated.real --datadir program/usr/share/games/armagetronad --configdir program/etc/armagetronad --userdatadir /home/container/data --userconfigdir /home/container/config --vardir /home/container/data/var',
      done: ['Nobody there. Taking a nap'],
      stop: { type: 'command', value: 'QUIT', graceSeconds: 10 },
      variables: [serverName, players(16, 64), listed]
    })
  ]
}
