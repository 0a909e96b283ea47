import { setImmediate as letOthersRun } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import createError from '@fastify/error'
import { eggNotFetched, eggRefused, NoUpdateAddress, validationFailed } from '../../errors.ts'
import { type FetchPublic, NotFetched } from '../../net/fetch-public.ts'
import type { Caller } from '../caller.ts'
import { altChanges } from '../templates/alt-changes.ts'
import { configFilesOf, readAltConfig } from '../templates/alt-config.ts'
import { copyOf } from '../templates/alt-copy.ts'
import type { AltsService } from '../templates/alts.service.ts'
import { drawIcon } from '../templates/icon.ts'
import type { ImportedAlt, ImportedAlts } from '../templates/imported-alts.ts'
import type { EggAlt, EggConfig, EggSource } from './egg-alt.ts'
import { branchOf, eggLimits, type Tree } from './egg-tree.ts'
import type { EggBody, EggImport, EggsBody, EggsImport, EggUpdate } from './eggs.schema.ts'
import { readEgg } from './read-egg.ts'
import { type ExportFormat, writeEgg } from './write-egg.ts'

export interface EggsService {
  take(caller: Caller, ctrlId: string, egg: EggBody): Promise<EggImport>
  /** Each for itself: one that is refused does not hold up the others. */
  takeAll(caller: Caller, ctrlId: string, files: EggsBody['files']): Promise<EggsImport>
  /** Asks the address that the egg itself names. */
  checkUpdate(altId: string): Promise<EggUpdate>
  update(caller: Caller, altId: string): Promise<EggImport>
  export(altId: string, format: ExportFormat): Promise<{ fileName: string; text: string }>
}

export interface EggsDeps {
  imported: ImportedAlts
  alts: Pick<AltsService, 'view'>
  fetchPublic: FetchPublic
}

const FETCH_TIMEOUT_MS = 15_000

export function createEggsService({ imported, alts, fetchPublic }: EggsDeps): EggsService {
  async function takeOne(caller: Caller, ctrlId: string, content: string) {
    const { columns, warnings } = read(content)
    const { id, isNew } = await imported.take(caller, ctrlId, columns)
    const outcome: EggImport['outcome'] = isNew ? 'created' : 'updated'
    return { id, outcome, warnings }
  }

  async function fetched(url: string, field: string): Promise<string> {
    try {
      const limits = { bytes: eggLimits.bytes, timeoutMs: FETCH_TIMEOUT_MS }
      return (await fetchPublic(url, limits)).toString('utf8')
    } catch (err) {
      throw err instanceof NotFetched ? eggNotFetched(field, err.message) : err
    }
  }

  function textOf({ content, url }: EggBody): string | Promise<string> {
    if (content !== undefined && url === undefined) return content
    if (url !== undefined && content === undefined) return fetched(url, 'body.url')
    throw validationFailed([{ field: 'body', message: 'needs either content or url' }])
  }

  async function newest(altId: string) {
    const stored = await imported.stored(altId)
    const { updateUrl: url } = (stored.source ?? {}) as Partial<EggSource>
    if (url === undefined) throw new NoUpdateAddress(stored.name)
    const { alt, columns, warnings } = read(await fetched(url, 'updateUrl'))
    if (stored.uuid && columns.uuid && stored.uuid !== columns.uuid) {
      const message = 'is another one than the template has: import it as a template of its own'
      throw eggRefused({ place: 'uuid', message })
    }
    return { stored, url, alt, columns, warnings }
  }

  return {
    async take(caller, ctrlId, egg) {
      await imported.checkCtrl(ctrlId)
      const { id, ...taken } = await takeOne(caller, ctrlId, await textOf(egg))
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

    async checkUpdate(altId) {
      const { stored, url, alt, columns, warnings } = await newest(altId)
      const changes = [...serverChanges(stored, alt), ...otherChanges(stored, columns)]
      return { url, isNewer: changes.length > 0, changes, warnings }
    },

    async update(caller, altId) {
      const { columns, warnings } = await newest(altId)
      await imported.replace(caller, altId, columns)
      return { outcome: 'updated', alt: await alts.view(caller, altId), warnings }
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

function read(content: string) {
  const egg = readEgg(content)
  if (!egg.ok) throw eggRefused(egg)
  return { alt: egg.alt, columns: columnsOf(egg.alt), warnings: egg.warnings }
}

type StoredAlt = Awaited<ReturnType<ImportedAlts['stored']>>

const serverChanges = (stored: StoredAlt, alt: EggAlt): string[] =>
  altChanges(copyOf(stored), copyOf(alt)).map(({ message }) => message)

/** What only the catalogue and the file itself hold. */
function otherChanges(stored: StoredAlt, columns: ImportedAlt): string[] {
  const parts = [
    ['name', 'another name'],
    ['description', 'another description'],
    ['tags', 'other tags'],
    ['source', 'other facts about the file itself']
  ] as const
  return parts
    .filter(([part]) => !isDeepStrictEqual(stored[part], columns[part]))
    .map(([, words]) => words)
}

/** Only what concerns this one file; a database that is away concerns all. */
function refusalOf(err: unknown): { code: string; message: string } {
  const isOurs = err instanceof createError.FastifyError
  if (!isOurs || !['EGG_REFUSED', 'NAME_TAKEN', 'CONFLICT'].includes(err.code)) throw err
  return { code: err.code, message: err.message }
}

/** As JSON columns take it: no undefined, no readonly. */
function columnsOf({ config, source, ...alt }: EggAlt): ImportedAlt {
  const { tags = [], ...rest } = source
  const picture = source.icon && drawIcon(Buffer.from(source.icon.split(',')[1] ?? '', 'base64'))
  return {
    ...alt,
    ...(picture && picture),
    config: { ...config },
    tags: [...new Set(tags)],
    source: { ...rest }
  }
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
