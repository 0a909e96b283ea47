import { setFlagsFromString } from 'node:v8'

// What a start leaves behind would otherwise grow the room for young objects to its largest, for good.
setFlagsFromString('--semi-space-growth-factor=1')

/** For the time after the start, when requests make young objects again. */
export function endLeanStart(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
