/** What the models of the link are asked, and how far: `defines` bound what goes wrong in the search. */
const says = {
  safe: 'all promises hold',
  safeHeard: 'all promises hold, and no cancel is lost',
  once: 'the effect happens at most once',
  truth: 'SUCCEEDED means it happened, EXPIRED and CANCELLED that it did not',
  unbegun_: 'what is said never to have begun never did',
  final: 'an end is an end',
  fence: 'a superseded session writes nothing',
  mono: 'status never goes backwards',
  heardCancel: 'no cancel is lost',
  live: 'each command comes to an end',
  untouched: 'nothing is wanted of a node by an act that then did not happen',
  oneRun: 'each act begins at most one run',
  agree: 'in the end the agent does what the panel calls wanted',
  wish: 'in the end the last act that was not undone is what is wanted',
  quiet: 'a node in quarantine gets no command',
  kept: 'who is found to be in two places is in quarantine'
}

const alone = 'REPLICAS=1'
const noCrash = ['CUTS=0', 'CRASHES=0']

/** [model, property, defines]: what is searched each time. */
const usual = [
  ['link', 'safeHeard', [alone, 'CANCELS=1', 'RESENDS=1']],
  ['wanted', 'safe', ['CUTS=1', 'CRASHES=0']],
  ['link', 'safe', [alone, 'LOSSES=1']],
  ['wanted', 'safe', ['CUTS=0', 'CRASHES=1']],
  ['wanted', 'safe', [...noCrash, 'CANCELS=1']],
  ['wanted', 'safe', [...noCrash, 'EDITS=1']],
  ['wanted', 'safe', [...noCrash, 'ENDS=1']],
  ['wanted', 'safe', [...noCrash, 'LOSSES=1']],
  ['wanted', 'live', noCrash],
  ['link', 'safe', ['REPLICAS=2', 'PC=0', 'RP=1']],
  ['link', 'safe', [alone, 'B=2']],
  ['link', 'safe', [alone, 'RESTORES=1']],
  ['link', 'safe', [alone, 'ABANDONS=1']],
  ['link', 'live', [alone]],
  ['twins', 'quiet', []],
  ['twins', 'kept', []]
]

/** What proves most, on top of the usual. */
const thorough = [
  ['wanted', 'safe', ['CUTS=1', 'CRASHES=0', 'EDITS=1']],
  ['link', 'safe', ['REPLICAS=2', 'B=2']],
  ['link', 'safe', ['REPLICAS=2', 'PC=0', 'CANCELS=1']],
  ['wanted', 'safe', ['CUTS=1', 'CRASHES=0', 'CANCELS=1']],
  ['wanted', 'safe', ['CUTS=0', 'CRASHES=1', 'CANCELS=1']],
  ['wanted', 'safe', [...noCrash, 'ENDS=1', 'CANCELS=1']],
  ['wanted', 'live', ['CUTS=1', 'CRASHES=0']],
  ['twins', 'quiet', ['COMES=10']]
]

const one = [alone, 'PC=0']
/** What would be wrong in the code, and the promise that it breaks. */
const mutants = [
  ['link', 'M_EFFECT_FIRST', 'once', one, 'journal after the effect'],
  ['link', 'M_EXPIRE_DISPATCHED', 'truth', one, 'a sent command expires'],
  ['link', 'M_NO_FENCE', 'mono', ['PC=0', 'RP=2'], 'writes without the epoch check'],
  ['link', 'M_NO_FENCE', 'fence', ['PC=0'], 'writes without the epoch check'],
  ['link', 'M_NO_REDISPATCH', 'live', one, 'sent commands are not offered again'],
  ['link', 'M_REFUSAL_FORGOTTEN', 'unbegun_', [...one, 'RESENDS=1'], 'a refusal is forgotten'],
  ['link', 'M_TOMBSTONE_UNWRITTEN', 'truth', [...one, 'CANCELS=1'], 'no tombstone in the journal'],
  ['link', 'M_LOSS_UNTOLD', 'once', [...one, 'LOSSES=1'], 'nobody hears of a lost journal'],
  ['link', 'M_LOSS_FORGIVEN', 'once', [...one, 'LOSSES=1'], 'a damaged journal is believed'],
  ['link', 'M_END_TWICE', 'final', [...one, 'CANCELS=1', 'ABANDONS=1'], 'an end changes'],
  [
    'link',
    'M_CANCEL_SENT',
    'truth',
    [...one, 'CANCELS=1'],
    'the panel alone cancels what was sent'
  ],
  [
    'link',
    'M_CANCEL_UNQUEUED',
    'heardCancel',
    [...one, 'CANCELS=1'],
    'a new session overlooks a cancel'
  ],
  [
    'link',
    'M_ABANDON_CANCELS',
    'truth',
    [...one, 'ABANDONS=1'],
    'a lost node’s sent commands are cancelled'
  ],
  ['wanted', 'M_UNDO_UNCHECKED', 'wish', noCrash, 'an undo overrules a later act'],
  ['wanted', 'M_NO_HAND_ON', 'wish', noCrash, 'a later act does not inherit what was before'],
  [
    'wanted',
    'M_STALE_TAKEN',
    'agree',
    ['CUTS=1', 'CRASHES=1'],
    'the agent does not look at generations'
  ],
  [
    'wanted',
    'M_RUN_AGAIN',
    'oneRun',
    ['CUTS=0', 'CRASHES=1'],
    'what is offered again ignores restartSeq'
  ],
  ['wanted', 'M_EXPIRE_FIRST', 'untouched', ['CRASHES=0'], 'the wish of an overdue act is told'],
  [
    'wanted',
    'M_WANTED_BEFORE_CLAIM',
    'untouched',
    ['CRASHES=0'],
    'the wish of an unsent act is told'
  ],
  [
    'wanted',
    'M_LATE_THOUGH_WANTED',
    'untouched',
    ['CRASHES=0'],
    'what was told as a whole is too late'
  ],
  [
    'wanted',
    'M_CANCEL_THOUGH_WANTED',
    'untouched',
    ['CRASHES=0', 'CANCELS=1'],
    'what was told as a whole is cancelled'
  ],
  [
    'wanted',
    'M_CANCEL_OVERTAKES',
    'untouched',
    ['CRASHES=0', 'CANCELS=1'],
    'a cancel overtakes its command'
  ],
  ['twins', 'M_QUARANTINE_IGNORED', 'quiet', [], 'commands go to a node in quarantine'],
  ['twins', 'M_TWIN_FORGOTTEN', 'quiet', [], 'one of the twins is forgotten'],
  ['twins', 'M_NEWER_LEFT', 'quiet', [], 'the newer session of the two goes on'],
  ['twins', 'M_QUARANTINE_FENCED', 'kept', [], 'a newer claim keeps quarantine out']
]

/** The searches, the longest first: { model, property, mutant, defines, title }. */
export function modelPlan(full) {
  const proof =
    isLong =>
    ([model, property, defines]) => ({
      ...{ model, property, defines, isLong },
      title: `${model}: ${says[property]}${bounds(defines)}`
    })
  const proofs = [...(full ? thorough.map(proof(true)) : []), ...usual.map(proof(false))]
  const caught = mutants.map(([model, mutant, property, defines, what]) => ({
    ...{ model, mutant, property, defines: [...defines, mutant] },
    title: `${model}: mutant ${mutant} (${what}) breaks "${says[property]}"`
  }))
  return [...proofs, ...caught]
}

const bounds = defines => (defines.length > 0 ? ` (${defines.join(', ')})` : '')

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
