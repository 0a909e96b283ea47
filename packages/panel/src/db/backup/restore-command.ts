import { rm } from 'node:fs/promises'
import type { Backups, Say } from './backups.ts'

export interface RestoreValues {
  to?: string | undefined
  into?: string | undefined
  repository?: string | undefined
  yes?: boolean | undefined
  'remove-old'?: boolean | undefined
}

export const restoreOptions = {
  to: { type: 'string' },
  into: { type: 'string' },
  repository: { type: 'string' },
  yes: { type: 'boolean' },
  'remove-old': { type: 'boolean' }
} as const

/** Says what a restore would do; with `yes` it is done. `next` is what the person does then. */
export async function restoreDatabase(
  backups: Backups,
  values: RestoreValues,
  { say, next }: { say: Say; next: string }
): Promise<void> {
  if (values['remove-old']) return await removeOld(backups, values, say)
  const plan = await backups.planRestore({
    to: readTime(values.to),
    into: values.into,
    repository: readRepository(values.repository)
  })
  say(plan.text)
  if (!values.yes) throw new Error('Nothing was changed. If that is meant, add --yes.')
  const kept = await plan.execute()
  say(kept ? `Done. The old folder is kept: ${kept}` : 'Done.')
  say(next)
}

function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new Error(`"${text}" is no moment: write it as 2026-11-26T08:20:00Z.`)
  }
  if (time > new Date()) throw new Error(`${time.toISOString()} is still to come.`)
  return time
}

function readRepository(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!['1', '2'].includes(text)) throw new Error('--repository is 1 or 2.')
  return Number(text)
}

async function removeOld(backups: Backups, { into, yes }: RestoreValues, say: Say): Promise<void> {
  const folders = await backups.keptFolders(into)
  if (folders.length === 0) return say('No restore has kept anything.')
  for (const folder of folders) say(folder)
  if (!yes) throw new Error('Nothing was removed. If that is meant, add --yes.')
  for (const folder of folders) await rm(folder, { recursive: true })
  say('Removed.')
}
