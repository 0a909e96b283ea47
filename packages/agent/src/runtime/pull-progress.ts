import type { PullProgress } from './driver.ts'

/** One line of what the engine says while it pulls. */
export interface PullEvent {
  id?: string
  status?: string
  error?: string
  progressDetail?: { current?: number; total?: number }
}

/** Adds the layers up to one figure that never goes back. */
export interface PullMeter {
  take(event: PullEvent): PullProgress
}

/** Of a layer's work, the part that is its download; the rest is its unpacking. */
const DOWNLOAD = 0.7
const LAYER = /^[0-9a-f]{12}$/

export function createPullMeter(): PullMeter {
  const layers = new Map<string, number>()
  let highest = 0
  return {
    take(event) {
      if (event.id && LAYER.test(event.id)) {
        const before = layers.get(event.id) ?? 0
        layers.set(event.id, Math.max(before, shareOf(event) ?? before))
      }
      return { percent: percent(), message: wordsFor(event) }
    }
  }

  function percent(): number | undefined {
    if (layers.size === 0) return undefined
    const done = [...layers.values()].reduce((sum, share) => sum + share, 0)
    highest = Math.max(highest, Math.floor((done / layers.size) * 100))
    return highest
  }
}

function shareOf({ status, progressDetail }: PullEvent): number | undefined {
  const { current = 0, total = 0 } = progressDetail ?? {}
  const part = total > 0 ? Math.min(1, current / total) : 0
  switch (status) {
    case 'Downloading':
      return DOWNLOAD * part
    case 'Verifying Checksum':
    case 'Download complete':
      return DOWNLOAD
    case 'Extracting':
      return DOWNLOAD + (1 - DOWNLOAD) * part
    case 'Pull complete':
    case 'Already exists':
      return 1
    default:
      return undefined
  }
}

function wordsFor({ id, status = '' }: PullEvent): string {
  return id && LAYER.test(id) ? `${status} (layer ${id})` : status
}
