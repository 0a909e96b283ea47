import { isDeepStrictEqual } from 'node:util'
import { Value } from '@sinclair/typebox/value'
import { AltConfig, doneProblem } from '../templates/alt-config.ts'
import { ImageReference } from '../templates/image-reference.ts'
import { type ConfigFile, readConfigFiles, writeConfigFiles } from './config-files.ts'
import { type EggNotes, silent } from './egg-notes.ts'
import { branchOf, listOf, type Tree, textOf } from './egg-tree.ts'

/**
 * How a part of an egg becomes a part of an alt, and how the alt's part is written as an egg. Where writing
 * what was read gives other words than the file's, the file's are kept beside it: an export says them
 * again, as long as nobody has changed the alt's part.
 */
export interface Wording<V> {
  read(raw: Tree, notes: EggNotes): V
  write(value: V): Tree
}

/** The file's words, when they are not what an export would say by itself. */
export function wordsToKeep<V>(wording: Wording<V>, raw: Tree): Tree | undefined {
  const written = wording.write(wording.read(raw, silent))
  return isDeepStrictEqual(raw, written) ? undefined : raw
}

export function sayAgain<V>(wording: Wording<V>, value: V, kept: Tree | undefined): Tree {
  const stillSaysIt = kept !== undefined && isDeepStrictEqual(wording.read(kept, silent), value)
  return stillSaysIt ? kept : wording.write(value)
}

/** A name that people see: one line without control characters, as the API takes it. */
export function nameWording(place: string): Wording<string> {
  return {
    read(raw, notes) {
      const text = textOf(raw) ?? ''
      const name = [...text.replace(/\p{C}+/gu, ' ').trim()].slice(0, 64).join('').trim()
      if (name !== text) notes.warn('text-changed', place, `is shown as "${name}"`)
      return name
    },
    write: name => name
  }
}

const MAX_DESCRIPTION = 2_000

export function descriptionWording(place: string): Wording<string> {
  return {
    read(raw, notes) {
      const text = textOf(raw) ?? ''
      const shown = text.length > MAX_DESCRIPTION ? `${cut(text, MAX_DESCRIPTION - 2)} …` : text
      if (shown !== text) notes.warn('text-changed', place, 'is longer than what is shown of it')
      return shown
    },
    write: text => text
  }
}

/** Never between the halves of a pair. */
function cut(text: string, length: number): string {
  const part = text.slice(0, length)
  return /[\uD800-\uDBFF]$/.test(part) ? part.slice(0, -1) : part
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const uuidWording: Wording<string | null> = {
  read(raw, notes) {
    const text = textOf(raw) ?? ''
    if (uuidForm.test(text)) return text.toLowerCase()
    if (text !== '')
      notes.warn('uuid-ignored', 'uuid', 'is no UUID: it does not tell this egg apart')
    return null
  },
  write: uuid => uuid
}

/** Image references by label, in their order; the first is what servers get. */
export type EggImages = [label: string, reference: string][]

export const imagesWording: Wording<EggImages> = {
  read: (raw, notes) =>
    listOf(raw).flatMap((pair): EggImages => {
      const [label = '', said = ''] = listOf(pair).map(part => textOf(part) ?? '')
      const place = `docker_images.${label}`
      const trimmed = said.trim()
      const reference = trimmed.replace(/^~/, '')
      if (!Value.Check(ImageReference, reference)) {
        notes.warn('image-refused', place, 'is no image reference: it is left out')
        return []
      }
      if (reference !== trimmed) {
        notes.warn(
          'image-local',
          place,
          'asks never to be pulled: here it is, where a node lacks it'
        )
      }
      return [[label, reference]]
    }),
  write: images => images
}

export const filesWording: Wording<ConfigFile[]> = {
  read: readConfigFiles,
  write: writeConfigFiles
}

const MAX_DONE = AltConfig.properties.done.maxItems ?? 1

export const doneWording: Wording<string[]> = {
  read(raw, notes) {
    const said = listOf(raw)
    const texts = said.flatMap(part => textOf(part) || [])
    const place = 'config.startup.done'
    const done = texts
      .filter(text => Value.Check(AltConfig.properties.done.items, text))
      .slice(0, MAX_DONE)
      .filter(text => {
        const problem = doneProblem(text)
        if (problem) notes.warn('done-unusable', place, problem)
        return !problem
      })
    if (texts.length === 0) {
      notes.warn('done-missing', place, 'is empty: a server counts as ready once it is started')
    } else if (done.length < said.length) {
      const rest = done.length === 0 ? ': a server counts as ready once it is started' : ''
      notes.warn('done-unusable', place, `cannot be looked for in all its parts${rest}`)
    }
    return done
  },
  write: done => (done.length < 2 ? (done[0] ?? '') : done)
}

export type StopWords = { type: 'command' | 'signal'; value: string }

/** `^C` and its relatives mean Ctrl-C, though other panels take some of them for a kill. */
export const stopWording: Wording<StopWords> = {
  read(raw, notes) {
    const said = textOf(raw) ?? ''
    const guess = (value: string, why: string): StopWords => {
      notes.warn('stop-guessed', 'config.stop', `${why}: servers are stopped by ${value}`)
      return { type: 'signal', value }
    }
    if (said.trim() === '') return guess('SIGTERM', 'is empty')
    if (!said.startsWith('^')) {
      const command = { type: 'command', value: said } as const
      return isStop(command) ? command : guess('SIGTERM', 'is no line that could be typed')
    }
    const meant = said.replace(/^\^+/, '').trim().toUpperCase()
    if (meant === 'C') return { type: 'signal', value: 'SIGINT' }
    const signal = { type: 'signal', value: meant } as const
    return isStop(signal) ? signal : guess('SIGINT', `"${said}" is no signal`)
  },
  write: ({ type, value }) => {
    if (type === 'command') return value
    return value === 'SIGINT' ? '^C' : `^${value}`
  }
}

function isStop(stop: StopWords): boolean {
  return Value.Check(AltConfig.properties.stop, { ...stop, graceSeconds: 30 })
}

export interface EggInstall {
  image: string
  entrypoint: string
  script: string
}

/** An egg without a script installs nothing. */
export function installWording(gameImage: string): Wording<EggInstall | null> {
  return {
    read(raw, notes) {
      const { script, container, entrypoint } = installTexts(raw)
      if (script.trim() === '') return null
      const place = 'scripts.installation.container'
      const image = container.trim().replace(/^~/, '')
      if (container.trim() === '') {
        notes.warn('install-image', place, "is empty: the script runs in the game's own image")
      } else if (!Value.Check(ImageReference, image)) {
        notes.refuse(place, 'is no image reference')
      }
      return {
        image: image === '' ? gameImage : image,
        entrypoint: entrypoint.trim() || 'bash',
        script
      }
    },
    write: install =>
      install
        ? { script: install.script, container: install.image, entrypoint: install.entrypoint }
        : { script: '', container: '', entrypoint: '' }
  }
}

/** Most scripts were written on Windows: a shell takes the line ends for part of the commands. */
export function installTexts(raw: Tree | undefined) {
  const { script, container, entrypoint } = branchOf(raw)
  return {
    script: (textOf(script) ?? '').replaceAll('\r\n', '\n'),
    container: textOf(container) ?? '',
    entrypoint: textOf(entrypoint) ?? ''
  }
}
