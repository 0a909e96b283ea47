/** What a game does next: print lines, and perhaps end. */
export interface Reaction {
  lines: string[]
  exitCode?: number
}

type Environment = Record<string, string>

/** The in-memory twin of packages/e2e/probe/probe.sh, without its clock: nothing happens unasked. */
export const memoryGame = {
  boot(environment: Environment): Reaction {
    const lines = [`boot ${Math.random().toString(16).slice(2)} pid 1`]
    if (!Number(environment.READY_AFTER_MS ?? 0)) lines.push('ready')
    if (environment.EXIT_AFTER_MS !== '0') return { lines }
    return { lines: [...lines, 'time is up'], exitCode: Number(environment.EXIT_CODE ?? 0) }
  },

  input(line: string): Reaction {
    const [word, number] = line.split(' ')
    if (line === 'stop') return { lines: ['stopping'], exitCode: 0 }
    if (line === 'crash') return { lines: ['crashing'], exitCode: 139 }
    if (word === 'exit') return { lines: [`leaving with ${number}`], exitCode: Number(number) }
    if (word !== 'burst') return { lines: [`echo: ${line}`] }
    return { lines: Array.from({ length: Number(number) }, (_, index) => `burst ${index + 1}`) }
  },

  signal(name: string, environment: Environment): Reaction {
    if (name === 'SIGKILL') return { lines: [], exitCode: 137 }
    if (name !== 'SIGTERM' && name !== 'SIGINT') return { lines: [] }
    const lines = [`signal ${name.slice(3)}`]
    return environment.ON_TERM === 'ignore' ? { lines } : { lines, exitCode: 0 }
  }
}

/** Understands `echo TEXT`, `exit N` and `sleep …` (until cancelled), one on a line. */
export function readMemoryScript(script: string): Reaction & { sleeps: boolean } {
  const steps = script.split('\n').map(line => line.trim())
  const lines = steps.filter(step => step.startsWith('echo ')).map(step => step.slice(5))
  const exit = steps.find(step => step.startsWith('exit '))
  const sleeps = steps.some(step => step.startsWith('sleep '))
  return { lines, exitCode: Number(exit?.slice(5) ?? 0), sleeps }
}
