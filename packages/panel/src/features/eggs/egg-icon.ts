import type { EggNotes } from './egg-notes.ts'
import { type Tree, textOf } from './egg-tree.ts'

/** Of the text: some 380 KiB of a picture. */
const MAX_ICON_LENGTH = 524_288
const dataUri =
  /^data:image\/(png|jpeg|jpg|webp|svg\+xml)(?:;charset=[\w-]+)?;base64,([A-Za-z0-9+/]+={0,2})$/

const beginnings: Record<string, (bytes: Buffer) => boolean> = {
  png: bytes => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')),
  jpeg: bytes => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')),
  webp: bytes =>
    bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP'
}

export interface EggIcon {
  /** May be shown. */
  icon?: string
  /** Is only kept for the next export. */
  hidden?: string
}

/** Only what its first bytes say counts, never what it calls itself. */
export function readIcon(raw: Tree | undefined, notes: EggNotes): EggIcon {
  const text = textOf(raw) ?? ''
  if (text === '') return {}
  const drop = (why: string): EggIcon => {
    notes.warn('icon-dropped', 'image', why)
    return {}
  }
  if (text.length > MAX_ICON_LENGTH) return drop('is too large a picture: it is left out')
  const [, type = '', base64 = ''] = dataUri.exec(text) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (type === 'svg+xml') return readDrawing(text, bytes.toString(), notes) ?? drop(notHarmless)
  const begins = beginnings[type === 'jpg' ? 'jpeg' : type]
  if (!begins?.(bytes)) return drop('is no PNG, JPEG or WebP picture: it is left out')
  return { icon: text }
}

const notHarmless = 'is a drawing (SVG) with more than shapes in it: it is left out'

/** A drawing is a program: it is never shown. One with scripts, links or entities is not even kept. */
function readDrawing(uri: string, svg: string, notes: EggNotes): EggIcon | undefined {
  const isDrawing = /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)*<svg[\s>]/i.test(svg)
  const hasMore =
    /<\s*(\w+:)?(script|foreignobject|iframe|object|embed|a|animate|set|handler|use)\b|<!(doctype|entity)|\son\w+\s*=|javascript:/i
  if (!isDrawing || hasMore.test(svg)) return undefined
  notes.warn('icon-hidden', 'image', 'is a drawing (SVG): it is kept, and never shown')
  return { hidden: uri }
}
