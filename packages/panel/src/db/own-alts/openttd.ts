import { debianGame } from './debian-game.ts'
import { listed, type OwnCtrl, password, players, serverName } from './own-alt.ts'

export const openttd: OwnCtrl = {
  name: 'OpenTTD',
  description: 'Transport tycoon: railways, roads, ships and planes.',
  alts: [
    debianGame({
      name: 'OpenTTD',
      description:
        'Version 14.1, which players must have as well. Goes on with its newest save. TCP and UDP; type help into the console.',
      packages: ['openttd', 'openttd-opengfx'],
      setUp: `for part in ai baseset game lang; do
  [ -e "$part" ] || ln -sfn "program/usr/share/games/openttd/$part" "$part"
done`,
      prepare: `mkdir -p scripts
printf '%s\\n' > scripts/on_server.scr \\
  "setting network.server_name \\"$SERVER_NAME\\"" \\
  "setting network.max_clients $MAX_PLAYERS" \\
  "setting network.server_password \\"\${PASSWORD:-*}\\"" \\
  "setting network.server_game_type $LISTED" \\
  'setting gui.autosave_on_exit 1'
newest=$(ls -t save/*.sav save/autosave/*.sav 2>/dev/null | head -n 1)
if [ -n "$newest" ]; then
  echo "echo \\"Goes on with $newest\\"" >> scripts/on_server.scr
  set -- "$@" -g "$newest"
fi`,
      run: 'program/usr/games/openttd -c openttd.cfg -D 0.0.0.0:{{SERVER_PORT}} -t {{START_YEAR}} -G {{MAP_SEED}}',
      done: ['Map generated, starting game', 'Goes on with '],
      stop: { type: 'command', value: 'quit', graceSeconds: 30 },
      variables: [
        serverName,
        players(25, 255),
        password,
        listed,
        {
          name: 'First year',
          envVariable: 'START_YEAR',
          description: 'When a new game begins.',
          defaultValue: '1950',
          rules: ['required', 'integer', 'between:1,2500']
        },
        {
          name: 'Seed',
          envVariable: 'MAP_SEED',
          description: 'The same number gives the same land.',
          defaultValue: '1',
          rules: ['required', 'integer', 'between:0,4294967295']
        }
      ]
    })
  ]
}
