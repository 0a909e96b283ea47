import { setImmediate as letOthersRun } from 'node:timers/promises'
import createError from '@fastify/error'
import { eggRefused } from '../../errors.ts'
import type { Caller } from '../caller.ts'
import { configFilesOf, readAltConfig } from '../templates/alt-config.ts'
import type { AltsService } from '../templates/alts.service.ts'
import type { ImportedAlts } from '../templates/imported-alts.ts'
import type { EggAlt, EggConfig, EggSource } from './egg-alt.ts'
import { branchOf, type Tree } from './egg-tree.ts'
import type { EggImport, EggsBody, EggsImport } from './eggs.schema.ts'
import { readEgg } from './read-egg.ts'
import { type ExportFormat, writeEgg } from './write-egg.ts'

export interface EggsService {
  take(caller: Caller, ctrlId: string, content: string): Promise<EggImport>
  /** Each for itself: one that is refused does not hold up the others. */
  takeAll(caller: Caller, ctrlId: string, files: EggsBody['files']): Promise<EggsImport>
  export(altId: string, format: ExportFormat): Promise<{ fileName: string; text: string }>
}

export interface EggsDeps {
  imported: ImportedAlts
  alts: Pick<AltsService, 'view'>
}

export function createEggsService({ imported, alts }: EggsDeps): EggsService {
  async function takeOne(caller: Caller, ctrlId: string, content: string) {
    const egg = readEgg(content)
    if (!egg.ok) throw eggRefused(egg)
    const { id, isNew } = await imported.take(caller, ctrlId, columnsOf(egg.alt))
    const outcome: EggImport['outcome'] = isNew ? 'created' : 'updated'
    return { id, outcome, warnings: egg.warnings }
  }

  return {
    async take(caller, ctrlId, content) {
      await imported.checkCtrl(ctrlId)
      const { id, ...taken } = await takeOne(caller, ctrlId, content)
      return { ...taken, alt: await alts.view(caller, id) }
    },

    async takeAll(caller, ctrlId, files) {
      await imported.checkCtrl(ctrlId)
      const data: EggsImport['data'] = []
      for (const { name, content } of files) {
        await letOthersRun()
        try {
          const { id: altId, ...taken } = await takeOne(caller, ctrlId, content)
          data.push({ name, altId, ...taken })
        } catch (err) {
          data.push({ name, outcome: 'refused', warnings: [], error: refusalOf(err) })
        }
      }
      return { data }
    },

    async export(altId, format) {
      const { config, source: stored, tags, ...alt } = await imported.stored(altId)
      const source = { ...(stored as EggSource | null), ...(tags.length > 0 && { tags }) }
      const egg = { ...alt, config: configOf(config), source }
      const slug = alt.name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '')
      const ending = format === 'PTDL_v2' ? 'json' : 'yaml'
      return {
        fileName: `egg-${slug || 'alt'}.${ending}`,
        text: writeEgg(egg, format, new Date())
      }
    }
  }
}

/** Only what concerns this one file; a database that is away concerns all. */
function refusalOf(err: unknown): { code: string; message: string } {
  const isOurs = err instanceof createError.FastifyError
  if (!isOurs || !['EGG_REFUSED', 'NAME_TAKEN', 'CONFLICT'].includes(err.code)) throw err
  return { code: err.code, message: err.message }
}

/** As JSON columns take it: no undefined, no readonly. */
function columnsOf({ config, source, ...alt }: EggAlt): Parameters<ImportedAlts['take']>[2] {
  const { tags = [], ...rest } = source
  return { ...alt, config: { ...config }, tags: [...new Set(tags)], source: { ...rest } }
}

function configOf(stored: unknown): EggConfig {
  const { stripAnsi } = branchOf(stored as Tree)
  const files = configFilesOf(stored)
  return {
    ...readAltConfig(stored),
    ...(files.length > 0 && { files }),
    ...(stripAnsi === true && { stripAnsi })
  }
}
