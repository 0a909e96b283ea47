import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Json, Person } from './world/api.ts'
import { allOwnGames, images } from './world/config.ts'
import { freePort } from './world/free-port.ts'
import {
  askBzflag,
  askDdnet,
  askFreeciv,
  askLuanti,
  askMumble,
  askOpenttd,
  askQuake
} from './world/game-queries.ts'
import { startMakers } from './world/makers.ts'
import { act, consoleOf } from './world/servers.ts'
import { askTeeworlds } from './world/teeworlds.ts'
import { Hopeless, until } from './world/until.ts'
import { createWorld } from './world/world.ts'

interface Game {
  alt: string
  /** What a player's program would ask, and what must be in the answer. */
  answers?: { ask(port: number): Promise<string | undefined>; with: RegExp }
  /** Typed into the console, and what the game says to it. */
  command?: { line: string; says: RegExp }
  /** In its folder once it has stopped; the next start must go on with it. */
  keeps?: { folder: string; goesOn: RegExp }
  /** Only when asked for: all of them together fetch hundreds of megabytes. */
  onDemand?: boolean
}

const small = { memoryMiB: 512, cpuPercent: 0, diskMiB: 1_024 }
const NAME = 'A Ctrl-Alt-Play server'

const games: Game[] = [
  {
    alt: 'Teeworlds',
    answers: {
      ask: async port => (await askTeeworlds('127.0.0.1', port))?.join(' '),
      with: new RegExp(NAME)
    }
  },
  { alt: 'DDNet', answers: { ask: askDdnet, with: /inf3.*Tutorial/s }, onDemand: true },
  {
    alt: 'Luanti',
    answers: { ask: askLuanti, with: /Luanti/ },
    keeps: { folder: 'world', goesOn: /listening on/ },
    onDemand: true
  },
  {
    alt: 'OpenTTD',
    answers: { ask: askOpenttd, with: new RegExp(`${NAME}.*14\\.1`, 's') },
    command: { line: 'say "hello from the panel"', says: /hello from the panel/ },
    keeps: { folder: 'save/autosave', goesOn: /Goes on with save\/autosave\/exit\.sav/ }
  },
  { alt: 'BZFlag', answers: { ask: askBzflag, with: /^BZFS/ } },
  {
    alt: 'OpenArena',
    answers: { ask: askQuake, with: new RegExp(`infoResponse.*${NAME}`, 's') },
    command: { line: 'status', says: /map: oa_dm1/ },
    onDemand: true
  },
  { alt: 'Armagetron Advanced', command: { line: 'SAY hello from the panel', says: /hello from/ } },
  {
    alt: 'Freeciv',
    answers: { ask: askFreeciv, with: /Server version: 3\.1/ },
    command: { line: 'show aifill', says: /aifill/i },
    onDemand: true
  },
  { alt: 'Mumble', answers: { ask: askMumble, with: /^0 of 100$/ } }
]

t.test(
  'our own games: made with a name alone, they are fetched, played and stopped',
  {
    jobs: 4
  },
  async t => {
    const world = await createWorld(t)
    const { admin } = world
    const agent = await world.addNode('games')
    const alts: Json[] = (await admin.get('/api/v1/alts?limit=200')).data

    const log = async (id: string) => (await consoleOf(admin, id)).join('\n')
    const stateOf = async (id: string) => (await world.containerOf(id))?.State

    for (const game of games.filter(({ onDemand }) => allOwnGames || !onDemand)) {
      t.test(game.alt, { buffered: true }, async t => {
        const alt = alts.find(({ name }) => name === game.alt)
        await fromHere(admin, alt)
        const began = Date.now()
        const server = await made(admin, { altId: alt.id, nodeId: agent.nodeId, name: game.alt })
        const { id, port } = server
        await running(admin, id, log)
        const startedMs = Date.now() - began
        const isReady = (text: string) =>
          alt.config.done.some((words: string) => text.includes(words))
        t.ok(await until('its own words are kept', async () => isReady(await log(id))))
        if (game.answers) await answers(t, game.answers, port)
        if (game.command) await takes(t, { admin, id, log }, game.command)
        await stops(t, { admin, id, stateOf, graceSeconds: alt.config.stop.graceSeconds })
        if (game.keeps) {
          const { folder, goesOn } = game.keeps
          t.ok((await readdir(join(agent.dataDir, id, folder))).length > 0, `it leaves ${folder}`)
          const times = async (words: RegExp) => (await log(id)).split(words).length - 1
          const before = await times(goesOn)
          t.match(await act(admin, id, 'start'), { status: 'SUCCEEDED' })
          await running(admin, id, log)
          t.ok(await until('it says so', async () => (await times(goesOn)) > before))
          t.ok((await times(/Generating map/)) <= 1, 'it goes on with what it had')
          await stops(t, { admin, id, stateOf, graceSeconds: alt.config.stop.graceSeconds })
        }
        await t.rejects(
          access(join(agent.dataDir, id, '.install')),
          'nothing of the installation is left'
        )
        t.comment(`${game.alt}: played after ${startedMs} ms`)
      })
    }
  }
)

