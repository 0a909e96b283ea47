import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Json } from './world/api.ts'
import { images, repository } from './world/config.ts'
import { freePort } from './world/free-port.ts'
import { run } from './world/process.ts'
import { act, consoleOf, untilServer } from './world/servers.ts'
import { until } from './world/until.ts'
import { createWorld } from './world/world.ts'

const YOLK = 'ctrl-alt-play/yolk:local'

/** Prints in colours as games do, is ready when somebody says so, and stops by a word or by ^C. */
const game = `#!/bin/bash
trap 'echo interrupted, saving; exit 0' INT
echo "arguments: $*"
echo "files: $(tr '\\n' ' ' <settings.properties)"
printf '\\033[33mLoading the world, ready in 0 of 3 ms\\033[0m\\n'
until [ -e go ]; do sleep 0.05; done
printf '\\033[32m[%s] World ready in %s ms\\033[0m\\r\\n' 12 345
while :; do
  read -r -t 0.2 line || continue
  [ "$line" = end ] && { echo saving; exit 0; }
  echo "heard $line"
done
`

const install = `#!/bin/bash
set -e
cd /mnt/server
echo "installing $GAME_NAME as $(id -u), caps $(grep CapEff /proc/self/status | cut -f2)"
ls -d /mnt/install
head -n 1 /mnt/install/install.sh
cat >game <<'END'
${game}END
chmod +x game
echo world >>world.dat
until [ -e carry-on ]; do sleep 0.05; done
rm carry-on
`

function eggOf(rest: { name: string; stop: string; script?: string }): string {
  const script = (rest.script ?? install).replaceAll('\n', '\r\n')
  return JSON.stringify({
    _comment: 'DO NOT EDIT: FILE GENERATED AUTOMATICALLY BY PTERODACTYL PANEL',
    meta: { version: 'PTDL_v2', update_url: null },
    name: rest.name,
    features: ['eula', 'java_version'],
    docker_images: { Yolk: YOLK },
    startup: './game --port={{SERVER_PORT}} --name="{{GAME_NAME}}" --max {{MAX_PLAYERS}}',
    config: {
      files: JSON.stringify({
        'settings.properties': {
          parser: 'properties',
          find: { 'server-port': '{{server.build.default.port}}', motd: '{{env.GAME_NAME}}' }
        }
      }),
      startup: JSON.stringify({ done: 'regex:^\\[\\d+\\] World ready in \\d{2,} ms$' }),
      logs: '{}',
      stop: rest.stop
    },
    scripts: { installation: { script, container: images.debian, entrypoint: 'bash' } },
    variables: [
      {
        ...{ name: 'Name', description: 'Of the game', env_variable: 'GAME_NAME' },
        ...{ default_value: 'A game', rules: 'required|string|max:40', field_type: 'text' },
        ...{ user_viewable: true, user_editable: true }
      },
      {
        ...{ name: 'Slots', description: '', env_variable: 'MAX_PLAYERS', field_type: 'text' },
        ...{ default_value: '8', rules: 'required|integer|between:1,64' },
        ...{ user_viewable: true, user_editable: true }
      }
    ]
  })
}

