import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { answerOf, api, type Me, type Role } from '../../api/client.ts'
import { Failure, Waiting } from '../../ui/parts.tsx'
import { useMe } from '../session/session.ts'
import { DeleteRole } from './delete-role.tsx'
import { RoleForm } from './role-form.tsx'

export function NewRolePage() {
  const me = useMe()
  return me ? <RoleForm scopes={me.scopes} mayChange /> : null
}

export function RolePage() {
  const { roleId } = useParams({ from: '/inside/people/roles/$roleId' })
  const me = useMe()
  const found = useQuery({
    queryKey: ['role', roleId],
    queryFn: ({ signal }): Promise<Role> =>
      answerOf(api.GET('/api/v1/roles/{id}', { signal, params: { path: { id: roleId } } }))
  })
  if (!me) return null
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  const mayChange = givesNoMore(found.data, me.scopes)
  return (
    <div className="stack">
      <RoleForm key={roleId} role={found.data} scopes={me.scopes} mayChange={mayChange} />
      {mayChange && !found.data.isSystem && <DeleteRole role={found.data} />}
    </div>
  )
}

/** Who changes a role holds all that it gives: they would give it, or take it, away. */
function givesNoMore({ permissions }: Role, scopes: Me['scopes']): boolean {
  return Object.entries(permissions).every(
    ([name, place]) => scopes[name] === 'ANY' || (place === 'OWN' && scopes[name] === 'OWN')
  )
}
