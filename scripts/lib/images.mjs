import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debianLike, installPackages, which, whyNoApt } from './apt.mjs'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'
import { run, runFreely } from './run.mjs'

/**
 * Games that exist as Debian packages. The images hold the game and its libraries and, but for
 * probe's busybox, no shell; they run as any user id. `debian`, `machine` and `production` are Debians of
 * their own, for tests.
 */
export const images = {
  teeworlds: {
    name: 'ctrl-alt-play/teeworlds:local',
    packages: ['teeworlds-server'],
    changes: ['WORKDIR /home/container', 'ENV HOME=/home/container']
  },
  openttd: {
    name: 'ctrl-alt-play/openttd:local',
    packages: ['openttd', 'openttd-opengfx'],
    changes: ['WORKDIR /home/container', 'ENV HOME=/home/container']
  },
  probe: {
    name: 'ctrl-alt-play/probe:local',
    packages: ['busybox-static'],
    files: [{ from: join(root, 'packages/e2e/probe/probe.sh'), to: '/game/probe.sh' }],
    changes: [
      'WORKDIR /home/container',
      'ENV HOME=/home/container',
      'CMD ["/bin/busybox", "sh", "/game/probe.sh"]'
    ]
  },
  // What debian:trixie-slim is, for our own games, where no registry can be reached.
  debian: {
    name: 'ctrl-alt-play/debian:local',
    variant: 'minbase',
    suite: 'trixie',
    packages: ['debian-archive-keyring'],
    changes: ['CMD ["bash"]']
  },
  machine: {
    name: 'ctrl-alt-play/machine:local',
    variant: 'apt',
    packages: ['systemd', 'systemd-sysv', 'curl', 'ca-certificates', 'libstdc++6'],
    changes: ['ENV container=docker']
  },
  // Debian's stand-ins for what docker-compose.yml takes from a registry, and a machine that has them.
  production: {
    name: 'ctrl-alt-play/production:local',
    variant: 'apt',
    packages: [
      ...['systemd', 'systemd-sysv', 'ca-certificates', 'curl', 'wget', 'libstdc++6'],
      ...['postgresql', 'pgbackrest', 'caddy']
    ],
    files: [{ from: process.execPath, to: '/usr/local/bin/node' }],
    changes: ['ENV container=docker']
  }
}

/**
 * Makes sure that the image is there, with our files as they are now; builds it from Debian packages
 * when it is not.
 * Returns undefined, or the reason in words why it cannot be had.
 */
export async function ensureImage(docker, image, { say, step, signal, packagesAllowed }) {
  const files = digestOf(image.files ?? [])
  const labels = await docker.labelsOf(image.name)
  if (labels && (labels[FILES] ?? '') === files) return undefined
  if (!which('mmdebstrap')) {
    const obstacle = whyNoApt(packagesAllowed)
    if (obstacle) return `mmdebstrap, which makes it, is not here and ${obstacle}`
    say('Installing mmdebstrap, which makes game images from packages.')
  }
  try {
    await step(`Building the image ${image.name} from Debian packages`, async () => {
      const keys = image.suite ? ['debian-archive-keyring'] : []
      await installPackages(['mmdebstrap', ...keys], { signal })
      await buildImage(docker, { ...image, changes: changesFor(image, files) }, signal)
    })
    return undefined
  } catch (error) {
    if (!error.isProblem) throw error
    return error.message
  }
}

/** The label that tells which of our files an image holds. */
const FILES = 'cap.files'

const changesFor = ({ changes }, files) =>
  files ? [...changes, `LABEL ${FILES}=${files}`] : changes

function digestOf(files) {
  if (files.length === 0) return ''
  const hash = createHash('sha256')
  for (const { from, to } of files) hash.update(to).update(readFileSync(from))
  return hash.digest('hex')
}

async function buildImage(docker, image, signal) {
  const folder = await mkdtemp(join(tmpdir(), 'ctrl-alt-play-image-'))
  try {
    const tar = join(folder, 'rootfs.tar')
    await makeTree(image, tar, folder, signal)
    await docker.importImage(image.name, createReadStream(tar), image.changes)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tries with this machine's own package sources first: they are known to be reachable. */
async function makeTree(image, tar, folder, signal) {
  const system = debianLike()
  if (!system?.codename)
    throw problem('Only Debian and Ubuntu can build game images from packages.')
  const isDebian = image.suite !== undefined || system.id === 'debian'
  const aptOptions = join(folder, 'apt.conf')
  await writeFile(aptOptions, await networkOptions())
  const args = [
    `--variant=${image.variant ?? 'extract'}`,
    ...(isDebian ? [] : ['--components=main,universe']),
    `--aptopt=${aptOptions}`,
    `--include=${image.packages.join(',')}`,
    '--extract-hook=mkdir -p "$1/home/container" "$1/tmp"',
    ...(image.files ?? []).map(
      ({ from, to }) => `--extract-hook=install -D -m 0755 '${from}' "$1${to}"`
    ),
    image.suite ?? system.codename,
    tar
  ]
  const options = { what: `Building ${image.name}`, timeoutMs: 300_000, signal }
  const own = image.suite ? [] : ownSources(system.id)
  if (own.length > 0) {
    const { code } = await runFreely('mmdebstrap', [...args, ...own], options)
    if (code === 0) return
    await rm(tar, { force: true })
  }
  await run('mmdebstrap', args, options)
}

const ownSources = id =>
  ['/etc/apt/sources.list', `/etc/apt/sources.list.d/${id}.sources`].filter(existsSync)

/** The machine's proxy and mirror settings for apt. */
async function networkOptions() {
  const { output } = await runFreely('apt-config', ['dump', 'Acquire'])
  return output
    .split('\n')
    .filter(line => /^Acquire::(https?|Check-|Retries|ForceIPv)/.test(line))
    .join('\n')
}
