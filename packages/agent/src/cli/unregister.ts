import { createInterface } from 'node:readline/promises'
import { askStatus } from '../link/status-socket.ts'
import { clearState } from '../state/state.ts'
import { type CliCommand, commonHelp, commonOptions, stateDirOf, UsageError } from './command.ts'

export const unregister: CliCommand = {
  name: 'unregister',
  summary: 'forget the panel; containers and files stay',
  help: `Deletes this machine's credentials and records. Containers run on and the servers' files
stay where they are; nobody restarts the games any more. Delete the node on the panel as well.

  --yes             do not ask
${commonHelp}`,
  options: { ...commonOptions, yes: { type: 'boolean', default: false } },
  async run(flags, { say, isTerminal }) {
    const stateDir = stateDirOf(flags)
    if (await askStatus(stateDir)) {
      throw new Error('The agent runs: stop it first (systemctl stop ctrl-alt-play-agent).')
    }
    if (!flags.yes && !isTerminal) throw new UsageError('nobody can be asked here: add --yes')
    if (!flags.yes && !(await confirm())) {
      say('Nothing was changed.')
      return 1
    }
    await clearState(stateDir)
    if (flags.json) say(JSON.stringify({ unregistered: true }))
    else say('This machine is no node any more. Its containers run on and its files stay.')
    return 0
  }
}

async function confirm(): Promise<boolean> {
  const ask = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await ask.question('Forget the panel? Containers and files stay. [y/N] ')
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    ask.close()
  }
}
