import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type Docker from 'dockerode'
import type { Json } from './api.ts'
import { run } from './process.ts'
import type { Teardown } from './world.ts'

const JAR = 'the newest server\n'

/** A game that says what it was started with and that it is ready, and ends when it is told to. */
const game = (ready: string) => `#!/bin/sh
if [ "$1" = --create ]; then echo 'a world' > "$2"; exit; fi
trap 'exit 0' INT
echo "$@"
echo '${ready}'
while read -r line; do [ "$line" != exit ] || exit 0; done
`

/** Answers in the shapes of the services that games are fetched from; \`url\` takes the place of \`https://\`. */
export async function startMakers(t: Teardown, docker: Docker): Promise<{ url: string }> {
  const { IPAM } = await docker.getNetwork('bridge').inspect()
  const host = IPAM?.Config?.[0]?.Gateway ?? '172.17.0.1'
  const folder = await mkdtemp(join(tmpdir(), 'cap-makers-'))
  const archives = await packGames(folder)
  let url = ''

  const answerTo = (path: string): Buffer | string | Json => {
    switch (path) {
      case '/piston-meta.mojang.com/mc/game/version_manifest_v2.json':
        return {
          latest: { release: '26.2', snapshot: '26.3-snapshot-1' },
          versions: [
            { id: '26.3-snapshot-1', url: `${url}made/none.json` },
            { id: '26.2', url: `${url}made/26.2.json` }
          ]
        }
      case '/made/26.2.json': {
        const sha1 = createHash('sha1').update(JAR).digest('hex')
        const server = { sha1, size: JAR.length, url: `${url}made/server.jar` }
        return { downloads: { server }, javaVersion: { majorVersion: 25 } }
      }
      case '/made/server.jar':
        return JAR
      case '/fill.papermc.io/v3/projects/paper':
      case '/fill.papermc.io/v3/projects/damaged':
        return { versions: { '26.3': ['26.3'], '26.2': ['26.2', '26.2-rc1'] } }
      case '/fill.papermc.io/v3/projects/paper/versions/26.3/builds':
        return [buildOf('ALPHA', JAR)]
      case '/fill.papermc.io/v3/projects/paper/versions/26.2/builds':
        return [buildOf('ALPHA', 'too new'), buildOf('STABLE', JAR)]
      case '/fill.papermc.io/v3/projects/damaged/versions/26.3/builds':
        return [buildOf('STABLE', 'what was uploaded')]
      case '/factorio.com/get-download/stable/headless/linux64':
        return archives.factorio
      case '/terraria.org/api/get/dedicated-servers-names':
        return ['terraria-server-1458.zip', 'terraria-server-1458.zip']
      case '/terraria.org/api/download/pc-dedicated-server/terraria-server-1458.zip':
        return archives.terraria
      default:
        return undefined
    }
  }
  const buildOf = (channel: string, content: string): Json => {
    const sha256 = createHash('sha256').update(content).digest('hex')
    const file = { name: 'server.jar', checksums: { sha256 }, url: `${url}made/server.jar` }
    return { id: 7, channel, downloads: { 'server:default': file } }
  }

  const server = createServer((request, response) => {
    const answer = answerTo(request.url ?? '')
    if (answer === undefined) response.statusCode = 404
    const isRaw = typeof answer === 'string' || Buffer.isBuffer(answer)
    response.end(isRaw ? answer : JSON.stringify(answer ?? {}))
  }).listen(0, '0.0.0.0')
  await once(server, 'listening')
  t.teardown(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  url = `http://${host}:${(server.address() as AddressInfo).port}/`
  return { url }
}

async function packGames(folder: string): Promise<{ factorio: Buffer; terraria: Buffer }> {
  const lay = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
    await chmod(join(folder, path), 0o755)
  }
  await lay(
    'factorio/bin/x64/factorio',
    game('0.5 Info changing state from(CreatingGame) to(InGame)')
  )
  await lay('1458/Linux/TerrariaServer.bin.x86_64', game('Server started'))
  await lay('1458/Windows/TerrariaServer.exe', 'not wanted')
  await run('tar', ['-cJf', 'factorio.tar.xz', 'factorio'], { cwd: folder })
  await run('python3', ['-m', 'zipfile', '-c', 'terraria.zip', '1458'], { cwd: folder })
  return {
    factorio: await readFile(join(folder, 'factorio.tar.xz')),
    terraria: await readFile(join(folder, 'terraria.zip'))
  }
}
