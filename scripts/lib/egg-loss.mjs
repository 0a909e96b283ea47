/** Parts that say when and by whom the file was written, or what every field is called anyway. */
const passing = ['_comment', 'exported_at', 'field_type', 'sort']

/** The texts of an egg that are not in what was written of it, wherever they stand there; `kinds`: of its warnings. */
export function lostOf(codec, { before, after, kinds }) {
  const kept = new Set(textsOf(codec, treeOf(codec, after)))
  return textsOf(codec, withoutPassing(treeOf(codec, before), kinds)).filter(
    text => !kept.has(text)
  )
}

function treeOf({ readJson, readYaml }, text) {
  const plain = text.replace(/^\uFEFF/, '')
  const json = readJson(plain)
  return (json.ok ? json : readYaml(plain)).tree
}

/** Nor what is left out because it could do harm. */
function withoutPassing(egg, kinds) {
  const { _comment, exported_at, meta, variables, ...rest } = egg
  const { version, ...said } = meta
  if (kinds.has('link-dropped')) delete said.update_url
  if (kinds.has('icon-dropped')) {
    delete rest.icon
    delete rest.image
  }
  if (kinds.has('extension-ignored')) delete rest.ctrl_alt_play
  const inVariables = Object.values(variables ?? []).map(variable =>
    Object.fromEntries(Object.entries(variable).filter(([key]) => !passing.includes(key)))
  )
  return { ...rest, meta: said, variables: inVariables }
}

/** Names and values. JSON within JSON counts by what it says, rules one by one, ends of lines as one. */
function textsOf(codec, tree) {
  if (typeof tree === 'string') {
    const inner = /^\s*[{[]/.test(tree) ? codec.readJson(tree) : undefined
    if (inner?.ok) return textsOf(codec, inner.tree)
    return tree
      .replaceAll('\r\n', '\n')
      .split('|')
      .map(part => part.trim())
  }
  if (tree === null) return []
  if (typeof tree !== 'object') return [String(tree)]
  const names = Array.isArray(tree) ? [] : Object.keys(tree).filter(isNamed)
  return [...names, ...Object.values(tree).flatMap(part => textsOf(codec, part))].filter(
    text => text !== ''
  )
}

/** What versions call the same thing by other names, and nulls, are no loss. */
const renamed = ['startup', 'startup_commands', 'Default', 'icon', 'image', 'images', 'tags']

function isNamed(name) {
  return !/^\d+$/.test(name) && !renamed.includes(name)
}
