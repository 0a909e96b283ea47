import { Anchor } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { bodyOf, newDraft } from './alt-draft.ts'
import { AltForm } from './alt-form.tsx'
import { useCtrls } from './templates-queries.ts'

export function NewAltPage() {
  const texts = useTexts().templates
  const ctrls = useCtrls()
  if (ctrls.isPending) return <Waiting />
  if (!ctrls.data) return <Failure error={ctrls.error} retry={() => void ctrls.refetch()} />
  const [first] = ctrls.data.data
  return (
    <>
      <PageHead title={texts.add}>
        <Anchor component={Link} to="/templates">
          {texts.toAll}
        </Anchor>
      </PageHead>
      {first ? <NewAltForm ctrlId={first.id} /> : <Empty title={texts.none} text={texts.noCtrls} />}
    </>
  )
}

function NewAltForm({ ctrlId }: { ctrlId: string }) {
  const texts = useTexts().templates
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [draft, setDraft] = useState(() => newDraft(ctrlId))
  const create = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/alts', { body: bodyOf(draft) })),
    onSuccess(alt) {
      for (const key of ['alts', 'ctrls']) void queries.invalidateQueries({ queryKey: [key] })
      return navigate({ to: '/templates/$altId', params: { altId: alt.id } })
    }
  })
  return (
    <AltForm
      draft={draft}
      onChange={setDraft}
      title={texts.edit}
      text={texts.newText}
      error={create.error}
      isPending={create.isPending}
      onSubmit={create.mutate}
    />
  )
}
