/**
 * What the link's model is asked, and how far. B bounds agent crashes and cuts, RP the status
 * reports. Each property is searched at least at the size at which its mutant is caught.
 */
const properties = [
  { property: 'once', b: 2, rp: 1, says: 'the effect happens at most once' },
  { property: 'truth', b: 2, rp: 1, says: 'SUCCEEDED means it happened, EXPIRED that it did not' },
  { property: 'mono', b: 1, rp: 2, says: 'status never goes backwards' },
  { property: 'live', b: 2, rp: 0, says: 'each command comes to an end' }
]

const mutants = [
  { mutant: 'M_EFFECT_FIRST', property: 'once', b: 1, rp: 0, says: 'journal after the effect' },
  { mutant: 'M_EXPIRE_DISPATCHED', property: 'truth', b: 1, rp: 0, says: 'a sent command expires' },
  { mutant: 'M_NO_FENCE', property: 'mono', b: 1, rp: 2, says: 'reports without the epoch check' },
  {
    mutant: 'M_NO_REDISPATCH',
    property: 'live',
    b: 1,
    rp: 0,
    says: 'sent commands are not offered again'
  }
]

/** The searches, the longest first; `full` is the size that proves most. */
export function modelPlan(full) {
  const sized = properties.map(one =>
    full && one.property !== 'live' ? { ...one, b: 2, rp: 2 } : one
  )
  return [...sized, ...mutants].map(one => ({ ...one, title: titleOf(one) }))
}

const titleOf = ({ mutant, property, b, rp, says }) =>
  mutant
    ? `mutant ${mutant} (${says}) breaks "${property}"`
    : `${property}: ${says} (B=${b}, RP=${rp})`

/** Reads what a search printed: { ok, reason, states }. Anything but a whole search is a failure. */
export function judgeSearch({ mutant, property }, output) {
  const errors = /errors: (\d+)/.exec(output)?.[1]
  const states = Number(/^\s*([\d.e+]+) states, stored/m.exec(output)?.[1] ?? 0)
  const verdict = (ok, reason) => ({ ok, reason, states })
  if (errors === undefined) return verdict(false, 'the search ended without a result')
  if (mutant) {
    if (errors === '0') return verdict(false, `the mutant went unnoticed by "${property}"`)
    return verdict(/assertion violated|acceptance cycle/.test(output), 'an error of another kind')
  }
  if (errors !== '0') return verdict(false, `"${property}" does not hold`)
  if (/Search not completed|depth too small|out of memory|MEMLIM/i.test(output))
    return verdict(false, 'the search was cut short')
  return verdict(states > 1000, `only ${states} states: that was not a search`)
}
