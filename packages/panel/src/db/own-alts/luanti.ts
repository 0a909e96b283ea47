import { debianGame } from './debian-game.ts'
import { type OwnCtrl, password, players, serverName } from './own-alt.ts'

export const luanti: OwnCtrl = {
  name: 'Luanti',
  description: 'Voxel worlds, formerly Minetest.',
  alts: [
    debianGame({
      name: 'Luanti',
      description:
        'Minetest Game, with mods in worldmods of the world. UDP. Further settings: luanti.conf.',
      packages: ['luanti-server', 'luanti-game-minetest'],
      setUp: `# It looks for its data in a folder beside the one that it lies in.
ln -s ../share program/usr/libexec/share`,
      prepare: `setting luanti.conf server_name ' = ' "$SERVER_NAME"
setting luanti.conf max_users ' = ' "$MAX_PLAYERS"
setting luanti.conf default_password ' = ' "$PASSWORD"
setting luanti.conf name ' = ' "$ADMIN_NAME"
setting luanti.conf creative_mode ' = ' "$([ "$CREATIVE" = 1 ] && echo true || echo false)"`,
      run: 'program/usr/libexec/luanti/luantiserver --config luanti.conf --world world --gameid minetest_game --port {{SERVER_PORT}}',
      done: ['listening on'],
      stop: { type: 'signal', value: 'SIGINT', graceSeconds: 30 },
      variables: [
        serverName,
        players(15, 200),
        { ...password, description: 'New players must know it; empty: each chooses their own.' },
        {
          name: 'Administrator',
          envVariable: 'ADMIN_NAME',
          description: 'The player of this name may do everything; empty: nobody.',
          defaultValue: '',
          rules: ['nullable', 'string', 'max:19', 'alpha_dash:ascii']
        },
        {
          name: 'Creative',
          envVariable: 'CREATIVE',
          description: '1: everybody has endless blocks.',
          defaultValue: '0',
          rules: ['required', 'boolean']
        }
      ]
    })
  ]
}
