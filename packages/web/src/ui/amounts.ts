import type { Language } from '../texts/language.tsx'

/** Numbers as people of that language read them. */
export function formatMiB(mib: number, language: Language): string {
  const units = ['MiB', 'GiB', 'TiB'] as const
  let amount = mib
  let step = 0
  while (amount >= 1024 && step < units.length - 1) {
    amount /= 1024
    step += 1
  }
  const digits = step === 0 || amount >= 100 ? 0 : 1
  return `${formatNumber(amount, language, digits)} ${units[step]}`
}

export function formatBytes(bytes: number, language: Language): string {
  if (bytes < 1024) return `${formatNumber(bytes, language)} B`
  if (bytes < 1024 * 1024) return `${formatNumber(bytes / 1024, language)} KiB`
  return formatMiB(bytes / 1024 / 1024, language)
}

export function formatPercent(percent: number, language: Language): string {
  return new Intl.NumberFormat(language, {
    style: 'percent',
    maximumFractionDigits: percent < 10 ? 1 : 0
  }).format(percent / 100)
}

/** The two largest units that are not zero: 3 d 4 h, 12 min. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's']
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first < 0) return '0 s'
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0)
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ')
}

function formatNumber(amount: number, language: Language, digits = 0): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(amount)
}
