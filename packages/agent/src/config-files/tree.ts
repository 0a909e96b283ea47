import { dottedPath, type Segment } from './dotted-path.ts'
import { type Edit, short } from './edit.ts'
import { createReplacements, type Replace } from './replacement.ts'
import { type TypedValue, typedValue } from './typed-value.ts'

/** How a format keeps values within values. Nodes are changed in place. */
export interface TreeFormat<Node> {
  kindOf(node: Node): 'map' | 'list' | 'value' | 'empty' | 'closed'
  valueOf(node: Node): TypedValue | undefined
  /** Of the same look as the one before, where the format has several. */
  makeValue(value: TypedValue, before: Node | undefined): Node
  makeMap(): Node
  makeList(): Node
  get(map: Node, name: string): Node | undefined
  set(map: Node, name: string, node: Node): void
  items(list: Node): readonly Node[]
  setItem(list: Node, index: number, node: Node): void
  /** The place of each value within a map or list. */
  places(node: Node): Place<Node>[]
}

/** A place where a value is, or could be. */
export interface Place<Node> {
  read(): Node | undefined
  write(node: Node): void
}

/** Puts the edits into a tree; answers what could not be put in. */
export function editTree<Node>(
  format: TreeFormat<Node>,
  root: Place<Node>,
  edits: readonly Edit[]
): string[] {
  const left: string[] = []
  const replacementOf = createReplacements()
  for (const edit of edits) {
    const path = dottedPath(edit.match)
    if (!path) {
      left.push(`"${short(edit.match)}" is no path`)
      continue
    }
    const places = path.reduce<Place<Node>[]>(
      (found, segment) => found.flatMap(place => below(format, place, segment)),
      [root]
    )
    const isLost = places.length === 0 && !path.some(segment => 'any' in segment)
    if (isLost) left.push(`"${short(edit.match)}" leads through something that holds no such thing`)
    const replace = replacementOf(edit)
    for (const place of places) {
      if (!put(format, place, replace)) {
        left.push(`"${short(edit.match)}" holds other values, and no text can take their place`)
      }
    }
  }
  return [...new Set(left)]
}

function put<Node>(format: TreeFormat<Node>, place: Place<Node>, replace: Replace): boolean {
  const node = place.read()
  const kind = node === undefined ? 'empty' : format.kindOf(node)
  if (kind === 'map' || kind === 'list') return replace(undefined) === undefined
  const current = node === undefined ? undefined : format.valueOf(node)
  const next = replace(current?.text)
  if (next === undefined) return true
  const value = typedValue(next, current)
  if (value.type === current?.type && value.text === current.text) return true
  place.write(format.makeValue(value, node))
  return true
}

function below<Node>(
  format: TreeFormat<Node>,
  place: Place<Node>,
  segment: Segment
): Place<Node>[] {
  const node = place.read()
  const kind = node === undefined ? 'empty' : format.kindOf(node)
  if ('any' in segment) return node === undefined ? [] : format.places(node)
  if ('index' in segment) {
    const isOpen = kind === 'list' || kind === 'empty'
    return isOpen ? itemOf(format, place, segment.index) : []
  }
  if (kind === 'list') {
    return /^\d{1,6}$/.test(segment.name) ? itemOf(format, place, Number(segment.name)) : []
  }
  return kind === 'map' || kind === 'empty' ? [memberOf(format, place, segment.name)] : []
}

/** Comes into being only when something is put there. */
function memberOf<Node>(format: TreeFormat<Node>, place: Place<Node>, name: string): Place<Node> {
  const mapNow = (): Node | undefined => {
    const node = place.read()
    return node !== undefined && format.kindOf(node) === 'map' ? node : undefined
  }
  return {
    read() {
      const map = mapNow()
      return map === undefined ? undefined : format.get(map, name)
    },
    write(node) {
      if (mapNow() === undefined) place.write(format.makeMap())
      const map = mapNow()
      if (map !== undefined) format.set(map, name, node)
    }
  }
}

/** One that is there, or the next one. */
function itemOf<Node>(format: TreeFormat<Node>, place: Place<Node>, index: number): Place<Node>[] {
  const listNow = (): Node | undefined => {
    const node = place.read()
    return node !== undefined && format.kindOf(node) === 'list' ? node : undefined
  }
  const list = listNow()
  if (index > (list === undefined ? 0 : format.items(list).length)) return []
  return [
    {
      read() {
        const now = listNow()
        return now === undefined ? undefined : format.items(now)[index]
      },
      write(node) {
        if (listNow() === undefined) place.write(format.makeList())
        const now = listNow()
        if (now !== undefined) format.setItem(now, index, node)
      }
    }
  ]
}
