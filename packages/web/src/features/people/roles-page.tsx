import '../../ui/lists.css'
import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Role } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { rolesQuery } from './people-queries.ts'

export function RolesPage() {
  const texts = useTexts().people
  const list = useInfiniteQuery(rolesQuery)
  return (
    <div className="stack">
      <div>
        <Button component={Link} to="/people/roles/new" leftSection={<PlusIcon />}>
          {texts.addRole}
        </Button>
      </div>
      <PagedList list={list} empty={null}>
        {roles => (
          <div className="card">
            <ul className="lines" aria-label={texts.roles}>
              {roles.map(role => (
                <RoleLine key={role.id} role={role} />
              ))}
            </ul>
          </div>
        )}
      </PagedList>
    </div>
  )
}

function RoleLine({ role }: { role: Role }) {
  const texts = useTexts()
  return (
    <li className="line">
      <div className="grow">
        <Link className="line-name" to="/people/roles/$roleId" params={{ roleId: role.id }}>
          {role.name}
        </Link>
        <p className="quiet">{role.description}</p>
      </div>
      <div className="row">
        <span className="badge">{texts.account.rights(Object.keys(role.permissions).length)}</span>
        <span className="badge">{texts.people.usersCount(role.usersCount)}</span>
        {role.requiresTotp && <span className="badge">{texts.account.factor}</span>}
        {role.isSystem && <span className="badge">{texts.people.systemRole}</span>}
      </div>
    </li>
  )
}
