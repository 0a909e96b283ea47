import '../../ui/lists.css'
import { Anchor } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Alt, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { changesOf, draftOf } from './alt-draft.ts'
import { AltForm } from './alt-form.tsx'
import { AltIcon } from './alt-icon.tsx'
import { AltVersions } from './alt-versions.tsx'
import { EggUpdate } from './egg-update.tsx'
import { altQuery } from './templates-queries.ts'

export function AltPage() {
  const { altId } = useParams({ from: '/inside/templates/$altId' })
  const texts = useTexts().templates
  const found = useQuery(altQuery(altId))
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  const alt = found.data
  return (
    <>
      <PageHead title={alt.name}>
        <Anchor component={Link} to="/templates">
          {texts.toAll}
        </Anchor>
      </PageHead>
      <div className="stack">
        <ExportLinks alt={alt} />
        <ChangeAlt key={`${alt.id} ${alt.version}`} alt={alt} />
        <AltIcon alt={alt} />
        <EggUpdate alt={alt} />
        <AltVersions alt={alt} />
        <DeleteAlt alt={alt} />
      </div>
    </>
  )
}

function ExportLinks({ alt }: { alt: Alt }) {
  const texts = useTexts()
  return (
    <div className="row">
      <span className="quiet">
        {alt.ctrlName} · {texts.nodes.servers(alt.serversCount)} · {texts.templates.export}
      </span>
      {(['PLCN_v3', 'PTDL_v2'] as const).map(format => (
        <Anchor
          key={format}
          size="sm"
          href={`/api/v1/alts/${encodeURIComponent(alt.id)}/export?format=${format}`}
          download
        >
          {texts.templates.formats[format]}
        </Anchor>
      ))}
    </div>
  )
}

function ChangeAlt({ alt }: { alt: Alt }) {
  const texts = useTexts().templates
  const queries = useQueryClient()
  const before = draftOf(alt)
  const [draft, setDraft] = useState(before)
  const changes = changesOf(before, draft)
  const save = useMutation({
    mutationFn: () =>
      answerOf(api.PATCH('/api/v1/alts/{id}', { params: { path: { id: alt.id } }, body: changes })),
    onSuccess(saved) {
      queries.setQueryData(altQuery(alt.id).queryKey, saved)
      return queries.invalidateQueries({ queryKey: ['alts'] })
    }
  })
  return (
    <AltForm
      draft={draft}
      onChange={setDraft}
      title={texts.edit}
      text={texts.editText}
      error={save.error}
      isPending={save.isPending}
      isDisabled={Object.keys(changes).length === 0}
      onSubmit={save.mutate}
    />
  )
}

function DeleteAlt({ alt }: { alt: Alt }) {
  const texts = useTexts().templates
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/alts/{id}', { params: { path: { id: alt.id } } })),
    async onSuccess() {
      await navigate({ to: '/templates' })
      queries.removeQueries({ queryKey: ['alt', alt.id] })
      for (const key of ['alts', 'ctrls']) void queries.invalidateQueries({ queryKey: [key] })
    }
  })
  return (
    <section className="card stack danger">
      <div>
        <h2>{texts.delete}</h2>
        <p className="quiet">
          {alt.serversCount > 0 ? texts.inUse(alt.serversCount) : texts.deleteText}
        </p>
      </div>
      <Failure error={remove.error} />
      <div>
        <SureButton
          label={texts.delete}
          name={texts.delete}
          text={texts.deleteQuestion(alt.name)}
          isPending={remove.isPending}
          onSure={remove.mutate}
        />
      </div>
    </section>
  )
}