/** Stands in for the services that these games are fetched from, which cannot be reached from everywhere. */
t.test(
  'games that are fetched from their makers: the newest, checked, with our settings',
  {
    jobs: 4
  },
  async t => {
    const world = await createWorld(t)
    const { admin } = world
    const agent = await world.addNode('games')
    const alts: Json[] = (await admin.get('/api/v1/alts?limit=200')).data
    const makers = await startMakers(t, world.docker)

    const log = async (id: string) => (await consoleOf(admin, id)).join('\n')
    const stateOf = async (id: string) => (await world.containerOf(id))?.State
    /** Its console, once it is stored. */
    const tells = (id: string, words: string) =>
      until(`the console tells ${words}`, async () => (await log(id)).includes(words))
    const prepared = async (
      name: string,
      change: (script: string) => string = script => script
    ) => {
      const alt = alts.find(one => one.name === name)
      const script = change(alt.install.script.replaceAll('https://', makers.url))
      await admin.patch(`/api/v1/alts/${alt.id}`, {
        dockerImage: images.debian,
        install: { ...alt.install, image: images.debian, script }
      })
      return { altId: alt.id, nodeId: agent.nodeId, name }
    }

    for (const name of ['Minecraft Vanilla', 'Minecraft Paper']) {
      t.test(name, { buffered: true }, async t => {
        const body = await prepared(name)
        const refused = await admin.request('POST', '/api/v1/servers', { ...body, ...small })
        t.match(
          refused,
          { status: 400, body: { message: /EULA.*must be/ } },
          'a licence is asked for'
        )
        await admin.patch(`/api/v1/alts/${body.altId}`, {
          startup: '/bin/sh program/start /bin/cat eula.txt server.properties program/server.jar'
        })
        const environment = { EULA: 'true', SERVER_NAME: 'Our world' }
        const { id, port } = await made(admin, { ...body, environment })
        const said = await until('it shows what it would run with', async () => {
          const text = await log(id)
          return text.includes('the newest server') && text
        })
        t.match(said, /^eula=true$/m)
        t.match(said, /^motd=Our world$/m)
        t.match(said, /^max-players=20$/m)
        t.match(said, new RegExp(`^server-port=${port}$`, 'm'))
      })
    }

    t.test('what does not have its checksum is not installed', { buffered: true }, async t => {
      const paper = alts.find(one => one.name === 'Minecraft Paper')
      const copy = await admin.post('/api/v1/alts', {
        ...{ ctrlId: paper.ctrlId, name: 'Damaged', startup: paper.startup },
        ...{ dockerImage: images.debian, config: paper.config, variables: paper.variables },
        install: {
          ...paper.install,
          image: images.debian,
          script: paper.install.script
            .replaceAll('https://', makers.url)
            .replaceAll('/projects/paper', '/projects/damaged')
        }
      })
      const body = { altId: copy.id, nodeId: agent.nodeId, name: 'Damaged' }
      const { id } = await made(admin, { ...body, environment: { EULA: 'true' } })
      await until('it is refused', async () => {
        return (await admin.get(`/api/v1/servers/${id}`)).status === 'INSTALL_FAILED'
      })
      await tells(id, 'server.jar: FAILED')
      await t.rejects(access(join(agent.dataDir, id, 'program')), 'nothing is there to be run')
    })

    t.test('Factorio', { buffered: true }, async t => {
      const { id, port } = await made(admin, await prepared('Factorio'))
      await running(admin, id, log)
      await tells(id, `--port ${port} --server-settings server-settings.json`)
      const folder = join(agent.dataDir, id)
      t.same(JSON.parse(await readFile(join(folder, 'server-settings.json'), 'utf8')), {
        ...{ name: NAME, description: '', visibility: { public: false, lan: true } },
        ...{ max_players: 20, game_password: '' }
      })
      t.equal(await readFile(join(folder, 'saves/world.zip'), 'utf8'), 'a world\n')
      await stops(t, { admin, id, stateOf, graceSeconds: 60 })
    })

    t.test('Terraria', { buffered: true }, async t => {
      const { id, port } = await made(admin, await prepared('Terraria'))
      await running(admin, id, log)
      await tells(id, `-port ${port} -maxplayers 8 -world worlds/world.wld -autocreate 2`)
      await stops(t, { admin, id, stateOf, graceSeconds: 60 })
    })
  }
)

