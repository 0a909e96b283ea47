import { debianGame } from './debian-game.ts'
import type { OwnCtrl } from './own-alt.ts'

export const freeciv: OwnCtrl = {
  name: 'Freeciv',
  description: 'Build an empire, from the stone age to space.',
  alts: [
    debianGame({
      name: 'Freeciv',
      description:
        'Version 3.1. TCP. Type start when all are there; goes on with its newest save. Further settings: start.serv.',
      packages: ['freeciv-server'],
      prepare: `export FREECIV_DATA_PATH="$PWD/program/usr/share/games/freeciv"
mkdir -p saves
touch start.serv
{ printf '%s\\n' "set aifill $COMPUTERS" "set timeout $TURN_SECONDS" "set minplayers 1"; cat start.serv; } > .panel.serv
newest=$(ls -t saves/*.sav* 2>/dev/null | head -n 1)
[ -z "$newest" ] || set -- "$@" --file "$newest"`,
      run: 'program/usr/games/freeciv-server --port {{SERVER_PORT}} --saves saves --read .panel.serv',
      done: ['Now accepting new client connections'],
      stop: { type: 'signal', value: 'SIGTERM', graceSeconds: 30 },
      variables: [
        {
          name: 'Computer players',
          envVariable: 'COMPUTERS',
          description: 'So many players there are at least; the computer plays who is missing.',
          defaultValue: '5',
          rules: ['required', 'integer', 'between:0,100']
        },
        {
          name: 'Seconds a turn',
          envVariable: 'TURN_SECONDS',
          description: 'A turn ends after so long; 0: when all are done.',
          defaultValue: '0',
          rules: ['required', 'integer', 'between:0,86400']
        }
      ]
    })
  ]
}
