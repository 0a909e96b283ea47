import './permissions.css'
import { Checkbox } from '@mantine/core'
import type { Permission } from '../../api/client.ts'
import { groupsOf, usePermissionWords } from './permissions.ts'

/** Rights to be ticked, in groups. */
export function PermissionChecks(props: {
  permissions: readonly Permission[]
  chosen: ReadonlySet<string>
  onChange: (chosen: ReadonlySet<string>) => void
}) {
  const words = usePermissionWords()
  const toggle = (name: string) => {
    const chosen = new Set(props.chosen)
    if (!chosen.delete(name)) chosen.add(name)
    props.onChange(chosen)
  }
  return (
    <div className="right-groups">
      {groupsOf(props.permissions).map(({ category, permissions }) => (
        <fieldset key={category} className="right-group">
          <legend>{words.ofGroup(category)}</legend>
          {permissions.map(permission => (
            <Checkbox
              key={permission.name}
              label={words.of(permission)}
              checked={props.chosen.has(permission.name)}
              onChange={() => toggle(permission.name)}
            />
          ))}
        </fieldset>
      ))}
    </div>
  )
}