/** The same template with Debian's image as it is made here: no registry is asked. */
async function fromHere(admin: Person, alt: Json): Promise<void> {
  if (alt.dockerImage !== 'debian:trixie-slim') throw new Error(`${alt.name}: ${alt.dockerImage}`)
  const install = { ...alt.install, image: images.debian }
  await admin.patch(`/api/v1/alts/${alt.id}`, { dockerImage: images.debian, install })
}

async function made(admin: Person, body: object): Promise<{ id: string; port: number }> {
  const port = await freePort()
  const { server } = await admin.post('/api/v1/servers', {
    ...{ ...small, start: true },
    ports: [{ port, protocol: 'both' }],
    ...body
  })
  return { id: server.id, port }
}

async function running(
  admin: Person,
  id: string,
  log: (id: string) => Promise<string>
): Promise<void> {
  await until(
    'it runs',
    async () => {
      const { status, statusReason } = await admin.get(`/api/v1/servers/${id}`)
      if (/FAILED|CRASHED/.test(status)) {
        throw new Hopeless(`${status}: ${statusReason}\n${await log(id)}`)
      }
      return status === 'RUNNING'
    },
    { deadlineMs: 180_000, everyMs: 250 }
  )
}

async function answers(t: Test, { ask, with: wanted }: NonNullable<Game['answers']>, port: number) {
  const answer = await until('it answers players', () => ask(port))
  t.match(answer, wanted, 'it answers players')
}

interface Subject {
  admin: Person
  id: string
  log(id: string): Promise<string>
}

async function takes(
  t: Test,
  { admin, id, log }: Subject,
  { line, says }: NonNullable<Game['command']>
) {
  const before = (await log(id)).length
  await admin.post(`/api/v1/servers/${id}/console`, { command: line })
  const said = await until('it takes effect', async () => {
    const text = (await log(id)).slice(before)
    return says.test(text) && text
  })
  t.match(said, says, 'what is typed takes effect')
}

interface Stopping {
  admin: Person
  id: string
  graceSeconds: number
  stateOf(id: string): Promise<{ ExitCode: number; Running: boolean } | undefined>
}

async function stops(t: Test, { admin, id, graceSeconds, stateOf }: Stopping): Promise<void> {
  const began = Date.now()
  t.match(await act(admin, id, 'stop'), { status: 'SUCCEEDED' })
  const tookMs = Date.now() - began
  const { ExitCode: exitCode, Running: isRunning } = (await stateOf(id)) ?? {}
  t.equal(isRunning, false)
  t.not(exitCode, 137, 'it was not killed')
  t.ok(tookMs < graceSeconds * 1_000, `within its grace: ${tookMs} ms, exit code ${exitCode}`)
}
