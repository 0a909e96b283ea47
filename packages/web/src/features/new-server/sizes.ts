export interface Size {
  memoryMiB: number
  cpuPercent: number
  diskMiB: number
}

/** What most people mean; everything else can be typed. */
export const sizes = {
  small: { memoryMiB: 1_024, cpuPercent: 100, diskMiB: 5_120 },
  medium: { memoryMiB: 3_072, cpuPercent: 200, diskMiB: 15_360 },
  large: { memoryMiB: 8_192, cpuPercent: 400, diskMiB: 40_960 }
} as const satisfies Record<string, Size>

export const sizeNames = ['small', 'medium', 'large'] as const
