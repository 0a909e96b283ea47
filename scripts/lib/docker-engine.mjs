import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { installPackages, which, whyNoApt } from './apt.mjs'
import { createDockerApi, engineAddress } from './docker-api.mjs'
import { setting } from './environment.mjs'
import { until } from './processes.mjs'
import { run } from './run.mjs'

const enginePackages = ['docker.io', 'containerd', 'runc', 'iptables']
const logFile = '/var/log/ctrl-alt-play-dockerd.log'
const configFile = '/etc/docker/daemon.json'
const startMs = 60_000

const hasSystemd = () => existsSync('/run/systemd/system') && which('systemctl') !== undefined

/** The engine that this machine's environment points to. */
const localDocker = () =>
  createDockerApi(engineAddress(setting('DOCKER_HOST'), setting('DOCKER_TLS_VERIFY')))

/**
 * An engine that answers, installing and starting Docker where that is possible and allowed.
 * Returns { docker, version } or { docker: undefined, reason } with a paragraph for a person.
 */
export async function ensureDockerEngine({ say, step, signal, packagesAllowed }) {
  const docker = localDocker()
  const found = await docker.find()
  if (found) return { docker, ...found }
  if (setting('DOCKER_HOST'))
    return { reason: `No Docker engine answers at DOCKER_HOST (${setting('DOCKER_HOST')}).` }

  const obstacle = whyNoApt(packagesAllowed)
  if (obstacle) return { reason: whatIsMissing(obstacle) }
  if (!which('dockerd')) {
    const config = existsSync(configFile)
      ? `${configFile} stays as it is`
      : `writing ${configFile} with live-restore, so that games outlive a restart of the engine`
    say(
      `No Docker engine answers. Installing ${enginePackages.join(', ')} from this system's packages, ` +
        `and ${config} (NO_SYSTEM_PACKAGES=1 or --no-system-packages turns this off).`
    )
    keepGamesOverEngineRestarts()
    await step('Installing Docker', () => installPackages(enginePackages, { signal }))
  }
  await step('Starting the Docker engine', () => startEngine(docker, { say, signal }))
  const started = await docker.find()
  if (started) return { docker, ...started }
  return {
    reason: `The Docker engine does not answer after ${startMs / 1000} s. Its log: ${engineLogHint()}.`
  }
}

/** With live-restore an update or crash of the engine does not stop the games. A file that is there stays. */
function keepGamesOverEngineRestarts() {
  if (existsSync(configFile)) return
  mkdirSync('/etc/docker', { recursive: true })
  writeFileSync(configFile, `${JSON.stringify({ 'live-restore': true }, null, 2)}\n`, {
    flag: 'wx'
  })
}

async function startEngine(docker, { say, signal }) {
  const answers = timeoutMs => until(() => docker.find(), { timeoutMs, everyMs: 250, signal })
  if (hasSystemd()) {
    await run('systemctl', ['enable', '--now', 'docker'], {
      what: 'Starting Docker',
      timeoutMs: startMs,
      signal
    })
    return answers(startMs)
  }
  // The package may have started one already, which then only needs a moment.
  if (isEngineRunning()) return answers(startMs)
  const log = openSync(logFile, 'a')
  const engine = spawn(which('dockerd'), configHas('live-restore') ? [] : ['--live-restore'], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/'
  })
  const died = new Promise(resolve => engine.once('exit', resolve).once('error', resolve))
  engine.unref()
  say(
    `Started dockerd as process ${engine.pid}; its log is ${logFile}. It stays when Ctrl-Alt-Play ends.`
  )
  return Promise.race([answers(startMs), died.then(() => sleep(1))])
}

function isEngineRunning() {
  try {
    process.kill(Number(readFileSync('/var/run/docker.pid', 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

function configHas(key) {
  try {
    return Object.hasOwn(JSON.parse(readFileSync(configFile, 'utf8')), key)
  } catch {
    return false
  }
}

const engineLogHint = () => (hasSystemd() ? 'journalctl -u docker' : logFile)

const whatIsMissing = obstacle =>
  'No Docker engine answers at /var/run/docker.sock, and it cannot be installed for you because ' +
  `${obstacle}. The panel works without it, but this machine's node shows "Docker unavailable" and ` +
  'runs no games until there is one: install Docker (on Debian and Ubuntu, as root: apt-get install ' +
  'docker.io), start it and run this again. If it runs already, this user may lack the right to ' +
  'use it: add the user to the group "docker", or set DOCKER_HOST.'
