import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { spawn } = await import('node:child_process')
const { once } = await import('node:events')
const { build } = await import('./lib/build-steps.mjs')
const { environment, root } = await import('./lib/environment.mjs')
const { report } = await import('./lib/problem.mjs')
const { createProgress } = await import('./lib/progress.mjs')

/** Builds what is missing, then runs packages/e2e/fleet with the same arguments. */
async function fleet() {
  await build({ ...createProgress(), packagesAllowed: false })
  const args = ['--import', 'tsx', 'packages/e2e/fleet/main.ts', ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, { cwd: root, env: environment, stdio: 'inherit' })
  // A terminal's Ctrl-C reaches the fleet by itself; this process waits for its end.
  process.on('SIGINT', () => {})
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name))
  const [code] = await once(child, 'exit')
  return code ?? 1
}

process.exit(await fleet().catch(report))
