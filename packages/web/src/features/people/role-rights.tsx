import '../permissions/permissions.css'
import type { Me, Permission, Role } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure, Waiting } from '../../ui/parts.tsx'
import {
  groupsOf,
  isOfServers,
  usePermissions,
  usePermissionWords
} from '../permissions/permissions.ts'

type Rights = Role['permissions']
type Place = 'NONE' | 'OWN' | 'ANY'
const places = ['NONE', 'OWN', 'ANY'] as const

interface RoleRightsProps {
  value: Rights
  /** What whoever changes it holds themselves, and so may give. */
  scopes: Me['scopes']
  onChange: (value: Rights) => void
}

/** All rights there are, in groups: not at all, on one's own servers, everywhere. */
export function RoleRights(props: RoleRightsProps) {
  const texts = useTexts().people
  const words = usePermissionWords()
  const all = usePermissions()
  if (all.isPending) return <Waiting />
  if (!all.data) return <Failure error={all.error} retry={() => void all.refetch()} />
  return groupsOf(all.data.data).map(({ category, permissions }) => (
    <table key={category} className="rights-table">
      <caption>{words.ofGroup(category)}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.right}</th>
          {places.map(place => (
            <th key={place} scope="col">
              {texts.places[place]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {permissions.map(permission => (
          <RightRow key={permission.name} permission={permission} {...props} />
        ))}
      </tbody>
    </table>
  ))
}

function RightRow({
  permission,
  value,
  scopes,
  onChange
}: RoleRightsProps & { permission: Permission }) {
  const texts = useTexts().people
  const words = usePermissionWords().of(permission)
  const { name } = permission
  const given: Partial<Record<string, 'ANY' | 'OWN'>> = value
  const now = given[name] ?? 'NONE'
  const choose = (place: Place) => {
    const { [name]: _, ...others } = given
    onChange((place === 'NONE' ? others : { ...others, [name]: place }) as Rights)
  }
  return (
    <tr>
      <th scope="row">{words}</th>
      {places.map(place => (
        <td key={place}>
          {(place !== 'OWN' || isOfServers(permission)) && (
            <input
              type="radio"
              name={`right-${name}`}
              aria-label={`${words}: ${texts.places[place]}`}
              checked={now === place}
              disabled={!mayGive(scopes[name], place)}
              onChange={() => choose(place)}
            />
          )}
        </td>
      ))}
    </tr>
  )
}

function mayGive(held: Me['scopes'][string] | undefined, place: Place): boolean {
  return held === 'ANY' || (held === 'OWN' && place !== 'ANY')
}
