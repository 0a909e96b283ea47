import '../../ui/lists.css'
import { Alert, Anchor } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api, type User } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { Failure, Waiting } from '../../ui/parts.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'
import { DeleteUser } from './delete-user.tsx'
import { Overrides } from './overrides.tsx'
import { useKeepUser, userQuery } from './people-queries.ts'
import { UserAccess } from './user-access.tsx'
import { limitOf, UserFields, type UserFieldsValue } from './user-fields.tsx'
import { UserLogins } from './user-logins.tsx'
import { UserBadges } from './users-page.tsx'

export function UserPage() {
  const { userId } = useParams({ from: '/inside/people/users/$userId' })
  const found = useQuery(userQuery(userId))
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  return <UserParts key={found.data.id} user={found.data} />
}

/** Nobody changes their own rights, or shuts themselves out: for that there is somebody else. */
function UserParts({ user }: { user: User }) {
  const texts = useTexts().people
  const { language } = useLanguage()
  const me = useMe()
  const isOneself = me?.user.id === user.id
  const may = (permission: string) => mayEverywhere(me, permission) && !isOneself
  const since = new Date(user.createdAt).toLocaleDateString(language, { dateStyle: 'long' })
  return (
    <div className="stack narrow">
      <div className="row">
        <div className="grow">
          <h2>{user.username}</h2>
          <p className="quiet">
            {user.email} · {texts.since(since)}
          </p>
        </div>
        <UserBadges user={user} />
      </div>
      {user.deletingSince && <Alert color="yellow">{texts.leavingText}</Alert>}
      {isOneself && (
        <Alert>
          {texts.oneself}{' '}
          <Anchor component={Link} to="/account">
            {texts.toAccount}
          </Anchor>
        </Alert>
      )}
      {may('user-update') && <ProfileForm user={user} />}
      {may('user-update') && <UserAccess user={user} />}
      {!isOneself && <UserLogins user={user} mayEnd={may('user-update')} />}
      {may('admin-roles') && <Overrides userId={user.id} />}
      {may('user-delete') && <DeleteUser user={user} />}
    </div>
  )
}

function ProfileForm({ user }: { user: User }) {
  const texts = useTexts()
  const keep = useKeepUser()
  const before: UserFieldsValue = {
    ...{ username: user.username, email: user.email, role: user.role },
    serverLimit: user.serverLimit === null ? '' : String(user.serverLimit)
  }
  const [value, setValue] = useState(before)
  const save = useMutation({
    mutationFn: () => {
      const { username, email, role, serverLimit } = value
      return answerOf(
        api.PATCH('/api/v1/users/{id}', {
          params: { path: { id: user.id } },
          body: {
            ...(username !== before.username && { username }),
            ...(email !== before.email && { email }),
            // Another role ends all logins: it is not named without need.
            ...(role !== before.role && { role }),
            ...(serverLimit !== before.serverLimit && { serverLimit: limitOf(serverLimit) })
          }
        })
      )
    },
    onSuccess: keep
  })
  const isSame = JSON.stringify(value) === JSON.stringify(before)
  return (
    <FormCard
      title={texts.people.profile}
      text={texts.people.profileText}
      submit={texts.settings.save}
      done={save.isSuccess && isSame && texts.settings.saved}
      error={save.error}
      isPending={save.isPending}
      isDisabled={isSame}
      onSubmit={save.mutate}
    >
      <UserFields value={value} onChange={setValue} />
    </FormCard>
  )
}
