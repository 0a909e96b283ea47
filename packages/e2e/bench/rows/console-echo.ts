import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { images } from '../../test/world/config.ts'
import { createWorld, type Teardown, type World } from '../../test/world/world.ts'
import type { Row } from '../row.ts'
import { openViewer } from '../viewer.ts'

const LINES = 200
/** Nobody types faster; lines that follow at once are joined on purpose. */
const REST_MS = 40
const GAME = '/bin/busybox sh -c "echo ready; exec cat"'

export const consoleEcho: Row = {
  name: 'console-echo',
  about: 'from a line that is typed to its echo on the screen',
  async measure(t) {
    const world = await createWorld(t)
    const theirs = await dockerEcho(t, world)
    const agent = await world.addNode('bench')
    const altId = await world.addProbeAlt({ startup: GAME })
    const server = await world.addServer({ altId, nodeId: agent.nodeId })
    const path = `/api/v1/servers/${server.id}`
    await world.admin.post(`${path}/power`, { action: 'start' }, { prefer: 'wait=60' })
    const viewer = await openViewer(t, world, path)
    const echoes = listen()
    viewer.onMessage(echoes.hear)
    const ours = await echoes.typed(line =>
      viewer.socket.send(JSON.stringify({ type: 'input', line }))
    )
    return [
      {
        what: "a typed line's echo seen by a viewer, p50, beyond docker's own",
        unit: 'ms',
        ours: ours - theirs,
        target: { of: 'ours', atMost: 5 }
      },
      {
        what: "a typed line's echo seen by a viewer, p50",
        unit: 'ms',
        ours,
        yardstick: { name: 'docker attach', figure: theirs }
      }
    ]
  }
}

/** Types one line after the other, each when the echo of the one before was heard; answers the median in ms. */
function listen() {
  let wanted = ''
  let heard = (): void => undefined
  return {
    hear(text: string) {
      if (wanted && text.includes(wanted)) heard()
    },
    async typed(type: (line: string) => void): Promise<number> {
      const taken: number[] = []
      for (let count = 0; count < LINES; count++) {
        const began = performance.now()
        wanted = `line-${count}-`
        const echo = new Promise<void>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error(`no echo of ${wanted}`)), 10_000)
          heard = () => {
            clearTimeout(late)
            resolve()
          }
        })
        type(wanted)
        await echo
        taken.push(performance.now() - began)
        await pause(REST_MS)
      }
      taken.sort((a, b) => a - b)
      return taken[LINES >> 1] ?? Number.NaN
    }
  }
}

async function dockerEcho(t: Teardown, { docker }: World): Promise<number> {
  const container = await docker.createContainer({
    Image: images.probe,
    Cmd: ['/bin/busybox', 'cat'],
    OpenStdin: true,
    HostConfig: { LogConfig: { Type: 'local', Config: {} } }
  })
  t.teardown(() => container.remove({ force: true }))
  const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true }
  const stream = (await container.attach(options)) as Duplex
  await container.start()
  const echoes = listen()
  stream.on('data', chunk => echoes.hear(String(chunk)))
  const median = await echoes.typed(line => stream.write(`${line}\n`))
  stream.destroy()
  await container.kill()
  return median
}
