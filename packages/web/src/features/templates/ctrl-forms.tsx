import { Button, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Ctrl } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'

type CtrlValue = Pick<Ctrl, 'name' | 'description'>

export function NewCtrl({ onDone }: { onDone: () => void }) {
  const texts = useTexts()
  const reread = useRereadCtrls()
  const [value, setValue] = useState<CtrlValue>({ name: '', description: '' })
  const create = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/ctrls', { body: value })),
    async onSuccess() {
      await reread()
      onDone()
    }
  })
  return (
    <FormCard
      title={texts.templates.addCtrl}
      submit={texts.settings.save}
      error={create.error}
      isPending={create.isPending}
      onSubmit={create.mutate}
      more={
        <Button variant="default" onClick={onDone}>
          {texts.cancel}
        </Button>
      }
    >
      <CtrlFields value={value} onChange={setValue} />
    </FormCard>
  )
}

/** One category is renamed, and deleted when nothing is in it any more. */
export function CtrlCard({ ctrl }: { ctrl: Ctrl }) {
  const texts = useTexts()
  const reread = useRereadCtrls()
  const params = { path: { id: ctrl.id } }
  const [value, setValue] = useState<CtrlValue>({ name: ctrl.name, description: ctrl.description })
  const save = useMutation({
    mutationFn: () => answerOf(api.PATCH('/api/v1/ctrls/{id}', { params, body: value })),
    onSuccess: reread
  })
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/ctrls/{id}', { params })),
    onSuccess: reread
  })
  const isSame = value.name === ctrl.name && value.description === ctrl.description
  return (
    <FormCard
      title={ctrl.name}
      text={texts.templates.alts(ctrl.altsCount)}
      submit={texts.settings.save}
      done={save.isSuccess && isSame && texts.settings.saved}
      error={save.error}
      isPending={save.isPending}
      isDisabled={isSame}
      onSubmit={save.mutate}
      more={
        <SureButton
          label={texts.templates.deleteCtrl}
          name={texts.templates.deleteCtrl}
          text={texts.templates.deleteQuestion(ctrl.name)}
          isPending={remove.isPending}
          onSure={remove.mutate}
        />
      }
    >
      <CtrlFields value={value} onChange={setValue} />
      <Failure error={remove.error} />
    </FormCard>
  )
}

function CtrlFields(props: { value: CtrlValue; onChange: (value: CtrlValue) => void }) {
  const texts = useTexts().people
  const { value, onChange } = props
  return (
    <div className="pair">
      <TextInput
        label={texts.roleName}
        required
        maxLength={64}
        value={value.name}
        onChange={event => onChange({ ...value, name: event.currentTarget.value })}
      />
      <Textarea
        label={texts.description}
        rows={1}
        maxLength={2_000}
        value={value.description}
        onChange={event => onChange({ ...value, description: event.currentTarget.value })}
      />
    </div>
  )
}

function useRereadCtrls() {
  const queries = useQueryClient()
  return () =>
    Promise.all(['ctrls', 'alts', 'alt'].map(key => queries.invalidateQueries({ queryKey: [key] })))
}
