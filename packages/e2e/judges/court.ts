import type { Check } from './check.ts'
import type { Judgement } from './finding.ts'
import type { Listener } from './listener.ts'

/** What every trial is held with. */
export interface Court {
  say(line: string): void
  judges: ('wapiti' | 'sqlmap')[]
  isQuick: boolean
  /** Where the judges leave what they wrote. */
  folder: string
  listener: Listener
  signal: AbortSignal
  /** Until all is to be over. */
  secondsLeft(): number
}

export interface Trial {
  title: string
  /** Longest that it may take. */
  seconds: number
  hold(seconds: number): Promise<Judgement>
  /** What the judgement means; a finding is not bad for everybody. */
  verdict(judgement: Judgement): Check
}

const LEAST_SECONDS = 5

/** Some at once, in their order; what there is no time for is skipped. */
export async function holdTrials(court: Court, trials: Trial[], atOnce: number): Promise<Check[]> {
  const queue = [...trials]
  const checks: Check[] = []

  async function worker(): Promise<void> {
    for (let trial = queue.shift(); trial; trial = queue.shift()) {
      const { title } = trial
      const seconds = Math.min(trial.seconds, court.secondsLeft())
      if (seconds < LEAST_SECONDS || court.signal.aborted) {
        checks.push({ title, outcome: 'skipped', reasons: ['there was no time for it'] })
        continue
      }
      const judgement = await trial.hold(seconds)
      const verdict = trial.verdict(judgement)
      checks.push(verdict)
      const sign = verdict.outcome === 'passed' ? 'ok    ' : verdict.outcome.toUpperCase()
      court.say(`${sign} ${title} (${judgement.seconds.toFixed(1)} s)`)
    }
  }

  await Promise.all(Array.from({ length: atOnce }, worker))
  return checks
}
