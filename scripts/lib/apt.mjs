import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { environment } from './environment.mjs'
import { run, runFreely } from './run.mjs'

/** Full path of a program, also in the sbin folders that an ordinary PATH leaves out. */
export function which(program) {
  const folders = [
    ...(environment.PATH ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin'
  ]
  return folders
    .filter(Boolean)
    .map(folder => join(folder, program))
    .find(path => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** { id, codename } of a Debian or Ubuntu (or a system made from one), else undefined. */
export function debianLike() {
  if (!existsSync('/etc/os-release')) return undefined
  const fields = Object.fromEntries(
    readFileSync('/etc/os-release', 'utf8')
      .split('\n')
      .filter(line => line.includes('='))
      .map(line => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1).replaceAll('"', '')
      ])
  )
  const id =
    ['debian', 'ubuntu'].find(name => fields.ID === name) ??
    ['ubuntu', 'debian'].find(name => fields.ID_LIKE?.split(' ').includes(name))
  if (!id) return undefined
  const own = id === 'ubuntu' ? fields.UBUNTU_CODENAME : fields.DEBIAN_CODENAME
  return { id, codename: own ?? fields.VERSION_CODENAME }
}

/** Why packages cannot be installed here, in words, or undefined when they can. */
export function whyNoApt(allowed = true) {
  if (!allowed) return 'installing system packages is turned off'
  if (!debianLike() || !which('apt-get')) return 'this is not Debian or Ubuntu'
  if (process.getuid?.() !== 0) return 'this is not running as root'
  return undefined
}

const apt = (args, options) =>
  run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=180', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' },
    timeoutMs: 900_000,
    ...options
  })

const format = `$\{Package} $\{db:Status-Status}\n`

/** Installs Debian packages that are not there yet. Safe to repeat. */
export async function installPackages(names, { signal } = {}) {
  const { output } = await runFreely('dpkg-query', ['-W', '-f', format, ...names])
  const present = output
    .split('\n')
    .filter(line => line.endsWith(' installed'))
    .map(line => line.split(' ')[0])
  const missing = names.filter(name => !present.includes(name))
  if (missing.length === 0) return
  // An outdated list is better than none: the install decides.
  await apt(['update'], { signal }).catch(() => {})
  await apt(['install', '-y', '--no-install-recommends', ...missing], {
    what: `Installing ${missing.join(', ')}`,
    signal
  })
}
