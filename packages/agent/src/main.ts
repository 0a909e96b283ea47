import { parseArgs } from 'node:util'
import { type CliCommand, type Flags, UsageError } from './cli/command.ts'
import { diagnose } from './cli/diagnose.ts'
import { reasonOf } from './cli/reason.ts'
import { register } from './cli/register.ts'
import { run } from './cli/run.ts'
import { status } from './cli/status.ts'
import { unregister } from './cli/unregister.ts'
import { loadConfig } from './config.ts'
import { SYSTEM_POLICY_FILE } from './policy/policy.ts'
import { AGENT_VERSION } from './version.ts'

const commands = [register, run, status, diagnose, unregister]

const help = `The Ctrl-Alt-Play agent ${AGENT_VERSION}: makes this machine a node that runs game servers.
It dials the panel; nobody needs to reach this machine.

${commands.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

What a panel may do on this machine is up to its owner: ${SYSTEM_POLICY_FILE}, else
policy.json in the state folder (--state-dir).

"ctrl-alt-play-agent COMMAND --help" tells more. Begin with the line that the panel prints for a new node.`

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version') return tell(AGENT_VERSION)
  if (name === undefined || name === '--help' || name === 'help') return tell(help)
  const command = commands.find(known => known.name === name)
  if (!command) return complain(`there is no command "${name}": see ctrl-alt-play-agent --help`, 2)
  try {
    const flags = flagsOf(command, rest)
    if (flags.help) return tell(command.help)
    const config = loadConfig()
    return await command.run(flags, { config, say: tell, isTerminal: process.stdout.isTTY })
  } catch (err) {
    if (!(err instanceof UsageError)) return complain(messageOf(err), 1)
    return complain(`${err.message}. See ctrl-alt-play-agent ${name} --help`, 2)
  }
}

function flagsOf({ options }: CliCommand, args: string[]): Flags {
  try {
    const all = { ...options, help: { type: 'boolean' as const } }
    return parseArgs({ args, options: all, allowPositionals: false }).values as Flags
  } catch (err) {
    throw new UsageError(reasonOf(err).split('. ')[0])
  }
}

function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}

function tell(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

function complain(message: string, code: number): number {
  process.stderr.write(`ctrl-alt-play-agent: ${message}\n`)
  return code
}

process.exitCode = await main(process.argv.slice(2))
