import { Alert, Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type User } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { Failure } from '../../ui/parts.tsx'
import { useKeepUser } from './people-queries.ts'

type Change = { disabled: boolean } | { mustChangePassword: boolean }

/** How somebody gets in again who cannot, and who must not stays out. */
export function UserAccess({ user }: { user: User }) {
  const texts = useTexts().people
  const keep = useKeepUser()
  const queries = useQueryClient()
  const params = { path: { id: user.id } }
  const change = useMutation({
    mutationFn: (body: Change) => answerOf(api.PATCH('/api/v1/users/{id}', { params, body })),
    onSuccess: keep
  })
  const mail = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/auth/password-reset', { body: { email: user.email } }))
  })
  const takeFactor = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/users/{id}/totp', { params })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['user-sessions', user.id] })
  })
  return (
    <section className="card stack">
      <div>
        <h2>{texts.access}</h2>
        <p className="quiet">{texts.accessText}</p>
      </div>
      <Failure error={change.error ?? mail.error ?? takeFactor.error} />
      {mail.isSuccess && (
        <Alert color="green" role="status">
          {texts.mailed(user.email)}
        </Alert>
      )}
      {takeFactor.isSuccess && (
        <Alert color="green" role="status">
          {texts.factorTaken}
        </Alert>
      )}
      <div className="row">
        <Button variant="default" loading={mail.isPending} onClick={() => mail.mutate()}>
          {texts.mailPassword}
        </Button>
        {!user.mustChangePassword && (
          <Button
            variant="default"
            loading={change.isPending}
            onClick={() => change.mutate({ mustChangePassword: true })}
          >
            {texts.demandPassword}
          </Button>
        )}
        <ConfirmButton
          label={texts.takeFactor}
          question={texts.takeFactorQuestion}
          isPending={takeFactor.isPending}
          onConfirm={takeFactor.mutate}
        />
        {user.disabledAt ? (
          <Button
            variant="default"
            loading={change.isPending}
            onClick={() => change.mutate({ disabled: false })}
          >
            {texts.enable}
          </Button>
        ) : (
          <ConfirmButton
            label={texts.disable}
            question={texts.disableQuestion}
            isPending={change.isPending}
            onConfirm={() => change.mutate({ disabled: true })}
          />
        )}
      </div>
    </section>
  )
}
