import { Checkbox } from '@mantine/core'
import type { ServerRight } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { ALWAYS, type RightGroup, rightGroupNames, rightGroups } from './rights.ts'

interface RightsGridProps {
  chosen: ReadonlySet<ServerRight>
  /** What the reader holds, and so can give. */
  mine: ReadonlySet<string>
  onChange: (chosen: ReadonlySet<ServerRight>) => void
}

/** What somebody may do with a server, in words, group by group. */
export function RightsGrid(props: RightsGridProps) {
  const texts = useTexts()
  const [later, rest] = [
    rightGroupNames.filter(name => name === 'later'),
    rightGroupNames.filter(name => name !== 'later')
  ]
  return (
    <div className="stack">
      <div className="rights">
        {rest.map(name => (
          <RightsGroup key={name} name={name} {...props} />
        ))}
      </div>
      <details>
        <summary>{texts.members.later}</summary>
        {later.map(name => (
          <RightsGroup key={name} name={name} {...props} />
        ))}
      </details>
    </div>
  )
}

function RightsGroup({ name, chosen, mine, onChange }: RightsGridProps & { name: RightGroup }) {
  const texts = useTexts()
  const offered = rightGroups[name].filter(right => mine.has(right) || chosen.has(right))
  if (offered.length === 0) return null
  const toggle = (right: ServerRight) => {
    const next = new Set(chosen)
    if (!next.delete(right)) next.add(right)
    onChange(next)
  }
  return (
    <fieldset className="rights-group">
      <legend>{texts.members.groups[name]}</legend>
      {offered.map(right => (
        <Checkbox
          key={right}
          label={texts.rights[right]}
          checked={right === ALWAYS || chosen.has(right)}
          disabled={right === ALWAYS || !mine.has(right)}
          onChange={() => toggle(right)}
        />
      ))}
    </fieldset>
  )
}
