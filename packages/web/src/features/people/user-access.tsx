import { Alert, Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type User } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
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
        <SureButton
          label={texts.takeFactor}
          name={texts.takeFactor}
          text={texts.takeFactorQuestion}
          isPending={takeFactor.isPending}
          onSure={takeFactor.mutate}
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
          <SureButton
            label={texts.disable}
            name={texts.disable}
            text={texts.disableQuestion}
            isPending={change.isPending}
            onSure={() => change.mutate({ disabled: true })}
          />
        )}
      </div>
    </section>
  )
}
