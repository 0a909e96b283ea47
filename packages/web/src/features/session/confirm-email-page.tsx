import { Alert, Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure } from '../../ui/parts.tsx'
import { useLinkSecret } from './link-secret.ts'

/** Where the link leads that was mailed to a new address. Somebody confirms it; looking at it does nothing. */
export function ConfirmEmailPage() {
  const texts = useTexts()
  const queries = useQueryClient()
  const token = useLinkSecret() ?? ''
  const confirm = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/auth/email/confirm', { body: { token } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['me'] })
  })
  return (
    <Empty isAll title={texts.confirmEmail.title} text={texts.confirmEmail.text}>
      <Failure error={confirm.error} />
      {confirm.isSuccess ? (
        <>
          <Alert color="green" role="status">
            {texts.confirmEmail.done}
          </Alert>
          <Button component={Link} to="/">
            {texts.notFound.home}
          </Button>
        </>
      ) : (
        <Button loading={confirm.isPending} onClick={() => confirm.mutate()}>
          {texts.confirmEmail.submit}
        </Button>
      )}
    </Empty>
  )
}
