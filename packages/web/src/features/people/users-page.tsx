import '../../ui/lists.css'
import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { User } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { Empty } from '../../ui/parts.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'
import { NewUser } from './new-user.tsx'
import { usersQuery } from './people-queries.ts'

const TYPING_MS = 250

export function UsersPage() {
  const texts = useTexts()
  const me = useMe()
  const [search, setSearch] = useState('')
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS)
  const [isAdding, setIsAdding] = useState(false)
  const list = useInfiniteQuery({ ...usersQuery(typed), placeholderData: keepPreviousData })
  return (
    <div className="stack">
      {isAdding && <NewUser onDone={() => setIsAdding(false)} />}
      <search className="row">
        <TextInput
          className="grow"
          type="search"
          aria-label={texts.people.search}
          placeholder={texts.people.search}
          maxLength={64}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
        {mayEverywhere(me, 'user-create') && !isAdding && (
          <Button leftSection={<PlusIcon />} onClick={() => setIsAdding(true)}>
            {texts.people.add}
          </Button>
        )}
      </search>
      <PagedList
        list={list}
        empty={<Empty title={texts.servers.noneTitle} text={texts.people.noneText} />}
      >
        {users => (
          <div className="card">
            <ul className="lines" aria-label={texts.people.users}>
              {users.map(user => (
                <UserLine key={user.id} user={user} />
              ))}
            </ul>
          </div>
        )}
      </PagedList>
    </div>
  )
}

function UserLine({ user }: { user: User }) {
  return (
    <li className="line">
      <div className="grow">
        <Link className="line-name" to="/people/users/$userId" params={{ userId: user.id }}>
          {user.username}
        </Link>
        <p className="quiet">{user.email}</p>
      </div>
      <UserBadges user={user} />
    </li>
  )
}

export function UserBadges({ user }: { user: User }) {
  const texts = useTexts().people
  return (
    <div className="row">
      <span className="badge">{user.role}</span>
      {user.mustChangePassword && <span className="badge">{texts.mustChange}</span>}
      {user.disabledAt && !user.deletingSince && <span className="badge">{texts.disabled}</span>}
      {user.deletingSince && <span className="badge">{texts.leaving}</span>}
    </div>
  )
}
