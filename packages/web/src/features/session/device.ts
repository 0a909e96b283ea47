/** The first that fits: later names are in the texts of earlier ones too. */
const browsers = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari']
] as const

const systems = [
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux']
] as const

export interface Device {
  browser: string | undefined
  system: string | undefined
}

/** What somebody calls the device that a browser's long text speaks of; a program says its own name. */
export function deviceOf(userAgent: string): Device {
  const first = (known: readonly (readonly [RegExp, string])[]) =>
    known.find(([sign]) => sign.test(userAgent))?.[1]
  const program = /^([\w.-]{1,40})(?:\/|$)/.exec(userAgent)?.[1]
  return {
    browser: first(browsers) ?? (program === 'Mozilla' ? undefined : program),
    system: first(systems)
  }
}
