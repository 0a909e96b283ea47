import { createHash } from 'node:crypto'
import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'

/** A picture as it is shown: a PNG of our own. */
export interface Icon {
  icon: Uint8Array<ArrayBuffer>
  /** Its address: another picture has another one. */
  iconHash: string
}

export const NO_ICON = { icon: null, iconHash: null }

/** Of its longer side. */
const SIDE = 128
/** Before anything is unpacked. */
const MAX_SIDE = 1_024
const MAX_MEGAPIXELS = 1.05

interface Picture {
  width: number
  height: number
  /** RGBA. */
  data: Uint8Array
}

/**
 * A PNG or JPEG picture drawn anew, small: nothing of the file but its colours is left. Undefined: it is none, is
 * damaged, interlaced, or has too many pixels. A name or type that comes along counts for nothing.
 */
export function drawIcon(bytes: Buffer): Icon | undefined {
  const picture = unpack(bytes)
  if (!picture) return undefined
  const small = shrink(picture)
  const png = new PNG({ width: small.width, height: small.height })
  png.data.set(small.data)
  const icon = new Uint8Array(PNG.sync.write(png, { deflateLevel: 9 }))
  return { icon, iconHash: createHash('sha256').update(icon).digest('hex').slice(0, 32) }
}

function unpack(bytes: Buffer): Picture | undefined {
  try {
    if (isPng(bytes)) {
      // Of an interlaced one the library unpacks whatever comes, however much that is.
      const isPlain = bytes.readUInt8(28) === 0
      const isSmall = mayUnpack(bytes.readUInt32BE(16), bytes.readUInt32BE(20))
      return isPlain && isSmall ? PNG.sync.read(bytes) : undefined
    }
    if (!isJpeg(bytes)) return undefined
    return jpeg.decode(bytes, {
      ...{ useTArray: true, maxResolutionInMP: MAX_MEGAPIXELS, maxMemoryUsageInMB: 64 }
    })
  } catch {
    return undefined
  }
}

function isPng(bytes: Buffer): boolean {
  return bytes.length > 33 && bytes.toString('latin1', 0, 16) === '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'
}

function isJpeg(bytes: Buffer): boolean {
  return bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8
}

function mayUnpack(width: number, height: number): boolean {
  return width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE
}

/** Each pixel is the mean of those that fall on it, the more opaque ones counting more. */
function shrink({ width, height, data }: Picture): Picture {
  const factor = Math.max(1, Math.max(width, height) / SIDE)
  const to = {
    width: Math.max(1, Math.round(width / factor)),
    height: Math.max(1, Math.round(height / factor))
  }
  const out = new Uint8Array(to.width * to.height * 4)
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      out.set(meanOf({ width, height, data }, to, x, y), (y * to.width + x) * 4)
    }
  }
  return { ...to, data: out }
}

function meanOf(
  { width, height, data }: Picture,
  to: { width: number; height: number },
  x: number,
  y: number
): [number, number, number, number] {
  const [left, right] = part(x, to.width, width)
  const [top, bottom] = part(y, to.height, height)
  const sums = [0, 0, 0]
  let alpha = 0
  for (let row = top; row < bottom; row++) {
    for (let at = (row * width + left) * 4; at < (row * width + right) * 4; at += 4) {
      const weight = data[at + 3] ?? 0
      alpha += weight
      for (const [channel, sum] of sums.entries()) {
        sums[channel] = sum + (data[at + channel] ?? 0) * weight
      }
    }
  }
  const [red = 0, green = 0, blue = 0] = sums.map(sum =>
    alpha === 0 ? 0 : Math.round(sum / alpha)
  )
  return [red, green, blue, Math.round(alpha / ((right - left) * (bottom - top)))]
}

/** Which of the larger side's pixels fall on one of the smaller. */
function part(index: number, small: number, large: number): [number, number] {
  const from = Math.floor((index * large) / small)
  return [from, Math.max(from + 1, Math.floor(((index + 1) * large) / small))]
}