t.test('an egg of the community runs unchanged', async t => {
  const world = await createWorld(t)
  const { admin, docker } = world
  const folder = join(repository, 'packages/e2e/yolk')
  await run('docker', ['build', '--quiet', '--tag', YOLK, folder], {
    env: { DOCKER_BUILDKIT: '0' }
  })
  const agent = await world.addNode('eggs')
  const ctrl = await admin.post('/api/v1/ctrls', { name: 'Eggs' })
  const made = async (egg: string, rest: object = {}) => {
    const path = `/api/v1/ctrls/${ctrl.id}/alts/import`
    const { alt, warnings } = await admin.post(path, { content: egg })
    t.strictSame(warnings, [])
    const port = await freePort()
    const { server } = await admin.post('/api/v1/servers', {
      ...{ name: alt.name, altId: alt.id, nodeId: agent.nodeId, start: true },
      ...{ memoryMiB: 256, cpuPercent: 0, diskMiB: 512 },
      ...{ ports: [{ port, protocol: 'tcp' }] },
      ...rest
    })
    return { id: server.id as string, port, alt }
  }
  const lines = async (id: string) => (await consoleOf(admin, id)).join('\n')
  const tells = (id: string, words: RegExp) =>
    until(`the console tells ${words}`, async () => words.test(await lines(id)) && lines(id))
  const put = (id: string, name: string) => writeFile(join(agent.dataDir, id, name), '')
  const statusOf = async (id: string) => (await admin.get(`/api/v1/servers/${id}`)).status

  await t.test('installed, configured, ready by its own words, stopped by a word', async t => {
    const environment = { GAME_NAME: "It's ours", MAX_PLAYERS: '12' }
    const { id, port, alt } = await made(eggOf({ name: 'Words', stop: 'end' }), { environment })
    t.strictSame(alt.features, ['eula', 'java_version'])
    const log = await tells(id, /^#!\/bin\/bash$/m)
    t.equal(await statusOf(id), 'INSTALLING', 'its log is seen while it goes on')
    t.match(
      log,
      /installing It's ours as [1-9]\d*, caps 0{16}/,
      'with its settings, without rights'
    )
    t.match(log, /^\/mnt\/install$/m)
    const { HostConfig, Config } = await docker.getContainer(`cap-install-${id}`).inspect()
    t.match(HostConfig, {
      ...{ Memory: 256 * 1_048_576, CapDrop: ['ALL'], Privileged: false },
      SecurityOpt: ['no-new-privileges']
    })
    t.not(Config.User.split(':')[0], '0')
    await put(id, 'carry-on')

    await tells(id, /Loading the world/)
    t.equal(await statusOf(id), 'STARTING', 'other words that are like it do not count')
    await put(id, 'go')
    await untilServer(admin, id, ({ status }) => status === 'RUNNING')
    const said = await lines(id)
    t.match(said, `:/home/container$ ./game --port=${port} --name="It's ours" --max 12`)
    t.match(said, `arguments: --port=${port} --name=It's ours --max 12`)
    t.match(said, new RegExp(`files: .*server-port=${port} .*motd=It's ours`))
    await admin.post(`/api/v1/servers/${id}/console`, { command: 'hello' })
    await tells(id, /heard hello/)
    t.match(await act(admin, id, 'stop'), { status: 'SUCCEEDED' })
    t.ok(await tells(id, /^saving$/m))
    t.match((await world.containerOf(id))?.State, { Running: false, ExitCode: 0 })

    const path = `/api/v1/servers/${id}/reinstall`
    const worlds = async () => readFile(join(agent.dataDir, id, 'world.dat'), 'utf8')
    for (const [wipe, left] of [
      [false, 'world\nworld\n'],
      [true, 'world\n']
    ] as const) {
      await admin.post(path, { wipe })
      await until('it installs', async () => (await statusOf(id)) === 'INSTALLING')
      await until('it has written', async () => (await worlds().catch(() => '')) === left)
      await put(id, 'carry-on')
      await untilServer(admin, id, ({ status }) => status === 'STOPPED')
      t.same((await readdir(join(agent.dataDir, id))).includes('go'), !wipe, `wipe: ${wipe}`)
    }
  })

  await t.test('stopped by ^C', async t => {
    const { id } = await made(eggOf({ name: 'Signal', stop: '^C' }))
    await until('its folder is there', () => put(id, 'carry-on').then(() => true))
    await tells(id, /Loading/)
    await put(id, 'go')
    await untilServer(admin, id, ({ status }) => status === 'RUNNING')
    t.match(await act(admin, id, 'stop'), { status: 'SUCCEEDED' })
    t.ok(await tells(id, /^interrupted, saving$/m))
  })

  await t.test('an installation that fails says why, and nothing is started', async t => {
    for (const [name, script, reason] of [
      ['Broken', 'echo no such file >&2\nexit 3', /exit code 3|status 3/],
      [
        'Greedy',
        'set -e\necho begins\ntail /dev/zero\necho not reached',
        /exit code 137.*more than the server's 256 MiB/
      ]
    ] as const) {
      const { id } = await made(eggOf({ name, stop: 'end', script: `#!/bin/bash\n${script}\n` }))
      const failed: Json = await untilServer(admin, id, ({ status }) => status === 'INSTALL_FAILED')
      t.match(failed, { statusReason: reason }, name)
      t.ok(await tells(id, /no such file|begins/), 'its words are kept')
      t.notMatch(await lines(id), /not reached/)
      t.equal(await world.containerOf(id), undefined, 'there is no game')
    }
  })
})
