/** What a variable may be, when its rules name it. */
export function choicesOf(rules: readonly string[]): string[] | undefined {
  const rule = rules.find(text => text.startsWith('in:'))
  return rule?.slice('in:'.length).split(',')
}

export function isSwitch(rules: readonly string[]): boolean {
  return rules.includes('boolean')
}
